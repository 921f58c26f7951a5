#!/usr/bin/env bash
# Whole collections of ../shared/data/collections: all samples come back, for several numbers of
# workers the same bytes, and memory and time stay within bounds. Bounded to a few minutes; bounds on
# time are generous, since the machine may be slow or shared.
source "$(dirname "$0")/lib.sh"

have_shared collections || finish

# within NAME LIMIT_MIB: what peak_memory.py found; a sanitizer's own memory is nobody's promise
within() {
    local name=$1 limit=$2 peak
    [ -z "${SANITIZED:-}" ] || return
    peak=$(sed -n 's/^peak \([0-9]*\) bytes.*/\1/p' "$tmp/peak")
    if [ -n "$peak" ] && [ "$peak" -le $((limit << 20)) ]; then
        ok "$name: at most $limit MiB"
    else
        not_ok "$name: at most $limit MiB" "$(cat "$tmp/peak")"
    fi
}

# collection NAME REFERENCE OPTIONS...: REFERENCE is a file name, or - for the first by name
collection() {
    local name=$1 reference=$2 inputs workers began
    shift 2
    rm -rf "$tmp/in" && mkdir "$tmp/in"
    tar -C "$tmp/in" --zstd -xf "$shared/data/collections/$name.tar.zst" || return
    mapfile -t inputs < <(find "$tmp/in" -name '*.fa' | LC_ALL=C sort)
    if [ "$reference" != - ]; then
        mapfile -t inputs < <(find "$tmp/in" -name "$reference"
            find "$tmp/in" -name '*.fa' ! -name "$reference" | LC_ALL=C sort)
    fi
    began=$SECONDS
    expect "$name: create" 0 "$repo/tools/peak_memory.py" -o "$tmp/peak" \
        "$agc" create -q -t 2 "$@" -o "$tmp/one.agc" "${inputs[@]}"
    within "$name: create" 235
    echo "# $name: $((SECONDS - began)) s, $(stat -c %s "$tmp/one.agc") bytes, $(cat "$tmp/peak")"
    for workers in 1 3 7; do
        "$agc" create -q -t $workers "$@" -o "$tmp/other.agc" "${inputs[@]}" 2>"$tmp/.err"
        same "$name: -t $workers" "$tmp/one.agc" "$tmp/other.agc"
    done
    truth "$name: sound" oracle check "$tmp/one.agc"
    digest_fasta "${inputs[@]}" >"$tmp/wanted"
    oracle digest "$tmp/one.agc" | LC_ALL=C sort >"$tmp/got"
    same "$name: digests" "$tmp/wanted" "$tmp/got"
    rm -rf "$tmp/col" && mkdir "$tmp/col"
    expect "$name: getcol" 0 "$agc" getcol -q -t 2 -o "$tmp/col" "$tmp/one.agc"
    digest_fasta "$tmp"/col/* >"$tmp/got"
    same "$name: getcol's digests" "$tmp/wanted" "$tmp/got"
}

began=$SECONDS
collection yeast_cer8 S288C.fa -k 21 -s 10000 -l 20
if [ -z "${SANITIZED:-}" ]; then
    seconds=$(sed -n 's/.*, \([0-9]*\)\.[0-9]* s$/\1/p' "$tmp/peak")
    if [ "${seconds:-99}" -lt 25 ]; then ok "yeast_cer8: in 25 s"; else not_ok "yeast_cer8: in 25 s" "$seconds s"; fi
fi
for name in saureus chlamydia50 human_mhc9; do
    if [ $((SECONDS - began)) -lt "${COLLECTION_SECONDS:-300}" ]; then
        collection $name -
    else
        echo "skip $name: the time is used up"
    fi
done
finish
