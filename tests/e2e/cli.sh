#!/usr/bin/env bash
# The command line: what each command takes, prints and ends with. The archives are made here; the
# golden ones, made by C++ AGC, show that listings come out as AGC's own.
source "$(dirname "$0")/lib.sh"
cd "$tmp" || exit 1

# prints NAME TEXT COMMAND...: standard output is TEXT
prints() {
    local name=$1 wanted=$2
    shift 2
    expect "$name" 0 "$@"
    printf '%s\n' "$wanted" >"$tmp/wanted"
    same "$name: text" "$tmp/wanted" "$tmp/.out"
}
# silent NAME: the last expect() put nothing to standard output
silent() {
    if [ -s "$tmp/.out" ]; then not_ok "$1: nothing out" "$(head -2 "$tmp/.out")"
    else ok "$1: nothing out"; fi
}
usage_error() {
    local name="usage: ${*:2}"
    expect "$name" 2 "$agc" "${@:2}"
    said "$name: told" "$1"
    silent "$name"
}

repeat() { printf "%$2s" "" | sed "s/ /$1/g"; }
part=ACGTTGCATTAGGCTAACGTTCAGGATTACAGGCATGCAACTTGGACCATAGTTCCAGGAT # 60 letters, no repeat
{
    printf '>chr1 first chromosome\n%s\n' "$(repeat $part 5)"
    printf '>chr2\tsecond\nACGTACGTACGTNNRYKMACGT\n'
    printf '>HLA:01-02\nTTTTTGGGGGCCCCCAAAAATTTTTGGGGGCCCCCAAAAA\n>a@b\nGATTACA\n>empty\n'
} >"ref.one.fa"
printf '>chr1 first chromosome\n%s\n>twin x\nACGT\n>twin y\nCCCC\n' "$(repeat $part 4)" >"two words.fna"
printf 'ref.one.fa\ntwo words.fna\n\n' >list.txt

# ---- the program itself
prints "--version" "0.1.0" "$agc" --version
expect "--help" 0 "$agc" --help
usage_error "" # no command
usage_error "there is no command 'nonsense'" nonsense
for command in create getcol getset getctg listref listset listctg info; do
    expect "$command --help" 0 "$agc" $command --help
    truth "$command --help: text" grep -q "^Usage: agc-pipeline $command" "$tmp/.out"
    expect "$command -h" 0 "$agc" $command -h
    usage_error "option --nonsense is not known" $command --nonsense
    usage_error "" $command
done

# ---- create
expect "create" 0 "$agc" create -o a.agc ref.one.fa "two words.fna"
expect "create -i" 0 "$agc" create -i list.txt -o b.agc ref.one.fa
said "create -i: a file given twice" "note: ref.one.fa is given twice"
same "create -i: bytes" a.agc b.agc
expect "create -i alone" 0 "$agc" create --input-list=list.txt --output=c.agc
same "create -i alone: bytes" a.agc c.agc
"$agc" create ref.one.fa "two words.fna" >d.agc
same "create to standard output" a.agc d.agc
"$agc" create -o e.agc --sample "two words" ref.one.fa - <"two words.fna"
same "create from standard input" a.agc e.agc
expect "create -l 20" 0 "$agc" create -l 20 -o twenty.agc ref.one.fa "two words.fna"
expect "create with AGC's options" 0 "$agc" create -d -t 2 -b50 -k 31 -l20 -s 60000 -v 0 -o f.agc ref.one.fa "two words.fna"
same "create with AGC's options: bytes" twenty.agc f.agc
expect "create with long options" 0 "$agc" create --no-command-line --threads 3 --batch 50 --kmer-length 31 \
    --min-match 20 --segment-size 60000 --verbose=1 --memory 128M --output g.agc ref.one.fa "two words.fna"
same "create with long options: bytes" twenty.agc g.agc
said "create -v: a line for each process" "agc-worker 3"
said "create -v: peaks" "peak MiB"
ln -s a.agc link.agc
expect "create through a link" 0 "$agc" create -o link.agc ref.one.fa "two words.fna"
truth "the link stays" test -L link.agc
for case in k:16 k:33 b:0 b:1000000001 l:14 l:33 s:99 s:1000001 t:0 t:257 k:x k:-5 k:31x; do
    usage_error "option -${case%%:*} (--" create -o x.agc "-${case%%:*}" "${case#*:}" ref.one.fa
done
for case in "k 17" "k 32" "b 1" "b 1000000000" "l 15" "l 32" "s 100" "s 1000000"; do
    # shellcheck disable=SC2086 # two words
    expect "create -$case" 0 "$agc" create -o x.agc -$case ref.one.fa "two words.fna"
done
usage_error "takes one of error|N|drop" create --invalid=what -o x.agc ref.one.fa
usage_error "takes one of fast|default|best" create --effort=what -o x.agc ref.one.fa
usage_error "standard input needs a sample name" create -o x.agc -
usage_error "takes a power of two" create --ring-slots 3 -o x.agc ref.one.fa
usage_error "ref.one.fa is an input" create -o ref.one.fa ref.one.fa
for how in --fast --best --effort=fast --effort=best --effort=default; do
    expect "create $how" 0 "$agc" create $how -o x.agc ref.one.fa "two words.fna"
done
mkdir other && cp ref.one.fa other/
expect "one name, two files" 1 "$agc" create -o x2.agc ref.one.fa other/ref.one.fa
said "one name, two files: named" "ref.one.fa and other/ref.one.fa have the same sample name 'ref.one'"
expect "one file, two paths" 0 "$agc" create -o x2.agc ref.one.fa ./ref.one.fa
expect "output in no folder" 1 "$agc" create -o none/x.agc ref.one.fa
said "output in no folder: named" "none/x.agc"
expect "output is a folder" 1 "$agc" create -o other ref.one.fa
expect "output is a device" 1 "$agc" create -o /dev/null ref.one.fa
expect "missing list" 1 "$agc" create -i none.txt -o x3.agc
said "missing list: named" "none.txt"
expect "--work-dir" 0 "$agc" create --work-dir "$tmp/elsewhere" -o w.agc ref.one.fa "two words.fna"
same "--work-dir: bytes" a.agc w.agc
if [ -e elsewhere ] || ls ./*.work >/dev/null 2>&1; then not_ok "no work directory is left"
else ok "no work directory is left"; fi
if [ -d /dev/shm ] && [ "$(stat -c %d /dev/shm)" != "$(stat -c %d .)" ]; then
    # another file system than the output's
    expect "--work-dir on another file system" 0 "$agc" create --work-dir "/dev/shm/agc-test.$$" -o v.agc ref.one.fa "two words.fna"
    same "--work-dir on another file system: bytes" a.agc v.agc
fi
expect "no stages" 1 env AGC_PIPELINE_LIBEXEC="$tmp" "$agc" create -o x3.agc ref.one.fa
said "no stages: told" "no agc-"
truth "no stages: no archive" test ! -e x3.agc

# ---- lists
prints "listref" "ref.one" "$agc" listref a.agc
prints "listset" $'ref.one\ntwo words' "$agc" listset a.agc
prints "listctg" $'two words\n   chr1 first chromosome\n   twin x\n   twin y\nref.one\n   chr1 first chromosome\n   chr2\tsecond\n   HLA:01-02\n   a@b\n   empty' \
    "$agc" listctg a.agc "two words" ref.one
prints "info" $'No. samples      : 2\nk-mer length     : 31\nMin. match length: 20\nSegment size     : 60000\nBatch size       : 50\nReference name   : ref.one\nCommand lines:' \
    "$agc" info twenty.agc
expect "listset -o" 0 "$agc" listset -o names.txt a.agc
silent "listset -o"
printf 'ref.one\ntwo words\n' | cmp -s - names.txt && ok "listset -o: text" || not_ok "listset -o: text"
expect "listctg of no sample" 1 "$agc" listctg -o names.txt a.agc ref.one nobody
said "listctg of no sample: named" "nobody"
silent "listctg of no sample"
truth "listctg of no sample: old output" grep -q "two words" names.txt
for command in "listref none.agc" "listset none.agc" "info none.agc" "getcol none.agc" \
    "getset none.agc x" "getctg none.agc x" "listctg none.agc x"; do
    # shellcheck disable=SC2086 # several words
    expect "$command" 1 "$agc" $command
    said "$command: named" none.agc
    silent "$command"
done
usage_error "no sample is named" listctg a.agc
usage_error "one archive is all" listset a.agc b.agc

# ---- getset, getcol
fold80() { awk '/^>/ { print; next } { while (length($0) > 80) { print substr($0, 1, 80); $0 = substr($0, 81) } print }' "$@"; }
fold80 "two words.fna" >two.80
fold80 ref.one.fa >one.80
prints "getset" "$(cat two.80)" "$agc" getset a.agc "two words"
prints "getset, two" "$(cat two.80 one.80)" "$agc" getset a.agc "two words" ref.one
prints "getset, twice" "$(cat two.80 two.80)" "$agc" getset -p -s -t 2 a.agc "two words" "two words"
prints "getcol" "$(cat one.80 two.80)" "$agc" getcol -f a.agc
prints "getcol -r" "$(cat two.80)" "$agc" getcol -r a.agc
prints "getset -l" "$(cat "two words.fna")" "$agc" getset -l 2000000000 a.agc "two words"
expect "getset of no sample" 1 "$agc" getset a.agc "two words" nobody
said "getset of no sample: named" nobody
silent "getset of no sample"
usage_error "option -l (--line-length) takes 40 to" getset -l 39 a.agc ref.one
usage_error "option -g (--gzip) takes 0 to 9" getset -g 10 a.agc ref.one
usage_error "no sample is named" getset a.agc
usage_error "one archive is all" getcol a.agc ref.one
for level in 1 5 9; do
    "$agc" getset -g $level a.agc ref.one | gzip -dc | cmp -s - one.80 && ok "getset -g $level" || not_ok "getset -g $level"
done
expect "getset -o" 0 "$agc" getset -o set.fa a.agc ref.one
same "getset -o: text" one.80 set.fa
expect "getset -o of no sample" 1 "$agc" getset -o set.fa a.agc nobody
same "getset -o of no sample: old output" one.80 set.fa
mkdir col
expect "getcol -o" 0 "$agc" getcol -o col -g 3 a.agc
if [ "$(ls col | paste -sd,)" = "ref.one.fa.gz,two words.fa.gz" ]; then ok "getcol -o: names"
else not_ok "getcol -o: names" "$(ls col)"; fi
gzip -dc "col/two words.fa.gz" | cmp -s - two.80 && ok "getcol -o: text" || not_ok "getcol -o: text"

# ---- getctg
chr2=ACGTACGTACGTNNRYKMACGT
prints "getctg" $'>chr2\tsecond\n'$chr2 "$agc" getctg a.agc chr2
prints "getctg @" $'>chr2\tsecond\n'$chr2 "$agc" getctg a.agc chr2@ref.one
prints "getctg, a sample with a blank" $'>chr1 first chromosome:0-9\n'"${part:0:10}" "$agc" getctg a.agc "chr1@two words:0-9"
prints "getctg, region" $'>chr2\tsecond:10-13\nGTNN' "$agc" getctg a.agc chr2:10-13
prints "getctg, one letter" $'>chr2\tsecond:0-0\nA' "$agc" getctg a.agc chr2:0-0
prints "getctg, last letter" $'>chr2\tsecond:21-21\nT' "$agc" getctg a.agc chr2@ref.one:21-21
prints "getctg, clipped" $'>chr2\tsecond:20-1000\nGT' "$agc" getctg a.agc chr2:20-1000
prints "getctg, several" $'>a@b\nGATTACA\n>chr2\tsecond:0-3\nACGT\n>a@b:1-2\nAT' \
    "$agc" getctg a.agc a@b chr2:0-3 a@b@ref.one:1-2
prints "getctg, a name like a region" $'>HLA:01-02\nTTTTTGGGGGCCCCCAAAAATTTTTGGGGGCCCCCAAAAA' "$agc" getctg a.agc HLA:01-02
prints "getctg, region of it" $'>HLA:01-02:3-6\nTTGG' "$agc" getctg a.agc HLA:01-02:3-6
prints "getctg, whole header" $'>chr2\tsecond\n'$chr2 "$agc" getctg a.agc $'chr2\tsecond'
prints "getctg, header with sample" $'>twin y:1-2\nCC' "$agc" getctg a.agc "twin y@two words:1-2"
prints "getctg, empty" ">empty" "$agc" getctg a.agc empty
prints "getctg -l" ">chr1 first chromosome"$'\n'"$(repeat $part 4 | fold -w 45)" "$agc" getctg -l 45 a.agc "chr1@two words"
"$agc" getctg -g 6 a.agc chr2 | gzip -dc >"$tmp/got"
printf '>chr2\tsecond\n%s\n' $chr2 | cmp -s - got && ok "getctg -g" || not_ok "getctg -g"
# not_there NAME TEXT WORDS...
not_there() {
    local name="getctg: $1" text=$2
    shift 2
    expect "$name" 1 "$agc" getctg a.agc "$@"
    said "$name: told" "$text"
    silent "$name"
}
not_there "start past the end" "starts past the end of" chr2:22-30
not_there "past the end of an empty one" "starts past the end of" empty:0-0
not_there "ends before it starts" "ends before it starts" chr2:5-4
not_there "huge numbers" "starts past the end" chr2:99999999999999999999-99999999999999999999
not_there "no contig" "nobody: there is no such contig" nobody
not_there "no sample" "chr2@nobody" chr2@nobody
not_there "no contig in the sample" "the sample has no such contig" "chr2@two words"
not_there "in two samples" "'chr1 first chromosome' in ref.one, 'chr1 first chromosome' in two words" chr1
not_there "twice in a sample" "'twin x' in two words, 'twin y' in two words" "twin@two words"
not_there "one of two" "nobody" chr2 nobody
usage_error "no contig is named" getctg a.agc
expect "getctg -o" 0 "$agc" getctg -o ctg.fa a.agc chr2
printf '>chr2\tsecond\n%s\n' $chr2 | cmp -s - ctg.fa && ok "getctg -o: text" || not_ok "getctg -o: text"
expect "getctg -o of none" 1 "$agc" getctg -o ctg.fa a.agc nobody
truth "getctg -o of none: old output" grep -q second ctg.fa

# ---- archives made by C++ AGC
if have_shared "golden archives"; then
    golden=$shared/data/golden
    prints "golden listref" DBVPG6044 "$agc" listref "$golden/yeast_chrV.v3.agc"
    for archive in "$golden"/*.agc; do
        name=$(basename "$archive" .agc)
        LC_ALL=C sort "$golden/${name%%.*}.digest" >wanted
        "$agc" listset "$archive" >names
        cut -f1 wanted | LC_ALL=C sort -u | cmp -s - names && ok "golden $name: listset" || not_ok "golden $name: listset"
        while read -r sample; do
            "$agc" getset -q -t 2 "$archive" "$sample" | digest_stream "$sample"
        done <names | LC_ALL=C sort >got
        same "golden $name: getset's digests" wanted got
    done
    # regions over segment borders against the decoded contig
    archive=$golden/yeast_chrV.small-segments.v3.agc
    "$agc" getset -l 2000000000 "$archive" SK1 | sed -n 2p >flat
    length=$(($(wc -c <flat) - 1))
    bad=0
    for from in 0 1 999 9990 10007 50000 $((length - 3000)) $((length - 1)); do
        for size in 1 2 31 2999 20000; do
            "$agc" getctg -l 2000000000 "$archive" "SK1#1#chrV:$from-$((from + size - 1))" | sed -n 2p >got
            cut -c $((from + 1))-$((from + size)) flat | cmp -s - got || bad=$((bad + 1))
        done
    done
    if [ $bad -eq 0 ]; then ok "regions over segment borders"; else not_ok "regions over segment borders" "$bad wrong"; fi
fi
finish
