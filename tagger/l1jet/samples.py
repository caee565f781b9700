"""The sample that the jet tagger is trained with: which events, in parts that are made one by one.

Each part is a job of cfg/l1ntuple_cfg.py, and gets its name when the job has ended well; so what is missing after an
interruption is what has no file. Event numbers are unique in the whole sample, and an event depends on its number and
the seed alone: parts can be made in any order, by any number of processes, on any machine.
"""

from __future__ import annotations

import importlib.resources
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import ExitStack
from pathlib import Path

import attrs

from pyrun.framework.errors import Configuration, ExternalFailure

# Events of each process for 200,000 labelled jets or more; docs/l1-ntuple.md has what they give.
RECIPE = {
    "ttbar": 16_000,
    "hhbbtautau": 16_000,
    "hh4b": 4_000,
    "vbfHtautau": 8_000,
    "zll": 6_000,
    "cc": 10_000,
    "qcd": 8_000,
}
PROCESSES = ("ttbar", "hh4b", "hhbbtautau", "vbfHtautau", "ztautau", "zll", "w", "cc", "bb", "qcd", "minbias")
EVENTS_OF_PROCESS = 100_000_000  # numbers kept for each, of the four billion there are
RECORD = "samples.json"


@attrs.frozen
class Settings:
    """What makes an event what it is; parts with other settings don't belong to the same sample.

    Attributes
    ----------
    pileup : float
        Mean number of interactions.
    seed : int
    part : int
        Events of a part.
    pool : str
        File of pile-up interactions; empty for the shipped one.
    """

    pileup: float = 200.0
    seed: int = 1
    part: int = 1000
    pool: str = ""


@attrs.frozen
class Part:
    """One file of the sample."""

    process: str
    number: int
    events: int
    path: Path

    @property
    def beginning(self) -> Path:
        """Where its job writes: a job that is told to stop ends well, with fewer events."""
        return self.path.with_name(f".{self.path.name}")

    def command(self, settings: Settings) -> list[str]:
        """The job that makes it."""
        cfg = importlib.resources.files("pyrun.cfg").joinpath("l1ntuple_cfg.py")
        first = PROCESSES.index(self.process) * EVENTS_OF_PROCESS + self.number * settings.part + 1
        options = {"process": self.process, "maxEvents": self.events, "firstEvent": first, "seed": settings.seed}
        options |= {"pileup": settings.pileup, "outputFile": self.beginning} | (
            {"pool": settings.pool} if settings.pool else {}
        )
        pyrun = [sys.executable, "-c", "from pyrun.framework.cli.pyrun import main; main()", "--no-progress", str(cfg)]
        return pyrun + [f"{name}={value}" for name, value in options.items()]


def parts(recipe: Mapping[str, int], settings: Settings, folder: Path) -> list[Part]:
    """All parts of a sample, in an order in which the first ones already have some of every process.

    Raises
    ------
    Configuration
        An unknown process, or more events than there are numbers.
    """
    found: list[tuple[float, Part]] = []
    for process, events in recipe.items():
        if process not in PROCESSES:
            raise Configuration(f"There is no process {process!r}; choose from {', '.join(PROCESSES)}")
        if not 0 < events <= EVENTS_OF_PROCESS:
            raise Configuration(f"{events} events of {process} can't be made; choose from 1 to {EVENTS_OF_PROCESS}")
        total = -(-events // settings.part)
        for number in range(total):
            path = folder / f"{process}_{number}.root"
            size = min(settings.part, events - number * settings.part)
            found.append(((number + 0.5) / total, Part(process, number, size, path)))
    return [part for _, part in sorted(found, key=lambda entry: entry[0])]


def prepare(folder: Path, settings: Settings) -> None:
    """Make the folder, or check that what it holds was made with the same settings.

    Raises
    ------
    Configuration
        It was not.
    """
    folder.mkdir(parents=True, exist_ok=True)
    record, wanted = folder / RECORD, attrs.asdict(settings)
    if not record.exists():
        record.write_text(json.dumps(wanted, indent=1) + "\n")
        return
    there = json.loads(record.read_text())
    differing = [name for name in wanted if there.get(name) != wanted[name]]
    if differing:
        said = ", ".join(f"{name} {there.get(name)}, not {wanted[name]}" for name in differing)
        raise Configuration(f"{folder} has a sample with {said}: choose another folder, or the same settings")


def make(
    missing: Sequence[Part], settings: Settings, jobs: int, done: Callable[[Part], None] = lambda part: None
) -> None:
    """Make parts, `jobs` at a time; `done` is told of each.

    Raises
    ------
    ExternalFailure
        A job failed; its messages are in a file beside the part's. The jobs at work are stopped.
    """
    running: set[subprocess.Popen[bytes]] = set()
    lock, stopped = threading.Lock(), threading.Event()

    def one(part: Part) -> None:
        log = part.path.with_suffix(".log")
        with ExitStack() as stack:
            output = stack.enter_context(open(log, "wb"))
            with lock:
                if stopped.is_set():
                    return
                process = subprocess.Popen(part.command(settings), stdout=output, stderr=subprocess.STDOUT)
                running.add(process)
            code = process.wait()
        with lock:
            running.discard(process)
            interrupted = stopped.is_set()
        if interrupted or code:
            part.beginning.unlink(missing_ok=True)
        if interrupted:
            return
        if code:
            raise ExternalFailure(f"The job of {part.path} failed with code {code}: see {log}")
        part.beginning.rename(part.path)
        log.unlink()
        done(part)

    with ThreadPoolExecutor(jobs) as pool:
        futures = [pool.submit(one, part) for part in missing]
        try:
            wait(futures, return_when=FIRST_EXCEPTION)
        finally:
            with lock:
                stopped.set()
                for process in running:
                    process.terminate()
            pool.shutdown(cancel_futures=True)
    for future in futures:
        if not future.cancelled():
            future.result()


def counts(files: Sequence[Path]) -> dict[str, int]:
    """Jets of each class that the tagger can be trained with, and of all together."""
    import numpy as np

    from pyrun.modules.l1t.ng_inputs import QUIRKS

    from .ntuple import Ntuple
    from .toy_jets import CLASSES

    numbers = np.zeros(len(CLASSES), dtype=np.int64)
    for file in files:
        for block in Ntuple(file, QUIRKS["exact"].features).blocks([], "50 MB"):
            numbers += np.bincount(block.label, minlength=len(CLASSES))
    return dict(zip([*CLASSES, "all"], [*numbers.tolist(), int(numbers.sum())], strict=True))
