#!/usr/bin/env bash
# What a run leaves behind when it is ended at a moment of our choosing: nothing but, at most, the
# work directory; no process, nothing in /dev/shm, and the old output as it was.
#
# A run is held in its middle by standard input: its last sample comes through a pipe that gives one
# record and then nothing, so every stage is alive and waits.
source "$(dirname "$0")/lib.sh"

"$repo/tests/generate" "$tmp/in" --samples 2 --bases 60000
cd "$tmp" || exit 1
mkdir out tmpdir
export TMPDIR=$tmp/tmpdir
shm_before=$(ls -A /dev/shm)

# hold OUTPUT-OPTIONS...: starts a run that is held; its pid is $run, its pipe open on fd 8
hold() {
    local tries
    rm -f held
    mkfifo held
    # the shell starts what runs in the background with SIGINT ignored
    env --default-signal=INT "$agc" create -t 2 --sample held "$@" in/ref.fa in/s1.fa.gz - in/s2.fa \
        <held >stdout 2>err &
    run=$!
    exec 8>held
    printf '>one\nACGTACGTACGTACGTACGTACGTACGTACGTACGTAGCTAGCTAGC\n' >&8
    for tries in $(seq 100); do
        [ "$(pgrep -cP "$run")" -eq 4 ] && grep -qs . "$(work_of "$@")/job" && sleep 0.3 && return
        sleep 0.05
    done
    not_ok "the run is held" "$(cat err)"
}
work_of() {
    if [ "${1:-}" = -o ]; then echo "$2.work"; else echo "$TMPDIR"/agc-pipeline.*; fi
}
release() {
    exec 8>&-
}
# gone NAME: within a second none of our processes is left
gone() {
    local tries
    for tries in $(seq 20); do
        [ -z "$(our_processes)" ] && { ok "$1: no process is left"; return; }
        sleep 0.05
    done
    not_ok "$1: no process is left" "$(ps -o pid,stat,args -p "$(our_processes | paste -sd,)")"
}
# clean NAME WORK-DIRECTORY-MAY-STAY
clean() {
    gone "$1"
    if [ "$(ls -A /dev/shm)" = "$shm_before" ]; then ok "$1: /dev/shm"; else
        not_ok "$1: /dev/shm" "$(ls -A /dev/shm)"; fi
    same "$1: old output" old out/a.agc
    if [ "$2" = no ] && [ "$(ls -A out)" != a.agc ]; then
        not_ok "$1: nothing else" "$(ls -A out)"
    elif [ -n "$(ls -A out | grep -vx -e a.agc -e a.agc.work)" ]; then
        not_ok "$1: nothing else" "$(ls -A out)"
    else
        ok "$1: nothing else"
    fi
}
# ended NAME STATUS: the run ends with it, soon
ended() {
    local tries status
    for tries in $(seq 100); do
        kill -0 "$run" 2>/dev/null || break
        sleep 0.05
    done
    kill -KILL "$run" 2>/dev/null && not_ok "$1: ends" "still there after five seconds"
    wait "$run" 2>/dev/null
    status=$?
    if [ "$status" -eq "$2" ]; then ok "$1: status"; else not_ok "$1: status" "$status, not $2"; fi
}

expect "an old output" 0 "$agc" create -q -o out/a.agc in/ref.fa
cp out/a.agc old

for signal in INT TERM HUP; do
    hold -o out/a.agc
    kill -s $signal "$run"
    ended "SIG$signal" 1
    release
    clean "SIG$signal" no
    if grep -q "stopped by signal" err; then ok "SIG$signal: told"; else not_ok "SIG$signal: told" "$(cat err)"; fi
done

# INT goes to a terminal's whole process group: the stages must leave it to the supervisor
hold -o out/a.agc
kill -s INT $(pgrep -P "$run")
sleep 0.3
if kill -0 "$run"; then ok "stages ignore SIGINT"; else not_ok "stages ignore SIGINT" "$(cat err)"; fi
kill "$run"
ended "SIGTERM after that" 1
release

# what crashes is started again; but nobody can read standard input twice
for stage in reader 'worker --stage 1' 'worker --stage 2' writer; do
    for signal in KILL ABRT; do # a sanitizer takes SEGV for itself
        hold -o out/b.agc
        kill -s $signal "$(pgrep -P "$run" -f "agc-$stage")"
        sleep 0.1
        release
        if [ "$stage" = reader ]; then
            ended "SIG$signal of $stage" 1
            if grep -q "cannot be read twice" err; then ok "SIG$signal of $stage: why"
            else not_ok "SIG$signal of $stage: why" "$(cat err)"; fi
        else
            ended "SIG$signal of $stage" 0
            if [ "$("$agc" listset out/b.agc | paste -sd,)" = held,ref,s1,s2 ]; then ok "SIG$signal of $stage: whole"
            else not_ok "SIG$signal of $stage: whole" "$(cat err)"; fi
        fi
        rm -rf out/b.agc out/b.agc.work
        clean "SIG$signal of $stage" no
        if grep -q "agc-${stage%% *}.*was killed by signal.*started again" err; then ok "SIG$signal of $stage: told"
        else not_ok "SIG$signal of $stage: told" "$(cat err)"; fi
    done
done

hold -o out/a.agc
kill -KILL "$run"
ended "SIGKILL of the supervisor" 137 2>/dev/null
clean "SIGKILL of the supervisor" yes
release
if [ -d out/a.agc.work ]; then ok "its work directory stays"; else not_ok "its work directory stays"; fi
expect "the next run takes the place" 0 "$agc" create -q -o out/a.agc in/ref.fa
clean "the next run" no

# two runs on one output
hold -o out/a.agc
expect "a second run refuses" 1 "$agc" create -q -o out/a.agc in/ref.fa
said "a second run says why" "in use by another run"
same "a second run: old output" old out/a.agc
release
ended "the first goes on" 0
if [ "$("$agc" listset out/a.agc | paste -sd,)" = held,ref,s1,s2 ]; then ok "the first is whole"
else not_ok "the first is whole" "$("$agc" listset out/a.agc)" "$(cat err)"; fi
if [ "$(ls -A out)" = a.agc ]; then ok "the archive alone is left"; else
    not_ok "the archive alone is left" "$(ls -A out)"; fi
cp old out/a.agc

# a folder that is not ours
mkdir out/a.agc.work && echo mine >out/a.agc.work/notes
expect "a strange folder is refused" 1 "$agc" create -q -o out/a.agc in/ref.fa
said "a strange folder is named" "out/a.agc.work is not a work directory"
truth "a strange folder is left alone" grep -q mine out/a.agc.work/notes
rm -r out/a.agc.work

# without -o: a work directory under TMPDIR, then standard output
hold
release
ended "create to standard output" 0
truth "standard output holds the archive" "$agc" listset stdout
hold
kill "$run"
ended "SIGTERM without -o" 1
release
hold
kill -KILL "$run"
ended "SIGKILL without -o" 137
gone "SIGKILL without -o"
release
if [ "$(ls -A "$TMPDIR" | wc -l)" -eq 1 ]; then ok "only then TMPDIR keeps a work directory"
else not_ok "only then TMPDIR keeps a work directory" "$(ls -A "$TMPDIR")"; fi
rm -rf "$TMPDIR"/agc-pipeline.*

# closed pipes end quietly
"$agc" create -q -o big.agc in/ref.fa in/s1.fa.gz in/s2.fa
for command in "getcol big.agc" "getset big.agc ref s1" "getcol -g 1 big.agc" "listctg big.agc s1" \
    "getctg big.agc chr1@ref chr1@s1 chr2@s1" "create -q in/ref.fa in/s1.fa.gz" "--help"; do
    # shellcheck disable=SC2086 # several words
    { sleep 0.1; "$agc" $command 2>err; echo $? >status; } | true
    if [ "$(cat status)" = 1 ] && [ ! -s err ]; then ok "closed pipe: $command"; else
        not_ok "closed pipe: $command" "status $(cat status)" "$(cat err)"; fi
done
gone "closed pipes"
for stage in reader worker writer; do
    mkfifo slow
    "$agc" getcol big.agc >slow 2>err &
    run=$!
    exec 7<slow
    sleep 0.2
    kill -KILL "$(pgrep -P "$run" -f "agc-$stage")" 2>/dev/null
    exec 7<&-
    ended "getcol, SIGKILL of $stage" 1
    gone "getcol, SIGKILL of $stage"
    rm slow
done
mkfifo slow
"$agc" getcol big.agc >slow 2>err &
run=$!
exec 7<slow
sleep 0.2
kill -KILL "$run"
gone "getcol, SIGKILL of the supervisor"
exec 7<&-

# errors leave nothing either
printf '>bad\nACGT-ACGT\n' >bad.fa
: >empty.fa
for input in bad.fa empty.fa missing.fa in; do
    expect "create with $input" 1 "$agc" create -q -o out/a.agc in/ref.fa $input
    said "create with $input names it" "$input"
    clean "create with $input" no
done
finish
