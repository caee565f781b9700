"""A trained network becomes hls4ml's project, CMSSW's library and da4ml's Verilog."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import attrs

from pyrun.framework.errors import ModelError
from pyrun.modules.l1t.emulators import hls4ml_library
from pyrun.modules.l1t.emulators.model_folder import ModelFolder

from ..export import CLOCK, PART, export
from .folder import KERAS, METADATA, Model, checksum, write_json

PACKAGES = ("pyrun", "numpy", "keras", "tensorflow", "hgq2", "hls4ml", "da4ml")


@attrs.frozen
class Options:
    """How firmware is made.

    Attributes
    ----------
    part : str
        The device; by default that of CMS's Phase-2 boards.
    clock : float
        Its period in nanoseconds.
    depth : int
        How many adders may follow each other between two registers: fewer allow a faster clock, and cost latency and
        registers. da4ml calls it latency_cutoff.
    library : bool
        Whether to build the library for CMSSW.
    name : str
        Of the top function and module.
    """

    part: str = PART
    clock: float = CLOCK
    depth: int = 5
    library: bool = True
    name: str = "L1TSC4NGJetModel"


def convert(model: Model, folder: Path, options: Options, tell: Callable[[str], None] = print) -> dict[str, Any]:
    """Write all firmware of a model into an empty folder; returns its metadata.

    Raises
    ------
    ModelError
        The model is not quantised, or its emulation does not agree with keras.
    """
    model.keras()  # says what is wrong, if anything is
    tell("hls4ml's project and the network as da4ml's list of operations ...")
    try:
        export(
            model.folder / KERAS,
            folder / "emulator",
            model.quirks,
            options.name,
            project=folder / "hls4ml",
            part=options.part,
            clock=options.clock,
        )
    except ValueError as error:
        raise ModelError(f"{model.folder} can't become firmware: {error}") from error
    emulator = ModelFolder.open(folder / "emulator")
    tell("Verilog ...")
    verilog = write_verilog(emulator, folder / "verilog", options)
    library = _library(emulator, folder, tell) if options.library else {"skipped": "not asked for"}
    metadata = {
        "name": emulator.name,
        "classes": list(emulator.classes),
        "part": options.part,
        "clock_period_ns": options.clock,
        "model_sha256": checksum(model.folder / KERAS),
        "verilog": verilog,
        "hls4ml": {"backend": "Vitis", "io_type": "io_parallel", "strategy": "latency", "synthesised": False},
        "cmssw_library": library,
        "versions": {"python": platform.python_version()} | {name: version(name) for name in PACKAGES},
    }
    write_json(folder / METADATA, metadata)
    return metadata


def write_verilog(emulator: ModelFolder, folder: Path, options: Options) -> dict[str, Any]:
    """Let da4ml write its project; returns latency, initiation interval and what it expects of the resources."""
    from da4ml.codegen import RTLModel
    from da4ml.trace import to_pipeline
    from da4ml.types import CombLogic

    network = CombLogic.deserialize(emulator.network())
    pipeline = to_pipeline(network, options.depth, verbose=False)
    RTLModel(
        pipeline, emulator.name, folder, flavor="verilog", clock_period=options.clock, part_name=options.part
    ).write()
    stages = len(pipeline.solutions)
    return {
        "stages": stages,
        "latency_cycles": stages,
        "latency_ns": stages * options.clock,
        "initiation_interval": 1,
        "depth_limit": options.depth,
        "operations": len(network.ops),
        "estimated_lut": round(network.cost),
        "estimated_ff": int(pipeline.reg_bits),
        "estimated_lut_by_stage": [round(stage.cost) for stage in pipeline.solutions],
        "estimated_depth_by_stage": [_depth(stage) for stage in pipeline.solutions],
    }


def _depth(stage: Any) -> float:
    """The longest way through a stage, in da4ml's unit: an adder."""
    begin = min((op.latency for op in stage.ops), default=0.0)
    return max((stage.ops[i].latency for i in stage.out_idxs if i >= 0), default=begin) - begin


def _library(emulator: ModelFolder, folder: Path, tell: Callable[[str], None]) -> dict[str, Any]:
    tell("The library for CMSSW (half a minute the first time) ...")
    try:
        built = hls4ml_library.build(emulator)
    except ModelError as error:
        tell(f"The library is left out: {error.message}")
        return {"skipped": error.message}
    target = folder / f"{emulator.name}.so"
    shutil.copyfile(built, target)
    interface = 2 if emulator.quirks == "cmssw_v2" else 1
    return {"file": target.name, "sha256": checksum(target), "interface_version": interface}
