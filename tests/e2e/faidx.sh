#!/usr/bin/env bash
# faidx: regions, headers and the other strand as samtools has them; --fai and lists as JSON.
source "$(dirname "$0")/lib.sh"
cd "$tmp" || exit 1

# prints NAME TEXT COMMAND...: standard output is TEXT
prints() {
    local name=$1 wanted=$2
    shift 2
    expect "$name" 0 "$@"
    printf '%s\n' "$wanted" >wanted
    same "$name: text" wanted .out
}
part=ACGTTGCATTAGGCTAACGTTCAGGATTACAGGCATGCAACTTGGACCATAGTTCCAGGA # 60 letters
{
    printf '>chrV five\n%s\n%s\nACGTN\n' $part $part
    printf '>HLA:01-02\nTTTTTGGGGG\n>iupac\nACGTRYSWKMBDHVN\n>empty\n'
} >SK1.fa
printf '>chrV\nGATTACA\n>only here\nCCCC\n' >"Y 12.fa"
"$agc" create -q -o a.agc SK1.fa "Y 12.fa" || not_ok create

prints "sample:contig:from-to" $'>SK1:chrV:1-10\nACGTTGCATT' "$agc" faidx a.agc SK1:chrV:1-10
prints "lines of 60" $'>SK1:chrV:1-61\n'$part$'\nA' "$agc" faidx a.agc SK1:chrV:1-61
prints "-n" $'>SK1:chrV:1-50\n'"${part:0:40}"$'\n'"${part:40:10}" "$agc" faidx -n 40 a.agc SK1:chrV:1-50
prints "one letter" $'>SK1:chrV:2-2\nC' "$agc" faidx a.agc SK1:chrV:2-2
prints "to the end" $'>SK1:chrV:121-\nACGTN' "$agc" faidx a.agc SK1:chrV:121-
prints "from alone" $'>SK1:chrV:124\nTN' "$agc" faidx a.agc SK1:chrV:124
prints "past the end" $'>SK1:chrV:124-1,000\nTN' "$agc" faidx a.agc SK1:chrV:124-1,000
prints "commas" $'>SK1:chrV:1-1,0\nACGTTGCATT' "$agc" faidx a.agc SK1:chrV:1-1,0
prints "from 0" $'>only:0-2\nCC' "$agc" faidx a.agc only:0-2
prints "whole contig" $'>Y 12:chrV\nGATTACA' "$agc" faidx a.agc "Y 12:chrV"
prints "no sample" $'>only\nCCCC' "$agc" faidx a.agc only
prints "whole header" $'>only here:2-3\nCC' "$agc" faidx a.agc "only here:2-3"
prints "a name like a region" $'>HLA:01-02\nTTTTTGGGGG' "$agc" faidx a.agc HLA:01-02
prints "region of it" $'>HLA:01-02:5-6\nTG' "$agc" faidx a.agc HLA:01-02:5-6
prints "region of it, sample" $'>SK1:HLA:01-02:5-6\nTG' "$agc" faidx a.agc SK1:HLA:01-02:5-6
prints "--reverse-complement" $'>SK1:chrV:1-10/rc\nAATGCAACGT' \
    "$agc" faidx --reverse-complement a.agc SK1:chrV:1-10
prints "-i, codes" $'>iupac/rc\nNBDHVKMWSRYACGT' "$agc" faidx -i a.agc iupac
prints "empty contig" '>empty' "$agc" faidx a.agc empty
prints "--with-sample" $'>SK1:iupac:1-2\nAC' "$agc" faidx --with-sample a.agc iupac:1-2
prints "several" $'>only:1-1\nC\n>Y 12:chrV:1-2\nGA' "$agc" faidx a.agc only:1-1 "Y 12:chrV:1-2"
printf 'only:1-1\nY 12:chrV:1-2\n' >list
prints "-r" $'>only:1-1\nC\n>Y 12:chrV:1-2\nGA' "$agc" faidx -r list a.agc
expect "-o" 0 "$agc" faidx -o out.fa a.agc only
printf '>only\nCCCC\n' >wanted
same "-o: text" wanted out.fa
expect "ambiguous" 1 "$agc" faidx a.agc chrV:1-2
said "ambiguous: told" "2 contigs have the name 'chrV'"
expect "nobody" 1 "$agc" faidx a.agc SK1:chrX
expect "backwards" 1 "$agc" faidx a.agc SK1:chrV:9-3
expect "past the contig" 1 "$agc" faidx a.agc SK1:chrV:126-130
expect "nothing named" 2 "$agc" faidx a.agc

# A long contig turned round, piece by piece.
python3 - <<'E2'
import random
random.seed(3)
text = "".join(random.choice("ACGTN") for _ in range(2500000))
other = text[::-1].translate(str.maketrans("ACGTN", "TGCAN"))
open("long.fa", "w").write(">long\n" + text + "\n")
open("wanted", "w").write(">long/rc\n" + "".join(other[i:i + 60] + "\n" for i in range(0, len(other), 60)))
E2
"$agc" create -q -o long.agc long.fa
expect "a long contig turned round" 0 "$agc" faidx -i long.agc long
same "a long contig turned round: text" wanted .out

# ---- --fai: names, lengths and offsets of what getset puts out
for command in "listctg --fai -l 50" "faidx --fai -l 50"; do
    expect "$command" 0 "$agc" $command a.agc SK1 "Y 12"
    "$agc" getset -l 50 a.agc SK1 "Y 12" >set.fa
    if python3 - <<'E2'
text = open("set.fa").read()
fasta = [r.split("\n", 1) for r in text.split(">")[1:]]
index = [line.rstrip("\n").split("\t") for line in open(".out")]
assert len(fasta) == len(index), (len(fasta), len(index))
for (header, letters), (name, length, offset, bases, width) in zip(fasta, index):
    joined = letters.replace("\n", "")
    assert name == header.split()[0] and int(length) == len(joined)
    at, got = int(offset), ""
    for i in range(int(length)):
        got += text[at + i // int(bases) * int(width) + i % int(bases)]
    assert got == joined, name
E2
    then ok "$command: index"; else not_ok "$command: index" "$(cat .out)"; fi
done
expect "faidx --fai of all" 0 "$agc" faidx --fai a.agc
truth "faidx --fai of all: lines" test "$(wc -l <.out)" -eq 6
expect "--fai of nobody" 1 "$agc" listctg --fai a.agc nobody

# ---- JSON
json() { python3 -c "import json, sys; d = json.load(open('.out')); assert $1, d"; }
expect "info --json" 0 "$agc" info --json a.agc
truth "info --json: text" json "d['samples'] == 2 and d['reference'] == 'SK1' and d['kmer_length'] > 16"
expect "listset --json" 0 "$agc" listset --json a.agc
truth "listset --json: text" json "d == {'samples': ['SK1', 'Y 12']}"
expect "listref --json" 0 "$agc" listref --json a.agc
truth "listref --json: text" json "d == {'reference': 'SK1'}"
expect "listctg --json" 0 "$agc" listctg --json a.agc "Y 12"
truth "listctg --json: text" json "d['samples'][0]['contigs'][1] == {'name': 'only', 'header': 'only here', 'length': 4}"
expect "listctg --json -o" 0 "$agc" listctg --json -o j.json a.agc SK1
truth "listctg --json -o: text" python3 -m json.tool j.json
expect "listctg --json of nobody" 1 "$agc" listctg --json a.agc nobody
truth "listctg --json of nobody: nothing out" test ! -s .out
finish
