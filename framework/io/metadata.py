"""What an event file says about itself: which products it has, who made them, and from what."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import attrs

from ..event.branch import BranchDescription, Level
from ..event.provenance import InputFile, ModuleRecord, ParameterRecord, ProcessRecord

FORMAT_VERSION = 1

# files of the first pyrun have the first only
_LISTS: tuple[tuple[str, Level], ...] = (
    ("branches", "Event"),
    ("lumi_branches", "LuminosityBlock"),
    ("run_branches", "Run"),
)


@attrs.frozen
class FileMetadata:
    """Content of the ``MetaData`` object of an event file, kept as JSON.

    It holds no time and no host name, so that the same job writes the same text.

    Attributes
    ----------
    processes : tuple of ProcessRecord
        The history, oldest process first.
    branches : tuple of BranchDescription
        The products in the file, of events, luminosity blocks and runs.
    parentage : mapping of str to tuple of str
        By branch name: the names of the branches it may have been made from, which need not be in the file.
    merges : mapping of str to str
        By name of a run's or luminosity block's branch, how parts of it become one: ``"sum"``. Parts of others must
        be equal.
    format_version : int
        Grows when an older pyrun can no longer read the file.

    Examples
    --------
    >>> metadata = FileMetadata(processes=(ProcessRecord("SIM", "1.0", "process = ...", ("p",)),))
    >>> FileMetadata.from_json(metadata.to_json()) == metadata
    True
    """

    processes: tuple[ProcessRecord, ...] = ()
    branches: tuple[BranchDescription, ...] = ()
    parentage: Mapping[str, tuple[str, ...]] = attrs.field(factory=dict)
    merges: Mapping[str, str] = attrs.field(factory=dict)
    format_version: int = FORMAT_VERSION

    def to_json(self) -> str:
        """Return the text kept in the file; equal metadata gives equal text."""
        document = {
            "format_version": self.format_version,
            "processes": [attrs.asdict(process) for process in self.processes],
            "parentage": self.parentage,
            "merges": self.merges,
            **{key: [branch.name for branch in self.branches if branch.level == level] for key, level in _LISTS},
        }
        return json.dumps(document, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> FileMetadata:
        """Inverse of `to_json`.

        Raises
        ------
        ValueError, KeyError, TypeError
            If `text` is not such a document.
        """
        document = json.loads(text)
        return cls(
            tuple(_process(process) for process in document["processes"]),
            tuple(BranchDescription.from_name(name, level) for key, level in _LISTS for name in document.get(key, ())),
            {child: tuple(parents) for child, parents in document["parentage"].items()},
            dict(document.get("merges", {})),
            int(document["format_version"]),
        )


def _process(document: dict[str, Any]) -> ProcessRecord:
    """The inverse of `attrs.asdict`; files of the first pyrun lack all that comes after the trigger paths."""
    for name in ("trigger_paths", "select_events"):
        document[name] = tuple(document.get(name, ()))
    modules = document.get("modules", ())
    document["modules"] = tuple(
        ModuleRecord(**{**module, "parameters": _parameters(module["parameters"])}) for module in modules
    )
    document["psets"] = {name: _parameters(pset) for name, pset in document.get("psets", {}).items()}
    document["inputs"] = tuple(InputFile(**entry) for entry in document.get("inputs", ()))
    return ProcessRecord(**document)


def _parameters(document: dict[str, Any]) -> dict[str, ParameterRecord]:
    return {name: ParameterRecord(**{**entry, "value": _value(entry)}) for name, entry in document.items()}


def _value(entry: dict[str, Any]) -> Any:
    if entry["type"] == "PSet":
        return _parameters(entry["value"])
    return [_parameters(pset) for pset in entry["value"]] if entry["type"] == "VPSet" else entry["value"]
