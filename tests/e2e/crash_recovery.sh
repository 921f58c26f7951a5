#!/usr/bin/env bash
# Going on after an end in the middle: resume, the same create again, refusals, bad samples, poison,
# stages that hang, deaths in queries. Every archive must have the bytes of an undisturbed one.
source "$(dirname "$0")/lib.sh"
"$repo/tests/generate" "$tmp/in" --samples 4 --bases 500000
cd "$tmp" || exit 1
mkdir out
inputs=(in/ref.fa in/s1.fa.gz in/s2.fa in/s3.fa.gz in/s4.fa)
tiny="--ring-slots 2 --ring-slot-bytes 1024"
truth "undisturbed" "$agc" create -q -t 2 -o want.agc "${inputs[@]}"

# stop_worker: the run's worker 1 is stopped as soon as the reader works, so that it cannot end
stop_worker() {
    local tries
    for tries in $(seq 500); do
        [ -s out/a.agc.work/reader.log ] || [ -s work/reader.log ] && break
        sleep 0.002
    done
    worker=$(pgrep -P "$run" -f 'agc-worker --stage 1')
    kill -STOP "$worker"
}
# stopped OPTIONS...: a run into out/a.agc that is killed in the middle, with all its stages
stopped() {
    local tries
    rm -rf out/a.agc* work
    # shellcheck disable=SC2086 # $tiny is several words
    "$agc" create -q $tiny -o out/a.agc "$@" 2>err &
    run=$!
    stop_worker
    sleep 0.1
    kill -KILL $run
    wait $run 2>/dev/null
    for tries in $(seq 100); do
        [ -z "$(our_processes)" ] && return
        sleep 0.01
    done
}

# ---- going on

stopped -t 2 "${inputs[@]}"
truth "a killed run leaves its work" [ -s out/a.agc.work/job ]
expect "resume" 0 "$agc" resume out/a.agc
said "resume says what it does" "goes on with the unfinished run"
same "resume: bytes" want.agc out/a.agc
truth "resume: nothing else is left" [ "$(ls out)" = a.agc ]
expect "nothing to resume" 1 "$agc" resume out/a.agc
said "nothing to resume: told" "no unfinished run"

stopped -t 2 "${inputs[@]}"
# shellcheck disable=SC2086
expect "the same create again" 0 "$agc" create -t 3 -o out/a.agc "${inputs[@]}"
said "the same create: N stays" "goes on with 2 workers"
same "the same create: bytes" want.agc out/a.agc

stopped -t 1 "${inputs[@]}"
cd / && expect "resume from another folder" 0 "$agc" resume "$tmp/out/a.agc"
cd "$tmp" || exit 1
same "resume from another folder: bytes" want.agc out/a.agc

stopped -t 2 --work-dir work "${inputs[@]}"
expect "resume --work-dir" 0 "$agc" resume --work-dir work
same "resume --work-dir: bytes" want.agc out/a.agc

mkdir tmpdir
# shellcheck disable=SC2086
TMPDIR=$tmp/tmpdir "$agc" create -q $tiny -t 2 "${inputs[@]}" >stdout.agc 2>err &
run=$!
for tries in $(seq 500); do
    [ -s "$(echo tmpdir/*/reader.log)" ] && break
    sleep 0.002
done
worker=$(pgrep -P $run -f 'agc-worker --stage 1')
kill -STOP "$worker"
kill -KILL $run
wait $run 2>/dev/null
sleep 0.2
if "$agc" resume -q --work-dir tmpdir/* >stdout.agc 2>err; then ok "resume to standard output"
else not_ok "resume to standard output" "$(cat err)"; fi
same "resume to standard output: bytes" want.agc stdout.agc
truth "resume to standard output: nothing is left" [ -z "$(ls tmpdir)" ]

stopped -t 2 "${inputs[@]}"
rm out/a.agc.work/job # as if it had been killed while it was removing what is left
expect "a work directory without a job" 0 "$agc" create -q -o out/a.agc "${inputs[@]}"
same "a work directory without a job: bytes" want.agc out/a.agc

# ---- refusals

stopped -t 2 "${inputs[@]}"
expect "another option" 1 "$agc" create -k 29 -o out/a.agc "${inputs[@]}"
said "another option: which" "-k was 31 and is 29"
expect "an input less" 1 "$agc" create -o out/a.agc in/ref.fa in/s1.fa.gz in/s2.fa in/s3.fa.gz
said "an input less: which" "in/s4.fa"
expect "another order" 1 "$agc" create -o out/a.agc in/ref.fa in/s2.fa in/s1.fa.gz in/s3.fa.gz in/s4.fa
said "another order: which" "input 2 was in/s1.fa.gz and is in/s2.fa"
cp -p in/s2.fa s2.kept
echo ACGT >>in/s2.fa
expect "a changed input" 1 "$agc" resume out/a.agc
said "a changed input: which" "in/s2.fa has changed"
cp -p s2.kept in/s2.fa
printf 'x' | dd of=out/a.agc.work/job bs=1 seek=40 conv=notrunc 2>/dev/null
expect "a damaged job" 1 "$agc" resume out/a.agc
said "a damaged job: told" "is damaged"
expect "--restart" 0 "$agc" create --restart -q -t 2 -o out/a.agc "${inputs[@]}"
same "--restart: bytes" want.agc out/a.agc
stopped -t 2 "${inputs[@]}"
sed -i 's/layout=1/layout=0/' out/a.agc.work/job
expect "an older layout" 1 "$agc" resume out/a.agc
said "an older layout: told" "has layout version 0"
rm -rf out/a.agc.work

# ---- bad samples

head -c 60000 in/s3.fa.gz >in/bad.fa.gz
mixed=(in/ref.fa in/s1.fa.gz - in/s2.fa in/bad.fa.gz in/s4.fa)
slow() { sleep 1.2; cat in/ref.fa; } # work that took a second is kept
truth "without the bad sample" "$agc" create -q -o left.agc --sample held in/ref.fa in/s1.fa.gz - in/s2.fa in/s4.fa <in/ref.fa
slow | "$agc" create -t 2 -o out/a.agc --sample held "${mixed[@]}" 2>err
[ "$?" = 1 ] && ok "bad input: status" || not_ok "bad input: status"
truth "bad input: named" grep -q bad.fa.gz err
truth "bad input: work is kept" grep -q "agc-pipeline resume .*out/a.agc. goes on" err
expect "bad input, unchanged" 1 "$agc" resume out/a.agc
expect "bad input, skipped" 1 "$agc" resume --skip-bad-samples out/a.agc
said "bad input, skipped: told" "left out: bad"
same "bad input, skipped: bytes" left.agc out/a.agc
rm -rf out/*
slow | "$agc" create -q -o out/a.agc --sample held "${mixed[@]}" 2>err
cp in/s3.fa.gz in/bad.fa.gz
expect "bad input, mended" 0 "$agc" resume out/a.agc
said "bad input, mended: told" "inputs from sample bad on have changed"
truth "all mended" "$agc" create -q -o mended.agc --sample held "${mixed[@]}" <in/ref.fa
same "bad input, mended: bytes" mended.agc out/a.agc
head -c 60000 in/s3.fa.gz >in/bad.fa.gz
: >in/empty.fa
expect "--skip-bad-samples" 1 "$agc" create --skip-bad-samples -t 3 -o out/b.agc in/ref.fa in/s1.fa.gz in/empty.fa \
    in/bad.fa.gz in/s2.fa in/missing.fa in/s4.fa
said "--skip-bad-samples: lists bad" "left out: bad"
said "--skip-bad-samples: lists empty" "left out: empty"
said "--skip-bad-samples: lists missing" "left out: missing"
truth "without the bad samples" "$agc" create -q -o left.agc in/ref.fa in/s1.fa.gz in/s2.fa in/s4.fa
same "--skip-bad-samples: bytes" left.agc out/b.agc
expect "the reference cannot be left out" 1 "$agc" create --skip-bad-samples -o out/c.agc in/empty.fa in/ref.fa

# ---- stages that hang, or are merely stopped

# held SECONDS OPTIONS...: worker 1 is stopped for so long
held() {
    local seconds=$1
    shift
    rm -rf out/a.agc*
    # shellcheck disable=SC2086
    "$agc" create $tiny -t 2 "$@" -o out/a.agc "${inputs[@]}" 2>err &
    run=$!
    stop_worker
    sleep "$seconds"
    kill -CONT "$worker" 2>/dev/null
    wait $run
}
truth "a stopped stage is waited for" held 2
same "a stopped stage: bytes" want.agc out/a.agc
truth "a stopped stage is left alone" [ -z "$(grep agc-worker err)" ]
truth "a stage that hangs is started again" held 5 --watchdog 1 --log record
same "a stage that hangs: bytes" want.agc out/a.agc
truth "a stage that hangs: told" grep -q "agc-worker 1.*has done nothing for 1 s" err
truth "a stage that hangs: recorded" grep -q "agc-worker 1.*started again" record

# ---- with fault points

faults=$build-faults/agc-pipeline
if [ -x "$faults" ]; then
    for stage in 0 1 3; do
        point=worker-segment
        [ $stage = 0 ] && point=ring-fill
        [ $stage = 3 ] && point=writer-settle
        rm -rf out/a.agc*
        AGC_FAULT_SIGNAL=11 AGC_FAULT=$point:1:$stage expect "poison in stage $stage" 1 \
            "$faults" create -t 2 -o out/a.agc "${inputs[@]}"
        said "poison in stage $stage: told" "for the third time at the same segment; the run ends"
        said "poison in stage $stage: signal" "signal 11"
        [ $stage = 0 ] || truth "poison in stage $stage: place" grep -qE '(at|near) .* / chr.*, segment' .err
        if [ -d out/a.agc.work ]; then
            expect "poison in stage $stage: mended" 0 "$agc" resume out/a.agc
            same "poison in stage $stage: bytes" want.agc out/a.agc
        else
            not_ok "poison in stage $stage: work is kept" "$(ls out)"
        fi
    done
elif [ -n "${SANITIZED:-}" ]; then
    echo "skip poison: not with sanitizers"
else
    skip "poison" "no $faults: make FAULTS=1"
fi

# ---- queries

"$agc" create -q -o big.agc in/ref.fa in/s2.fa in/s4.fa
"$agc" getcol -q big.agc >want.fa
for stage in reader 'worker --stage 1' 'worker --stage 2' writer; do
    mkfifo slow.fa
    "$agc" getcol $tiny -t 2 big.agc >slow.fa 2>err &
    run=$!
    exec 7<slow.fa
    sleep 0.1
    kill -SEGV "$(pgrep -P $run -f "agc-$stage")"
    sleep 0.1
    cat <&7 >got.fa
    exec 7<&-
    wait $run
    status=$?
    rm slow.fa
    if [ "$stage" = writer ]; then
        [ $status = 1 ] && ok "getcol: the writer's death ends it" || not_ok "getcol: the writer's death ends it" "$status"
    else
        [ $status = 0 ] && ok "getcol, death of $stage" || not_ok "getcol, death of $stage" "$status" "$(cat err)"
        same "getcol, death of $stage: letters" want.fa got.fa
    fi
done
finish
