"""The folder of a profile: ``report.html``, ``trace.json`` and ``profile.json``."""

from __future__ import annotations

import base64
import json
import os
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import IO, Any

from . import plots
from .profile import Profile
from .trace import write_trace

REPORT, TRACE, NUMBERS = "report.html", "trace.json", "profile.json"


def write(profile: Profile, directory: Path) -> None:
    """Write the three files, each of which appears whole or not at all.

    Raises
    ------
    OSError
        The folder can't be written.
    """
    directory.mkdir(parents=True, exist_ok=True)
    _write_whole(directory / TRACE, lambda file: write_trace(profile, file))
    _write_whole(directory / NUMBERS, lambda file: json.dump(profile.numbers(), file))
    _write_whole(directory / REPORT, lambda file: file.write(render(profile)))


def render(profile: Profile) -> str:
    """The page as HTML that needs no other file."""
    from jinja2 import Environment

    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)
    template = environment.from_string(files(__package__).joinpath("report.html.j2").read_text(encoding="utf-8"))
    return template.render(
        job=profile.job,
        began=time.strftime("%d %B %Y, %H:%M %Z", time.localtime(profile.job.began_at)),
        version=version("pyrun"),
        tiles=_tiles(profile),
        plots=[(title, text, _embedded(plot, profile)) for title, text, plot in _PLOTS],
        modules=profile.module_sums(),
        products=profile.product_sums(),
        events=profile.events,
        in_modules=sum(one.real for one in profile.module_sums()),
        trace=TRACE,
        numbers=NUMBERS,
    )


_PLOTS = (
    (
        "Time per module",
        "Wall time in calls for events, divided by the events of the job. Off the CPU: waiting for another thread, the "
        "interpreter's lock or a disk, or computing in threads of a library. Percentages are shares of all modules.",
        plots.time_per_module,
    ),
    (
        "Time per event, block by block",
        "Wall time of each block, divided by its events. The first blocks compile, load and fill caches.",
        plots.time_per_block,
    ),
    (
        "Memory and CPU over time",
        "Of the whole process, sampled. The lower line is the number of threads the job was given.",
        plots.memory,
    ),
    ("Products", "What products take in memory, not in a file; the largest in all are shown.", plots.product_sizes),
    (
        "Streams",
        "Each line is a stream; the pale boxes are blocks, what is empty is idle. The trace shows the same in detail.",
        plots.timeline,
    ),
)


def _tiles(profile: Profile) -> list[tuple[str, str, str]]:
    """The numbers at the top of the page: value, unit, what it is."""
    job, events = profile.job, profile.events
    seconds = profile.loop_seconds
    cpu = float(profile.samples["cpu"][-1] - profile.samples["cpu"][0]) if len(profile.samples) else 0.0
    inside = sum(one.real for one in profile.module_sums())
    in_blocks = float((profile.blocks["stop"] - profile.blocks["start"]).sum())
    tiles = [(f"{events:,}".replace(",", " "), "", f"events in {len(profile.blocks)} blocks")]
    if events:
        tiles += [
            (f"{1e3 * seconds / events:.3g}", "ms", "wall time per event"),
            (f"{events / seconds:.3g}", "/s", "events per second"),
            (f"{100 * min(inside / in_blocks, 1):.1f}", "%", "of the blocks' time in modules"),
        ]
    tiles += [
        (f"{job.seconds:.3g}", "s", f"for the whole job, {seconds:.3g} s of it in the event loop"),
        (f"{100 * cpu / max(job.seconds * max(job.threads, 1), 1e-9):.0f}", "%", "CPU use of the threads"),
        (f"{job.peak_resident / 1e6:.0f}", "MB", "peak memory"),
    ]
    return tiles


def _embedded(plot: Callable[[Profile], Any], profile: Profile) -> str:
    """The plot as a data URI."""
    return "data:image/svg+xml;base64," + base64.b64encode(plots.draw(plot, profile)).decode("ascii")


def _write_whole(path: Path, write_to: Callable[[IO[str]], Any]) -> None:
    """Write a file under a temporary name and rename it."""
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", dir=path.parent, prefix=f".{path.name}.", delete=False
    ) as file:
        try:
            write_to(file)
            file.close()
            os.chmod(file.name, 0o644)
            os.replace(file.name, path)
        except BaseException:
            os.unlink(file.name)
            raise
