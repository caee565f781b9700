"""What the framework costs on a trigger menu: 500 paths over 50 filters, in blocks of 1000 events.

    python benchmarks/menu.py [--blocks 10] [--repeats 5] [--jagged] [--results] [--quick]

In menu_cfg.py each of ten producers makes one product, each of 50 filters cuts on one of them, and each path has four
filters, every one behind its producer, as HLT paths do. Framework time is that of the whole event loop without what
the modules compute; their calls of ``get`` and ``put`` count as the framework's. The peer is a loop over the same
paths with numpy: it makes each product and each verdict once for all events of a block, and combines the verdicts.
It must accept the same events. With --results, something reads TriggerResults, which are not made otherwise.

Times are CPU times, which other users of the machine disturb less. A job of one block is subtracted, and with it what
it takes to set up the job.
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path

import attrs
import awkward as ak
import numpy as np

from pyrun.framework import EDAnalyzer, EDFilter, EDProducer, InputTag, parameters, plugin
from pyrun.framework.config.description import ProcessDescription, describe
from pyrun.framework.config.loading import load_process
from pyrun.framework.engine.job import Job
from pyrun.framework.plugins.registry import find_plugin
from pyrun.framework.plugins.validation import validate
from pyrun.framework.services.message_logger import MessageLogger

CONFIGURATION = Path(__file__).with_name("menu_cfg.py")
QUICK = ["paths=20", "filters=10", "producers=4"]
EVENTS_PER_BLOCK = 1000
MULTIPLIER = np.uint64(6364136223846793005)  # of Knuth's linear congruential generator MMIX


@attrs.define
class Inside:
    """Seconds that modules computed, and how often they were called."""

    seconds: float = 0.0
    calls: int = 0

    def add(self, seconds: float) -> None:
        """Count one call."""
        self.seconds += seconds
        self.calls += 1


INSIDE = Inside()


def uniform(events: np.ndarray, number: int) -> np.ndarray:
    """A number in [0, 1) per event that looks random."""
    mixed = (events + np.uint64(number * 1000003 + 1)) * MULTIPLIER
    mixed = (mixed ^ (mixed >> np.uint64(31))) * MULTIPLIER
    return (mixed >> np.uint64(11)) * 2.0**-53


def make_objects(events: np.ndarray, number: int, jagged: bool) -> np.ndarray | ak.Array:
    """One number per event, or a list of up to three."""
    values = uniform(events, number)
    if not jagged:
        return values
    counts = (events % np.uint64(4)).astype(np.int64)
    place = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    return ak.unflatten(np.repeat(values, counts) / (1 + place), counts)


def decide(objects: np.ndarray | ak.Array, threshold: float) -> np.ndarray:
    """Whether an event's number, or any of its numbers, is above a threshold."""
    if isinstance(objects, np.ndarray):
        return objects > threshold
    return ak.to_numpy(ak.any(objects > threshold, axis=1))


@plugin
class MenuProducer(EDProducer):
    """Makes numbers."""

    class Parameters(parameters.ParameterSet):
        number: int = parameters.uint32(doc="which numbers")
        jagged: bool = parameters.bool(doc="lists rather than one number per event")

    def declare(self, p):
        self.objects = self.produces("doubles")

    def produce(self, event, setup):
        events = event.id
        began = time.process_time()
        objects = make_objects(events, self.parameters.number, self.parameters.jagged)
        INSIDE.add(time.process_time() - began)
        event.put(self.objects, objects)


@plugin
class MenuFilter(EDFilter):
    """Cuts on numbers."""

    class Parameters(parameters.ParameterSet):
        src: InputTag = parameters.inputTag(doc="the numbers")
        threshold: float = parameters.double(doc="where to cut")

    def declare(self, p):
        self.objects = self.consumes(p.src)

    def filter(self, event, setup):
        objects = event.get(self.objects)
        began = time.process_time()
        verdict = decide(objects, self.parameters.threshold)
        INSIDE.add(time.process_time() - began)
        return verdict


@plugin
class MenuResults(EDAnalyzer):
    """Reads TriggerResults."""

    def declare(self, p):
        self.results = self.consumes("TriggerResults::@currentProcess")

    def analyze(self, event, setup):
        event.get(self.results)
        INSIDE.add(0.0)


@attrs.frozen
class Measured:
    """One run: seconds in all and in the modules, module calls, and accepted events per path."""

    total: float
    inside: float
    calls: int
    accepted: tuple[int, ...]


def run_framework(process: ProcessDescription, events: int) -> Measured:
    """Run the job, and a job of its first block alone; the difference is what all blocks but one take."""
    first, all_blocks = (_run(process, end) for end in (EVENTS_PER_BLOCK, events + EVENTS_PER_BLOCK))
    return Measured(
        all_blocks.total - first.total,
        all_blocks.inside - first.inside,
        all_blocks.calls - first.calls,
        tuple(more - less for more, less in zip(all_blocks.accepted, first.accepted, strict=True)),
    )


def _run(process: ProcessDescription, events: int) -> Measured:
    INSIDE.__init__()
    began = time.process_time()
    result = Job(attrs.evolve(process, max_events={"input": events}), MessageLogger([])).run()
    total = time.process_time() - began
    if result.failure is not None:
        raise SystemExit(result.failure.fatal_print())
    accepted = tuple(result.report.paths[path.name].events_passed for path in process.trigger_paths)
    return Measured(total, INSIDE.seconds, INSIDE.calls, accepted)


def run_plain_loop(process: ProcessDescription, events: int) -> Measured:
    """The same menu without the framework: whole blocks, and masks that are combined."""
    modules = {
        label: validate(module, find_plugin(module.type).Parameters) for label, module in process.modules.items()
    }
    accepted = np.zeros(len(process.trigger_paths), dtype=np.int64)
    inside = Inside()
    began = time.process_time()
    for start in range(EVENTS_PER_BLOCK, events + EVENTS_PER_BLOCK, EVENTS_PER_BLOCK):
        ids = np.arange(start + 1, start + EVENTS_PER_BLOCK + 1, dtype=np.uint64)
        made: dict[str, np.ndarray] = {}
        for index, path in enumerate(process.trigger_paths):
            active = np.ones(len(ids), dtype=np.bool_)
            for entry in path.entries:
                p = modules[entry.label]
                if entry.label not in made:
                    now = time.process_time()
                    if isinstance(p, MenuProducer.Parameters):
                        made[entry.label] = make_objects(ids, p.number, p.jagged)
                    else:
                        made[entry.label] = decide(made[p.src.label], p.threshold)
                    inside.add(time.process_time() - now)
                if isinstance(p, MenuFilter.Parameters):
                    active &= made[entry.label]
            accepted[index] += active.sum()
    return Measured(time.process_time() - began, inside.seconds, inside.calls, tuple(accepted.tolist()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--blocks", type=int, default=10)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--jagged", action="store_true", help="awkward products, lists of numbers")
    parser.add_argument("--results", action="store_true", help="let something read TriggerResults")
    parser.add_argument("--quick", action="store_true", help="a small menu, to see that it works")
    arguments = parser.parse_args()
    blocks, repeats = (2, 1) if arguments.quick else (arguments.blocks, arguments.repeats)
    events = blocks * EVENTS_PER_BLOCK
    options = [f"events={events}", f"jagged={arguments.jagged}", f"results={arguments.results}"]
    options += QUICK if arguments.quick else []
    process = describe(load_process(str(CONFIGURATION), options))
    runs: dict[str, list[Measured]] = {"plain loop": [], "pyrun": []}
    for _ in range(repeats + 1):  # the first round is not counted
        runs["plain loop"].append(run_plain_loop(process, events))
        runs["pyrun"].append(run_framework(process, events))
    if runs["plain loop"][0].accepted != runs["pyrun"][0].accepted:
        raise SystemExit("pyrun and the plain loop accept different events")
    report({name: measured[1:] for name, measured in runs.items()}, len(process.trigger_paths), blocks)


def report(runs: dict[str, list[Measured]], paths: int, blocks: int) -> None:
    """Print medians over the runs."""
    columns = ("ms/block", "in modules", "framework", "calls/block", "us/call", "us/path")
    print(f"{paths} paths, {blocks} blocks of {EVENTS_PER_BLOCK} events, median of {len(runs['pyrun'])}")
    print(" " * 12 + "".join(f"{column:>12s}" for column in columns))
    for name, measured in runs.items():
        total, inside, calls = (
            statistics.median(getattr(one, what) for one in measured) / blocks for what in ("total", "inside", "calls")
        )
        framework = statistics.median(one.total - one.inside for one in measured) / blocks
        values = (1e3 * total, 1e3 * inside, 1e3 * framework, calls, 1e6 * framework / calls, 1e6 * framework / paths)
        print(f"{name:12s}" + "".join(f"{value:12.1f}" for value in values))


if __name__ == "__main__":
    main()
