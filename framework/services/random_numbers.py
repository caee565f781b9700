"""RandomNumberGeneratorService: numbers that depend on the event, not on how the job is run."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import attrs
import numpy as np

from ..errors import Configuration
from ..event.ids import EventIDs
from ..near_names import did_you_mean

if TYPE_CHECKING:
    from ..config.description import ModuleDescription, Parameter
    from .message_logger import MessageLogger

_SETTINGS = {
    "saveFileName": "string", "restoreFileName": "string", "restoreStateLabel": "string", "restoreStateTag": "InputTag",
    "eventSeedOffset": "uint32", "enableChecking": "bool", "verbose": "bool",
}  # fmt: skip
_STATES = ("saveFileName", "restoreFileName", "restoreStateLabel", "restoreStateTag")
_ENTRY = {"initialSeed": "uint32", "initialSeedSet": "vuint32", "engineName": "string"}
_ENGINES = {"HepJamesRandom": 1, "TRandom3": 1, "RanecuEngine": 2, "MixMaxRng": 1}  # and the seeds each takes


@attrs.frozen
class RandomNumbers:
    """The random numbers of one module.

    Attributes
    ----------
    seed : int
        From the module's PSet in the RandomNumberGeneratorService; see `configured_seeds`.
    label : str
        The module's label.

    Notes
    -----
    Each event has a stream of Philox numbers (Salmon et al., SC'11), a counter-based generator: the key is the seed
    and the label, the upper three words of the counter are run, luminosity block and event.
    """

    seed: int
    label: str

    def generators(self, ids: EventIDs) -> list[np.random.Generator]:
        """One generator per event of `ids`."""
        key = np.array([self.seed, zlib.crc32(self.label.encode())], dtype=np.uint64)
        counters = np.zeros((len(ids), 4), dtype=np.uint64)
        counters[:, 1], counters[:, 2], counters[:, 3] = ids.event, ids.lumi, ids.run
        return [np.random.Generator(np.random.Philox(key=key, counter=counter)) for counter in counters]


def configured_seeds(service: ModuleDescription | None, log: MessageLogger) -> dict[str, int]:
    """The seed of each module label, from the parameters of CMSSW's service.

    ``engineName`` is checked and has no effect: all modules have the same kind of generator. There is no state of
    generators to be saved or restored, since the numbers of an event depend on nothing before it; who asks for that
    is warned.

    Raises
    ------
    Configuration
        A parameter that the service has not, an entry without seeds or with the wrong number, an unknown engine.
    """
    if service is None:
        return {}
    entries = {name: value for name, value in service.parameters.items() if value.type == "PSet"}
    settings = {name: value for name, value in service.parameters.items() if value.type != "PSet"}
    _check(settings, _SETTINGS, "RandomNumberGeneratorService")
    asked = [name for name in _STATES if name in settings and settings[name].value]
    if asked:
        log.warning(
            "RandomNumberGeneratorService",
            f"{' and '.join(asked)} without effect: an event's random numbers depend on its number and the seed alone, "
            "so that any event can be repeated as it is",
        )
    offset = int(settings["eventSeedOffset"].value) if "eventSeedOffset" in settings else 0
    return {label: (_seed(label, entry.value) + offset) % 2**64 for label, entry in entries.items()}


def _seed(label: str, entry: Mapping[str, Parameter]) -> int:
    where = f"RandomNumberGeneratorService.{label}"
    _check(entry, _ENTRY, where)
    if ("initialSeed" in entry) == ("initialSeedSet" in entry):
        problem = "both initialSeed and initialSeedSet" if "initialSeed" in entry else "no seed"
        raise Configuration(f"{where} has {problem}; give it initialSeed = cms.untracked.uint32(...)")
    seeds: Sequence[int] = entry["initialSeedSet"].value if "initialSeedSet" in entry else [entry["initialSeed"].value]
    if not seeds:
        raise Configuration(f"{where}.initialSeedSet is empty; give it at least one seed")
    if "engineName" in entry:
        _check_engine(where, entry["engineName"].value, len(seeds))
    if len(seeds) == 1:
        return int(seeds[0])
    return int.from_bytes(hashlib.blake2b(np.asarray(seeds, "<u4").tobytes(), digest_size=8).digest(), "little")


def _check_engine(where: str, engine: str, seeds: int) -> None:
    if engine not in _ENGINES:
        raise Configuration(f"{where}.engineName is {engine!r}. {did_you_mean(engine, _ENGINES)}")
    if _ENGINES[engine] != seeds:
        raise Configuration(f"{where}: a {engine} takes {_ENGINES[engine]} seed(s), and {seeds} are given")


def _check(parameters: Mapping[str, Parameter], known: Mapping[str, str], where: str) -> None:
    for name, parameter in parameters.items():
        if name not in known:
            hint = did_you_mean(name, known)
            raise Configuration(f"{where} has no parameter {name!r} (type {parameter.type}). {hint}")
        if parameter.type != known[name]:
            raise Configuration(
                f"{where}.{name} is a {parameter.type}; write {name} = cms.untracked.{known[name]}(...)"
            )
