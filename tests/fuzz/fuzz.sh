#!/usr/bin/env bash
# Replays the seeds through every fuzz target; then, where they were built with libFuzzer
# ($BUILD-fuzz), fuzzes each for FUZZ_SECONDS (default 5). Seeds are made here: archives from
# ../shared, FASTA of odd/, a few bytes by hand, and what tests/fuzz/findings/<target> holds.
. "$(dirname "$0")/../e2e/lib.sh"
seconds=${FUZZ_SECONDS:-5}
[ -x "$build/fuzz/fuzz_archive-replay" ] || { skip fuzz "not built (make fuzz-programs)"; finish; }

seed() {
    mkdir -p "$tmp/$1"
    cat >"$tmp/$1/$2"
}

seeds_of_archives() {
    local file
    mkdir -p "$tmp/fuzz_archive" "$tmp/fuzz_fasta"
    [ -d "$shared/data/golden" ] || return
    for file in "$shared"/data/golden/{mtdna60,plasmids15,chlamydia3}*.agc; do
        [ "$(stat -c %s "$file")" -lt 300000 ] && cp "$file" "$tmp/fuzz_archive/"
        "$build/fuzz/container_seed" "$file" >"$tmp/fuzz_archive/${file##*/}.seed"
    done
    "$agc" create -q -o "$tmp/fuzz_archive/ours.agc" "$shared"/data/small/dwv/*.fa
    "$build/fuzz/container_seed" "$tmp/fuzz_archive/ours.agc" >"$tmp/fuzz_archive/ours.seed"
    find "$shared/data/odd" -type f -size -64k -exec cp {} "$tmp/fuzz_fasta/" \;
}

seeds_by_hand() {
    printf '\0\010ACGTACGTA!!!3,5.\0364\004A-2.' | seed fuzz_codecs lzdiff
    printf '\001\033\044\104' | seed fuzz_codecs tuples
    printf '\003\005chr 1 xchr 2 x' | seed fuzz_codecs names
    printf '\004chr1:10-20' | seed fuzz_codecs region
    printf '\005mode=query\0archive=x\0k=31\0' | seed fuzz_codecs job
    printf '\001' | seed fuzz_shared log
    printf '\002\010\0\1\0\0\0\0\0\0\0' | seed fuzz_shared ring
    printf '\0-l\00080\0-o\0x\0a.agc' | seed fuzz_options getcol
    printf '\2--memory=64M\0a.agc\0chr1@s:1-2' | seed fuzz_options getctg
    printf '\001\002\003\004\000\020\000\007\001\010\000\003\006\000\000\000' | seed fuzz_segmenter one
}

replay() {
    local target=$1 folder
    for folder in "$tmp/$target" "$repo/tests/fuzz/findings/$target"; do
        [ -d "$folder" ] || continue
        truth "$target: replay of ${folder##*/}" "$build/fuzz/$target-replay" "$folder"
    done
}

run() {
    local target=$1
    [ -x "$build-fuzz/fuzz/$target" ] || return
    mkdir -p "$tmp/found"
    truth "$target: $seconds s" timeout $((seconds + 120)) "$build-fuzz/fuzz/$target" \
        -max_total_time="$seconds" -rss_limit_mb=2048 -timeout=10 -max_len=300000 -print_final_stats=1 \
        -artifact_prefix="${FUZZ_ARTIFACTS:-$tmp/found}/" "$tmp/$target"
}

seeds_of_archives
seeds_by_hand
for source in "$repo"/tests/fuzz/fuzz_*.c; do
    target=${source##*/}
    target=${target%.c}
    replay "$target"
    [ "$seconds" -gt 0 ] && run "$target"
done
finish
