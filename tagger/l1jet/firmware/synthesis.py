"""Synthesis of da4ml's Verilog with Yosys: what it takes of the device, stage by stage.

Between two registers da4ml writes one module without a clock. Each is synthesised alone, several at a time, which
gives the resources and the depth of every stage; the top, which holds the registers, is counted around them. What no
stage can be spared is the same as in one synthesis of all, since nothing is optimised across registers.
"""

from __future__ import annotations

import concurrent.futures
import json
import re
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import attrs

from pyrun.framework.errors import ExternalFailure, ModelError

from . import tools

#: What one XCVU13P has (AMD, UltraScale+ product table), in the units of `count`.
DEVICE = {"lut": 1_728_000, "ff": 3_456_000, "dsp": 12_288, "bram18": 5_376}
#: Of the tagger in CMS's firmware, made with hls4ml and Vivado.
PUBLISHED = {"latency_ns": 1000.0, "clock_mhz": 360.0, "source": "arXiv:2509.24371"}
NO_TIMING = (
    "Yosys maps the logic, but neither places nor routes it: whether the clock is reached (timing closure), only "
    "Vivado can tell."
)
KINDS = {
    "lut": re.compile(r"LUT[1-6](_2)?"),
    "ff": re.compile(r"FD[A-Z]+"),
    "carry": re.compile(r"CARRY[48]"),
    "mux": re.compile(r"MUXF[789]"),
    "dsp": re.compile(r"DSP48E[12]"),
    "bram18": re.compile(r"RAMB18\w*"),
    "bram36": re.compile(r"RAMB36\w*"),
    "uram": re.compile(r"URAM\w*"),
    "lutram": re.compile(r"RAM(32|64|128|256|512)\w*|SRL\w*"),
}


@attrs.define
class Yosys:
    """Runs Yosys on the modules of one da4ml project; all that it starts ends with it.

    Attributes
    ----------
    sources : Path
        A folder with all of the Verilog and the tables, that may be written to.
    deadline : float
        Until when, in `time.monotonic` seconds.
    """

    command: list[str]
    sources: Path
    family: str
    deadline: float
    stopped: threading.Event = attrs.field(factory=threading.Event)
    running: set[subprocess.Popen[bytes]] = attrs.field(factory=set)

    def synthesise(self, top: str, files: Sequence[str], known: Sequence[str] = ()) -> dict[str, Any]:
        """Resources and depth of a module; those in the files `known` are left as they are, and it has no depth then:
        paths through them, from each input to each output, would take Yosys 20 GB.
        """
        if self.stopped.is_set():
            raise ExternalFailure("stopped")
        begin = time.monotonic()
        lines = [
            *(f"read_verilog -lib {name}" for name in known),
            *(f"read_verilog -defer {name}" for name in files),
            f"synth_xilinx -family {self.family} -flatten -top {top} -noiopad -noclkbuf",
            f"tee -o {top}.stat.json stat -json",
            *([] if known else [f"tee -o {top}.ltp ltp"]),
        ]
        (self.sources / f"{top}.ys").write_text("\n".join(lines) + "\n")
        tools.run(
            [*self.command, "-q", "-l", f"{top}.log", "-s", f"{top}.ys"],
            self.sources,
            self.sources / f"{top}.out",
            timeout=max(self.deadline - time.monotonic(), 0.1),
            started=self.running.add,
        )
        cells = json.loads((self.sources / f"{top}.stat.json").read_text())["design"]["num_cells_by_type"]
        path = None if known else re.search(r"\(length=(\d+)\)", (self.sources / f"{top}.ltp").read_text())
        depth = int(path[1]) if path else 0
        return count(cells) | {"depth": depth, "cells": cells, "seconds": round(time.monotonic() - begin, 1)}

    def stop(self) -> None:
        """End all that runs, and begin nothing more."""
        self.stopped.set()
        for process in list(self.running):
            tools.end(process)


def count(cells: dict[str, int]) -> dict[str, int]:
    """Cells of a netlist, by what they take of the device."""
    return {kind: sum(n for name, n in cells.items() if pattern.fullmatch(name)) for kind, pattern in KINDS.items()}


def synthesise(
    verilog: Path,
    name: str,
    log: Path,
    *,
    family: str = "xcup",
    jobs: int = 1,
    timeout: float = 3600.0,
    done: Callable[[str, dict[str, Any], int, int], None] = lambda *_: None,
) -> dict[str, Any]:
    """Synthesise all modules of a project.

    Parameters
    ----------
    verilog : Path
        da4ml's project.
    name : str
        Its top module.
    log : Path
        Gets the logs of all runs, one after the other.
    family : str
        Yosys' name of the devices: xcup is UltraScale+.
    jobs : int
        Runs at a time.
    timeout : float
        Seconds for all together.
    done : callable
        Told of each module that is ready: its name, its resources, how many are ready, and of how many.

    Returns
    -------
    dict
        "stages": resources and depth of each; "registers": of the top; "total": the sums, and the largest depth.

    Raises
    ------
    tools.ToolMissing
        There is no Yosys.
    ModelError
        There is no Verilog.
    ExternalFailure
        Yosys fails, or takes too long.
    """
    command = tools.yosys()
    stages = sorted((verilog / "src").glob(f"{name}_stage*.v"), key=lambda x: int(x.stem.rsplit("stage", 1)[1]))
    if not stages:
        raise ModelError(f"{verilog} holds no Verilog of {name}: make it with pytagger firmware convert.")
    begin = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        yosys = Yosys(command, Path(scratch), family, begin + timeout)
        static = _copy(verilog, yosys.sources)
        tasks = {stage.stem: ([*static, stage.name], []) for stage in stages}
        tasks[name] = ([f"{name}.v"], [stage.name for stage in stages])
        results = _run_all(yosys, tasks, jobs, done)
        made = log.with_name(f".{log.name}.partial")
        made.write_text("\n".join((yosys.sources / f"{top}.log").read_text() for top in tasks))
        made.replace(log)
    parts = [results[stage.stem] for stage in stages]
    registers = results[name]
    total = {kind: sum(part[kind] for part in [*parts, registers]) for kind in KINDS}
    return {
        "tool": _version(command),
        "family": family,
        "seconds": round(time.monotonic() - begin, 1),
        "total": total | {"depth": max(part["depth"] for part in parts)},
        "registers": registers,
        "stages": parts,
        "timing": NO_TIMING,
    }


def _run_all(
    yosys: Yosys, tasks: dict[str, tuple[list[str], list[str]]], jobs: int, done: Callable[..., None]
) -> dict[str, dict[str, Any]]:
    results: dict[str, dict[str, Any]] = {}
    # the longest first, so that no core waits at the end for one that has begun late; the top is short, but takes long
    order = sorted(tasks, key=lambda top: (not tasks[top][1], -(yosys.sources / f"{top}.v").stat().st_size))
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        futures = {pool.submit(yosys.synthesise, top, *tasks[top]): top for top in order}
        try:
            for future in concurrent.futures.as_completed(futures):
                top = futures[future]
                results[top] = future.result()
                done(top, results[top], len(results), len(tasks))
        except BaseException:
            yosys.stop()
            pool.shutdown(cancel_futures=True)
            raise
    return results


def _copy(verilog: Path, target: Path) -> list[str]:
    """Put all sources into one folder, where $readmemh finds the tables; returns the modules that all stages use."""
    static = sorted((verilog / "src" / "static").glob("*.v"))
    for source in [*(verilog / "src").glob("*.v"), *static, *(verilog / "src" / "memfiles").glob("*.mem")]:
        shutil.copyfile(source, target / source.name)
    table = target / "lookup_table.v"
    if table.exists():  # tables become LUTs, as da4ml asks, in an expression that Yosys does not take in an attribute
        table.write_text(re.sub(r"\(\*\s*rom_style.*?\*\)", '(* rom_style = "logic" *)', table.read_text()))
    return [source.name for source in static]


def _version(command: list[str]) -> str:
    text = subprocess.run([*command, "-V"], capture_output=True, text=True, check=False).stdout
    return " ".join(text.split()[:2]) or command[0]
