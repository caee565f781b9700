"""How fast configurations are built: fragments imported, and a large job assembled, pruned and dumped.

Prints the medians of five runs, each in a process of its own, and the memory of the largest.

    python benchmarks/configuration.py [--fragments 10000] [--modules 2000] [--paths 500]
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from pyrun.framework.resources import python_cfg_path

FRAGMENT = """import FWCore.ParameterSet.Config as cms

m{n} = cms.EDProducer("Maker{n}",
    src = cms.InputTag("m{before}"),
    tags = cms.VInputTag("a", "b:c"),
    cut = cms.PSet(pt = cms.double({n}), eta = cms.vdouble(-2.4, 2.4), label = cms.string("x")),
    bins = cms.VPSet(cms.PSet(low = cms.int32(0)), cms.PSet(low = cms.int32(1))),
    verbose = cms.untracked.bool(False),
)
"""


def fragments(count: int) -> float:
    """Seconds to load `count` generated fragments into a process."""
    with tempfile.TemporaryDirectory() as folder:
        package = Path(folder) / "Generated" / "Fragments"
        package.mkdir(parents=True)
        for n in range(count):
            (package / f"m{n}_cfi.py").write_text(FRAGMENT.format(n=n, before=max(n - 1, 0)))
        sys.path += [folder, str(python_cfg_path())]
        sys.dont_write_bytecode = True
        start = time.perf_counter()
        import FWCore.ParameterSet.Config as cms

        process = cms.Process("BENCH")
        for n in range(count):
            process.load(f"Generated.Fragments.m{n}_cfi")
        return time.perf_counter() - start


def job(modules: int, paths: int) -> float:
    """Seconds to build a job whose paths share sequences, clone and modify, prune and dump it."""
    import pyrun.framework.config as cms

    start = time.perf_counter()
    process = cms.Process("BENCH")
    base = cms.EDProducer("Maker", src=cms.InputTag("x"), cut=cms.PSet(pt=cms.double(1)), n=cms.vint32(1, 2, 3))
    for n in range(modules):
        setattr(process, f"m{n}", base.clone(src=f"m{n - 1}", cut=dict(pt=n)))
    for n in range(modules // 10):
        first, *rest = [getattr(process, f"m{k}") for k in range(10 * n, 10 * n + 10)]
        sequence = cms.Sequence(first)
        for module in rest:
            sequence += module
        setattr(process, f"s{n}", sequence)
    for n in range(paths):
        shared = getattr(process, f"s{n % max(modules // 20, 1)}")
        setattr(process, f"p{n}", cms.Path(shared + getattr(process, f"m{n % modules}")))
    process.prune()
    process.dumpPython()
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fragments", type=int, default=10_000)
    parser.add_argument("--modules", type=int, default=2_000)
    parser.add_argument("--paths", type=int, default=500)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--one", choices=("fragments", "job"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    tasks = {"fragments": (arguments.fragments,), "job": (arguments.modules, arguments.paths)}
    if arguments.one:
        seconds = {"fragments": fragments, "job": job}[arguments.one](*tasks[arguments.one])
        print(json.dumps([seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
        return
    what = {
        "fragments": f"{arguments.fragments} fragments imported and loaded",
        "job": f"{arguments.modules} modules on {arguments.paths} paths built, pruned and dumped",
    }
    for task, text in what.items():
        command = [sys.executable, __file__, *sys.argv[1:], "--one", task]
        runs = [json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
                for _ in range(arguments.runs)]  # fmt: skip
        seconds = statistics.median(run[0] for run in runs)
        print(f"{text}: {seconds:.2f} s, {max(run[1] for run in runs):.0f} MB")


if __name__ == "__main__":
    main()
