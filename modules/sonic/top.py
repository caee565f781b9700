"""`pysonic top`: what a server does for each of its models, as a table that is always up to date."""

from __future__ import annotations

import asyncio
import re
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import TYPE_CHECKING

import attrs

from pyrun.framework.errors import ExternalFailure

from .connection import Connection, TritonError
from .statistics import ModelStatistics

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

Key = tuple[str, str]
"""Name and version of a model."""

LIMIT = 5.0  # seconds for an answer
_METRIC = re.compile(r"(?P<name>\w+)(?:\{(?P<labels>[^}]*)\})? (?P<value>\S+)")
_LABEL = re.compile(r'(\w+)="([^"]*)"')


@attrs.frozen
class Metric:
    """One line of the metrics of a server, in the text format of Prometheus."""

    name: str
    labels: Mapping[str, str]
    value: float


@attrs.frozen
class Sample:
    """What a server has counted up to a time in seconds of a clock that never goes back."""

    time: float
    models: Mapping[Key, ModelStatistics]
    metrics: tuple[Metric, ...] = ()

    def value(self, name: str, **labels: str) -> float | None:
        """The sum of the metrics of this name with these labels; None if there is none."""
        found = [x.value for x in self.metrics if x.name == name and labels.items() <= x.labels.items()]
        return sum(found) if found else None


@attrs.frozen
class Row:
    """A model's work between two samples.

    Attributes
    ----------
    requests, rows : float
        Per second.
    batch : float or None
        Rows in one run of the model; None if it did not run.
    queue, compute : float or None
        Milliseconds of one request.
    failed, total : int
        Requests since the model was loaded.
    waiting : float or None
        Requests in its queue, where the metrics tell.
    """

    requests: float
    rows: float
    batch: float | None
    queue: float | None
    compute: float | None
    failed: int
    total: int
    waiting: float | None

    @classmethod
    def between(cls, before: Sample, after: Sample, key: Key) -> Row:
        """From the counts; a model that was loaded anew meanwhile counts from then on."""
        now = after.models[key]
        then = before.models.get(key, ModelStatistics())
        work = now - then if now.success >= then.success and now.fail >= then.fail else now
        seconds = max(after.time - before.time, 1e-9)
        compute = work.compute_input_ns + work.compute_infer_ns + work.compute_output_ns
        model, version = key
        return cls(
            requests=(work.success + work.fail) / seconds,
            rows=work.inferences / seconds,
            batch=work.inferences / work.executions if work.executions else None,
            queue=work.queue_ns / work.success / 1e6 if work.success else None,
            compute=compute / work.success / 1e6 if work.success else None,
            failed=now.fail,
            total=now.success + now.fail,
            waiting=after.value("nv_inference_pending_request_count", model=model, version=version),
        )


def parse_metrics(text: str) -> tuple[Metric, ...]:
    """The metrics in Prometheus's text format, without comments."""
    found = (_METRIC.fullmatch(line) for line in text.splitlines() if not line.startswith("#"))
    return tuple(Metric(x["name"], dict(_LABEL.findall(x["labels"] or "")), float(x["value"])) for x in found if x)


async def sample(connection: Connection, metrics_url: str = "") -> Sample:
    """Ask a server.

    Raises
    ------
    TritonError
        It does not answer.
    """
    ready = [entry for entry in await connection.models(LIMIT) if entry.state == "READY"]
    counts = await asyncio.gather(*(connection.statistics(x.name, x.version, LIMIT) for x in ready))
    metrics = await asyncio.to_thread(_metrics, metrics_url) if metrics_url else ()
    keys = [(entry.name, entry.version) for entry in ready]
    return Sample(time.monotonic(), dict(sorted(zip(keys, counts, strict=True))), metrics)


def table(before: Sample, after: Sample, title: str) -> Table:
    """The work of all models between two samples."""
    from rich.table import Table

    result = Table(title=title, caption=machine(after), title_justify="left", caption_justify="left")
    result.add_column("Model")
    for name in ("Version", "Requests/s", "Rows/s", "Batch", "Queue ms", "Compute ms", "Waiting", "Failed", "Total"):
        result.add_column(name, justify="right")
    for key in after.models:
        row = Row.between(before, after, key)
        numbers = [_text(x) for x in (row.requests, row.rows, row.batch, row.queue, row.compute)]
        waiting = "" if row.waiting is None else f"{row.waiting:.0f}"
        failed = f"[red]{row.failed}[/red]" if row.failed else "0"
        result.add_row(*key, *numbers, waiting, failed, str(row.total))
    return result


def machine(now: Sample) -> str:
    """The use of the processors and, where there are some, of the GPUs."""
    parts = []
    cpu = now.value("nv_cpu_utilization")
    if cpu is not None:
        used, total = now.value("nv_cpu_memory_used_bytes"), now.value("nv_cpu_memory_total_bytes")
        memory = f", memory {used / 1e9:.1f} of {total / 1e9:.1f} GB" if used is not None and total else ""
        parts.append(f"CPU {100 * cpu:.0f}%{memory}")
    for gpu in sorted({x.labels["gpu_uuid"] for x in now.metrics if "gpu_uuid" in x.labels}):
        use = now.value("nv_gpu_utilization", gpu_uuid=gpu)
        used = now.value("nv_gpu_memory_used_bytes", gpu_uuid=gpu)
        power = now.value("nv_gpu_power_usage", gpu_uuid=gpu)
        known = [
            "" if use is None else f" {100 * use:.0f}%",
            "" if used is None else f", memory {used / 1e9:.1f} GB",
            "" if power is None else f", {power:.0f} W",
        ]
        parts.append(f"{gpu[:12]}{''.join(known)}")
    return "; ".join(parts)


async def watch(connection: Connection, metrics_url: str, console: Console, *, interval: float, once: bool) -> None:
    """Show the table every `interval` seconds until interrupted, or once, after one interval.

    Raises
    ------
    ExternalFailure
        The server does not answer, also later.
    """
    from rich.live import Live

    title = str(connection.address)
    try:
        before = await sample(connection, metrics_url)
        if once:
            await asyncio.sleep(interval)
            console.print(table(before, await sample(connection, metrics_url), title))
            return
        with Live(
            table(before, before, title), console=console, auto_refresh=False, screen=console.is_terminal
        ) as live:
            while True:
                await asyncio.sleep(interval)
                after = await sample(connection, metrics_url)
                live.update(table(before, after, title), refresh=True)
                before = after
    except TritonError as error:
        raise ExternalFailure(f"The server {title} does not answer: {error.message}. Is it running?") from error


def _metrics(url: str) -> tuple[Metric, ...]:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=LIMIT) as answer:
            return parse_metrics(answer.read().decode())
    except (urllib.error.URLError, OSError):
        return ()  # a server may have none; the table says less then


def _text(number: float | None) -> str:
    if number is None:
        return "-"
    return f"{number:.0f}" if number >= 100 else f"{number:.1f}" if number >= 10 else f"{number:.2f}"
