#!/usr/bin/env bash
# `make demo`: makes small genomes, an archive of them, and gets everything back, showing each
# command. Ends with an error if what comes back is not what went in.
set -euo pipefail
cd "$(dirname "$0")/.."
build=$(realpath "${BUILD:-build}")
export PATH=$build:$PATH
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

tests/generate "$folder"
cd "$folder"

run() {
    printf '\n$ %s\n' "$*" >&2
    "$@"
}

# FASTA as one line a record, upper case: what must be the same before and after
flat() {
    gzip -dcf "$@" | awk '/^>/ { if (NR > 1) print ""; print; next } { printf "%s", toupper($0) } END { print "" }'
}

run agc-pipeline create -o demo.agc ref.fa s1.fa.gz s2.fa s3.fa.gz s4.fa s5.fa.gz s6.fa
ls -l demo.agc ref.fa s*.fa* | awk '{ print $5, $NF }'
run agc-pipeline listref demo.agc
run agc-pipeline listset demo.agc
run agc-pipeline listctg demo.agc s1
run agc-pipeline info demo.agc
run agc-pipeline getset demo.agc s1 s2 >two.fa
flat s1.fa.gz s2.fa | cmp - <(flat two.fa)
run agc-pipeline getcol demo.agc >all.fa
flat ref.fa s1.fa.gz s2.fa s3.fa.gz s4.fa s5.fa.gz s6.fa | cmp - <(flat all.fa)
mkdir out
run agc-pipeline getcol -g 6 -o out demo.agc
flat s6.fa | cmp - <(flat out/s6.fa.gz)
run agc-pipeline getctg demo.agc chr2@s1:1000-1079 chr1@s2:0-39
printf '\nEvery letter came back.\n'
