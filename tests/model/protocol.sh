#!/usr/bin/env bash
# The models of the ring and of the spine (ipc/model), good ones and such with a bug put in: counted
# as cases for tests/run.sh.
set -u
here=$(cd "$(dirname "$0")/.." && pwd)
out=$(mktemp) || exit 1
trap 'rm -f "$out"' EXIT
bash "$here/model_check.sh" >"$out" 2>&1
status=$?
if [ "$status" -eq 77 ]; then
    echo "skip models of the protocol: spin is not installed"
    exit 0
fi
cat "$out"
if [ "$status" -eq 0 ]; then
    echo "ok the models hold, and every bug put in is found"
else
    echo "not ok the models hold, and every bug put in is found"
fi
exit "$status"
