"""What an event file says about itself: which products it has, who made them, and from what."""

from __future__ import annotations

import json
from collections.abc import Mapping

import attrs

from ..event.branch import BranchDescription
from ..event.provenance import ProcessRecord

FORMAT_VERSION = 1


@attrs.frozen
class FileMetadata:
    """Content of the ``MetaData`` object of an event file, kept as JSON.

    It holds no time and no host name, so that the same job writes the same text.

    Attributes
    ----------
    processes : tuple of ProcessRecord
        The history, oldest process first.
    branches : tuple of BranchDescription
        The products in the file.
    parentage : mapping of str to tuple of str
        By branch name: the names of the branches it may have been made from, which need not be in the file.
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
    format_version: int = FORMAT_VERSION

    def to_json(self) -> str:
        """Return the text kept in the file; equal metadata gives equal text."""
        document = {
            "format_version": self.format_version,
            "processes": [attrs.asdict(process) for process in self.processes],
            "branches": [branch.name for branch in self.branches],
            "parentage": self.parentage,
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
        for process in document["processes"]:
            process["trigger_paths"] = tuple(process["trigger_paths"])
        return cls(
            tuple(ProcessRecord(**process) for process in document["processes"]),
            tuple(BranchDescription.from_name(name) for name in document["branches"]),
            {child: tuple(parents) for child, parents in document["parentage"].items()},
            int(document["format_version"]),
        )
