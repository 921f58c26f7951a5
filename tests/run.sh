#!/usr/bin/env bash
# Runs the tests and counts them: tests/run.sh [unit|e2e|model|NAME ...]; default: all.
#
#   unit    $BUILD/tests/test_*, each a cmocka program
#   others  tests/<folder>/*.sh, which print a line "ok NAME", "not ok NAME" or "skip NAME: why"
#           for each case (tests/e2e/lib.sh)
#
# A program that ends badly without a failed case of its own counts as one. The last line is
# "N passed, N failed[, N skipped]"; the exit status is 0 if none failed.
set -u
cd "$(dirname "$0")/.." || exit 1
BUILD=${BUILD:-build}
case $BUILD in /*) ;; *) BUILD=$PWD/$BUILD ;; esac
export BUILD
export AGC_SHARED=${AGC_SHARED:-$PWD/../shared}
# Leaks of a test program count, those of a stage too; a sanitizer's word ends the process, with a
# status that no stage uses for a verdict.
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1:abort_on_error=0:exitcode=99}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1:halt_on_error=1}
seconds=${TEST_SECONDS:-900}
passed=0 failed=0 skipped=0
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT

# count PASSED FAILED SKIPPED STATUS NAME
count() {
    passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + $3))
    if [ "$4" -ne 0 ] && [ "$2" -eq 0 ]; then
        failed=$((failed + 1))
        echo "FAILED $5: ended with status $4"
    fi
    if [ "$4" -ne 0 ] || [ "$2" -ne 0 ]; then
        cat "$log"
    fi
    printf '%-32s %4d passed, %d failed, %d skipped\n' "$5" "$1" "$2" "$3"
}

run_unit() {
    local name status
    name=$(basename "$1")
    CMOCKA_MESSAGE_OUTPUT=TAP timeout -k 10 "$seconds" "$1" >"$log" 2>&1
    status=$?
    # cmocka writes a skipped test as "not ok N # SKIP name"
    count "$(grep -cE '^ok [0-9]+ - ' "$log")" "$(grep -cE '^not ok [0-9]+ - ' "$log")" \
        "$(grep -cE '^(not )?ok [0-9]+ # SKIP' "$log")" "$status" "$name"
}

run_script() {
    local name status
    name=$(basename "$(dirname "$1")")/$(basename "$1" .sh)
    timeout -k 10 "$seconds" bash "$1" >"$log" 2>&1
    status=$?
    count "$(grep -c '^ok ' "$log")" "$(grep -c '^not ok ' "$log")" "$(grep -c '^skip ' "$log")" \
        "$status" "$name"
    grep '^skip ' "$log"
}

wanted() {
    local folder=$1 name=$2 word
    shift 2
    [ $# -eq 0 ] && return 0
    for word; do
        [ "$word" = "$folder" ] || [ "$word" = "$name" ] && return 0
    done
    return 1
}

for program in "$BUILD"/tests/test_*; do
    if [ -x "$program" ] && [ ! -d "$program" ] && wanted unit "$(basename "$program")" "$@"; then
        run_unit "$program"
    fi
done
for script in tests/*/*.sh; do
    folder=$(basename "$(dirname "$script")")
    name=$(basename "$script" .sh)
    if [ "$name" != lib ] && wanted "$folder" "$name" "$@"; then run_script "$script"; fi
done

if [ "$skipped" -gt 0 ]; then
    echo "$passed passed, $failed failed, $skipped skipped"
else
    echo "$passed passed, $failed failed"
fi
[ "$failed" -eq 0 ]
