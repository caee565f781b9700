"""Keras, hls4ml, da4ml, numba and the simulated Verilog on the same jets: how many bits differ."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import attrs
import numpy as np

from pyrun.framework.errors import Configuration, ExternalFailure, FileWriteError, ModelError
from pyrun.modules.l1t.emulators import BACKENDS, load_emulator
from pyrun.modules.l1t.emulators.model_folder import ModelFolder
from pyrun.modules.l1t.ng_inputs import N_PARTICLES, Floats, tagger_inputs

from ..export import export
from ..toy_jets import toy_jets
from . import simulation
from .conversion import Options, write_verilog
from .folder import ANSWERS, EMULATION, Model, checksum, converted, read_json, write_json
from .folder import KERAS as NETWORK

TOY, KERAS, VERILOG = "toy", "keras", simulation.VerilogSimulation.name
EMULATORS = ("hls4ml", "da4ml", "numba", VERILOG)
BATCH = 4096


@attrs.frozen
class Jets:
    """Jets to compare on: inputs of shape (jets, particles, features), and where they are from."""

    inputs: Floats
    source: str

    @classmethod
    def read(cls, source: str, number: int, quirks: str, particles: int = N_PARTICLES) -> Jets:
        """The first test jets of a data set's folder, or "toy" ones with so many particles at most.

        Raises
        ------
        Configuration
            There is no such folder.
        """
        if source == TOY:
            jets = toy_jets(number, seed=11)
            each = np.arange(len(jets.words))
            made = tagger_inputs(jets.words, each, jets.offsets, jets.jet_words, quirks, particles)
            return cls(made.candidates.astype(np.float64), f"{number} toy jets")
        if not Path(source).is_dir():
            raise Configuration(
                f"There is no data set {source}: make it with pytagger make-data, or take --data {TOY}."
            )
        from ..data import Dataset

        inputs: list[np.ndarray] = []
        for batch in Dataset(source, "testing").batches(BATCH):
            inputs.append(batch.inputs)
            if sum(map(len, inputs)) >= number:
                break
        found = np.concatenate(inputs)[:number].astype(np.float64)
        return cls(found, f"{len(found)} test jets of {source}")


def difference(expected: Floats, found: Floats, outputs: list[str]) -> dict[str, Any]:
    """How two answers (jets, outputs) differ: values, bits of their fixed-point words, and by how much at most."""
    steps = (f for f in range(40) if all(np.array_equal(np.rint(x * 2.0**f), x * 2.0**f) for x in (expected, found)))
    fraction = next(steps, None)
    if fraction is None:
        raise ModelError("The answers are no fixed-point numbers of at most 40 bits: is every layer quantised?")
    words = [np.rint(x * 2.0**fraction).astype(np.int64) for x in (expected, found)]
    width = max(int(np.abs(word).max(initial=1)).bit_length() for word in words) + 1  # two's complement
    changed = (words[0] ^ words[1]) & ((1 << width) - 1)
    bits = np.unpackbits(changed[..., None].view(np.uint8), axis=-1).sum(axis=-1)
    far = np.abs(expected - found)
    return {
        "values": int(expected.size),
        "word_bits": width,
        "differing_values": int((changed != 0).sum()),
        "differing_bits": int(bits.sum()),
        "largest_difference": float(far.max(initial=0)),
        "by_output": {
            name: {
                "differing_values": int((changed[:, k] != 0).sum()),
                "differing_bits": int(bits[:, k].sum()),
                "largest_difference": float(far[:, k].max(initial=0)),
            }
            for k, name in enumerate(outputs)
        },
    }


def emulate(
    model: Model,
    folder: Path,
    jets: Jets,
    *,
    before_softmax: bool = False,
    emulators: tuple[str, ...] = EMULATORS,
    timeout: float = 3600.0,
    tell: Callable[[str], None] = print,
) -> dict[str, Any]:
    """Run all emulators of converted firmware, write emulation.json and emulation.npz, and return the former.

    Parameters
    ----------
    before_softmax : bool
        Also compare what goes into the softmax: for this, the network is cut there and converted again, which takes
        a few minutes.

    Raises
    ------
    ModelError
        There is no firmware, or of another model.
    """
    metadata, emulator = converted(folder)
    if metadata["model_sha256"] != checksum(model.folder / NETWORK):
        raise ModelError(f"{folder} is of another model than {model.folder}: convert it again.")
    network = model.keras()
    result: dict[str, Any] = {"jets": len(jets.inputs), "source": jets.source, "reference": KERAS}
    answers = {KERAS: keras_answers(network, jets.inputs, tell)}
    programs: dict[str, Callable[[], Any]] = {}
    for name in emulators:
        if name == VERILOG:
            programs[name] = lambda: _simulation(emulator, folder / "verilog", folder / "verilator", timeout, tell)
        else:
            programs[name] = lambda name=name: load_emulator(emulator.path, name)
    result["after_softmax"] = _compare(answers, programs, jets.inputs, list(emulator.classes), tell)
    if (folder / "verilator" / simulation.BUILT).is_file():
        result["verilator"] = read_json(folder / "verilator" / simulation.BUILT)
    if before_softmax:
        depth = metadata["verilog"]["depth_limit"]
        result["before_softmax"] = _before(network, model, jets.inputs, emulators, depth, timeout, tell)
    _save(folder / ANSWERS, answers)
    write_json(folder / EMULATION, result)
    return result


def keras_answers(network: Any, inputs: Floats, tell: Callable[[str], None] = print) -> Floats:
    """Keras' answers (jets, classes + 1): what is left of the softmax or behind it, and the factor of pt."""
    tell("keras ...")
    found = network.predict(inputs.astype(np.float32), batch_size=BATCH, verbose=0)
    return np.concatenate([np.asarray(x, dtype=np.float64).reshape(len(inputs), -1) for x in found], axis=1)


def cut(network: Any) -> Any:
    """The network without its softmax.

    Raises
    ------
    ModelError
        Its scores do not come out of a softmax layer.
    """
    import keras

    scores, ratio = network.outputs
    layer = scores._keras_history.operation
    if "softmax" not in type(layer).__name__.lower():
        raise ModelError(f"The scores come out of {layer.name!r}, which is no softmax: nothing can be cut away.")
    return keras.Model(network.inputs, [layer.input, ratio], name=network.name)


def _before(
    network: Any,
    model: Model,
    inputs: Floats,
    emulators: tuple[str, ...],
    depth: int,
    timeout: float,
    tell: Callable[[str], None],
) -> dict[str, Any]:
    """The comparison of `emulate` for the network without its softmax."""
    logits = cut(network)
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        logits.save(root / "model.keras")
        tell("The network before its softmax is converted ...")
        export(root / "model.keras", root / "emulator", model.quirks)
        emulator = ModelFolder.open(root / "emulator")
        write_verilog(emulator, root / "verilog", Options(depth=depth))
        programs: dict[str, Callable[[], Any]] = {
            name: (lambda name=name: BACKENDS[name](emulator)) for name in emulators if name != VERILOG
        }
        if VERILOG in emulators:
            programs[VERILOG] = lambda: _simulation(emulator, root / "verilog", root / "verilator", timeout, tell)
        return _compare({KERAS: keras_answers(logits, inputs, tell)}, programs, inputs, list(emulator.classes), tell)


def _simulation(model: ModelFolder, verilog: Path, folder: Path, timeout: float, tell: Callable[[str], None]) -> Any:
    if not (folder / simulation.BUILT).is_file():
        tell("Verilator compiles the Verilog (about a minute) ...")
    simulation.build(verilog, model.name, folder, timeout)
    return simulation.VerilogSimulation(model, folder)


def _compare(
    answers: dict[str, Floats],
    programs: Mapping[str, Callable[[], Any]],
    inputs: Floats,
    classes: list[str],
    tell: Callable[[str], None],
) -> dict[str, Any]:
    """Run emulators, add to `answers`, and tell how each differs from keras; one that can't run is left out."""
    result: dict[str, Any] = {}
    flat = np.ascontiguousarray(inputs.reshape(len(inputs), -1))
    for name, make in programs.items():
        try:
            emulator = make()
        except (ModelError, ExternalFailure) as error:
            tell(f"{name} is left out: {error.message}")
            result[name] = {"skipped": error.message}
            continue
        found = np.empty_like(answers[KERAS])
        begin = time.perf_counter()
        emulator.evaluate(flat, np.zeros((len(flat), 2)), found)
        seconds = time.perf_counter() - begin
        answers[name] = found
        result[name] = difference(answers[KERAS], found, [*classes, "pt"]) | {
            "jets_per_second": round(len(flat) / seconds)
        }
        bits, values = result[name]["differing_bits"], result[name]["differing_values"]
        tell(f"{name}: {bits} bits differ from keras, in {values} of {found.size} values")
    return result


def _save(path: Path, arrays: dict[str, Floats]) -> None:
    made = path.with_name(f".{path.name}.partial")
    try:
        with made.open("wb") as file:
            np.savez_compressed(file, **arrays)
        os.replace(made, path)
    except OSError as error:
        made.unlink(missing_ok=True)
        raise FileWriteError(f"{path} can't be written: {error.strerror or error}") from error
