"""Whether a server runs the model that the job knows, and not another one with its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from .model_repository import configured_checksums

if TYPE_CHECKING:
    from tritonclient.grpc.model_config_pb2 import ModelConfig

    from .model_repository import Model
    from .wanted_model import WantedModel


@attrs.frozen
class Verdict:
    """What a comparison gave.

    Attributes
    ----------
    version : str
        The version that the server uses for the job's requests.
    problem : str
        Why it must not be used; empty if it may.
    doubt : str
        Why it could not be made sure that it is the same model; empty if it could.
    """

    version: str
    problem: str = ""
    doubt: str = ""


def used_version(wanted: WantedModel, loaded: list[str]) -> Verdict:
    """The version that a server will use, of those that it has ready: the one wanted, else the latest."""
    version = wanted.version or max(loaded, key=int, default="")
    if version not in loaded:
        there = f"it has {', '.join(loaded)}" if loaded else "it has none"
        return Verdict(version, f"version {version} of the model is not there: {there}")
    return Verdict(version)


def compare(wanted: WantedModel, version: str, config: ModelConfig) -> Verdict:
    """Compare a server's model with the job's: inputs and outputs, and the files' MD5s.

    The MD5s of the server are those in its configuration, as in CMSSW's ModelVersioning. If the job asks for no
    version, those of the version that the server will choose are compared; CMSSW then compares none.

    Parameters
    ----------
    version : str
        Of `used_version`.
    config : ModelConfig
        As the server gives it.
    """
    difference = _tensors(wanted.model, config)
    return Verdict(version, difference) if difference else _checksums(wanted.model, version, config)


def _tensors(model: Model, config: ModelConfig) -> str:
    for what, own, other in (
        ("inputs", model.config.input, config.input),
        ("outputs", model.config.output, config.output),
    ):
        mine, its = ({x.name: x.data_type for x in tensors} for tensors in (own, other))
        if mine != its:
            return f"its {what} are {', '.join(its)}, those of {model.folder} are {', '.join(mine)}, or of other types"
    if bool(model.max_batch_size) != bool(config.max_batch_size):
        return f"its max_batch_size is {config.max_batch_size}, that of {model.folder} is {model.max_batch_size}"
    return ""


def _checksums(model: Model, version: str, config: ModelConfig) -> Verdict:
    expected = configured_checksums(model.config, version)
    if int(version) in model.versions:
        expected = expected or model.checksums(version)
    elif model.versions and not expected:
        known = ", ".join(map(str, model.versions))
        return Verdict(
            version,
            f"it uses version {version}, but {model.folder} has version {known}: "
            f"add the new version there or set modelVersion = {known.split(', ')[-1]!r}",
        )
    found = configured_checksums(config, version)
    if not expected or not found:
        whose = "the server's configuration" if expected else str(model.folder)
        return Verdict(version, doubt=f"{whose} has no MD5 of version {version}, so nobody knows if it is the same")
    for file, checksum in expected.items():
        if found.get(file) != checksum:
            other = f"the MD5 {found[file]}" if file in found else "no MD5"
            return Verdict(version, f"it is another model: {file} has {other} there, but {checksum} in {model.folder}")
    return Verdict(version)
