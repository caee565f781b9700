"""An ONNX file into a model repository, with the ``config.pbtxt`` that it needs."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pyrun.framework.errors import ModelError

from .model_repository import CONFIG, DEFAULT_FILE, Model

if TYPE_CHECKING:
    from onnxruntime import InferenceSession, NodeArg

LARGEST_BATCH = 4096
LABELS = "labels.txt"
TYPES = {
    "tensor(float)": "TYPE_FP32",
    "tensor(float16)": "TYPE_FP16",
    "tensor(double)": "TYPE_FP64",
    "tensor(string)": "TYPE_STRING",
    "tensor(bool)": "TYPE_BOOL",
    **{f"tensor({sign}int{n})": f"TYPE_{sign.upper()}INT{n}" for sign in ("", "u") for n in (8, 16, 32, 64)},
}


def add_model(
    file: str | Path,
    repository: str | Path,
    *,
    name: str = "",
    labels: Sequence[str] = (),
    max_batch_size: int = LARGEST_BATCH,
) -> Model:
    """Make ``repository/NAME/config.pbtxt`` and ``repository/NAME/1/model.onnx``, or add the next version.

    Parameters
    ----------
    file : path
        The ONNX file.
    name : str
        Of the model; empty: the file's name without its ending.
    labels : sequence of str
        What the entries of the model's only output mean.
    max_batch_size : int
        The most rows of one request. 0: none of the model's axes is the batch's. Otherwise the first axis of all inputs
        and outputs is, and must be of variable length.

    Returns
    -------
    Model
        As it is in the repository now.

    Raises
    ------
    ModelError
        onnxruntime can't load the file, an input or output can't be described, or there already is a model of this
        name with others.
    """
    file, name = Path(file), name or Path(file).stem
    folder = Path(repository).absolute() / name
    there = Model.load(folder) if folder.exists() else None
    version = str(max(there.versions, default=0) + 1) if there else "1"
    scratch = folder.with_name(f".{name}.partial")  # so that a server never sees half a model
    partial = scratch / name
    shutil.rmtree(scratch, ignore_errors=True)
    try:
        (partial / version).mkdir(parents=True)
        copy = partial / version / DEFAULT_FILE
        session = _session(_copied(file, copy), file)
        (partial / CONFIG).write_text(_config(session, file, name, labels, max_batch_size), encoding="utf-8")
        if labels:
            (partial / LABELS).write_text("".join(f"{label}\n" for label in labels), encoding="utf-8")
        if there is None:
            partial.rename(folder)
        else:
            _compare(Model.load(partial), there, file)
            (partial / version).rename(folder / version)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return Model.load(folder)


def _copied(file: Path, copy: Path) -> Path:
    try:
        return Path(shutil.copyfile(file, copy))
    except OSError as error:
        raise ModelError(f"The model {file} can't be copied to {copy}: {error.strerror}") from error


def _session(copy: Path, file: Path) -> InferenceSession:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # what goes wrong comes as an exception
    try:
        return onnxruntime.InferenceSession(str(copy), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's own classes derive from nothing narrower
        raise ModelError(
            f"The file {file} is not a model that onnxruntime can load: {error}. If its weights are in another file, "
            "save it as one: onnx.save(onnx.load(...), ...)."
        ) from error


def _config(session: InferenceSession, file: Path, name: str, labels: Sequence[str], max_batch_size: int) -> str:
    """The text of ``config.pbtxt``."""
    inputs, outputs = session.get_inputs(), session.get_outputs()
    fixed = [tensor.name for tensor in (*inputs, *outputs) if not tensor.shape or isinstance(tensor.shape[0], int)]
    if max_batch_size and fixed:
        raise ModelError(
            f"The model {file} has no batch: the first axis of {', '.join(fixed)} has a fixed length. Export it with a "
            "variable one (dynamic_axes, a symbolic dimension), or give 0 as its largest batch."
        )
    if labels and (len(outputs) != 1 or outputs[0].shape[-1] != len(labels)):
        shapes = ", ".join(f"{x.name} {x.shape}" for x in outputs)
        raise ModelError(f"The {len(labels)} labels {', '.join(labels)} don't fit the outputs of {file}: {shapes}")
    lines = [f'name: "{name}"', 'backend: "onnxruntime"', f"max_batch_size: {max_batch_size}"]
    lines += _tensors("input", inputs, file, max_batch_size)
    lines += _tensors("output", outputs, file, max_batch_size, f', label_filename: "{LABELS}"' if labels else "")
    return "\n".join(lines) + "\n"


def _tensors(what: str, tensors: Sequence[NodeArg], file: Path, batch: int, extra: str = "") -> Iterator[str]:
    yield f"{what} ["
    for number, tensor in enumerate(tensors, 1):
        dims = [length if isinstance(length, int) else -1 for length in tensor.shape[bool(batch) :]]
        if tensor.type not in TYPES or not dims:
            raise ModelError(
                f"The {what} {tensor.name!r} of {file}, {tensor.type} {tensor.shape}, can't be served: it must be an "
                f"array with an axis{' beside the batch' if batch else ''}, of one of {', '.join(TYPES)}."
            )
        described = f"data_type: {TYPES[tensor.type]}, dims: [ {', '.join(map(str, dims))} ]{extra}"
        yield f'  {{ name: "{tensor.name}", {described} }}' + "," * (number < len(tensors))
    yield "]"


def _compare(new: Model, there: Model, file: Path) -> None:
    """A new version must have the inputs and outputs of those before it; ``config.pbtxt`` may have been edited."""
    for what in ("inputs", "outputs"):
        found, wanted = ([(x.name, x.dtype, x.dims) for x in getattr(model, what)] for model in (new, there))
        if sorted(found) != sorted(wanted):
            raise ModelError(
                f"{file} can't be a new version of {there.folder}: it has the {what} {_told(new, what)}, those before "
                f"it {_told(there, what)}. Give it another name."
            )


def _told(model: Model, what: str) -> str:
    return ", ".join(map(str, getattr(model, what)))
