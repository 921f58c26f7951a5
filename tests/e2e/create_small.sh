#!/usr/bin/env bash
# Real genomes of ../shared/data/small through the whole pipeline: the archive's bytes are the same
# for any number of workers, any size of rings, plain and compressed inputs; it is sound, holds what
# the FASTA files hold, and our own getcol and getset give it back.
source "$(dirname "$0")/lib.sh"

have_shared create_small || finish

# prepare SET: the same files plain and gzip'ed, in $tmp/plain and $tmp/gzip
prepare() {
    local file base
    rm -rf "$tmp/plain" "$tmp/gzip"
    mkdir "$tmp/plain" "$tmp/gzip"
    for file in "$shared/data/small/$1"/*; do
        base=${file##*/}
        base=${base%.gz}
        gzip -dcf "$file" >"$tmp/plain/$base"
        gzip -1c "$tmp/plain/$base" >"$tmp/gzip/$base.gz"
    done
}

# all_equal SET: archives of all ways to make it, compared with the first
all_equal() {
    local workers rings form name
    truth "$1: create" "$agc" create -q -t 1 -o "$tmp/first.agc" "$tmp"/plain/*
    for workers in 1 2 3 7; do
        for rings in "" "--ring-slots 2 --ring-slot-bytes 1024"; do
            for form in plain gzip; do
                name="$1: -t $workers ${rings:-default rings} $form"
                # shellcheck disable=SC2086 # $rings is several words
                if "$agc" create -q -t $workers $rings -o "$tmp/other.agc" "$tmp/$form"/* 2>"$tmp/err"
                then
                    same "$name" "$tmp/first.agc" "$tmp/other.agc"
                else
                    not_ok "$name" "$(cat "$tmp/err")"
                fi
                rm -f "$tmp/other.agc"
            done
        done
    done
}

# comes_back SET: the oracle's view and ours
comes_back() {
    local sample rest
    truth "$1: sound" oracle check "$tmp/first.agc"
    digest_fasta "$tmp"/plain/* >"$tmp/wanted"
    oracle digest "$tmp/first.agc" | LC_ALL=C sort >"$tmp/got"
    same "$1: digests" "$tmp/wanted" "$tmp/got"
    mkdir "$tmp/col"
    truth "$1: getcol -o" "$agc" getcol -t 2 -o "$tmp/col" "$tmp/first.agc"
    digest_fasta "$tmp"/col/* >"$tmp/got"
    same "$1: getcol's digests" "$tmp/wanted" "$tmp/got"
    "$agc" listset "$tmp/first.agc" >"$tmp/names"
    while read -r sample rest; do
        "$agc" getset -q -t 3 "$tmp/first.agc" "$sample" | digest_stream "$sample"
    done <"$tmp/names" | LC_ALL=C sort >"$tmp/got"
    same "$1: getset's digests" "$tmp/wanted" "$tmp/got"
    "$agc" getcol --ring-slots 2 --ring-slot-bytes 1024 "$tmp/first.agc" >"$tmp/all.fa"
    in_order "$tmp/col" | xargs cat >"$tmp/cat.fa"
    same "$1: getcol to standard output" "$tmp/cat.fa" "$tmp/all.fa"
    rm -rf "$tmp/col"
}

# in_order FOLDER: the files of getcol -o in the archive's order, which is that of the inputs
in_order() {
    local file
    for file in "$tmp"/plain/*; do
        file=${file##*/}
        echo "$1/$file"
    done
}

for set in "$shared"/data/small/*/; do
    set=$(basename "$set")
    prepare "$set"
    all_equal "$set"
    comes_back "$set"
done
finish
