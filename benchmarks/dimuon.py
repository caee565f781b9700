"""The dimuon mass spectrum of NanoAOD: pyrun against coffea and a loop over events.

    python benchmarks/dimuon.py nano_dimuon.root [--events 1000000] [--repeats 5]

All three fill the same histogram from the same file in this interpreter, in turn, after one uncounted round:

- pyrun runs `cfg/dimuon_cfg.py` without the skim, a luminosity block at a time, and with blocks of 1000 events;
- coffea runs a processor on NanoEvents with its iterative executor and default chunks of 100,000 events;
- the loop looks at one event after the other with classes like NanoAODTools' Event and Object, on columns that uproot
  has read; of the long file only `--loop-events`.

The long file is the given one many times over, with numbers of its own: 5000 events per luminosity block, about what
a dimuon trigger records.
"""

from __future__ import annotations

import argparse
import math
import statistics
import tempfile
import time
import warnings
from pathlib import Path

import awkward as ak
import hist
import numpy as np
import uproot

from pyrun.framework import load
from pyrun.framework.config.description import describe
from pyrun.framework.engine.job import Job
from pyrun.framework.services.message_logger import configured_logger

PT, ETA = 3.0, 2.4
KEPT = ["MET_*", "PV_*", "Muon_*", "HLT_Iso*"]
CHUNK = 100_000
EVENTS_PER_LUMI = 5000


def long_file(path: Path, output: Path, events: int) -> None:
    """Write the events of a file again and again."""
    with uproot.open(path) as file, uproot.recreate(output, compression=uproot.ZLIB(1)) as out:
        source = file["Events"].arrays(filter_name=KEPT)
        muons = ak.zip({name.removeprefix("Muon_"): source[name] for name in source.fields if name.startswith("Muon_")})
        others = [name for name in source.fields if not name.startswith("Muon_")]
        for start in range(0, events, CHUNK):
            number = np.arange(start, min(start + CHUNK, events))
            where = number % len(source)
            columns = {
                "run": np.full(len(number), 315267, np.uint32),
                "luminosityBlock": (1 + number // EVENTS_PER_LUMI).astype(np.uint32),
                "event": (1 + number).astype(np.uint64),
                **{name: ak.to_numpy(source[name])[where] for name in others},
                "Muon": muons[where],
            }
            if not start:
                out.mktree("Events", {name: ak.type(ak.Array(column)).content for name, column in columns.items()})
            out["Events"].extend(columns)


def spectrum() -> hist.Hist:
    """The empty histogram."""
    return hist.Hist(hist.axis.Regular(300, 0.25, 300, transform=hist.axis.transform.log, name="mass"))


def with_pyrun(path: Path, folder: Path, events_per_block: int = 0) -> np.ndarray:
    """The job of cfg/dimuon_cfg.py, without the skim."""
    output = folder / "dimuon.root"
    process = load("cfg/dimuon_cfg.py", inputFiles=f"file:{path}", histograms=str(output))
    process.options.wantSummary = False
    process.MessageLogger.cerr.threshold = "ERROR"
    process.dimuonPlots.histograms = process.dimuonPlots.histograms[:1]
    if events_per_block:
        process.options.eventsPerBlock = events_per_block
    del process.skim, process.z
    description = describe(process)
    result = Job(description, configured_logger(description)).run()
    if result.failure is not None:
        raise SystemExit(result.failure.fatal_print())
    with uproot.open(output) as file:
        return file["dimuonPlots/mass"].values()


def with_coffea(path: Path) -> np.ndarray:
    """The same by NanoEvents."""
    from coffea import processor
    from coffea.nanoevents import NanoAODSchema

    class Dimuons(processor.ProcessorABC):
        def process(self, events):
            muons = events.Muon[(events.Muon.pt > PT) & (abs(events.Muon.eta) < ETA) & events.Muon.mediumId]
            pairs = ak.combinations(muons, 2, fields=["first", "second"])
            pairs = pairs[pairs.first.charge * pairs.second.charge < 0]
            return {"mass": spectrum().fill(ak.flatten((pairs.first + pairs.second).mass))}

        def postprocess(self, accumulator):
            return accumulator

    executor = processor.IterativeExecutor(status=False)
    runner = processor.Runner(executor=executor, schema=NanoAODSchema, chunksize=CHUNK)
    result = runner({"dimuons": {"files": {str(path): "Events"}}}, processor_instance=Dimuons())
    return result["mass"].values()


class Event:
    """One event of a tree; a column is looked up when it is first asked for."""

    def __init__(self, columns, entry):
        self._columns, self._entry = columns, entry

    def __getattr__(self, name):
        value = self.__dict__[name] = self._columns[name][self._entry]
        return value


class Object:
    """One entry of a collection; an attribute is looked up in the event when it is first asked for."""

    def __init__(self, event, prefix, place):
        self._event, self._prefix, self._place = event, prefix, place

    def __getattr__(self, name):
        value = self.__dict__[name] = getattr(self._event, self._prefix + name)[self._place]
        return value

    def p4(self):
        pt, eta, phi, mass = self.pt, self.eta, self.phi, self.mass
        pz = pt * math.sinh(eta)
        return pt * math.cos(phi), pt * math.sin(phi), pz, math.sqrt(pt * pt + pz * pz + mass * mass)


def with_loop(path: Path, events: int) -> np.ndarray:
    """The same, event by event."""
    histogram = spectrum()
    with uproot.open(path) as file:
        tree = file["Events"]
        for start in range(0, events, CHUNK):
            stop = min(start + CHUNK, events)
            names = ["nMuon", *(f"Muon_{name}" for name in ("pt", "eta", "phi", "mass", "charge", "mediumId"))]
            columns = tree.arrays(names, entry_start=start, entry_stop=stop, library="np")
            for entry in range(stop - start):
                event = Event(columns, entry)
                muons = [Object(event, "Muon_", i) for i in range(event.nMuon)]
                muons = [muon for muon in muons if muon.pt > PT and abs(muon.eta) < ETA and muon.mediumId]
                for i, one in enumerate(muons):
                    for other in muons[i + 1 :]:
                        if one.charge * other.charge < 0:
                            px, py, pz, energy = (a + b for a, b in zip(one.p4(), other.p4(), strict=True))
                            histogram.fill(math.sqrt(max(energy**2 - px**2 - py**2 - pz**2, 0)))
    return histogram.values()


def compare(path: Path, events: int, loop_events: int, repeats: int, folder: Path) -> None:
    """Run all of them in turn and print medians."""
    ways = {
        "pyrun": (lambda: with_pyrun(path, folder), events),
        "pyrun, blocks of 1000": (lambda: with_pyrun(path, folder, 1000), events),
        "coffea": (lambda: with_coffea(path), events),
        "loop over events": (lambda: with_loop(path, loop_events), loop_events),
    }
    times: dict[str, list[float]] = {name: [] for name in ways}
    results = {}
    for _ in range(repeats + 1):
        for name, (work, count) in ways.items():
            began = time.perf_counter()
            results[name] = work()
            times[name].append((time.perf_counter() - began) / count)
    counts = {name: result.sum() * events / ways[name][1] for name, result in results.items()}
    if len({round(count) for count in counts.values()}) > 1:
        raise SystemExit(f"The results differ: {counts}")
    print(f"\n{events} events, {round(counts['pyrun'])} pairs, {repeats} rounds")
    print(f"{'':22s}{'median us/event':>16s}{'of pyrun':>10s}{'rounds':>26s}")
    median = {name: statistics.median(values[1:]) for name, values in times.items()}
    for name, values in times.items():
        low, high = 1e6 * min(values[1:]), 1e6 * max(values[1:])
        ratio = median[name] / median["pyrun"]
        print(f"{name:22s}{1e6 * median[name]:16.3f}{ratio:10.2f}{f'{low:.3f} to {high:.3f}':>26s}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--loop-events", type=int, default=20_000)
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore", module="coffea")
    with uproot.open(arguments.file) as file:
        entries = file["Events"].num_entries
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        compare(arguments.file, entries, entries, arguments.repeats, folder)
        long = folder / "long.root"
        long_file(arguments.file, long, arguments.events)
        compare(long, arguments.events, min(arguments.loop_events, arguments.events), arguments.repeats, folder)


if __name__ == "__main__":
    main()
