"""Model repositories for servers: what `pysonic start` serves, and what a production server takes."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from pyrun.framework.errors import ModelError

from ..model_repository import CHECKSUM_AGENT, CONFIG, DEFAULT_FILE, MD5_KEY, Model, configured_checksums

if TYPE_CHECKING:
    from tritonclient.grpc.model_config_pb2 import ModelConfig

SHIM = Path(__file__).with_name("onnx_backend.py")


def write_local(models: Iterable[Model], folder: Path, *, instances: int, threads: int, gpu: bool, shim: bool) -> None:
    """A repository that refers to the models' files by symbolic links, with configurations for this machine.

    Parameters
    ----------
    folder : Path
        Made here.
    instances : int
        Of each model, side by side; 0 for what its configuration says.
    threads : int
        Of onnxruntime for each instance.
    gpu : bool
        Whether instances may use GPUs.
    shim : bool
        The server has no onnxruntime backend: its python backend calls onnxruntime.

    Raises
    ------
    ModelError
        A model has no version, its files differ from its own checksums, or the server has no backend for it.
    """
    from google.protobuf import text_format

    for model in models:
        check(model, shim=shim)
        target = folder / model.name
        target.mkdir(parents=True)
        config = type(model.config)()
        config.CopyFrom(model.config)
        _set_instances(config, instances, gpu)
        if model.is_onnx:
            _set_onnx(config, model, threads, shim)
        for entry in model.folder.iterdir():
            if entry.name != CONFIG:
                _link(entry, target / entry.name, shim and model.is_onnx)
        (target / CONFIG).write_text(text_format.MessageToString(config), encoding="utf-8")


def export(models: Iterable[Model], folder: Path, *, checksums: bool = True) -> list[Path]:
    """A repository of its own for a production server: files copied, backend "onnxruntime", MD5s for Triton's agent.

    Returns
    -------
    list of Path
        The models' new folders.

    Raises
    ------
    ModelError
        As `write_local`, or there already is such a model in `folder`.
    """
    made = []
    for model in models:
        check(model, shim=False)
        target = folder / model.name
        if target.exists():
            raise ModelError(f"There already is a model {target}: remove it or export into another folder.")
        partial = folder / f".{model.name}.partial"
        shutil.rmtree(partial, ignore_errors=True)
        shutil.copytree(model.folder, partial, ignore=shutil.ignore_patterns("__pycache__", ".*"))
        (partial / CONFIG).write_text(_exported(model, checksums), encoding="utf-8")
        made.append(partial.rename(target))
    return made


def check(model: Model, *, shim: bool) -> None:
    """Refuse what a server would refuse later, with less to read.

    Raises
    ------
    ModelError
        See `write_local`.
    """
    model.version()
    for version in model.versions:
        if model.is_onnx:
            model.file(version)
        found = model.checksums(version)
        for name, expected in configured_checksums(model.config, version).items():
            if found.get(name) != expected:
                raise ModelError(
                    f"The file {model.folder / name} is not the one that {CONFIG} describes: its MD5 is "
                    f"{found.get(name, 'missing')}, and not {expected}. Get the right file or correct {CONFIG}."
                )
    if shim and not model.is_onnx and model.config.backend != "python":
        kind = model.config.backend or model.config.platform or "unknown"
        raise ModelError(
            f"The model {model.name} needs Triton's backend {kind!r}, which this server does not have: it runs ONNX "
            "and python models. Give a tritonserver or an apptainer image with that backend."
        )
    if shim and model.is_onnx and any(x.dtype.kind == "O" for x in (*model.inputs, *model.outputs)):
        raise ModelError(
            f"The model {model.name} has tensors of type STRING, which this server can't hand to onnxruntime. Give a "
            "tritonserver or an apptainer image with the onnxruntime backend."
        )


def _set_instances(config: ModelConfig, instances: int, gpu: bool) -> None:
    if instances:
        del config.instance_group[:]
        config.instance_group.add(count=instances)
    elif not config.instance_group:
        config.instance_group.add(count=1)
    if not gpu:
        for group in config.instance_group:
            group.kind = type(group).KIND_CPU
            del group.gpus[:]


def _set_onnx(config: ModelConfig, model: Model, threads: int, shim: bool) -> None:
    if not shim:
        if not config.platform:
            config.backend = "onnxruntime"
        config.parameters["intra_op_thread_count"].string_value = str(threads)
        config.parameters["inter_op_thread_count"].string_value = "1"
        return
    config.backend = "python"
    config.platform = ""
    config.parameters["pysonic_file"].string_value = config.default_model_filename or DEFAULT_FILE
    config.parameters["pysonic_threads"].string_value = str(threads)
    config.default_model_filename = ""
    config.ClearField("optimization")  # of the onnxruntime backend
    config.ClearField("model_repository_agents")  # not part of the server; checked above
    for version in model.versions:
        for name, value in model.checksums(version).items():
            config.parameters[MD5_KEY + name].string_value = value


def _link(entry: Path, target: Path, shim: bool) -> None:
    if not (shim and entry.is_dir() and entry.name.isdigit()):
        target.symlink_to(entry)
        return
    target.mkdir()
    for file in entry.iterdir():
        (target / file.name).symlink_to(file)
    shutil.copyfile(SHIM, target / "model.py")  # the server writes bytecode beside it


def _exported(model: Model, checksums: bool) -> str:
    """The configuration with its comments, and what it lacks at its end."""
    text = (model.folder / CONFIG).read_text(encoding="utf-8").rstrip() + "\n"
    if model.is_onnx and not model.config.backend and not model.config.platform:
        text += 'backend: "onnxruntime"\n'
    known = any(agent.name == CHECKSUM_AGENT for agent in model.config.model_repository_agents.agents)
    if checksums and not known:
        sums = {name: value for version in model.versions for name, value in model.checksums(version).items()}
        lines = "".join(
            f'    parameters {{ key: "{MD5_KEY}{name}" value: "{value}" }}\n' for name, value in sums.items()
        )
        text += f'model_repository_agents {{\n  agents {{\n    name: "{CHECKSUM_AGENT}"\n{lines}  }}\n}}\n'
    return text
