"""How long the level-1 job takes from the command to the end of its first event, once its kernels are compiled.

    python benchmarks/l1_start.py [--repeats 5] [--quick]

The peer is an interpreter that only imports the libraries of the job: awkward, uproot and numba. Medians; the CPU time
is what a machine that does nothing else needs. PYTHONDONTWRITEBYTECODE is not handed on: with it Python would compile
pyrun's 150 files again at each start.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time

from pyrun.framework.resources import file_in_path

PYRUN = ["-c", "from pyrun.framework.cli.pyrun import main; main()"]
IMPORTS = ["-c", "import awkward, uproot, numba"]


def seconds(arguments: list[str]) -> tuple[float, float]:
    """CPU time and time by the clock of a Python interpreter."""
    began = time.perf_counter()
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    child = subprocess.Popen(
        [sys.executable, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment
    )
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"python {' '.join(arguments)} failed with {child.returncode}")
    return usage.ru_utime + usage.ru_stime, time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="once only")
    arguments = parser.parse_args()
    configuration, candidates = (file_in_path(name) for name in ("cfg/l1_cfg.py", "data/l1_candidates_hh4b.root"))
    job = [*PYRUN, str(configuration), "process=hh4b", "maxEvents=1", f"inputFiles={candidates}"]
    seconds(job)  # compiles
    repeats = 1 if arguments.quick else arguments.repeats
    measured = [(seconds(job), seconds(IMPORTS)) for _ in range(repeats)]
    print(f"{'':22s}{'CPU (s)':>9s}{'clock (s)':>11s}")
    for name, runs in zip(("job with one event", "imports only"), zip(*measured, strict=True), strict=True):
        cpu, clock = (statistics.median(values) for values in zip(*runs, strict=True))
        print(f"{name:22s}{cpu:9.2f}{clock:11.2f}")


if __name__ == "__main__":
    main()
