#!/usr/bin/env bash
# The promise of memory: --memory bounds what all processes hold at once, measured from outside by
# tools/peak_memory.py, and decides over nothing in the archive.
source "$(dirname "$0")/lib.sh"
cd "$tmp" || exit 1

if [ -n "${SANITIZED:-}" ]; then
    echo "skip memory: a sanitizer needs more than the program"
    exit 0
fi

# within NAME MB COMMAND...: the command succeeds, and never holds more; $peak is what it held
within() {
    local name=$1 limit=$2 status
    shift 2
    python3 "$repo/tools/peak_memory.py" -o peak.txt "$@" >out.txt 2>err.txt </dev/null
    status=$?
    peak=$(sed -n 's/^peak \([0-9]*\) bytes.*/\1/p' peak.txt)
    if [ "$status" -ne 0 ]; then
        not_ok "$name" "$* ended with $status" "$(head -5 err.txt)"
    elif [ "${peak:-0}" -eq 0 ] || [ "$peak" -gt $((limit * 1000000)) ]; then
        not_ok "$name" "at most $limit MB wanted: $(cat peak.txt)"
    else
        ok "$name ($((peak / 1000000)) MB)"
    fi
}
# unpack COLLECTION: its files are in a folder of that name
unpack() {
    mkdir -p "$1"
    zstd -dc "$shared/data/collections/$1.tar.zst" | tar -x -C "$1" --strip-components=0
    find "$1" -name '*.fa' | LC_ALL=C sort >"$1.list"
}

# ---- too little
python3 -c 'print(">n\n" + ("N" * 80 + "\n") * 125000)' >nrun.fa
expect "too little for -t" 2 "$agc" create -t 2 --memory 20M -o x.agc nrun.fa
said "too little for -t: what is needed" "at least --memory 48M, or 41M with -t 1"
expect "too little at all" 2 "$agc" create -t 1 --memory 1M -o x.agc nrun.fa
said "too little at all: what is needed" "at least --memory 41M"
expect "the least is enough" 0 "$agc" create -t 1 --memory 41M -o n41.agc nrun.fa
expect "less memory, fewer workers" 0 "$agc" create -v --memory 41M -o n1.agc nrun.fa
said "how it is shared out" "at most 41 MiB: reader 30.0, rings"
truth "one worker then" grep -q "1 x worker" "$tmp/.err"
same "the archive is the same" n41.agc n1.agc
expect "a query with too little" 2 "$agc" getcol -t 1 --memory 1M n1.agc
said "a query with too little: what is needed" "at least --memory 15M"
expect "a query with enough" 0 "$agc" getcol -t 1 --memory 15M n1.agc
within "a reference that is one run of N" 64 "$agc" create -t 2 -o n2.agc nrun.fa
same "the archive is the same again" n1.agc n2.agc

# ---- one contig that nothing can be found in
python3 - >random.fa <<'EOF'
import random
r = random.Random(5)
table = bytes(b"ACGT"[i & 3] for i in range(256))
print(">long")
for _ in range(40):
    print(r.randbytes(1000000).translate(table).decode())
EOF
within "one contig of 40 Mb" 64 "$agc" create -t 2 -o r.agc random.fa
within "one contig of 40 Mb in 48 MiB" 50 "$agc" create -t 2 --memory 48M -o r48.agc random.fa
same "one contig: the archive is the same" r.agc r48.agc

# ---- yeasts
if have_shared "memory on yeasts"; then
    unpack yeast_cer8
    mapfile -t inputs <yeast_cer8.list
    within "yeasts, defaults" 64 "$agc" create -t 2 -o y.agc "${inputs[@]}"
    within "yeasts, short segments" 64 "$agc" create -t 2 -k 21 -s 10000 -l 20 -o ys.agc "${inputs[@]}"
    within "yeasts in 48 MiB" 50 "$agc" create -t 2 --memory 48M -o y48.agc "${inputs[@]}"
    within "yeasts in 2 GiB" 2147 "$agc" create -t 2 --memory 2G -o y2g.agc "${inputs[@]}"
    same "the same bytes with 48 MiB" y.agc y48.agc
    same "the same bytes with 2 GiB" y.agc y2g.agc
    within "getset in 48 MiB" 50 "$agc" getset -t 2 --memory 48M -o one.fa y.agc "$(basename "${inputs[3]}" .fa)"
    within "getcol in 48 MiB" 50 "$agc" getcol -t 2 --memory 48M -o . y.agc
    truth "what came out" cmp one.fa "$(basename "${inputs[3]}")"
fi
finish
