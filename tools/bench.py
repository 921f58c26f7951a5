#!/usr/bin/env python3
"""make bench: how fast, how small, how much memory, side by side with a peer.

  bench.py [--data DIR] [--peer PROGRAM] [--pipeline PROGRAM] [--repeat N] [--workers N] [--json FILE]
           [COLLECTION...]

DIR holds collections: folders of FASTA files, or COLLECTION.tar.zst, unpacked once into a folder of the
user's cache. A collection is one run of `create`, files in the order of their names; a file that holds a
whole collection (its name begins with "all.") is taken with -c, its first record as the reference.

Method. Program and peer run in turn, A B A B ..., after one round that is not counted, on the same files
in the same minute, so that the ratios hold when the machine's speed drifts; the median is quoted, with
the spread (largest over smallest). Wall time is that of the whole command, process start and sync
included. CPU and throughput of a stage are its own counts (--stats); memory is the largest sum of
proportional set sizes over the run's processes, as the supervisor samples it. Peak memory of the peer is
its largest resident set. The prediction for W workers takes the stages' CPU times as they are, the
workers' divided by W: the slowest stage then sets the pace.

Exit status: 0 done, 1 a run failed, 2 usage.
"""
import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

PREDICTED_WORKERS = (4, 16, 64)


def unpack(archive, cache):
    name = os.path.basename(archive)[:-len(".tar.zst")]
    folder = os.path.join(cache, name)
    if not os.path.isdir(folder):
        partial = folder + ".partial"
        shutil.rmtree(partial, ignore_errors=True)
        os.makedirs(partial)
        with subprocess.Popen(["zstd", "-dc", "--long=27", archive], stdout=subprocess.PIPE) as zstd:
            subprocess.run(["tar", "-x", "-C", partial], stdin=zstd.stdout, check=True)
        os.rename(partial, folder)
    return folder


def fasta_files(folder):
    found = []
    for at, _, names in os.walk(folder):
        found += [os.path.join(at, n) for n in names if n.split(".")[-1] in ("fa", "fna", "fasta", "gz")]
    return sorted(found, key=os.path.basename)


def collections(data, cache, wanted):
    os.makedirs(cache, exist_ok=True)
    for entry in sorted(os.listdir(data)):
        path = os.path.join(data, entry)
        if entry.endswith(".tar.zst"):
            name = entry[:-len(".tar.zst")]
        elif os.path.isdir(path):
            name = entry
        else:
            continue
        if wanted and name not in wanted:
            continue
        files = fasta_files(unpack(path, cache) if entry.endswith(".tar.zst") else path)
        if files:
            yield name, files


def first_record(path, folder):
    """The first record of a file, in a file of its own: the reference of concatenated genomes."""
    out = os.path.join(folder, "first_record.fa")
    with open(path, "rb") as source, open(out, "wb") as target:
        for number, line in enumerate(source):
            if line.startswith(b">") and number:
                break
            target.write(line)
    return out


class Run:
    def __init__(self, command, output):
        self.command, self.output = command, output

    def once(self):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        start = time.monotonic()
        done = subprocess.run(self.command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        wall = time.monotonic() - start
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if done.returncode != 0 or not os.path.exists(self.output):
            raise RuntimeError(f"{' '.join(self.command[:4])} ...: {done.stderr.decode(errors='replace')}")
        return {"wall_s": wall,
                "cpu_s": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
                "max_rss_bytes": after.ru_maxrss * 1024,
                "bytes": os.path.getsize(self.output)}


def summary(runs, key):
    values = [run[key] for run in runs]
    return statistics.median(values), max(values) / max(min(values), 1e-9)


def stage_figures(stats):
    stages = {}
    for process in stats["processes"]:
        kind = process["kind"]
        one = stages.setdefault(kind, {"cpu_s": 0.0, "bytes_in": 0})
        one["cpu_s"] += process["user_s"] + process["system_s"]
        one["bytes_in"] += process.get("bytes_in", 0)
    for one in stages.values():
        one["mb_per_s"] = one["bytes_in"] / 1e6 / one["cpu_s"] if one["cpu_s"] else None
    return stages


def predict(stages, megabases):
    """Mb/s that the stages' CPU times allow with that many workers, each stage on a core of its own."""
    out = {}
    for workers in PREDICTED_WORKERS:
        slowest = max(stages["reader"]["cpu_s"], stages["worker"]["cpu_s"] / workers,
                      stages["writer"]["cpu_s"])
        out[str(workers)] = megabases / slowest if slowest else None
    return out


def measure(name, files, options, folder):
    ours, theirs = os.path.join(folder, "ours.agc"), os.path.join(folder, "peer.agc")
    stats_file = os.path.join(folder, "stats.json")
    extra = []
    if len(files) == 1 and os.path.basename(files[0]).startswith("all."):
        extra, files = ["-c"], [first_record(files[0], folder), files[0]]
    workers = str(options.workers)
    mine = Run([options.pipeline, "create", "-q", "--invalid=N", "--stats", stats_file, "-t", workers,
                "-o", ours] + extra + files, ours)
    peer = options.peer and Run([options.peer, "create", "-t", workers, "-o", theirs] + extra + files,
                                theirs)
    mine_runs, peer_runs = [], []
    for turn in range(options.repeat + 1):
        for run, kept in ((mine, mine_runs), (peer, peer_runs)):
            if run:
                result = run.once()
                if turn:
                    kept.append(result)
    with open(stats_file, encoding="utf-8") as f:
        stats = json.load(f)
    megabases = stats["totals"]["bases"] / 1e6
    row = {"collection": name, "files": len(files), "megabases": megabases, "bytes": mine_runs[0]["bytes"],
           "peak_pss_bytes": stats["memory"]["peak_pss_bytes"], "stages": stage_figures(stats)}
    row["wall_s"], row["wall_spread"] = summary(mine_runs, "wall_s")
    row["cpu_s"], _ = summary(mine_runs, "cpu_s")
    row["predicted_mb_per_s"] = predict(row["stages"], megabases)
    if peer_runs:
        pairs = [a["wall_s"] / b["wall_s"] for a, b in zip(mine_runs, peer_runs)]
        row["peer"] = {"bytes": peer_runs[0]["bytes"], "wall_s": summary(peer_runs, "wall_s")[0],
                       "cpu_s": summary(peer_runs, "cpu_s")[0],
                       "max_rss_bytes": max(r["max_rss_bytes"] for r in peer_runs)}
        row["ratio"] = {"wall": statistics.median(pairs), "bytes": row["bytes"] / row["peer"]["bytes"],
                        "cpu": row["cpu_s"] / row["peer"]["cpu_s"]}
    return row


HEAD = ("collection", "Mb", "wall s", "CPU s", "read", "work", "write", "MB peak", "bytes", "x wall", "x CPU",
        "x bytes", "Mb/s read", "work", "at 4", "16", "64")


def cells(row):
    def figure(value, form):
        return form % value if value is not None else "-"
    stages, ratio = row["stages"], row.get("ratio", {})
    return ([row["collection"], "%.0f" % row["megabases"], "%.2f" % row["wall_s"], "%.2f" % row["cpu_s"]] +
            ["%.2f" % stages[k]["cpu_s"] for k in ("reader", "worker", "writer")] +
            ["%.0f" % (row["peak_pss_bytes"] / 1e6), "%d" % row["bytes"]] +
            [figure(ratio.get(k), "%.3f") for k in ("wall", "cpu", "bytes")] +
            [figure(stages[k]["mb_per_s"], "%.0f") for k in ("reader", "worker")] +
            [figure(row["predicted_mb_per_s"][str(w)], "%.0f") for w in PREDICTED_WORKERS])


def print_table(rows):
    table = [HEAD] + [cells(row) for row in rows]
    widths = [max(len(line[i]) for line in table) for i in range(len(HEAD))]
    for line in table:
        print("  ".join(c.ljust(w) if i == 0 else c.rjust(w) for i, (c, w) in enumerate(zip(line, widths))))
    print("x: our figure over the peer's, pair by pair; at W: Mb/s that the stages allow with W workers")


def main():
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    parser = argparse.ArgumentParser(description="Benchmarks create; see the head of this file.")
    parser.add_argument("--data", default=os.path.join(here, "..", "shared", "data", "collections"))
    parser.add_argument("--cache", default=os.path.join(
        os.environ.get("XDG_CACHE_HOME", os.path.expanduser("~/.cache")), "agc-pipeline-bench"))
    parser.add_argument("--pipeline", default=os.path.join(here, "build", "agc-pipeline"))
    parser.add_argument("--peer")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--json")
    parser.add_argument("collection", nargs="*")
    options = parser.parse_args()
    if not os.path.isdir(options.data):
        sys.stderr.write(f"bench: no collections at {options.data} (DATA=...)\n")
        return 2
    rows = []
    try:
        for name, files in collections(options.data, options.cache, options.collection):
            with tempfile.TemporaryDirectory(prefix="agc-bench.") as folder:
                rows.append(measure(name, files, options, folder))
    except (RuntimeError, OSError, subprocess.CalledProcessError) as error:
        sys.stderr.write(f"bench: {error}\n")
        return 1
    print_table(rows)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as f:
            json.dump({"format": "agc-pipeline bench", "version": 1, "workers": options.workers,
                       "repeat": options.repeat, "rows": rows}, f, indent=1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
