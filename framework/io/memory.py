"""Events in memory: a source of given arrays, and an output module that keeps what it gets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version

import attrs
import numpy as np

from ..config.description import ModuleDescription, PathDescription, PathEntry, ProcessDescription
from ..errors import Configuration
from ..event.block import EventBlock
from ..event.branch import BranchDescription, InputTag
from ..event.ids import EventIDs
from ..event.provenance import JobRecord, ProcessRecord
from ..event.store import Array, Mask, concatenate
from ..event.trigger_results import TRIGGER_RESULTS
from ..near_names import did_you_mean
from ..output_module import OutputModule
from ..plugins.parameters import ParameterSet
from ..source import Source

INPUT_PROCESS = "INPUT"  # of products given without a process
ANY_TYPE = "any"  # of products given by their tag only
COLLECT = "@collect"  # the label of the collecting output module: no attribute of a process has such a name
Key = str | tuple[str, str]


class ArraySource(Source):
    """Provides events that are given as arrays.

    Parameters
    ----------
    products : mapping
        Arrays by tag, ``"label:instance:process"``, or by type and tag; one entry per event, None where an event has
        no such product.
    ids : EventIDs, optional
        Which events they are; by default run 1, luminosity block 1, events 1 to N.

    Raises
    ------
    Configuration
        The arrays are not equally long, or a tag is malformed.
    """

    def __init__(self, products: Mapping[Key, Array], ids: EventIDs | None = None) -> None:
        super().__init__("source", ParameterSet())
        self._products = {_branch(key): array for key, array in products.items()}
        lengths = {branch.name: len(array) for branch, array in self._products.items()}
        if ids is not None:
            lengths["the event numbers"] = len(ids)
        if len(set(lengths.values())) != 1:
            given = ", ".join(f"{name} {length}" for name, length in lengths.items()) or "none"
            raise Configuration(f"The input needs arrays with one entry per event, all equally long; given: {given}")
        number = next(iter(lengths.values()))
        one = np.ones(number, dtype=np.uint32)
        self._ids = ids or EventIDs(one, one, np.arange(1, number + 1, dtype=np.uint64))

    @property
    def branches(self) -> Sequence[BranchDescription]:
        return list(self._products)

    @property
    def history(self) -> Sequence[ProcessRecord]:
        names = dict.fromkeys(branch.process for branch in self._products)
        return [ProcessRecord(name, version("pyrun"), "") for name in names]

    def size(self, max_events: int) -> int | None:
        return len(self._ids) if max_events < 0 else min(len(self._ids), max_events)

    def blocks(self, max_events: int, block_size: int) -> Iterator[EventBlock]:
        ids, end = self._ids, self.size(max_events) or 0
        change = np.flatnonzero((np.diff(ids.run) != 0) | (np.diff(ids.lumi) != 0)) + 1
        edges = [0, *change[change < end].tolist(), end]
        for first, last in zip(edges, edges[1:], strict=False):
            for start in range(first, last, block_size):
                stop = min(start + block_size, last)
                block = EventBlock.make(ids[start:stop], first_record=start)
                for branch, array in self._products.items():
                    _put(block, branch, array[start:stop])
                yield block


def _branch(key: Key) -> BranchDescription:
    type_, text = (ANY_TYPE, key) if isinstance(key, str) else key
    try:
        tag = InputTag.parse(text)
    except ValueError as error:
        raise Configuration(str(error)) from None
    return BranchDescription(type_, tag.label, tag.instance, tag.process or INPUT_PROCESS)


def _put(block: EventBlock, branch: BranchDescription, array: Array) -> None:
    """Put the entries of `array` that are not None."""
    where = np.arange(len(block))
    if not isinstance(array, np.ndarray):
        import awkward as ak

        where = np.flatnonzero(~ak.to_numpy(ak.is_none(array)))
        array = ak.drop_none(array, axis=0)
    if len(where):
        block.products.put(branch, where, array)


@attrs.define(eq=False)
class Collected:
    """What one run has left in memory.

    Attributes
    ----------
    events : EventIDs
        Run, luminosity block and number of each event, in order.
    products : dict
        For each kept branch: one entry per event, None where an event has none.
    trigger_paths : dict
        Per process of the history: the names of its trigger paths.
    """

    events: EventIDs
    products: dict[BranchDescription, Array]
    trigger_paths: dict[str, tuple[str, ...]]

    @classmethod
    def empty(cls) -> Collected:
        """No events and no products."""
        return cls(EventIDs.concatenate([]), {}, {})

    @classmethod
    def join(cls, parts: Sequence[Collected]) -> Collected:
        """The events of all parts, one after the other; each part has the same branches."""
        if len(parts) == 1:
            return parts[0]
        import awkward as ak

        products = {branch: ak.concatenate([part.products[branch] for part in parts]) for branch in parts[0].products}
        return cls(EventIDs.concatenate([part.events for part in parts]), products, parts[0].trigger_paths)


class CollectingOutputModule(OutputModule):
    """Keeps products in memory, for all events.

    Parameters
    ----------
    process : str
        The name of the process that runs; its TriggerResults are always kept.
    tags : sequence of str
        Which products, ``"label:instance:process"``; without a process, the newest process's that makes it.
    """

    def __init__(self, process: str, tags: Sequence[str]) -> None:
        super().__init__(COLLECT, ParameterSet())
        self._results = BranchDescription("edmTriggerResults", TRIGGER_RESULTS, "", process)
        self._tags = list(tags)
        self._ids: list[EventIDs] = []
        self._parts: dict[BranchDescription, list[tuple[Array | None, Mask]]] = {}
        self._trigger_paths: dict[str, tuple[str, ...]] = {}

    def keep(self, branches: Sequence[BranchDescription]) -> list[BranchDescription]:
        events = [branch for branch in branches if branch.level == "Event"]
        kept = dict.fromkeys(_find(tag, events) for tag in self._tags)
        if self._results in events:
            kept[self._results] = None
        self._parts = {branch: [] for branch in kept}
        return list(kept)

    def open(self, job: JobRecord) -> None:
        self._trigger_paths = {record.name: tuple(record.trigger_paths) for record in job.history}

    def write(self, ids: EventIDs, products: Mapping[BranchDescription, tuple[Array | None, Mask]]) -> None:
        self._ids.append(ids)
        for branch, parts in self._parts.items():
            parts.append(products[branch])

    def collected(self) -> Collected:
        """What there is so far."""
        products = {branch: _join(parts) for branch, parts in self._parts.items()}
        return Collected(EventIDs.concatenate(self._ids), products, self._trigger_paths)


def with_collector(process: ProcessDescription) -> ProcessDescription:
    """The process with a `CollectingOutputModule`, still to be given, on an end path of its own."""
    module = ModuleDescription(COLLECT, "OutputModule", CollectingOutputModule.__name__, {}, "", 0)
    end_path = PathDescription(COLLECT, (PathEntry(COLLECT),))
    modules = {**process.modules, COLLECT: module}
    return attrs.evolve(process, modules=modules, end_paths=[*process.end_paths, end_path])


def with_given_source(process: ProcessDescription) -> ProcessDescription:
    """The process with an `ArraySource`, still to be given."""
    return attrs.evolve(process, source=ModuleDescription("source", "Source", ArraySource.__name__, {}, "", 0))


def _find(text: str, branches: Sequence[BranchDescription]) -> BranchDescription:
    """The newest product that answers a tag; `branches` begin with the newest process."""
    try:
        tag = InputTag.parse(text)
    except ValueError as error:
        raise Configuration(str(error)) from None
    found = [branch for branch in branches if branch.matches(tag)]
    if len({branch.type for branch in found}) > 1:
        names = ", ".join(branch.name for branch in found)
        raise Configuration(f"The product asked for, {text!r}, may be any of {names}: say of which process")
    if found:
        return found[0]
    known = sorted({str(InputTag(branch.label, branch.instance)) for branch in branches})
    raise Configuration(
        f"The product asked for, {text!r}, is neither in the input nor made by a module of the process. "
        f"{did_you_mean(text, known, count=3)} (A module counts if it stands on a path or in a task of the schedule.)"
    )


def _join(parts: Sequence[tuple[Array | None, Mask]]) -> Array:
    """All events' entries, None where an event has none."""
    import awkward as ak

    arrays = [array for array, _ in parts if array is not None]
    if not arrays:
        return ak.Array([None] * sum(len(present) for _, present in parts))
    array = ak.Array(concatenate(arrays))
    present = np.concatenate([present for _, present in parts])
    if present.all():
        return array
    index = ak.index.Index64(np.where(present, np.cumsum(present) - 1, -1))
    return ak.Array(ak.contents.IndexedOptionArray.simplified(index, array.layout), behavior=array.behavior)
