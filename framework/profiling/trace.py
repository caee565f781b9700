"""The job as a trace that https://ui.perfetto.dev and chrome://tracing open.

The format is the Trace Event Format of the Chromium project: complete events ("X") that nest by time on the track of
their stream, async events ("b", "e") for work done elsewhere, counters ("C"), instants ("i") and names ("M").
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import IO, Any

from .profile import TRANSITIONS, Profile
from .tables import Rows

Event = dict[str, Any]
PROCESS = 1
WAITING = 1e-4  # seconds: shorter waits are not shown
MEGABYTE = 1e6


def write_trace(profile: Profile, file: IO[str]) -> None:
    """Write the trace, one event a line."""
    job = profile.job
    file.write('{"displayTimeUnit": "ms", "otherData": ')
    json.dump({"process": job.process, "failure": job.failure, **job.machine}, file)
    file.write(', "traceEvents": [\n')
    separator = ""
    for event in trace_events(profile):
        file.write(separator)
        json.dump(event, file, separators=(",", ":"))
        separator = ",\n"
    file.write("\n]}\n")


def trace_events(profile: Profile) -> Iterator[Event]:
    """All events of the trace; an enclosing one comes before what it encloses."""
    yield from _names(profile)
    yield from _blocks(profile)
    yield from _calls(profile)
    yield from _reads(profile)
    yield from _external(profile)
    yield from _counters(profile)


def _names(profile: Profile) -> Iterator[Event]:
    """What the process and its tracks are called: the job, then the streams."""
    yield {"ph": "M", "pid": PROCESS, "name": "process_name", "args": {"name": profile.job.title}}
    tables = (profile.calls, profile.blocks, profile.reads, profile.pending)
    streams = sorted({-1, *(int(stream) for table in tables for stream in table["stream"])})
    for stream in streams:
        about = {"pid": PROCESS, "tid": _track(stream)}
        name = "job" if stream < 0 else f"stream {stream}"
        yield {"ph": "M", **about, "name": "thread_name", "args": {"name": name}}
        yield {"ph": "M", **about, "name": "thread_sort_index", "args": {"sort_index": _track(stream)}}


def _blocks(profile: Profile) -> Iterator[Event]:
    inside = profile.seconds_in_modules()
    for row, in_modules in zip(profile.blocks, inside, strict=True):
        yield _slice(
            f"block {row['block']}",
            "block",
            row,
            {
                "events": int(row["events"]),
                "run": int(row["run"]),
                "lumi": int(row["lumi"]),
                "first event": int(row["first"]),
                "ms in modules": round(1e3 * float(in_modules), 3),
            },
        )
    for row in profile.written:
        yield {
            "ph": "i", "s": "p", "pid": PROCESS, "tid": _track(-1), "name": f"block {row['block']} written",
            "cat": "written", "ts": _microseconds(row["time"]),
        }  # fmt: skip


def _calls(profile: Profile) -> Iterator[Event]:
    for row in profile.calls[profile.calls["stream"].argsort(kind="stable")]:
        label, transition = profile.modules[row["module"]], TRANSITIONS[row["transition"]]
        about = {
            "type": profile.types[row["module"]],
            "events": int(row["events"]),
            "cpu ms": round(1e3 * float(row["cpu"]), 3),
            "reading ms": round(1e3 * float(row["reading"]), 3),
            "products kB": round(float(row["made"]) / 1e3, 1),
            "memory growth MB": round(float(row["growth"]) / MEGABYTE, 3),
        }
        if row["failed"]:
            about["failed"] = True
        yield _slice(label if transition == "event" else f"{label} {transition}", transition, row, about)


def _reads(profile: Profile) -> Iterator[Event]:
    for row in profile.reads:
        yield _slice(f"read {profile.products[row['product']]}", "read", row, {"kB": round(int(row["bytes"]) / 1e3, 1)})


def _external(profile: Profile) -> Iterator[Event]:
    """Work elsewhere, on tracks of its own, and the waits for it on the track of the stream."""
    for number, row in enumerate(profile.pending):
        label = profile.modules[row["module"]]
        about = {"pid": PROCESS, "tid": _track(row["stream"]), "cat": "external", "name": label, "id": number}
        details = {"block": int(row["block"]), "stream": int(row["stream"])}
        yield {"ph": "b", **about, "ts": _microseconds(row["start"]), "args": details}
        yield {"ph": "e", **about, "ts": _microseconds(row["stop"])}
        if row["waited"] > WAITING:
            start, stop = _microseconds(row["stop"] - row["waited"]), _microseconds(row["stop"])
            yield {
                "ph": "X", "pid": PROCESS, "tid": _track(row["stream"]), "cat": "waiting",
                "name": f"waiting for {label}", "ts": start, "dur": _difference(stop, start),
            }  # fmt: skip


def _counters(profile: Profile) -> Iterator[Event]:
    before_time, before_cpu = 0.0, 0.0
    for row in profile.samples:
        about = {"ph": "C", "pid": PROCESS, "ts": _microseconds(row["time"])}
        yield {**about, "name": "resident memory (MB)", "args": {"MB": round(int(row["resident"]) / MEGABYTE, 2)}}
        yield {**about, "name": "events done", "args": {"events": int(row["events"])}}
        if row["time"] > before_time:
            used = float(row["cpu"] - before_cpu) / float(row["time"] - before_time)
            yield {**about, "name": "CPUs in use", "args": {"CPUs": round(used, 2)}}
            before_time, before_cpu = row["time"], row["cpu"]


def _slice(name: str, category: str, row: Rows, about: dict[str, Any]) -> Event:
    start = _microseconds(row["start"])
    return {
        "ph": "X", "pid": PROCESS, "tid": _track(row["stream"]), "name": name, "cat": category, "ts": start,
        "dur": _difference(_microseconds(row["stop"]), start), "args": about,
    }  # fmt: skip


def _track(stream: Any) -> int:
    """The job's track is the first, the streams' follow."""
    return int(stream) + 2


def _microseconds(seconds: Any) -> float:
    """To the nanosecond, so that a slice's end is not rounded past that of the one around it."""
    return round(float(seconds) * 1e6, 3)


def _difference(stop: float, start: float) -> float:
    return round(max(stop - start, 0.0), 3)
