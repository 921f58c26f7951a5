#!/usr/bin/env bash
# Input that is not plain: each file of ../shared/data/odd, and inputs made here, ends in a correct
# archive or in a clear error that names the file, with no archive made and an old output untouched.
#
# What an archive must hold is computed here with awk and tr from the decompressed text (normal()),
# and read back by the oracle: nothing of the program under test takes part.
source "$(dirname "$0")/lib.sh"

odd=$shared/data/odd
old="an output that was there before"
small=$tmp/small.fa # a sample of its own, for inputs that come second

# plain FILE: its bytes, decompressed, whatever its name
plain() {
    case $(head -c 4 "$1" | od -An -tx1 | tr -d ' ') in
    1f8b*) gzip -dc <"$1" ;;
    fd377a58) xz -dc <"$1" ;;
    28b52ffd) zstd -dc <"$1" ;;
    *) cat "$1" ;;
    esac
}

# normal FILE: header lines as they are but for the CR, sequence in capitals without blanks
normal() {
    plain "$1" | LC_ALL=C awk '
        { sub(/\r+$/, "") }
        /^>/ { print; next }
        { gsub(/[ \t\r\v\f]/, ""); if (length($0)) print toupper($0) }'
}

# sample_of FILE: the name that create gives it
sample_of() {
    local base=${1##*/} suffix
    for suffix in gz bgz zst xz; do
        case $base in *."$suffix") base=${base%."$suffix"}; break ;; esac
    done
    for suffix in fa fna fasta fas ffn; do
        case $base in *."$suffix") base=${base%."$suffix"}; break ;; esac
    done
    echo "$base"
}

# holds NAME ARCHIVE SAMPLE=FASTA...: sound, and digests equal to those of the (normal) files
holds() {
    local name=$1 archive=$2
    shift 2
    truth "$name: sound" oracle check "$archive"
    oracle digest-fasta "$@" | LC_ALL=C sort >"$tmp/wanted"
    digests "$name" "$archive" "$tmp/wanted"
}

# digests NAME ARCHIVE SORTED-DIGESTS...
digests() {
    oracle digest "$2" | LC_ALL=C sort >"$tmp/got"
    LC_ALL=C sort -m "${@:3}" >"$tmp/all-wanted"
    same "$1: holds it" "$tmp/all-wanted" "$tmp/got"
}

# accepted NAME FILE [OPTION...]: as the only input and as the second one. What it must hold stands
# in $tmp/normal.fa, if that is not normal() of the file.
accepted() {
    local name=$1 file=$2 sample
    shift 2
    sample=$(sample_of "$file")
    [ -e "$tmp/normal.fa" ] || normal "$file" >"$tmp/normal.fa"
    expect "$name: create" 0 "$agc" create "$@" -o "$tmp/out.agc" "$file"
    cp "$tmp/.err" "$tmp/notes"
    [ -e "$tmp/out.agc" ] && holds "$name" "$tmp/out.agc" "$sample=$tmp/normal.fa"
    rm -f "$tmp/out.agc"
    expect "$name: second" 0 "$agc" create "$@" -o "$tmp/out.agc" "$small" "$file"
    [ -e "$tmp/out.agc" ] && digests "$name: second" "$tmp/out.agc" "$tmp/wanted" "$tmp/small.digest"
    rm -f "$tmp/out.agc" "$tmp/normal.fa"
}

# refused NAME WORDS FILE...: error, words said, old output untouched, nothing else left behind
refused() {
    local name=$1 words=$2 before
    shift 2
    mkdir "$tmp/out"
    echo "$old" >"$tmp/out/x.agc"
    expect "$name: refused" 1 "$agc" create -o "$tmp/out/x.agc" "$@"
    said "$name: says why" "$words"
    before=$(cat "$tmp/out/x.agc")
    if [ "$before" = "$old" ] && [ "$(ls "$tmp/out")" = x.agc ]; then
        ok "$name: old output untouched"
    else
        not_ok "$name: old output untouched" "$(ls -la "$tmp/out")"
    fi
    rm -rf "$tmp/out"
    expect "$name: refused without output" 1 "$agc" create -o "$tmp/none.agc" "$@"
    if [ -e "$tmp/none.agc" ]; then not_ok "$name: no archive"; else ok "$name: no archive"; fi
    rm -rf "$tmp/none.agc"*
}

# letters N SEED: random bases on one line
letters() {
    LC_ALL=C awk -v n="$1" -v seed="$2" 'BEGIN {
        srand(seed)
        for (i = 0; i < n; i++) printf "%s", substr("ACGT", 1 + int(4 * rand()), 1)
        print "" }'
}

files_of_odd() {
    local file
    have_shared odd || return
    for file in all_N.fa crlf_dloop.fasta crlf_mt_rsrs.fasta dup_names_blank_lines.fasta \
        empty_contig.fa hav_dup_names.fasta headers_only.fa klebsiella.fna.xz \
        leading_blank_spaces.fasta.gz lowercase_dloop.fasta mirna_rna_U.fa.gz \
        rsv_dup_headers.fasta rubella_iupac.fasta saureus_blank_lines.fasta.gz \
        trinity_long_headers.fasta.gz vcholerae_no_final_newline.fasta.gz; do
        accepted "$file" "$odd/$file"
        case $file in
        lowercase*) cp "$tmp/notes" "$tmp/case-notes" ;;
        dup_names*) cp "$tmp/notes" "$tmp/dup-notes" ;;
        esac
    done
    refused chikv_gaps "$odd/chikv_gaps.fasta: record 1 (PP196586.1" "$odd/chikv_gaps.fasta"
    refused chikv_gaps "line 2, position 1: '-'" "$small" "$odd/chikv_gaps.fasta"
    refused dengue2 "$odd/dengue2_lower_gaps.fasta: record 1" "$odd/dengue2_lower_gaps.fasta"
    refused dengue2 "line 2, position 7993: '-'" "$odd/dengue2_lower_gaps.fasta"
    refused gap_chars "line 3, position 1: '-'" "$odd/gap_chars_reads.fa.gz"
    refused iupac_all "line 2, position 15: 'X'" "$odd/iupac_all_letters.fa"
    refused protein "protein_titin.fas.gz: record 1 (sp|Q9I7U4" "$odd/protein_titin.fas.gz"
    refused zero_bytes "zero_bytes.fa: is empty" "$small" "$odd/zero_bytes.fa"
    if [ "$(grep -c 'case is not kept' "$tmp/case-notes")" -eq 1 ]; then
        ok "lower case: one note"
    else
        not_ok "lower case: one note" "$(cat "$tmp/case-notes")"
    fi
    policies
    doubled_names
}

# policies: what is invalid is replaced or dropped, counted, and said
policies() {
    local file count
    for file in chikv_gaps.fasta gap_chars_reads.fa.gz dengue2_lower_gaps.fasta; do
        count=$(plain "$odd/$file" | grep -v '^>' | tr -cd - | wc -c)
        normal "$odd/$file" | sed '/^>/!s/-/N/g' >"$tmp/normal.fa"
        accepted "$file --invalid=N" "$odd/$file" --invalid=N
        normal "$odd/$file" | sed '/^>/!s/-//g' >"$tmp/normal.fa"
        accepted "$file --invalid=drop" "$odd/$file" --invalid=drop
        if grep -qw "$count" "$tmp/notes"; then
            ok "$file: says how many"
        else
            not_ok "$file: says how many" "no $count in:" "$(cat "$tmp/notes")"
        fi
    done
    normal "$odd/iupac_all_letters.fa" | sed '/^>/!s/X/N/g' >"$tmp/normal.fa"
    accepted "iupac_all --invalid=N" "$odd/iupac_all_letters.fa" --invalid=N
}

# doubled_names: kept with a warning; a query by such a name is an error that lists them
doubled_names() {
    if grep -q alpha "$tmp/dup-notes"; then
        ok "equal names: a warning"
    else
        not_ok "equal names: a warning" "$(cat "$tmp/dup-notes")"
    fi
    "$agc" create -q -o "$tmp/dup.agc" "$odd/dup_names_blank_lines.fasta"
    expect "equal names: getctg refuses" 1 "$agc" getctg "$tmp/dup.agc" alpha
    said "equal names: getctg lists them" "alpha (again - this is a duplicate entry"
    if [ -s "$tmp/.out" ]; then not_ok "equal names: no output"; else ok "equal names: no output"; fi
    expect "unequal name beside them" 0 "$agc" getctg "$tmp/dup.agc" beta
}

# unusual_texts: what people and programs write, all of it correct
unusual_texts() {
    local d=$tmp/texts
    mkdir "$d"
    printf '>a\r\nacgtn\r\n\r\n>b  two \tblanks \r\nAC GT\tAA\r\nryswkmbdhvu' >"$d/mixed.fa"
    printf '\n\n \t\n>a\n\n\nACGT\n\n>b\n>c\n\n\n' >"$d/blank.fa"
    printf '>only' >"$d/only_header.fa"
    printf '>\nACGT\n' >"$d/no_name.fa"
    printf '>a>b;c\nACGT\n>>d\nGG\n' >"$d/greater.fa"
    printf '>short\nACGTACGTAA\n' >"$d/shorter_than_k.fa"
    { echo '>line'; letters 3000000 7; } >"$d/one_line.fa"
    { printf '>'; head -c 1000000 /dev/zero | tr '\0' h; printf ' end\nACGTTGCA\n'; } >"$d/long_header.fa"
    LC_ALL=C awk 'BEGIN { srand(3); for (i = 0; i < 100000; i++) {
        s = ""; for (j = 0; j < 40; j++) s = s substr("ACGT", 1 + int(4 * rand()), 1)
        print ">contig_" i " of many"; print s } }' >"$d/many_contigs.fa"
    local file
    for file in "$d"/*.fa; do accepted "$(sample_of "$file")" "$file"; done
    # As reference, a contig too short for a splitter; then a sample that is alike.
    { echo '>x'; letters 5000 11; } >"$d/x.fa"
    truth "short reference: create" "$agc" create -q -o "$tmp/out.agc" "$d/shorter_than_k.fa" "$d/x.fa"
    holds "short reference" "$tmp/out.agc" "shorter_than_k=$d/shorter_than_k.fa" "x=$d/x.fa"
    rm -f "$tmp/out.agc"
}

unacceptable_texts() {
    local d=$tmp/bad
    mkdir "$d" "$d/folder.fa"
    printf '\n  \n' >"$d/no_record.fa"
    printf 'ACGT\n>a\nACGT\n' >"$d/text_first.fa"
    printf '>a\nACGT\n>na\303\257ve\nACGT\n' >"$d/high_header.fa"
    printf '>a\0b\nACGT\n' >"$d/nul_header.fa"
    printf '>a\nAC\0GT\n' >"$d/nul_sequence.fa"
    printf '>a\nACGT\n  >b\nACGT\n' >"$d/indented.fa"
    printf '>a\nACGT\n;c\nACGT\n' >"$d/comment.fa"
    printf '>a\rACGT\r>b\rACGT\r' >"$d/mac.fa"
    printf '>a\nACGT1\n' >"$d/digit.fa"
    printf '>a\nACGT*\n' >"$d/star.fa"
    { printf '>'; head -c 1100000 /dev/zero | tr '\0' h; printf '\nACGT\n'; } >"$d/longest_header.fa"
    # The fault stands deep in the file: work has begun when it is found.
    { echo '>long'; letters 400000 5 | fold -w 60; echo 'ACGTJ'; } >"$d/late.fa"
    refused no_record "no_record.fa: holds no FASTA record" "$d/no_record.fa"
    refused text_first "text_first.fa: not a FASTA file" "$d/text_first.fa"
    refused high_header "high_header.fa: record 2 (na??ve), line 3" "$d/high_header.fa"
    refused nul_header "nul_header.fa: record 1 (a?b), line 1, position 3" "$d/nul_header.fa"
    refused nul_sequence "record 1 (a), line 2, position 3: byte 0x00" "$d/nul_sequence.fa"
    refused indented "record 1 (a), line 3, position 3: '>'" "$d/indented.fa"
    refused comment "record 1 (a), line 3, position 1: ';'" "$d/comment.fa"
    refused mac "mac.fa: record 1" "$d/mac.fa"
    refused digit "record 1 (a), line 2, position 5: '1'" "$d/digit.fa"
    refused star "record 1 (a), line 2, position 5: '*'" "$d/star.fa"
    refused longest_header "longest_header.fa: record 1" "$d/longest_header.fa"
    refused late "late.fa: record 1 (long), line 6669, position 5: 'J'" "$small" "$d/late.fa"
    refused folder "folder.fa: is a directory" "$small" "$d/folder.fa"
    refused missing "missing.fa: cannot open: No such file" "$small" "$d/missing.fa"
    if [ "$(id -u)" -ne 0 ]; then
        install -m 0 "$small" "$d/unreadable.fa"
        refused unreadable "unreadable.fa: cannot open: Permission denied" "$d/unreadable.fa"
    fi
}

damaged_files() {
    local d=$tmp/damaged kind
    mkdir "$d"
    { echo '>a'; letters 300000 9 | fold -w 60; } >"$d/whole.fa"
    gzip -k "$d/whole.fa"
    xz -k "$d/whole.fa"
    zstd -q "$d/whole.fa"
    for kind in gz xz zst; do
        head -c -20 "$d/whole.fa.$kind" >"$d/cut.fa.$kind"
        refused "truncated $kind" "cut.fa.$kind: compressed file ends early" "$small" "$d/cut.fa.$kind"
        { head -c 40000 "$d/whole.fa.$kind"; printf XXXXXXXX; tail -c +40009 "$d/whole.fa.$kind"; } \
            >"$d/hurt.fa.$kind"
        refused "damaged $kind" "hurt.fa.$kind: compressed data damaged" "$small" "$d/hurt.fa.$kind"
    done
    { cat "$d/whole.fa.gz"; echo garbage; } >"$d/garbage.fa.gz"
    refused "garbage after gzip" "garbage.fa.gz: compressed data damaged" "$d/garbage.fa.gz"
}

# Compression is told by content, and does not show in the archive; nor does standard input.
kinds() {
    local d=$tmp/kinds kind
    mkdir -p "$d"/{plain,gzip,members,xz,zstd}
    { echo '>a'; letters 100000 21 | fold -w 70; echo '>b'; letters 50000 22; } >"$d/plain/k.fa"
    gzip -c "$d/plain/k.fa" >"$d/gzip/k.fa"
    split -b 30000 "$d/plain/k.fa" "$d/piece."
    for kind in "$d"/piece.*; do gzip -c "$kind"; done >"$d/members/k.fa.xz"
    head -c 512 /dev/zero >>"$d/members/k.fa.xz"
    xz -c "$d/plain/k.fa" >"$d/xz/k.fna.gz"
    for kind in "$d"/piece.*; do zstd -qc "$kind"; done >"$d/zstd/k.fas"
    truth "kinds: plain" "$agc" create -q -o "$d/plain.agc" "$d/plain/k.fa"
    holds "kinds: plain" "$d/plain.agc" "k=$d/plain/k.fa"
    for kind in gzip members xz zstd; do
        truth "kinds: $kind" "$agc" create -q -o "$d/other.agc" "$d/$kind"/*
        same "kinds: $kind: same archive" "$d/plain.agc" "$d/other.agc"
        rm -f "$d/other.agc"
    done
    for kind in plain/k.fa gzip/k.fa; do
        "$agc" create -q --sample k -o "$d/other.agc" - <"$d/$kind"
        same "kinds: $kind on standard input" "$d/plain.agc" "$d/other.agc"
        rm -f "$d/other.agc"
        # shellcheck disable=SC2002 # a pipe is what is tested
        cat "$d/$kind" | "$agc" create -q --sample k -o "$d/other.agc" -
        same "kinds: $kind through a pipe" "$d/plain.agc" "$d/other.agc"
        rm -f "$d/other.agc"
    done
    printf 'nothing\n' | "$agc" create --sample k -o "$d/other.agc" - 2>"$tmp/.err"
    said "kinds: bad standard input" "standard input: not a FASTA file"
}

same_and_other_names() {
    local d=$tmp/names
    mkdir -p "$d/one" "$d/two"
    { echo '>a'; letters 20000 31 | fold -w 60; } >"$d/one/s.fa"
    { echo '>a'; letters 20000 32 | fold -w 60; } >"$d/two/s.fa"
    ln "$d/one/s.fa" "$d/two/hard.fa"
    truth "once: create" "$agc" create -q -o "$d/once.agc" "$small" "$d/one/s.fa"
    expect "same path twice" 0 "$agc" create -o "$d/twice.agc" "$small" "$d/one/s.fa" "$d/one/s.fa"
    said "same path twice: a note" "taken once"
    same "same path twice: kept once" "$d/once.agc" "$d/twice.agc"
    refused "two files, one sample" "$d/two/s.fa" "$small" "$d/one/s.fa" "$d/two/s.fa"
    gzip -k "$d/two/s.fa"
    refused "plain and gzip, one sample" "'s'" "$d/two/s.fa" "$d/two/s.fa.gz"
    truth "a hard link: create" "$agc" create -q -o "$d/link.agc" "$d/one/s.fa" "$d/two/hard.fa"
    holds "a hard link is a sample" "$d/link.agc" "s=$d/one/s.fa" "hard=$d/one/s.fa"
}

empty_contigs() {
    printf '>first\n>second\nA\n>third\n' >"$tmp/empty.fa"
    "$agc" create -q -o "$tmp/empty.agc" "$tmp/empty.fa"
    "$agc" getset "$tmp/empty.agc" empty >"$tmp/got"
    same "empty contigs: getset" "$tmp/empty.fa" "$tmp/got"
    "$agc" getctg "$tmp/empty.agc" third first >"$tmp/got"
    printf '>third\n>first\n' >"$tmp/wanted"
    same "empty contigs: getctg" "$tmp/wanted" "$tmp/got"
    if [ "$("$agc" listctg "$tmp/empty.agc" empty | grep -cE 'first|second|third')" -eq 3 ]; then
        ok "empty contigs: listctg"
    else
        not_ok "empty contigs: listctg"
    fi
}

have_shared odd || finish
{ echo '>small'; letters 30000 1 | fold -w 60; } >"$small"
oracle digest-fasta "small=$small" >"$tmp/small.digest"
files_of_odd
unusual_texts
unacceptable_texts
damaged_files
kinds
same_and_other_names
empty_contigs
finish
