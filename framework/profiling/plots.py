"""The plots of the page, each a self-contained SVG."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import matplotlib
import numpy as np
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from .profile import Profile

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# the ten colours of M. Petroff, arXiv:2107.02270, which CMS uses; grey is kept for what has no name of its own
COLOURS = ("#3f90da", "#ffa90e", "#bd1f01", "#832db6", "#a96b59", "#e76300", "#b9ac70", "#92dadd", "#717581")
GREY, PALE = "#94a4a2", "#e3e7e9"
STYLE: dict[Any, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#5b666b",
    "axes.labelcolor": "#263238",
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": PALE,
    "xtick.color": "#45525a",
    "ytick.color": "#45525a",
    "legend.frameon": False,
    "svg.fonttype": "path",
    "svg.hashsalt": "pyrun",
}
MOST_BARS = 25
MOST_POINTS = 20_000
WIDTH = 9.6


def draw(plot: Callable[[Profile], Figure], profile: Profile, format: str = "svg") -> bytes:
    """Run one of the functions below and return the picture, as ``svg`` or ``png``."""
    buffer = io.BytesIO()
    with matplotlib.rc_context(STYLE):
        figure = plot(profile)
        metadata: dict[str, Any] = {"Date": None} if format == "svg" else {}
        figure.savefig(buffer, format=format, dpi=150, metadata=metadata)
    return buffer.getvalue()


def time_per_module(profile: Profile) -> Figure:
    """Bars of the time per event, split into computing, waiting and reading input."""
    sums, events = profile.module_sums(), max(profile.events, 1)
    shown = [one for one in sums if one.real > 0][:MOST_BARS]
    parts: dict[str, list[float]] = {"on the CPU": [], "off the CPU": [], "reading input": []}
    for one in shown:
        reading = min(one.reading, one.real)
        computing = min(max(one.cpu - reading, 0.0), one.real - reading)
        values = (computing, one.real - reading - computing, reading)
        for name, value in zip(parts, values, strict=True):
            parts[name].append(1e3 * value / events)
    figure, axes = _bars(len(shown))
    places, left = np.arange(len(shown)), np.zeros(len(shown))
    for (name, column), colour in zip(parts.items(), (COLOURS[0], COLOURS[1], GREY), strict=True):
        axes.barh(places, column, left=left, color=colour, label=name, height=0.74)
        left += column
    whole = sum(one.real for one in sums) or 1.0
    for place, one in enumerate(shown):
        axes.annotate(
            f"{100 * one.real / whole:.1f}%", (left[place], place), (4, 0), textcoords="offset points", va="center",
            fontsize=8.5, color="#45525a",
        )  # fmt: skip
    _label_bars(axes, [one.label for one in shown], "time per event of the job (ms)")
    axes.legend(loc="lower right")
    return figure


def time_per_block(profile: Profile) -> Figure:
    """The time per event of each block, as a point coloured by stream, over the block's place in the input."""
    figure, axes = _figure(3.3)
    blocks = profile.blocks[profile.blocks["events"] > 0]
    milliseconds = 1e3 * (blocks["stop"] - blocks["start"]) / blocks["events"]
    streams = np.unique(blocks["stream"])
    for stream in streams:
        here = blocks["stream"] == stream
        axes.plot(
            blocks["block"][here], milliseconds[here], "o", markersize=5 if len(blocks) < 300 else 2.5,
            color=_colour(int(stream)), label=f"stream {stream}",
        )  # fmt: skip
    if len(blocks):
        median = float(np.median(milliseconds))
        axes.axhline(median, color="#263238", linewidth=1, linestyle=(0, (4, 3)), label=f"median {median:.3g} ms")
        axes.set_ylim(0, 1.15 * milliseconds.max())
    axes.set_xlabel("block")
    axes.set_ylabel("time per event (ms)")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    _legend_above(axes, min(len(streams) + 1, 6))
    return figure


def memory(profile: Profile) -> Figure:
    """Resident memory over time, and below it how many CPUs were in use."""
    figure = Figure(figsize=(WIDTH, 4.2), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(2, 1))
    samples = profile.samples[:: max(1, len(profile.samples) // 4000)]
    megabytes = samples["resident"] / 1e6
    above.fill_between(samples["time"], megabytes, color=COLOURS[0], alpha=0.18, linewidth=0)
    above.plot(samples["time"], megabytes, color=COLOURS[0], linewidth=1.4)
    above.axhline(profile.job.peak_resident / 1e6, color=COLOURS[2], linewidth=1, linestyle=(0, (4, 3)))
    above.annotate(
        f"peak {profile.job.peak_resident / 1e6:.0f} MB", (1, profile.job.peak_resident / 1e6), (-2, 3),
        xycoords=("axes fraction", "data"), textcoords="offset points", ha="right", color=COLOURS[2], fontsize=8.5,
    )  # fmt: skip
    above.set_ylim(0, 1.15 * profile.job.peak_resident / 1e6)
    above.set_ylabel("resident memory (MB)")
    if len(samples) > 1:
        used = np.diff(samples["cpu"]) / np.maximum(np.diff(samples["time"]), 1e-6)
        below.stairs(used, samples["time"], color=COLOURS[3], fill=True, alpha=0.55)
    below.axhline(profile.job.threads, color="#263238", linewidth=1, linestyle=(0, (4, 3)))
    below.set_ylim(0, None)
    below.set_ylabel("CPUs in use")
    below.set_xlabel("time since the job began (s)")
    return figure


def product_sizes(profile: Profile) -> Figure:
    """Bars of the bytes per event of the products in memory."""
    shown = profile.product_sums()[:MOST_BARS]
    figure, axes = _bars(len(shown))
    colours = {"made": COLOURS[0], "read": GREY}
    sizes = [one.bytes / max(one.events, 1) / 1e3 for one in shown]
    axes.barh(np.arange(len(shown)), sizes, color=[colours[one.origin] for one in shown], height=0.74)
    _label_bars(axes, [one.name.rstrip(".") for one in shown], "in memory, per event that has it (kB)")
    if any(sizes):
        axes.set_xscale("log")
        axes.set_xlim(0.7 * min(size for size in sizes if size), 1.5 * max(sizes))
    axes.legend(
        handles=[
            Patch(color=colours["made"], label="made by this job"),
            Patch(color=GREY, label="read from the input"),
        ],
        loc="lower right",
    )
    return figure


def timeline(profile: Profile) -> Figure:
    """What each stream did when: the modules that take most time in their colours, all others grey, waits hatched."""
    calls = profile.calls
    streams = sorted({int(stream) for stream in (*calls["stream"], *profile.blocks["stream"])} or {-1})
    figure, axes = _figure(1.2 + 0.5 * len(streams))
    calls = calls[np.sort(np.argsort(calls["start"] - calls["stop"], kind="stable")[:MOST_POINTS])]
    place = {stream: number for number, stream in enumerate(streams)}
    blocks = profile.blocks
    _rectangles(axes, blocks["start"], blocks["stop"], [place[int(s)] for s in blocks["stream"]], PALE, 0.84)
    named = [one.label for one in profile.module_sums()[: len(COLOURS)] if one.real > 0]
    handles = []
    for label, colour in [*zip(named, COLOURS, strict=False), (None, GREY)]:
        wanted = [profile.modules.index(one) for one in (named if label is None else [label])]
        chosen = calls[np.isin(calls["module"], wanted, invert=label is None)]
        rows = [place[int(stream)] for stream in chosen["stream"]]
        _rectangles(axes, chosen["start"], chosen["stop"], rows, colour, 0.6)
        if len(chosen):
            handles.append(Patch(color=colour, label=_short(label, 36) if label else "other modules"))
    pending = profile.pending[profile.pending["waited"] > 1e-4]
    if len(pending):
        rows = [place[int(stream)] for stream in pending["stream"]]
        _rectangles(axes, pending["stop"] - pending["waited"], pending["stop"], rows, "#ffffff", 0.6, hatch="////")
        handles.append(Patch(facecolor="#ffffff", edgecolor=GREY, hatch="////", label="waiting for external work"))
    axes.set_yticks(range(len(streams)), ["job" if stream < 0 else f"stream {stream}" for stream in streams])
    axes.set_ylim(len(streams) - 0.5, -0.5)
    axes.set_xlim(0, profile.job.seconds)
    axes.set_xlabel("time since the job began (s)")
    axes.grid(False, axis="y")
    figure.legend(handles=handles, loc="outside upper left", ncols=3, fontsize=8.5)
    return figure


def _rectangles(
    axes: Axes, start: Any, stop: Any, rows: Sequence[int], colour: str, height: float, hatch: str | None = None
) -> None:
    """Boxes from `start` to `stop` on the lines `rows`."""
    low, high = np.asarray(rows) - height / 2, np.asarray(rows) + height / 2
    corners = np.stack(
        [np.stack([x, y], axis=-1) for x, y in zip((start, start, stop, stop), (low, high, high, low), strict=True)],
        axis=1,
    )
    edge = GREY if hatch else colour
    boxes = PolyCollection(list(corners), facecolors=colour, edgecolors=edge, linewidths=0.15, hatch=hatch)
    boxes.set_rasterized(len(corners) > 2000)
    axes.add_collection(boxes)


def _figure(height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    return figure, figure.subplots()


def _bars(count: int) -> tuple[Figure, Axes]:
    return _figure(0.9 + 0.235 * max(count, 2))


def _label_bars(axes: Axes, labels: Sequence[str], title: str) -> None:
    """Names at the bars, the first on top, shortened in the middle if they are long."""
    axes.set_yticks(range(len(labels)), [_short(label) for label in labels])
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.set_xlabel(title)
    axes.margins(x=0.09)
    axes.set_xlim(left=0)
    axes.grid(False, axis="y")
    axes.tick_params(axis="y", length=0)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))


def _short(label: str, most: int = 52) -> str:
    return label if len(label) <= most else f"{label[: most // 2 - 1]}…{label[-most // 2 :]}"


def _legend_above(axes: Axes, columns: int) -> None:
    if axes.get_legend_handles_labels()[0]:
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=columns, borderaxespad=0.2)


def _colour(number: int) -> str:
    return COLOURS[number % len(COLOURS)]
