"""A network in an ONNX file, checked against what its producer expects."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pyrun.framework.errors import FileInPathError, ModelError
from pyrun.framework.resources import file_in_path
from pyrun.modules.sonic.model_repository import Model

if TYPE_CHECKING:
    import onnxruntime

_TYPES = {"float32": "tensor(float)", "float64": "tensor(double)", "float16": "tensor(float16)"} | {
    f"{sign}int{bits}": f"tensor({sign}int{bits})" for sign in ("", "u") for bits in (8, 16, 32, 64)
}
"""onnxruntime's names of numpy's types."""


class OnnxModel:
    """A session of onnxruntime, on one thread so that a run's arithmetic is always the same; may be shared by threads.

    Parameters
    ----------
    path : str
        The file, looked for as a ``FileInPath``. If it belongs to a model repository, as ``MODEL/VERSION/model.onnx``,
        it must be what ``MODEL/config.pbtxt`` says, by which servers run it.
    input_names, output_names : sequence of str
        What the model must have, and the outputs that `__call__` returns.

    Raises
    ------
    ModelError
        The file is missing or no model, or has other inputs or outputs than configured, here or in ``config.pbtxt``.
    """

    def __init__(self, path: str, input_names: Sequence[str], output_names: Sequence[str]) -> None:
        self.input_names, self.output_names = list(input_names), list(output_names)
        self.path = _found(path)
        self.session = _session(self.path)
        self._check("inputs", [info.name for info in self.session.get_inputs()], self.input_names, exact=True)
        self._check("outputs", [info.name for info in self.session.get_outputs()], self.output_names, exact=False)
        self._check_configuration(self.path.parent.parent / "config.pbtxt")

    def __call__(self, inputs: Sequence[npt.NDArray[np.float32]]) -> list[npt.NDArray[np.float32]]:
        """Run the model on one array per input, in the order of `input_names`.

        Raises
        ------
        ModelError
            onnxruntime refuses the arrays.
        """
        feed = dict(zip(self.input_names, inputs, strict=True))
        try:
            return self.session.run(self.output_names, feed)
        except Exception as error:  # onnxruntime's own classes derive from nothing narrower
            shapes = ", ".join(f"{name} {list(array.shape)}" for name, array in feed.items())
            raise ModelError(f"The model {self.path} can't be run on {shapes}: {error}") from error

    def _check(self, what: str, found: list[str], configured: list[str], *, exact: bool) -> None:
        if set(configured) == set(found) if exact else set(configured) <= set(found):
            return
        raise ModelError(
            f"The model {self.path} has the {what} {', '.join(found)}, but its producer is configured for "
            f"{', '.join(configured)}. Set {what[:-1]}_names to the model's, or give another model_path."
        )

    def _check_configuration(self, file: Path) -> None:
        """Compare with the repository's description, unless the model is in none."""
        if not (self.path.parent.name.isdigit() and file.is_file()):
            return
        model = Model.load(file)
        batch = (-1,) * (model.max_batch_size > 0)
        for what, specs, infos in (
            ("input", model.inputs, self.session.get_inputs()),
            ("output", model.outputs, self.session.get_outputs()),
        ):
            found = {info.name: info for info in infos}
            for spec in specs:
                kind, shape = _TYPES.get(spec.dtype.name, spec.dtype.name), [*batch, *spec.dims]
                if spec.name in found and found[spec.name].type == kind and _agree(found[spec.name].shape, shape):
                    continue
                has = ", ".join(f"{info.name} {info.type} {info.shape}" for info in infos)
                raise ModelError(
                    f"{file} describes the {what} {spec.name!r} as {kind} {shape}, but {self.path} has {has}"
                )


def _agree(found: Sequence[int | str | None], wanted: Sequence[int]) -> bool:
    """Whether shapes are the same, where both say a length; onnxruntime has names or nothing for variable ones."""
    return len(found) == len(wanted) and all(
        b == -1 or not isinstance(a, int) or a == b for a, b in zip(found, wanted, strict=True)
    )


def _found(path: str) -> Path:
    try:
        return file_in_path(path)
    except FileInPathError as error:
        raise ModelError(f"There is no model {path!r}. {error.message}") from error


def _session(path: Path) -> onnxruntime.InferenceSession:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3  # what goes wrong comes as an exception
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # as above
        raise ModelError(f"The file {path} is not a model that onnxruntime can load: {error}") from error
