#!/usr/bin/env python3
"""Checks a file of --stats: check_stats.py FILE COMMAND ARCHIVE. Every documented key is there, has
its type, and the numbers agree with one another and with the archive."""

import json
import os
import sys

TOP = {"format": str, "version": int, "program": str, "command": str, "outcome": str, "workers": int,
       "elapsed_s": float, "restarts": int, "totals": dict, "memory": dict, "processes": list,
       "events": list, "samples": list, "series": dict}
TOTALS = ["samples_asked", "samples_done", "segments", "input_bytes", "output_bytes"]
TOTALS_CREATE = ["bases", "groups"]
MEMORY = ["limit_bytes", "peak_pss_bytes", "region_bytes", "ring_slots", "ring_slot_bytes",
          "worker_cache_bytes"]
PROCESS = {"name": str, "kind": str, "number": int, "pid": int, "incarnations": int,
           "peak_rss_bytes": int, "peak_pss_bytes": int, "user_s": float, "system_s": float}
STAGE = {"records": int, "bytes_in": int, "bytes_out": int, "working_s": float, "wait_input_s": float,
         "wait_room_s": float, "cache_hits": int, "cache_misses": int}
SAMPLE = {"name": str, "bases": int, "segments": int, "new_groups": int, "bytes": int}
CELLS = ["rss_kib", "pss_kib", "cpu_ms"]


def has(where, keys):
    for key, kind in keys.items():
        assert isinstance(where[key], kind), (key, where[key])


def main(file, command, archive):
    s = json.load(open(file))
    create = command == "create"
    has(s, TOP)
    has(s["totals"], dict.fromkeys(TOTALS + (TOTALS_CREATE if create else []), int))
    has(s["memory"], dict.fromkeys(MEMORY, int))
    assert s["format"] == "agc-pipeline stats" and s["version"] == 1
    assert s["command"] == command and s["outcome"] == "done"

    workers = s["workers"]
    kinds = ["reader"] + ["worker"] * workers + ["writer", "supervisor"]
    assert [p["kind"] for p in s["processes"]] == kinds
    assert [p["number"] for p in s["processes"]] == list(range(workers + 3))
    for p in s["processes"]:
        has(p, PROCESS)
        assert p["peak_pss_bytes"] <= p["peak_rss_bytes"] and p["incarnations"] == 1
        if p["kind"] != "supervisor":
            has(p, STAGE)
    stages = s["processes"][:-1]
    segments = s["totals"]["segments"]
    assert sum(p["records"] for p in stages[1:-1]) == segments == stages[0]["records"]

    series = s["series"]
    points = len(series["at_ms"])
    assert points >= 2 and series["at_ms"] == sorted(series["at_ms"])
    assert len(series["total_pss_kib"]) == points
    assert max(series["total_pss_kib"]) * 1024 == s["memory"]["peak_pss_bytes"] > 0
    assert len(series["processes"]) == workers + 3 and len(series["rings"]) == 2 * workers + 1
    for p in series["processes"]:
        assert all(len(p[key]) == points for key in CELLS)
    for ring in series["rings"]:
        assert len(ring["fill_permille"]) == points and max(ring["fill_permille"]) <= 1000

    if create:
        assert s["totals"]["output_bytes"] == os.path.getsize(archive), s["totals"]
        assert len(s["samples"]) == s["totals"]["samples_done"]
        for sample in s["samples"]:
            has(sample, SAMPLE)
        assert sum(x["segments"] for x in s["samples"]) == segments
        assert sum(x["bases"] for x in s["samples"]) == s["totals"]["bases"]
        assert sum(x["bytes"] for x in s["samples"]) < s["totals"]["output_bytes"]
    else:
        assert s["samples"] == []


main(*sys.argv[1:])
