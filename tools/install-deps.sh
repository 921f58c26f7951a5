#!/bin/sh
# Installs what building and testing need, on Debian and its kin: only what is missing, nothing
# where all is there (then neither root nor a network is needed). `make demo` and `make check`
# call it first.
set -eu

packages="gcc make pkg-config libc6-dev libzstd-dev liblz4-dev libisal-dev libxxhash-dev liblzma-dev
libcmocka-dev python3 gzip xz-utils zstd spin"

missing=""
for package in $packages; do
    case $package in
    gcc | make | pkg-config | python3 | gzip | zstd | spin) # from wherever they came
        if command -v "$package" >/dev/null 2>&1; then continue; fi ;;
    xz-utils)
        if command -v xz >/dev/null 2>&1; then continue; fi ;;
    *)
        if command -v dpkg-query >/dev/null 2>&1 &&
            dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed'
        then continue; fi ;;
    esac
    missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null 2>&1; then
    # Another system: believe pkg-config and the compiler about the libraries.
    if command -v pkg-config >/dev/null 2>&1 &&
        pkg-config --exists libzstd liblz4 libisal libxxhash liblzma cmocka; then exit 0; fi
    echo "install-deps.sh: no apt-get here; please install:$missing" >&2
    exit 1
fi

sudo=""
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null 2>&1 || {
        echo "install-deps.sh: as root, please: apt-get install$missing" >&2
        exit 1
    }
    sudo="sudo"
fi
echo "install-deps.sh: installing$missing" >&2
export DEBIAN_FRONTEND=noninteractive
# The lists may be old, or not be there at all: only then are they fetched.
# shellcheck disable=SC2086 # words, on purpose
$sudo apt-get install -y --no-install-recommends $missing >&2 || {
    $sudo apt-get update >&2
    $sudo apt-get install -y --no-install-recommends $missing >&2
}
