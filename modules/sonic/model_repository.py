"""Model repositories in Triton's layout, and what their ``config.pbtxt`` files say.

A repository is a folder of models; a model is a folder with a ``config.pbtxt``, the files with its labels, and one
folder per version, whose name is the version's number::

    particletransformer_AK4/
        config.pbtxt
        labels.txt
        1/model.onnx
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import numpy as np

from pyrun.framework.errors import ModelError

if TYPE_CHECKING:
    from tritonclient.grpc.model_config_pb2 import ModelConfig, ModelInput, ModelOutput

CONFIG = "config.pbtxt"
DEFAULT_FILE = "model.onnx"
CHECKSUM_AGENT = "checksum"
"""Triton's repository agent that compares a model's files with the MD5s of its configuration. CMSSW reads it too."""

MD5_KEY = "MD5:"
"""What precedes the name of a file in the parameters of the agent."""


@attrs.frozen
class TensorSpec:
    """An input or output of a model.

    Attributes
    ----------
    name : str
    dtype : np.dtype
        Of the arrays; object for strings.
    dims : tuple of int
        Lengths without that of the batch; -1 where any length will do.
    labels : tuple of str
        What the entries of an output mean, if the model's folder says so.
    """

    name: str
    dtype: np.dtype
    dims: tuple[int, ...]
    labels: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.name} {self.dtype} {list(self.dims)}"


@attrs.frozen(eq=False)
class Model:
    """One model of a repository.

    Attributes
    ----------
    folder : Path
        Absolute; holds ``config.pbtxt``.
    config : ModelConfig
        The content of ``config.pbtxt``, as the protobuf message of Triton.
    versions : tuple of int
        Ascending; empty where only the configuration is there.
    inputs, outputs : tuple of TensorSpec
        In the order of ``config.pbtxt``.
    """

    folder: Path
    config: ModelConfig
    versions: tuple[int, ...]
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]

    @classmethod
    def load(cls, path: str | Path) -> Model:
        """Read a ``config.pbtxt``, named itself or by its folder.

        Raises
        ------
        ModelError
            The file is missing, is no model configuration, or contradicts its folder.
        """
        file = Path(path).absolute()
        file = file / CONFIG if file.is_dir() else file
        config = _parsed(file)
        folder = file.parent
        config.name = config.name or folder.name
        if config.name != folder.name and file.name == CONFIG:
            raise ModelError(
                f"The model configuration {file} is for {config.name!r}, but its folder is called {folder.name!r}. "
                "Triton wants one name for both: rename the folder or change `name`."
            )
        for what, tensors in (("input", config.input), ("output", config.output)):
            if not tensors:
                raise ModelError(f"The model configuration {file} lists no {what}: add `{what} [ {{ ... }} ]`.")
        return cls(
            folder,
            config,
            tuple(sorted(int(entry.name) for entry in folder.iterdir() if _is_version(entry))),
            tensor_specs(config.input, file),
            tuple(
                attrs.evolve(spec, labels=_labels(file, x))
                for spec, x in zip(tensor_specs(config.output, file), config.output, strict=True)
            ),
        )

    @classmethod
    def served(cls, config: ModelConfig, server: str) -> Model:
        """A model of which only a server's configuration is known: without folder, versions and labels.

        Raises
        ------
        ModelError
            A tensor has a type that no array has; `server` is what the message calls the server.
        """
        return cls(Path(), config, (), tensor_specs(config.input, server), tensor_specs(config.output, server))

    @property
    def name(self) -> str:
        """Under which servers know it."""
        return self.config.name

    @property
    def max_batch_size(self) -> int:
        """Most rows that one request may have; 0: arrays have no dimension for a batch."""
        return self.config.max_batch_size

    @property
    def is_onnx(self) -> bool:
        """Whether onnxruntime runs it; Triton lets the file's name decide where ``backend`` is not given."""
        chosen = self.config.backend or self.config.platform or self.config.default_model_filename or DEFAULT_FILE
        return chosen.startswith("onnxruntime") or chosen.endswith(".onnx")

    def version(self, wanted: int | str | None = None) -> int:
        """The number of a version: the one wanted, or the latest for None and the empty text.

        Raises
        ------
        ModelError
            There is no such version.
        """
        there = ", ".join(map(str, self.versions)) or "none"
        if wanted in (None, ""):
            if not self.versions:
                raise ModelError(f"The model {self.folder} has no version: put its file in {self.folder / '1'}.")
            return self.versions[-1]
        if str(wanted) not in map(str, self.versions):
            raise ModelError(f"The model {self.folder} has no version {wanted}; versions there: {there}.")
        return int(wanted)

    def file(self, version: int | str | None = None) -> Path:
        """The file with the network of a version, by default the latest.

        Raises
        ------
        ModelError
            The version or its file is missing.
        """
        path = self.folder / str(self.version(version)) / (self.config.default_model_filename or DEFAULT_FILE)
        if not path.is_file():
            raise ModelError(f"The model {self.name} has no file {path}: put it there, or set default_model_filename.")
        return path

    def checksums(self, version: int | str | None = None) -> dict[str, str]:
        """MD5, as hexadecimal text, of each file of a version, by name relative to the model's folder.

        Raises
        ------
        ModelError
            There is no such version.
        """
        folder = self.folder / str(self.version(version))
        files = (x for x in sorted(folder.rglob("*")) if x.is_file() and "__pycache__" not in x.parts)
        return {file.relative_to(self.folder).as_posix(): md5(file) for file in files}


@attrs.frozen(eq=False)
class ModelRepository:
    """A folder of models.

    Attributes
    ----------
    path : Path
    models : tuple of Model
        By name.
    """

    path: Path
    models: tuple[Model, ...]

    @classmethod
    def load(cls, path: str | Path) -> ModelRepository:
        """Read all configurations; folders without one are no models.

        Raises
        ------
        ModelError
            The folder is missing or has no model, or one of its models can't be read.
        """
        path = Path(path).absolute()
        models = tuple(Model.load(config) for config in sorted(path.glob(f"*/{CONFIG}")))
        if not models:
            state = f"holds no folder with a {CONFIG}" if path.is_dir() else "does not exist"
            raise ModelError(f"The model repository {path} {state}. Name a folder of models, or one model's folder.")
        return cls(path, models)


def load_models(paths: Sequence[str | Path]) -> dict[str, Model]:
    """All models that the paths name, by name: a path is a model's folder, its ``config.pbtxt`` or a repository.

    Raises
    ------
    ModelError
        As `Model.load` and `ModelRepository.load`, or two different models have the same name.
    """
    models: dict[str, Model] = {}
    for model in _all(paths):
        other = models.setdefault(model.name, model)
        if other.folder.resolve() != model.folder.resolve():
            raise ModelError(
                f"Two models are called {model.name!r}, {other.folder} and {model.folder}. "
                "A server can only have one of them: leave one out or rename it."
            )
    return models


def configured_checksums(config: ModelConfig, version: int | str) -> dict[str, str]:
    """MD5s that a configuration holds for the files of a version, by name relative to the model's folder.

    They are where CMS's models have them, among the parameters of the repository agent "checksum", or, in what
    `pysonic` serves without that agent, among the model's own parameters. Configurations of servers and of files are
    alike; empty if there are none.
    """
    found = {key: value.string_value for key, value in config.parameters.items()}
    for agent in config.model_repository_agents.agents:
        if agent.name == CHECKSUM_AGENT:
            found.update(agent.parameters)
    prefix = f"{MD5_KEY}{version}/"
    return {key.removeprefix(MD5_KEY): value.lower() for key, value in found.items() if key.startswith(prefix)}


def tensor_specs(tensors: Iterable[ModelInput | ModelOutput], source: object) -> tuple[TensorSpec, ...]:
    """The inputs or outputs of a configuration; `source` is what error messages say it is from.

    Raises
    ------
    ModelError
        A tensor has a type that no array has.
    """
    return tuple(TensorSpec(x.name, _dtype(source, x), tuple(x.dims)) for x in tensors)


def md5(file: Path) -> str:
    """MD5 of a file's content; what was once computed is remembered as long as the file does not change."""
    state = file.stat()
    return _md5(file, state.st_mtime_ns, state.st_size)


@functools.lru_cache(maxsize=256)
def _md5(file: Path, changed: int, size: int) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, functools.partial(hashlib.md5, usedforsecurity=False)).hexdigest()


def _all(paths: Sequence[str | Path]) -> Iterator[Model]:
    for name in paths:
        path = Path(name)
        if path.is_file() or (path / CONFIG).is_file():
            yield Model.load(path)
        else:
            yield from ModelRepository.load(path).models


def _is_version(entry: Path) -> bool:
    return entry.is_dir() and entry.name.isascii() and entry.name.isdigit()


def _parsed(file: Path) -> ModelConfig:
    from google.protobuf import text_format
    from tritonclient.grpc.model_config_pb2 import ModelConfig

    try:
        return text_format.Parse(file.read_text(encoding="utf-8"), ModelConfig())
    except OSError as error:
        raise ModelError(
            f"The model configuration {file} can't be read: {error.strerror}. Name a {CONFIG} or its folder."
        ) from error
    except UnicodeDecodeError as error:
        raise ModelError(f"The file {file} is no text, so no model configuration: name a {CONFIG}.") from error
    except text_format.ParseError as error:
        raise ModelError(f"The model configuration {file} is wrong at line:column {error}") from error


def _dtype(source: object, tensor: ModelInput | ModelOutput) -> np.dtype:
    from tritonclient.grpc.model_config_pb2 import DataType
    from tritonclient.utils import triton_to_np_dtype

    name = DataType.Name(tensor.data_type).removeprefix("TYPE_")
    found = triton_to_np_dtype("BYTES" if name == "STRING" else name)
    if found is None or name == "BF16":  # numpy has no bfloat16
        raise ModelError(
            f"The model configuration {source} gives {tensor.name!r} the data_type TYPE_{name}, which no numpy array "
            "has. Use another, such as TYPE_FP32."
        )
    return np.dtype(found)


def _labels(file: Path, output: ModelOutput) -> tuple[str, ...]:
    if not output.label_filename:
        return ()
    labels = file.parent / output.label_filename
    try:
        return tuple(labels.read_text(encoding="utf-8").splitlines())
    except OSError as error:
        raise ModelError(
            f"The labels {labels} of output {output.name!r} can't be read: {error.strerror}. "
            f"Add the file or remove label_filename from {file}."
        ) from error
