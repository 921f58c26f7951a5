# What the end-to-end tests share. Source it; it needs bash.
#
# Each case prints one line: "ok NAME", "not ok NAME" (with what went wrong before it), or
# "skip NAME: why". Every script works in $tmp, a folder of its own that goes away at the end.
# Without ../shared (AGC_SHARED) what needs it is skipped, but fails where CI is set.

set -u
repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=${BUILD:-$repo/build}
case $build in /*) ;; *) build=$repo/$build ;; esac
shared=${AGC_SHARED:-$repo/../shared}
agc=$build/agc-pipeline
[ -x "$agc" ] || { echo "not ok ${0##*/}: no $agc"; exit 1; }
failures=0
tmp=$(mktemp -d "${TMPDIR:-/tmp}/agc-e2e.XXXXXX") || exit 1
trap 'rm -rf "$tmp"' EXIT

ok() {
    echo "ok $1"
}
not_ok() {
    failures=$((failures + 1))
    [ $# -gt 1 ] && printf '# %s\n' "${@:2}"
    echo "not ok $1"
}
skip() {
    if [ -n "${CI:-}" ]; then
        not_ok "$1" "$2"
    else
        echo "skip $1: $2"
    fi
}
finish() {
    [ "$failures" -eq 0 ]
    exit
}

# have_shared WHAT: true if ../shared is there; else reports the skip of WHAT.
have_shared() {
    [ -d "$shared/data" ] && return 0
    skip "$1" "no $shared"
    return 1
}

oracle() {
    python3 "$shared/conformance/agc_oracle.py" "$@"
}

# expect NAME STATUS COMMAND...: the exit status; output in $tmp/.out and $tmp/.err.
expect() {
    local name=$1 wanted=$2 status
    shift 2
    "$@" >"$tmp/.out" 2>"$tmp/.err" </dev/null
    status=$?
    if [ "$status" -eq "$wanted" ]; then
        ok "$name"
    else
        not_ok "$name" "$* ended with $status, not $wanted" "$(head -5 "$tmp/.err")"
    fi
}

# said NAME TEXT: standard error of the last expect() holds TEXT.
said() {
    if grep -qF -- "$2" "$tmp/.err"; then ok "$1"; else not_ok "$1" "no '$2' in:" "$(cat "$tmp/.err")"; fi
}

# same NAME FILE FILE
same() {
    if cmp -s "$2" "$3"; then ok "$1"; else not_ok "$1" "$2 and $3 differ"; fi
}

# truth NAME COMMAND...: the command succeeds.
truth() {
    local name=$1
    shift
    if "$@" >"$tmp/.truth" 2>&1; then
        ok "$name"
    else
        not_ok "$name" "$* failed" "$(head -5 "$tmp/.truth")"
    fi
}

# digest_fasta FILE...: digests of files, each a sample named as create names it.
digest_fasta() {
    local file base words=()
    for file; do
        base=${file##*/}
        base=${base%.gz}; base=${base%.xz}; base=${base%.zst}
        base=${base%.fa}; base=${base%.fna}; base=${base%.fasta}
        words+=("$base=$file")
    done
    oracle digest-fasta "${words[@]}" | LC_ALL=C sort
}

# digest_stream SAMPLE <FASTA: digest of what comes out of getset.
digest_stream() {
    local file
    file=$(mktemp "$tmp/stream.XXXXXX")
    cat >"$file"
    oracle digest-fasta "$1=$file"
    rm -f "$file"
}

# Processes of ours: all whose executable lies in the build folder.
our_processes() {
    local exe
    for exe in /proc/[0-9]*/exe; do
        case $(readlink "$exe" 2>/dev/null) in
        "$build"/agc-*) exe=${exe%/exe}; echo "${exe#/proc/}" ;;
        esac
    done
}
