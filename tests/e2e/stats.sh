#!/usr/bin/env bash
# What a run tells: --stats, --report, -v, and nothing where nothing is asked for.
source "$(dirname "$0")/lib.sh"
cd "$tmp" || exit 1

python3 - <<'EOF'
import random
r = random.Random(11)
base = [r.choice("ACGT") for _ in range(400000)]
for i in range(3):
    for _ in range(400 * i):
        base[r.randrange(len(base))] = r.choice("ACGT")
    text = "".join(base)
    with open(f"s<{i}>.fa", "w") as out:
        out.write(f">chr1\n{text[:250000]}\n>chr2\n{text[250000:]}\n>empty\n")
EOF

expect "silent where nothing is asked for" 0 "$agc" create -t 2 -o a.agc s*.fa
truth "silent: nothing said" test ! -s "$tmp/.err"
expect "--stats and --report" 0 "$agc" create -t 2 -o b.agc --stats s.json --report r.html s*.fa
truth "still nothing said" test ! -s "$tmp/.err"
same "the archive is the same" a.agc b.agc
truth "create: every key, and sums that agree" python3 "$repo/tests/e2e/check_stats.py" s.json create b.agc
truth "the page holds no address" sh -c '! grep -nE "(src|href) *=|@import|https?://[^w]" r.html'
truth "the page holds the same numbers" python3 - <<'EOF'
import json, re
text = open("r.html").read()
stats = json.loads(re.search(r'<script type="application/json" id="stats">(.*?)</script>', text, re.S)[1])
assert [s["name"] for s in stats["samples"]] == ["s<0>", "s<1>", "s<2>"], stats["samples"]
EOF
expect "-v" 0 "$agc" create -t 2 -v -o c.agc s*.fa
said "-v: how memory is shared out" "agc-pipeline: at most 192 MiB: reader"
said "-v: the sum" "MiB at once in all"
expect "getcol --stats" 0 "$agc" getcol -t 2 --stats q.json b.agc
truth "getcol: every key" python3 "$repo/tests/e2e/check_stats.py" q.json getcol b.agc
expect "a failed run has statistics, too" 1 "$agc" create --stats f.json -o d.agc s*.fa /dev/null
if [ -s f.json ]; then
    truth "a failed run: outcome" grep -q '"outcome": "failed"' f.json
fi
expect "a file that cannot be written" 1 "$agc" create --stats no/such.json -o e.agc s*.fa
said "a file that cannot be written: named" "no/such.json"
truth "nothing was made" test ! -e e.agc

# progress is for terminals alone; script(1) lends one
if command -v script >/dev/null; then
    script -qec "'$agc' create -t 2 -o p.agc s*.fa s*.fa" /dev/null >terminal.txt 2>&1 </dev/null
    truth "progress: archive" test -s p.agc
    script -qec "'$agc' create -q -t 2 -o q.agc 's<0>.fa'" /dev/null >terminal.txt 2>&1 </dev/null
    truth "-q: nothing on a terminal" test ! -s terminal.txt
fi
finish
