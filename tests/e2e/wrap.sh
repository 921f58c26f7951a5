#!/usr/bin/env bash
# --wrap-reader, --wrap-worker, --wrap-writer: stages under commands of the user's.
source "$(dirname "$0")/lib.sh"
cd "$tmp" || exit 1

python3 - <<'EOF'
import random
r = random.Random(3)
base = [r.choice("ACGT") for _ in range(200000)]
for i in range(3):
    for _ in range(300 * i):
        base[r.randrange(len(base))] = r.choice("ACGT")
    with open(f"s{i}.fa", "w") as out:
        out.write(f">chr1\n{''.join(base)}\n")
EOF
"$agc" create -q -t 2 -o plain.agc s*.fa || not_ok "create"

# A wrapper that becomes the stage, and one that stays above it.
becomes="sh -c 'echo become %i >>seen; exec \"\$0\" \"\$@\"'"
stays="sh -c '\"\$0\" \"\$@\"; status=\$?; echo stay %i >>seen; exit \$status'"
for kind in becomes stays; do
    for stage in reader worker writer; do
        rm -f seen
        expect "$stage, wrapper $kind" 0 "$agc" create -q -t 2 "--wrap-$stage" "${!kind}" -o w.agc s*.fa
        same "$stage, wrapper $kind: bytes" plain.agc w.agc
        case $stage in reader) wanted=0 ;; worker) wanted="1 2" ;; writer) wanted=3 ;; esac
        # shellcheck disable=SC2046,SC2086 # words
        truth "$stage, wrapper $kind: numbers" test "$(echo $(sed 's/.* //' seen | sort))" = "$wanted"
    done
done
rm -f seen
expect "all three at once" 0 "$agc" create -q -t 3 --wrap-reader "$stays" --wrap-worker "$stays" \
    --wrap-writer "$stays" -o w.agc s*.fa
same "all three at once: bytes" plain.agc w.agc
truth "all three at once: five wrappers" test "$(wc -l <seen)" -eq 5
# While the workers are late, reader and writer are there to be looked at.
expect "measured" 0 "$agc" create -q -t 2 --wrap-reader "$stays" --wrap-worker "sh -c 'sleep 0.5; exec \"\$0\" \"\$@\"'" \
    --wrap-writer "$stays" --stats s.json -o w.agc s*.fa
truth "the stages are measured, not their wrappers" python3 - <<'EOF'
import json
for p in json.load(open("s.json"))["processes"]:
    if p["kind"] in ("reader", "writer"):
        assert p["pid"] and p["peak_pss_bytes"] > 300000, p
EOF
expect "a query" 0 "$agc" getcol -q --wrap-worker "$stays" --wrap-writer "$becomes" w.agc
truth "a query: what came out" test "$(grep -c '>' "$tmp/.out")" -eq 3

# The stage dies, its wrapper lives: it is started again like any other.
mkdir -p bin
cat >bin/dies-once <<'EOF'
#!/bin/sh
[ -e died ] || { touch died; kill -9 $$; }
exec "$@"
EOF
chmod +x bin/dies-once
expect "a wrapper that is killed" 0 "$agc" create -q --wrap-worker "$PWD/bin/dies-once" -o w.agc s*.fa
same "a wrapper that is killed: bytes" plain.agc w.agc

expect "no such command" 1 "$agc" create --wrap-worker "no-such-command -x" -o x.agc s0.fa
said "no such command: named" "no-such-command"
expect "an open quote" 2 "$agc" create --wrap-reader "sh -c 'x" -o x.agc s0.fa
said "an open quote: named" "option --wrap-reader"
expect "a % of no meaning" 2 "$agc" create --wrap-writer "perf -o %p" -o x.agc s0.fa
expect "no word" 2 "$agc" create --wrap-writer "  " -o x.agc s0.fa
truth "nothing left running" test -z "$(our_processes)"

if command -v valgrind >/dev/null && [ -z "${SANITIZED:-}" ]; then
    expect "valgrind massif" 0 "$agc" create -q -t 2 \
        --wrap-worker "valgrind -q --tool=massif --massif-out-file=massif.%i" -o w.agc s*.fa
    same "valgrind massif: bytes" plain.agc w.agc
    truth "valgrind massif: its files" test -s massif.1 -a -s massif.2
    expect "valgrind memcheck" 0 "$agc" create -q -t 1 \
        --wrap-writer "valgrind -q --error-exitcode=99 --log-file=memcheck.%i" -o w.agc s*.fa
    same "valgrind memcheck: bytes" plain.agc w.agc
fi
finish
