#!/usr/bin/env bash
# A disk that is full: the run stops cleanly and names the file, and goes on once there is room, with
# the same bytes. Needs the right to mount a tmpfs.
source "$(dirname "$0")/lib.sh"
"$repo/tests/generate" "$tmp/in" --samples 4 --bases 400000
cd "$tmp" || exit 1
mkdir disk
if ! mount -t tmpfs -o size=1m none disk 2>err; then
    echo "skip crash_space: no tmpfs can be mounted here: $(head -1 err)"
    finish
fi
umount disk
trap 'umount "$tmp/disk" 2>/dev/null; rm -rf "$tmp"' EXIT
inputs=(in/ref.fa in/s1.fa.gz in/s2.fa in/s3.fa.gz in/s4.fa)
truth "undisturbed" "$agc" create -q -t 2 -o want.agc "${inputs[@]}"

for kilobytes in 4 16 64 128 256 512 768 1024 1536 2048; do
    mount -t tmpfs -o size=${kilobytes}k none disk
    "$agc" create -q -t 2 -o disk/a.agc "${inputs[@]}" 2>err
    status=$?
    if [ $status = 0 ]; then
        same "$kilobytes KiB are enough" want.agc disk/a.agc
        umount disk
        continue
    fi
    [ $status = 1 ] && ok "$kilobytes KiB: status" || not_ok "$kilobytes KiB: status" "$status"
    if grep -q "No space left" err; then ok "$kilobytes KiB: told"; else
        not_ok "$kilobytes KiB: told" "$(cat err)"; fi
    if grep -q "was killed" err; then not_ok "$kilobytes KiB: no crash" "$(cat err)"; fi
    if [ -d disk/a.agc.work ]; then
        expect "$kilobytes KiB: still full" 1 "$agc" resume disk/a.agc
        mount -o remount,size=64m disk
        expect "$kilobytes KiB: with room" 0 "$agc" resume disk/a.agc
    else
        mount -o remount,size=64m disk
        expect "$kilobytes KiB: from the start" 0 "$agc" create -q -o disk/a.agc "${inputs[@]}"
    fi
    same "$kilobytes KiB: bytes" want.agc disk/a.agc
    truth "$kilobytes KiB: nothing else is left" [ "$(ls disk)" = a.agc ]
    umount disk
done
finish
