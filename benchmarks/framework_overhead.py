"""What the framework costs: the MiniAOD job against the same work in a plain loop.

    python benchmarks/framework_overhead.py [--events 465] [--repeats 5]

The loop reads with `uproot.iterate`, calls the same functions on the same arrays one after the other, with scores from
onnxruntime, and writes with `uproot`. Both run in this interpreter in turn, after one uncounted round.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import awkward as ak
import uproot

from pyrun.framework.config.description import describe
from pyrun.framework.config.loading import load_process
from pyrun.framework.engine.job import Job
from pyrun.framework.plugins.registry import find_plugin
from pyrun.framework.plugins.validation import validate
from pyrun.framework.resources import file_in_path
from pyrun.framework.services.message_logger import MessageLogger

# the job's producers in an order in which each finds its inputs
ORDER = (
    "puppi ak4PFJetsPuppi patJetPartons patJetFlavourAssociation patJets selectedPatJets slimmedJetsNoDeepFlavour "
    "pfParticleTransformerAK4TagInfosSlimmedPuppiWithDeepTags pfParticleTransformerAK4JetTagsSlimmedPuppiWithDeepTags "
    "updatedPatJetsSlimmedPuppiWithDeepTags selectedPatJetsForward slimmedJets slimmedJetsForward packedPFCandidates "
    "offlineSlimmedPrimaryVertices "
    "slimmedSecondaryVertices prunedGenParticles slimmedGenJets"
).split()
COPIED = ("generator", "addPileupInfo", "fixedGridRhoFastjetAll")
WRITTEN = ORDER[-7:] + list(COPIED)
STEP = 1000  # events at a time, in both: no less than a cluster of the file, so that nothing is decompressed twice


class PlainEvent:
    """Arrays by label and instance: what a loop would keep in local variables."""

    def __init__(self, arrays: dict[tuple[str, str], ak.Array]) -> None:
        self.arrays = arrays
        self.label = ""

    def __len__(self) -> int:
        return len(next(iter(self.arrays.values())))

    def get(self, token):
        return self.arrays[token.tag.label, token.tag.instance]

    def put(self, token, array):
        self.arrays[self.label, token.instance] = array


def plain_loop(process, path: Path, output: Path, events: int) -> None:
    """The job without the framework."""
    modules = {}
    for label in ORDER:
        description = process.modules[label]
        cls = find_plugin(description.type)
        modules[label] = cls(label, validate(description, cls.Parameters))
        modules[label].globalCache = cls.initializeGlobalCache(modules[label].parameters)
        modules[label].beginJob()
    with uproot.open(path) as file:
        names = [name for name in file["Events"].keys(recursive=False) if name.count("_") == 3]
    branches = {name: tuple(name.split("_")[1:3]) for name in names}
    done, pieces = 0, []
    for chunk in uproot.iterate(f"{path}:Events", list(branches), step_size=STEP):
        chunk = chunk[: events - done]
        event = PlainEvent({key: chunk[name] for name, key in branches.items()})
        for label, module in modules.items():
            event.label = label
            module.produce(event, None)
        pieces.append({label: event.arrays[label, ""] for label in WRITTEN})
        done += len(chunk)
        if done >= events:
            break
    with uproot.recreate(output, compression=uproot.ZSTD(4)) as out:
        out.mkrntuple("Events", {label: ak.concatenate([piece[label] for piece in pieces]) for label in WRITTEN})


def framework_job(process) -> None:
    """The job as pyrun runs it, its messages kept from the terminal."""
    result = Job(process, MessageLogger([])).run()
    if result.failure is not None:
        raise SystemExit(result.failure.fatal_print())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=465)
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    path = file_in_path("data/ttbar_pu30_aodsim.root")
    with tempfile.TemporaryDirectory() as folder:
        options = [f"inputFiles=file:{path}", f"maxEvents={arguments.events}", f"eventsPerBlock={STEP}"]
        options.append(f"outputFile={folder}/framework.root")
        process = describe(load_process(str(file_in_path("cfg/miniaod_cfg.py")), options))
        times: dict[str, list[float]] = {"plain loop": [], "pyrun": []}
        for _ in range(arguments.repeats + 1):
            began = time.perf_counter()
            plain_loop(process, path, Path(folder) / "plain.root", arguments.events)
            middle = time.perf_counter()
            framework_job(process)
            times["plain loop"].append(middle - began)
            times["pyrun"].append(time.perf_counter() - middle)
    report({name: values[1:] for name, values in times.items()}, arguments.events)


def report(times: dict[str, list[float]], events: int) -> None:
    """Print the medians, and the median of the ratios of neighbouring runs."""
    print(f"{events} events, {len(times['pyrun'])} rounds\n{'':12s}{'median s':>10s}{'ms/event':>10s}")
    for name, values in times.items():
        print(f"{name:12s}{statistics.median(values):10.2f}{1e3 * statistics.median(values) / events:10.2f}")
    ratios = [framework / plain for framework, plain in zip(times["pyrun"], times["plain loop"], strict=True)]
    print(f"pyrun / plain loop: {statistics.median(ratios):.3f} (from {min(ratios):.3f} to {max(ratios):.3f})")


if __name__ == "__main__":
    main()
