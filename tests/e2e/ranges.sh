#!/usr/bin/env bash
# Ranges: ten thousand at random over all samples, borders and the ends of contigs, by words, from
# files and as BED, are slices of the FASTA that went in.
source "$(dirname "$0")/lib.sh"
cd "$tmp" || exit 1
have_shared ranges || finish

# slices.py FOLDER COUNT: words in words.txt, BED in regions.bed, what must come out in wanted.*
cat >slices.py <<'E2'
import gzip, glob, os, random, sys
folder, count = sys.argv[1], int(sys.argv[2])
random.seed(11)
contigs = []
for path in sorted(glob.glob(folder + "/*.fa*")):
    sample = os.path.basename(path).split(".fa")[0]
    opener = gzip.open if path.endswith(".gz") else open
    for record in opener(path, "rt").read().split(">")[1:]:
        header, text = record.split("\n", 1)
        contigs.append((sample, header, text.replace("\n", "").upper()))

def ranges():
    for sample, header, text in contigs:
        last = len(text) - 1
        yield from ((sample, header, text, a, b) for a, b in
                    ((0, 0), (last, last), (0, last), (last, last + 9), (0, 79), (0, 80)))
    for _ in range(count):
        sample, header, text = random.choice(contigs)
        first = random.randrange(len(text))
        yield sample, header, text, first, first + random.choice((0, 1, 79, random.randrange(5000)))

with open("words.txt", "w") as words, open("regions.bed", "w") as bed, open("wanted", "w") as out:
    words.write("# regions\n\n")
    bed.write("track name=x\n")
    for sample, header, text, first, last in ranges():
        name = header.split()[0]
        words.write(f"{name}@{sample}:{first}-{last}\n")
        bed.write(f"{name}@{sample}\t{first}\t{last + 1}\textra\n")
        piece = text[first:last + 1]
        out.write(f">{header}:{first}-{last}\n")
        out.write("".join(piece[i:i + 80] + "\n" for i in range(0, len(piece), 80)))
E2

for set in yeast_chrV hpylori; do
    folder=$shared/data/small/$set
    "$agc" create -q -o $set.agc "$folder"/*.fa.gz || { not_ok "$set: create"; continue; }
    python3 slices.py "$folder" 5000
    expect "$set: regions from a file" 0 "$agc" getctg -r words.txt $set.agc
    same "$set: slices" wanted .out
    "$agc" getctg -r - $set.agc <words.txt >got
    same "$set: slices, from standard input" wanted got
    expect "$set: BED" 0 "$agc" getctg --bed -r regions.bed $set.agc
    same "$set: slices, by BED" wanted .out
    expect "$set: least memory" 0 "$agc" getctg --memory 16M -r words.txt $set.agc
    same "$set: slices, with the least memory" wanted .out
done

# ---- files of regions
set=yeast_chrV.agc
printf '%s\n' "nobody@x:1-2" >bad.txt
expect "a region of nobody" 1 "$agc" getctg -r bad.txt $set
said "a region of nobody: told" "nobody@x:1-2"
truth "a region of nobody: nothing out" test ! -s .out
printf 'chr\t5\n' >bad.bed
expect "broken BED" 1 "$agc" getctg --bed -r bad.bed $set
said "broken BED: told" "bad.bed, line 1"
printf 'chr\t5\t5\n' >empty.bed
expect "BED of nothing" 1 "$agc" getctg --bed -r empty.bed $set
expect "no such file" 1 "$agc" getctg -r none.txt $set
expect "--bed without a file" 2 "$agc" getctg --bed $set x
: >none
expect "no regions at all" 0 "$agc" getctg -r none $set
truth "no regions at all: nothing out" test ! -s .out
printf '>x@y:1-2 z\nACGTACGT\n' >odd.fa
"$agc" create -q -o odd.agc odd.fa
printf 'x@y:1-2:0-3\r\nx@y:1-2@odd:4-5\n' >crlf.txt
expect "names like regions, CR LF" 0 "$agc" getctg -r crlf.txt odd.agc
printf '>x@y:1-2 z:0-3\nACGT\n>x@y:1-2 z:4-5\nAC\n' >wanted
same "names like regions: text" wanted .out
expect "--with-sample" 0 "$agc" getctg --with-sample odd.agc x@y:1-2
printf '>x@y:1-2@odd z\nACGTACGT\n' >wanted
same "--with-sample: text" wanted .out
expect "getset --with-sample" 0 "$agc" getset --with-sample odd.agc odd
same "getset --with-sample: text" wanted .out
finish
