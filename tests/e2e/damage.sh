#!/usr/bin/env bash
# Damaged archives: every byte flipped, every length cut to; verify, --no-check, and an archive that
# another program appended to.
. "$(dirname "$0")/lib.sh"
flips=$build/fuzz/flip_bytes
have_shared damage || finish
small=$shared/data/small

"$agc" create -q -o "$tmp/a.agc" "$small"/dwv/*.fa || { not_ok "create"; finish; }
"$agc" getcol "$tmp/a.agc" >"$tmp/a.fa"

if [ -x "$flips" ]; then
    truth "ours: each byte flipped, each length: an error or the right sequences" \
        "$flips" checked "$tmp/a.agc" "${FLIP_STEP:-1}"
    for golden in mtdna60.concatenated.v3 mtdna60.concatenated.v2; do
        truth "$golden: each byte flipped, each length: no crash, never slow" \
            "$flips" any "$shared/data/golden/$golden.agc" "${FLIP_STEP:-7}"
    done
else
    skip "flipped bytes" "no $flips (make fuzz-replays)"
fi

expect "verify of a sound archive" 0 "$agc" verify "$tmp/a.agc"
said "verify says that checks agree" "all agree with their checks"
expect "verify of an archive without checks" 0 "$agc" verify "$shared/data/golden/mtdna60.concatenated.v2.agc"
said "verify says that there are none" "no checks"

# Byte 100 is in the first reference.
flip_byte() {
    cp "$1" "$2"
    printf "\\x$(printf %02x $(($(od -An -tu1 -j "$3" -N 1 "$1") ^ 1)))" |
        dd of="$2" bs=1 seek="$3" conv=notrunc status=none
}
flip_byte "$tmp/a.agc" "$tmp/b.agc" 100
expect "verify of a damaged archive" 1 "$agc" verify "$tmp/b.agc"
said "verify names what is damaged" "is damaged:"
expect "getcol of a damaged archive" 1 "$agc" getcol "$tmp/b.agc"
# Of two samples that share nothing, the one that is whole comes; dwv is the first and damaged.
awk 'BEGIN { srand(7); print ">x"; for (i = 0; i < 6000; i++) printf "%s", substr("ACGT", int(rand() * 4) + 1, 1); print "" }' >"$tmp/other.fa"
"$agc" create -q -o "$tmp/c.agc" "$small/dwv/dwv.fa" "$tmp/other.fa"
"$agc" getset "$tmp/c.agc" other >"$tmp/other.out"
flip_byte "$tmp/c.agc" "$tmp/d.agc" 100
expect "getcol --salvage of a damaged archive" 1 "$agc" getcol --salvage "$tmp/d.agc"
said "getcol --salvage names what is lost" "lost: sample dwv"
same "getcol --salvage puts out what is whole" "$tmp/.out" "$tmp/other.out"
expect "getset --salvage of a sample that is whole" 0 "$agc" getset --salvage "$tmp/d.agc" other
same "getset --salvage puts it out" "$tmp/.out" "$tmp/other.out"
expect "getset --salvage of a sample that is lost" 1 "$agc" getset --salvage "$tmp/d.agc" dwv
expect "getcol --salvage of a sound archive" 0 "$agc" getcol --salvage "$tmp/a.agc"
same "getcol --salvage of a sound archive gives all" "$tmp/.out" "$tmp/a.fa"

expect "verify goes through an old archive's lengths" 1 "$agc" verify /dev/null

finish
