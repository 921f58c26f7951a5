#!/bin/sh
# Checks the Promela models of ipc/model with spin: the good ones must hold in every state that can be
# reached, and every injected bug (-DBUG_...) must be found, in the way that is expected of it (an
# assertion, or someone who waits for ever). Takes about a minute; MODEL_DEEP=1 adds larger ones (some
# minutes, 2 GB).
#
# Exit 0: all as expected. 1: not. 77: spin is not installed (1 if CI is set).
set -u

here=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/agc-model-XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
failed=0

if ! command -v spin >/dev/null; then
    echo "model_check: spin is not installed; skipped" >&2
    [ -n "${CI:-}" ] && exit 1
    exit 77
fi

# run MODEL FLAGS...: says "holds", "assertion", "end state", or what went wrong
run() {
    model=$1
    shift
    cd "$work" || return
    rm -f pan*
    spin "$@" -a "$here/ipc/model/$model.pml" >spin.out 2>&1 && [ -f pan.c ] ||
        { echo "spin failed: $(head -1 spin.out)"; return; }
    ${CC:-cc} -O2 -w -DSAFETY -DCOLLAPSE -o pan pan.c || { echo "no compiler"; return; }
    timeout "${MODEL_TIMEOUT:-300}" ./pan -m100000 -w22 >pan.out 2>&1 ||
        { echo "pan failed or took too long"; return; }
    if grep -q 'max search depth too small' pan.out; then
        echo "search depth too small"
    elif grep -q '^pan:1: assertion violated' pan.out; then
        echo "assertion"
    elif grep -q '^pan:1: invalid end state' pan.out; then
        echo "end state"
    elif grep -q 'errors: 0' pan.out && ! grep -q 'Search not completed' pan.out; then
        echo "holds"
    else
        echo "not understood: $(head -1 pan.out)"
    fi
}

# expect WHAT MODEL FLAGS...
expect() {
    wanted=$1
    shift
    found=$(run "$@")
    if [ "$found" = "$wanted" ]; then
        echo "ok    $*: $found"
    else
        echo "FAIL  $*: $found, not $wanted"
        failed=1
    fi
}

expect holds ring -DSLOTS=1 -DUNITS=4 -DKILLS=2
expect holds ring -DSLOTS=2 -DUNITS=4 -DKILLS=2
expect holds ring -DSLOTS=4 -DUNITS=5 -DKILLS=1
one="-DSLOTS=1 -DUNITS=3 -DKILLS=1"
two="-DSLOTS=2 -DUNITS=4 -DKILLS=1"
for bug in SINGLE_PLACE HEAD_BEFORE_PLACE HEAD_BEFORE_SLOT TAIL_BEFORE_PLACE RELEASE_BEFORE_LOG; do
    expect assertion ring $one -DBUG_$bug
done
expect assertion ring $two -DBUG_RELEASE_TWO
for bug in NO_RECHECK LATE_BELL LOOK_THEN_STORE NO_BELL NO_REAP_WAKE; do
    expect "end state" ring $one -DBUG_$bug
done

expect holds spine -DSLOTS=1 -DBATCH=1 -DSEGMENTS=3
expect holds spine -DSLOTS=1 -DBATCH=2 -DSEGMENTS=3
expect holds spine -DSLOTS=2 -DBATCH=1 -DSEGMENTS=3
small="-DSLOTS=1 -DBATCH=2 -DSEGMENTS=3"
for bug in NO_PUBLISH_READER NO_PUBLISH_WORKER NO_SETTLE SPINE_LAST; do
    expect "end state" spine $small -DBUG_$bug
done
expect assertion spine $small -DBUG_OTHER_FIRST

if [ -n "${MODEL_DEEP:-}" ]; then
    expect holds ring -DSLOTS=1 -DUNITS=3 -DKILLS=3
    expect holds ring -DSLOTS=2 -DUNITS=5 -DKILLS=2
    expect holds ring -DSLOTS=4 -DUNITS=6 -DKILLS=2
    expect holds spine -DSLOTS=1 -DBATCH=2 -DSEGMENTS=4
    expect holds spine -DSLOTS=2 -DBATCH=2 -DSEGMENTS=3
fi
exit $failed
