"""What a file or a job says of where its products come from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from .branch import BranchDescription


@attrs.frozen
class ProcessRecord:
    """One process of a history: what made the products that carry its name.

    Attributes
    ----------
    name : str
        The process name.
    version : str
        The version of pyrun it ran with.
    configuration : str
        Its configuration, as dumpPython writes it.
    trigger_paths : tuple of str
        Names of its paths, in the order of its TriggerResults.
    """

    name: str
    version: str
    configuration: str
    trigger_paths: tuple[str, ...] = ()


@attrs.frozen
class JobRecord:
    """What an output module may tell of the job.

    Attributes
    ----------
    history : tuple of ProcessRecord
        The processes of the input and this one, oldest first.
    kept : tuple of BranchDescription
        The products written.
    parents : mapping
        For each product of this process and of the input, the products its module may have read.
    """

    history: tuple[ProcessRecord, ...]
    kept: tuple[BranchDescription, ...]
    parents: Mapping[BranchDescription, tuple[BranchDescription, ...]]


@attrs.frozen
class FileRecord:
    """What a job read from, or wrote to, one file: for the job report and for merging.

    Attributes
    ----------
    lfn, pfn : str
        The name in the configuration, and where the file is.
    module : str
        Label of the source or the output module.
    module_class : str
        Its type.
    events : int
        How many events were read or written.
    lumis : mapping
        Per run: events per luminosity block.
    branches : tuple of str
        The products read or written.
    guid : str
        The file's unique number, if it has one.
    inputs : tuple of str
        For an output: the files its events come from.
    more : mapping
        What else the report should say, as text by name.
    """

    lfn: str
    pfn: str
    module: str
    module_class: str
    events: int = 0
    lumis: Mapping[int, Mapping[int, int]] = attrs.field(factory=dict)
    branches: tuple[str, ...] = ()
    guid: str = ""
    inputs: tuple[str, ...] = ()
    more: Mapping[str, Any] = attrs.field(factory=dict)
