#!/usr/bin/env bash
# Deaths at random moments, losses of power, and scribbled memory. CRASH_FULL=1 (make check-crash) does
# all on real genomes, with as many seeds as the promise names; make check does a few. SEED is the
# first seed.
#
#   stages      random stages are killed all along one run
#   supervisor  the supervisor, and so everything, is killed at random moments until it comes through
#   power       after such a kill each file of the work directory is cut, or its end zeroed, by itself
#   scribble    random bytes into the rings or a log of a stopped run: the same archive or an error
source "$(dirname "$0")/lib.sh"
full=${CRASH_FULL:-}
seed=${SEED:-1}
if [ -n "$full" ] && [ -d "$shared/data/saureus" ]; then
    inputs=("$shared"/data/saureus/*)
    runs=34 moments=50 powers=200 scribbles=40 kill_ms=400
elif [ -n "$full" ] && [ -n "${CRASH_INPUTS:-}" ]; then
    # shellcheck disable=SC2206 # several words
    inputs=($CRASH_INPUTS)
    runs=34 moments=50 powers=200 scribbles=40 kill_ms=400
else
    "$repo/tests/generate" "$tmp/in" --samples 4 --bases 300000
    inputs=("$tmp"/in/ref.fa "$tmp"/in/s*)
    runs=3 moments=6 powers=10 scribbles=8 kill_ms=150
fi
cd "$tmp" || exit 1
truth "undisturbed" "$agc" create -q -t 1 -o want.agc "${inputs[@]}"
began=$(date +%s%N)
"$agc" create -q -t 2 -o other.agc "${inputs[@]}"
whole_ms=$((($(date +%s%N) - began) / 1000000))

pick() { # pick WORDS...: one of them
    shift $((RANDOM % $#))
    echo "$1"
}
rings() {
    case $((RANDOM % 3)) in
    0) echo "--ring-slots 2 --ring-slot-bytes 1024" ;;
    1) echo "--ring-slots 4 --ring-slot-bytes 16384" ;;
    esac
}
pause_ms() { # pause_ms MOST: sleeps a random time
    local ms=$((RANDOM * 32768 + RANDOM))
    sleep "$(printf '%d.%03d' $((ms % ($1 + 1) / 1000)) $((ms % ($1 + 1) % 1000)))"
}
gone() {
    local tries
    for tries in $(seq 200); do
        [ -z "$(pgrep -f "$tmp/none|--run-fd" -P "$run")" ] && return
        sleep 0.005
    done
}

# ---- stages
for i in $(seq $runs); do
    RANDOM=$((seed + i))
    workers=$(pick 1 2 4)
    rm -rf got.agc*
    # shellcheck disable=SC2046
    timeout 600 "$agc" create -q -t "$workers" $(rings) -o got.agc "${inputs[@]}" 2>err &
    shell=$!
    deaths=0
    while kill -0 $shell 2>/dev/null && [ $deaths -lt 100 ]; do
        pause_ms $kill_ms
        run=$(pgrep -P $shell | head -1)
        mapfile -t stages < <(pgrep -P "${run:-0}")
        [ ${#stages[@]} -gt 0 ] && kill -KILL "${stages[RANDOM % ${#stages[@]}]}" 2>/dev/null && deaths=$((deaths + 1))
    done
    wait $shell
    if [ $? = 0 ] && cmp -s want.agc got.agc; then ok "stages: $workers workers, $deaths deaths, seed $((seed + i))"
    else not_ok "stages: $workers workers, $deaths deaths, seed $((seed + i))" "$(tail -3 err)"; fi
done

# killed: a run (new, or gone on with) that is killed at a random moment, unless it is done before
killed() {
    # shellcheck disable=SC2046
    "$agc" create -q -t "$workers" $(rings) -o got.agc "${inputs[@]}" 2>err &
    run=$!
    pause_ms $((whole_ms * 3 / 2))
    if kill -KILL $run 2>/dev/null; then
        wait $run 2>/dev/null
        sleep 0.05 # the kernel kills the stages now
        return 1
    fi
    wait $run
}

# ---- the supervisor
RANDOM=$seed
workers=2 deaths=0
rm -rf got.agc*
while [ $deaths -lt $moments ]; do
    workers=$(pick 1 2 4)
    if killed; then
        cmp -s want.agc got.agc || break
        rm -rf got.agc*
    else
        deaths=$((deaths + 1))
        if [ ! -d got.agc.work ]; then rm -f got.agc; fi
    fi
done
[ -d got.agc.work ] && "$agc" resume -q got.agc 2>err
if [ ! -e got.agc ] || cmp -s want.agc got.agc; then ok "supervisor: $deaths deaths"
else not_ok "supervisor: $deaths deaths" "$(cat err)"; fi

# ---- losses of power
lose() { # lose FILE: what the disk had not yet
    local size
    size=$(stat -c %s "$1")
    case $((RANDOM % 4)) in
    0) truncate -s $(((RANDOM * 32768 + RANDOM) % (size + 1))) "$1" ;;
    1) truncate -s $((size > 4096 ? size - RANDOM % 4096 : size)) "$1" ;;
    2)
        local zeros=$((RANDOM % 65536 < size ? RANDOM % 65536 : size))
        [ $zeros -gt "$size" ] && zeros=$size
        truncate -s $((size - zeros)) "$1" && truncate -s "$size" "$1"
        ;;
    esac
}
for i in $(seq $powers); do
    RANDOM=$((seed + i))
    workers=$(pick 1 2 3)
    rm -rf got.agc*
    killed && continue
    # An archive that has its name already: its journal was synced before that, so no power is lost.
    if [ ! -d got.agc.work ] || [ -e got.agc ]; then continue; fi
    for file in got.agc.work/*.log got.agc.work/archive; do
        [ -e "$file" ] && lose "$file"
    done
    name="power: seed $((seed + i))"
    [ -e got.agc.work/job ] || continue
    if ! timeout 600 "$agc" create -q -o got.agc -t 2 "${inputs[@]}" 2>err; then
        not_ok "$name" "$(tail -3 err)"
    elif cmp -s want.agc got.agc; then ok "$name"; else not_ok "$name" "the bytes differ"; fi
done

# ---- scribbles
for i in $(seq $scribbles); do
    RANDOM=$((seed + i))
    workers=2
    rm -rf got.agc*
    timeout 60 "$agc" create -q -t 2 --ring-slots 4 --ring-slot-bytes 4096 -o got.agc "${inputs[@]}" 2>err &
    shell=$!
    pause_ms $whole_ms
    run=$(pgrep -P $shell | head -1)
    mapfile -t stages < <(pgrep -P "${run:-0}")
    if [ ${#stages[@]} -gt 0 ]; then
        kill -STOP "${stages[@]}" 2>/dev/null
        if [ $((i % 2)) = 0 ]; then
            fd=$(find "/proc/${stages[0]}/fd" -lname '*agc-run*' 2>/dev/null | head -1)
            size=$(stat -Lc %s "$fd" 2>/dev/null || echo 0)
            [ "$size" -gt 8192 ] && for _ in 1 2 3 4 5 6 7 8; do
                printf '\x5a\xff\x01' | dd of="$fd" bs=1 conv=notrunc \
                    seek=$((8192 + (RANDOM * 32768 + RANDOM) % (size - 8200))) 2>/dev/null
            done
        else
            file=$(pick got.agc.work/worker.0.log got.agc.work/writer.log got.agc.work/reader.log)
            size=$(stat -c %s "$file" 2>/dev/null || echo 0)
            [ "$size" -gt 100 ] && printf '\x5a\xff\x01' | dd of="$file" bs=1 conv=notrunc \
                seek=$((40 + (RANDOM * 32768 + RANDOM) % (size - 44))) 2>/dev/null
            kill -KILL "$(pick "${stages[@]}")"
        fi
        kill -CONT "${stages[@]}" 2>/dev/null
    fi
    wait $shell
    status=$?
    name="scribble: seed $((seed + i))"
    if [ $status = 0 ]; then
        if cmp -s want.agc got.agc; then ok "$name: the same bytes"; else not_ok "$name: the bytes differ"; fi
    elif [ $status = 1 ] && [ ! -e got.agc ] && [ -s err ]; then ok "$name: an error"
    else not_ok "$name: status $status" "$(tail -3 err)"; fi
done
finish
