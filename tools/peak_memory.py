#!/usr/bin/env python3
"""Runs a command and prints the peak of its memory: PSS summed over the whole process tree.

    tools/peak_memory.py [-i MS] [-o FILE] COMMAND [ARGUMENT ...]

Every 20 ms (-i) the proportional set sizes of the command and of all that descends from it are
summed, so pages that several processes share count once. Prints one line, to standard error or to
FILE: peak in bytes and MiB, what it was made of, and how long the command ran. Ends with the
command's exit status.
"""

import argparse
import os
import signal
import subprocess
import sys
import time


def process_tree(root):
    """Process ids: root and all that descends from it."""
    found, ahead = [], [root]
    while ahead:
        pid = ahead.pop()
        found.append(pid)
        try:
            for task in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{task}/children") as children:
                    ahead += [int(child) for child in children.read().split()]
        except OSError:
            pass  # it has ended
    return found


def pss_bytes(pid):
    try:
        with open(f"/proc/{pid}/smaps_rollup") as rollup:
            for line in rollup:
                if line.startswith("Pss:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def process_name(pid):
    try:
        with open(f"/proc/{pid}/comm") as comm:
            return comm.read().strip()
    except OSError:
        return "?"


def watch(process, interval):
    """(peak, what it was made of), until the process ends."""
    peak, parts = 0, {}
    while process.poll() is None:
        sizes = {pid: pss_bytes(pid) for pid in process_tree(process.pid)}
        if sum(sizes.values()) > peak:
            peak = sum(sizes.values())
            parts = {f"{process_name(pid)}[{pid}]": size for pid, size in sizes.items() if size}
        time.sleep(interval)
    return peak, parts


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("-i", "--interval", type=float, default=20, metavar="MS")
    parser.add_argument("-o", "--output", metavar="FILE")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    if not options.command:
        parser.error("no command")
    began = time.monotonic()
    process = subprocess.Popen(options.command)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal sends it to the command as well
    peak, parts = watch(process, options.interval / 1000)
    made_of = ", ".join(f"{name} {size / 2**20:.1f}" for name, size in sorted(parts.items()))
    line = (f"peak {peak} bytes = {peak / 2**20:.1f} MiB ({made_of}), "
            f"{time.monotonic() - began:.2f} s\n")
    if options.output:
        with open(options.output, "w") as out:
            out.write(line)
    else:
        sys.stderr.write(line)
    status = process.returncode
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    sys.exit(main())
