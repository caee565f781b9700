"""Write a trained tagger as a model folder for L1TSC4NGJetProducer."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import attrs
import numpy as np

from pyrun.modules.l1t.emulators.model_folder import DESCRIPTION, FIRMWARE, NETWORK, REFERENCE
from pyrun.modules.l1t.ng_inputs import FIXED_24_12, QUIRKS, tagger_inputs
from pyrun.modules.l1t.words import FixedPoint

from .toy_jets import CLASSES, toy_jets

os.environ.setdefault("KERAS_BACKEND", "tensorflow")

# of the firmware project, for CMS's Phase-2 boards
PART, CLOCK = "xcvu13p-flga2577-2-e", 2.5
REFERENCE_JETS = 48


def export(
    keras_file: Path,
    folder: Path,
    quirks: str,
    name: str = "L1TSC4NGJetModel",
    project: Path | None = None,
    part: str = PART,
    clock: float = CLOCK,
) -> None:
    """Write the folder that `pyrun.modules.l1t.emulators.model_folder` describes.

    Parameters
    ----------
    project : Path, optional
        Where to leave hls4ml's whole project, for Vitis.
    part, clock : str, float
        For this project: the device, and nanoseconds.

    Raises
    ------
    ModelError
        The network can't be loaded.
    ValueError
        The network's input has not the shape that the quirks ask for.
    """
    from .models.folder import load_network

    model = load_network(keras_file)
    _, particles, features = model.input_shape
    if features != len(QUIRKS[quirks].features):
        raise ValueError(
            f"{keras_file} has {features} inputs per particle; {quirks} has {len(QUIRKS[quirks].features)}"
        )
    folder.mkdir(parents=True, exist_ok=True)
    inputs = _reference_inputs(quirks, particles)
    answers = _write_network(model, folder / NETWORK, inputs)
    with tempfile.TemporaryDirectory() as scratch:
        write_project(model, project or Path(scratch), name, part, clock)
        _copy_firmware((project or Path(scratch)) / "firmware", folder / FIRMWARE, name)
    input_lsb, answer_lsb = FIXED_24_12.lsb, _common_step(answers)
    np.savez_compressed(
        folder / REFERENCE,
        inputs=np.rint(inputs / input_lsb).astype(np.int32),
        answers=np.rint(answers / answer_lsb).astype(np.int32),
        input_lsb=input_lsb,
        answer_lsb=answer_lsb,
    )
    description = {
        "name": name,
        "quirks": quirks,
        "particles": particles,
        "features": features,
        "classes": CLASSES,
        "input_type": attrs.asdict(FIXED_24_12),
    }
    (folder / DESCRIPTION).write_text(json.dumps(description, indent=1) + "\n")
    if keras_file.resolve() != (folder / "model.keras").resolve():
        _copy_compressed(keras_file, folder / "model.keras")


def _reference_inputs(quirks: str, particles: int) -> np.ndarray:
    """Inputs (jets, inputs) on the grid: those of jets, and arbitrary ones over the whole range."""
    jets = toy_jets(REFERENCE_JETS // 2, seed=7)
    real = tagger_inputs(
        jets.words, np.arange(len(jets.words)), jets.offsets, jets.jet_words, quirks, particles
    ).candidates
    rng = np.random.default_rng(7)
    wild = rng.normal(size=real.shape) * 2.0 ** rng.uniform(-10, 11, size=real.shape)
    both = np.concatenate([real, wild]).reshape(2 * len(real), -1)
    return np.asarray(FIXED_24_12.value(FIXED_24_12.raw(both)))


def _copy_compressed(keras_file: Path, target: Path) -> None:
    """Copy a network: keras stores without compression what zip makes three times smaller."""
    with zipfile.ZipFile(keras_file) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as copy:
        for entry in source.infolist():
            copy.writestr(entry, source.read(entry), zipfile.ZIP_DEFLATED)


def _write_network(model: Any, path: Path, inputs: np.ndarray) -> np.ndarray:
    """Write da4ml's list of operations; returns what it answers to the inputs, which must be what keras does."""
    from da4ml.converter import trace_model
    from da4ml.trace import comb_trace
    from da4ml.types import JSONEncoder

    kind: FixedPoint = FIXED_24_12
    network = comb_trace(*trace_model(model, inputs_kif=(1, kind.integer - 1, kind.fraction)))
    # with no time in the header, so that the same network gives the same file
    with gzip.GzipFile(path, "wb", compresslevel=9, mtime=0) as file:
        file.write(json.dumps(network, cls=JSONEncoder, separators=(",", ":")).encode())
    answers = network.predict(inputs, n_threads=1)
    shape = (len(inputs), *model.input_shape[1:])
    expected = np.concatenate(model.predict(inputs.reshape(shape), verbose=0), axis=1)
    if not np.array_equal(answers.astype(np.float32), expected):
        raise ValueError("da4ml's network differs from the trained one: was trace_minmax called after the training?")
    print(f"{path}: {len(network.ops)} operations, about {network.cost:.0f} LUTs")
    return answers


def write_project(model: Any, folder: Path, name: str, part: str = PART, clock: float = CLOCK) -> None:
    """Let hls4ml write its project for Vitis: fully parallel, a new jet each clock of `clock` nanoseconds."""
    import hls4ml

    hls4ml.converters.convert_from_keras_model(
        model,
        hls_config={"Model": {"Precision": "ap_fixed<24,12>", "ReuseFactor": 1, "Strategy": "latency"}},
        backend="Vitis",
        io_type="io_parallel",
        part=part,
        clock_period=clock,
        namespace=f"hls4ml_{name}",
        project_name=name,
        output_dir=str(folder),
        write_emulation_constants=True,
        write_weights_txt=False,  # else the library reads text files when it runs
    ).write()


def _copy_firmware(made: Path, folder: Path, name: str) -> None:
    """Keep the sources that differ from model to model."""
    shutil.rmtree(folder, ignore_errors=True)
    chosen = [made / f"{name}.cpp", made / f"{name}.h", made / "defines.h", made / "parameters.h"]
    for source in [*chosen, *(made / "weights").glob("*.h"), made / "nnet_utils" / "nnet_code_gen.h"]:
        target = folder / source.relative_to(made)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)


def _common_step(values: np.ndarray) -> float:
    """The largest power of two of which all values are multiples."""
    fraction = next(f for f in range(31) if np.array_equal(np.rint(values * 2.0**f), values * 2.0**f))
    return 2.0**-fraction
