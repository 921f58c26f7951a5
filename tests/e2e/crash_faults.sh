#!/usr/bin/env bash
# Every named fault point in every stage: SIGKILL right there, and the archive has the same bytes as
# one whose making was not disturbed. The points are found in the sources, so a new one is tested
# too. Needs programs with the points compiled in: make FAULTS=1, looked for in $BUILD-faults.
#
#   once        the first incarnation dies at the first visit
#   later       at the third visit
#   twice       the first and the second incarnation die at their first visits
#   in recovery the first dies somewhere else, the second at this point
#
# CRASH_FULL=1 (make check-crash) tries every point with every size of rings and numbers of workers,
# and says which points nobody came to.
source "$(dirname "$0")/lib.sh"
build=$build-faults
agc=$build/agc-pipeline
if [ ! -x "$agc" ]; then
    if [ -n "${SANITIZED:-}" ]; then echo "skip crash_faults: not with sanitizers"; else
        skip crash_faults "no $agc: make FAULTS=1"; fi
    finish
fi
full=${CRASH_FULL:-}

points=$(cd "$repo" && grep -rhoE 'FAULT(_HERE)?\("[a-z-]+"\)' common ipc reader worker writer |
    sed 's/.*"\(.*\)".*/\1/' | grep -vx name | sort -u)
"$repo/tests/generate" "$tmp/in" --samples 3 --bases 30000
cd "$tmp" || exit 1
inputs=(in/ref.fa in/s1.fa.gz in/s2.fa in/s3.fa.gz)
"$agc" create -q -t 1 -o want.agc "${inputs[@]}"
"$agc" getcol -q want.agc >want.fa
: >met

# dies NAME SPEC WANTED GOT COMMAND...
dies() {
    local name=$1 spec=$2 wanted=$3 got=$4 status deaths
    shift 4
    rm -f "$got"
    AGC_FAULT=$spec timeout 60 "$@" 2>err
    status=$?
    if [ $status -ne 0 ]; then
        not_ok "$name" "status $status" "$(tail -4 err)"
        rm -rf "$got.work"
    elif ! cmp -s "$wanted" "$got"; then
        not_ok "$name" "the bytes differ" "$(tail -4 err)"
    else
        deaths=$(grep -c 'was killed' err)
        [ "$deaths" -gt 0 ] && passed=$((passed + 1))
        # of several points the last one is meant: all must have been met
        [ "$deaths" -ge "$(tr ',' '\n' <<<"$spec" | wc -l)" ] && echo "${spec##*,}" >>met
    fi
}

# specs POINT STAGE OTHER: the ways to die, OTHER a point that the stage surely comes to
specs() {
    echo "once $1:1:$2:1"
    echo "later $1:3:$2:1"
    echo "twice $1:1:$2:1,$1:1:$2:2"
    echo "in-recovery $3:5:$2:1,$1:1:$2:2"
}

# all_of MODE WORKERS RINGS
all_of() {
    local mode=$1 workers=$2 rings=$3 point stage other way spec passed
    for point in $points; do
        passed=0
        for stage in $(seq 0 $((workers + 1))); do
            other=ring-taken
            [ "$stage" -eq 0 ] && other=ring-head
            while read -r way spec; do
                if [ "$mode" = create ]; then
                    # shellcheck disable=SC2086 # $rings is several words
                    dies "create: $way $point in stage $stage $rings" "$spec" want.agc got.agc \
                        "$agc" create -q -t "$workers" $rings -o got.agc "${inputs[@]}"
                elif [ "$stage" -le "$workers" ]; then
                    # shellcheck disable=SC2086
                    dies "getcol: $way $point in stage $stage $rings" "$spec" want.fa got.fa \
                        sh -c "exec '$agc' getcol -q -t $workers $rings want.agc >got.fa"
                fi
            done < <(specs "$point" "$stage" "$other")
        done
        ok "$mode -t $workers $rings: $point ($passed runs with deaths)"
    done
}

if [ -n "$full" ]; then
    for workers in 1 2 4; do
        for rings in "" "--ring-slots 2 --ring-slot-bytes 1024" "--ring-slots 1 --ring-slot-bytes 64"; do
            all_of create $workers "$rings"
            all_of getcol $workers "$rings"
        done
    done
    # what comes seldom (a wait for the disk every few seconds, many groups) may be left out
    for point in $points; do
        if grep -q "^$point:" met; then ok "met: $point"; else echo "skip met: $point: nobody came to it"; fi
    done
else
    all_of create 1 "--ring-slots 2 --ring-slot-bytes 1024"
fi
finish
