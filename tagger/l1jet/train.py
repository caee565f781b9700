"""From a configuration and a data set to the folder of a trained model."""

from __future__ import annotations

import importlib
import importlib.metadata
import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pyrun.framework.errors import ModelError

from .data import Dataset
from .folders import partial, whole
from .models.config import Config
from .models.folder import CONFIG, HISTORY, METADATA, NETWORK

BACKENDS = ("tensorflow", "jax")
PACKAGES = ("pyrun", "tensorflow", "jax", "keras", "hgq2", "numpy", "uproot", "awkward")
Report = Callable[[int, dict[str, float]], None]


def train(
    config: Config,
    data: Path,
    output: Path,
    percent: float = 100,
    threads: int = 0,
    report: Report | None = None,
    backend: str = BACKENDS[0],
) -> dict[str, Any]:
    """Train a model and write its folder; goes on if the same training was interrupted before.

    Parameters
    ----------
    data : Path
        A data set.
    percent : float
        Of its training and validation jets.
    threads : int
        Of tensorflow; 0: as many as it likes.
    report : callable
        Is told the number of epochs done and the numbers of the last one.
    backend : str
        What keras computes with, "tensorflow" or "jax"; one in a process.

    Returns
    -------
    dict
        What metadata.json holds.

    Raises
    ------
    ModelError
        The backend is not installed, or keras works with the other one already.
    """
    method = config.training_config.weight_method
    training, validation = (Dataset(data, part, weights=method, percent=percent) for part in ("training", "validation"))
    _prepare_keras(backend, threads)
    from . import training as trainer

    identity = json.dumps([config.dump(), training.metadata["checksum"], percent])
    with whole(output, keep=True) as folder:
        outcome = trainer.train(config, training, validation, folder, identity, report or (lambda *_: None))
        metadata = _metadata(config, training, percent, outcome, backend)
        outcome.model.save(folder / NETWORK)
        _write_config(config, folder)
        (folder / METADATA).write_text(json.dumps(metadata, indent=1) + "\n")
        (folder / HISTORY).write_text(json.dumps(outcome.history, indent=1) + "\n")
        trainer.checkpoint.remove(folder)
    return metadata


def interrupted(output: Path) -> bool:
    """Whether there is something to go on from."""
    return (partial(output) / "checkpoint.npz").exists()


def _prepare_keras(backend: str, threads: int) -> None:
    """The backend asked for, the same answer each time, and no more threads than asked for."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    at_work = sys.modules["keras"].config.backend() if "keras" in sys.modules else backend
    if at_work != backend:  # seen before the other one is imported, and starts threads of its own
        raise ModelError(f"Keras works with {at_work} in this process: train by {backend} in another.")
    os.environ["KERAS_BACKEND"] = backend
    try:
        importlib.import_module(backend)
        import hgq  # noqa: F401
    except ImportError as error:
        needed = "tagger" if backend == BACKENDS[0] else "tagger,jax"
        raise ModelError(f'Training by {backend} needs it, keras and HGQ2: pip install "pyrun[{needed}]"') from error
    if backend == "tensorflow":
        _prepare_tensorflow(threads)
    elif threads:
        raise ModelError("Only tensorflow can be told how many threads to take: leave out threads, or take taskset.")


def _prepare_tensorflow(threads: int) -> None:
    import tensorflow as tf

    tf.config.experimental.enable_op_determinism()
    if threads:
        try:
            tf.config.threading.set_intra_op_parallelism_threads(threads)
            tf.config.threading.set_inter_op_parallelism_threads(threads)
        except RuntimeError as error:
            raise ModelError("The number of threads can't be changed once tensorflow works.") from error


def _metadata(config: Config, training: Dataset, percent: float, outcome: Any, backend: str) -> dict[str, Any]:
    best = outcome.best_epoch - 1
    return {
        "name": config.name,
        "model": config.model,
        "quantized": config.model_config.quantized,
        "inputs": training.metadata["features"],
        "particles": training.metadata["particles"],
        "quirks": training.metadata["options"]["quirks"],
        "labels": training.metadata["classes"],
        "dataset": {
            "folder": str(training.folder),
            "checksum": training.metadata["checksum"],
            "percent": percent,
            "jets": len(training),
        },
        "epochs": outcome.epochs,
        "best_epoch": outcome.best_epoch,
        "at_best_epoch": {name: values[best] for name, values in outcome.history.items()},
        "ebops": outcome.ebops,
        "parameters": int(outcome.model.count_params()),
        "versions": {"python": platform.python_version(), **_versions()},
        "backend": backend,
        "git_revision": _revision(),
    }


def _versions() -> dict[str, str]:
    found = {}
    for name in PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue  # jax, or tensorflow-cpu in the place of tensorflow
    return found


def _revision() -> str | None:
    """Of pyrun's sources, with a + if they have been changed; None if they are no git checkout."""
    command = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--abbrev=40", "--dirty=+"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return None


def _write_config(config: Config, folder: Path) -> None:
    """All that is needed to read the model again, also the file of its code."""
    import attrs

    if config.module.endswith(".py"):
        name = Path(config.module).name
        shutil.copyfile(config.folder / config.module, folder / name)
        config = attrs.evolve(config, module=name)
    (folder / CONFIG).write_text(config.dump())
