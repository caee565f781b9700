"""What is in a ROOT file: of this framework, of CMSSW, NanoAOD, or another. For the commands that describe files."""

from __future__ import annotations

import contextlib
import re
import zlib
from collections.abc import Iterable, Iterator
from typing import Any

import attrs
import numpy as np
import uproot

from ..errors import CMSException, FileOpenError, FileReadError
from ..event.branch import BranchDescription, Level
from ..event.ids import EventIDs
from .event_file_reader import EventFileReader
from .event_file_writer import AUXILIARY, INDEX, METADATA
from .storage import open_storage, uproot_handler

CONTAINERS: dict[Level, str] = {"Event": "Events", "LuminosityBlock": "LuminosityBlocks", "Run": "Runs"}

PYRUN, CMSSW, FLAT = "pyrun", "CMSSW", "flat"
"""Kinds of files: with products, written here or by CMSSW; with plain columns, as NanoAOD has."""

_IDS = ("run", "luminosityBlock", "event")
_WRAPPER = re.compile(r"edm::Wrapper<\s*(.*?)\s*>$")


@attrs.frozen
class Column:
    """One top-level column of a container.

    Attributes
    ----------
    name, type, title : str
        As the file has them.
    size, compressed : int
        Bytes before and after compression.
    product : BranchDescription or None
        The product it holds, if it holds one.
    """

    name: str
    type: str
    title: str
    size: int
    compressed: int
    product: BranchDescription | None = None


@attrs.frozen
class Cluster:
    """Entries `begin` up to `end` of a container, stored in at most `parts` pages or baskets a column."""

    begin: int
    end: int
    parts: int
    bytes: int


class RootFile:
    """A file that is open to be looked at.

    Parameters
    ----------
    path : str
        The file; ``file:`` in front is left out. See `storage` for remote ones.

    Attributes
    ----------
    kind : str
        ``"pyrun"``, ``"CMSSW"`` or ``"flat"``; empty if there are no events.

    Raises
    ------
    FileOpenError
        It is missing, truncated or no ROOT file.
    """

    def __init__(self, path: str) -> None:
        self.path = path.removeprefix("file:")
        self.names: dict[str, str] = {}
        self._storage = open_storage(self.path)
        with self._reading("a list of contents", FileOpenError):
            begin = self._storage.read(0, 4)
            if begin != b"root":
                raise FileOpenError(f"The file {self.path!r} is not a ROOT file: it begins with {begin!r}")
            self._directory: Any = uproot.open({self.path: None}, handler=uproot_handler(self._storage))
            self.names = {name.split(";")[0]: kind for name, kind in self._directory.classnames().items()}
            self.kind = self._kind()

    def _kind(self) -> str:
        if "Events" not in self.names or "RNTuple" not in self.names["Events"] and "TTree" not in self.names["Events"]:
            return ""
        if INDEX in self.names and METADATA in self.names:
            return PYRUN
        return CMSSW if AUXILIARY in self._directory["Events"].keys(recursive=False) else FLAT

    @property
    def size(self) -> int:
        """Bytes in the file."""
        return self._storage.size

    @property
    def guid(self) -> str:
        """The unique number of a pyrun file; empty for others."""
        if self.kind != PYRUN:
            return ""
        with self.reader() as reader:
            return reader.guid

    def adler32(self) -> int:
        """The file's Adler-32 sum."""
        value, step = 1, 1 << 20
        for start in range(0, self.size, step):
            value = zlib.adler32(self._storage.read(start, step), value)
        return value

    def entries(self, level: Level) -> int:
        """How many events, luminosity blocks or runs there are."""
        name = CONTAINERS[level]
        if name in self.names:
            with self._reading(name):
                return int(self._directory[name].num_entries)
        if self.kind != FLAT:
            return 0
        ids = self.ids()
        return len(np.unique(np.stack([ids.run, ids.lumi if level == "LuminosityBlock" else ids.run]), axis=1).T)

    def objects(self) -> list[tuple[str, str, str]]:
        """Name with cycle, class and title of each object."""
        with self._reading("a list of contents"):
            classes = self._directory.classnames()
            return [(name, kind, self._directory.key(name).fTitle or "") for name, kind in classes.items()]

    def reader(self) -> EventFileReader:
        """The reader for a file of this framework.

        Raises
        ------
        FileOpenError
            It is another file.
        """
        return EventFileReader(self.path)

    def ids(self) -> EventIDs:
        """Run, luminosity block and event number of all events.

        Raises
        ------
        FileReadError
            The file holds them in a way that can't be read here.
        """
        if self.kind == PYRUN:
            with self.reader() as reader:
                return reader.ids
        with self._reading("event numbers"):
            if self.kind != FLAT:
                raise NotImplementedError(f"it is a file of {self.kind}" if self.kind else "it has no events")
            events = self._directory["Events"]
            return EventIDs(*(events[name].array(library="np") for name in _IDS))

    def columns(self, level: Level = "Event") -> list[Column]:
        """The columns of a container in the order of the file; a product of a pyrun file is one of them."""
        name = CONTAINERS[level]
        if name not in self.names:
            return []
        with self._reading(name):
            container = self._directory[name]
            found = _ntuple_columns(container) if "RNTuple" in self.names[name] else _tree_columns(container)
            if self.kind == PYRUN:
                return [_with_product(column, level) for column in _without_parts(found)]
            return [attrs.evolve(column, product=_product(column.name, level, ".")) for column in found]

    def clusters(self, level: Level = "Event") -> list[Cluster]:
        """How the entries of a container are stored together."""
        name = CONTAINERS[level]
        with self._reading(name):
            container = self._directory[name]
            return _ntuple_clusters(container) if "RNTuple" in self.names[name] else _tree_clusters(container)

    def close(self) -> None:
        """Close the file."""
        self._directory.close()
        self._storage.close()

    def __enter__(self) -> RootFile:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextlib.contextmanager
    def _reading(self, what: str, category: type[CMSException] = FileReadError) -> Iterator[None]:
        """Name the file in errors; what uproot says of one that it can't read depends on where it first notices."""
        try:
            yield
        except CMSException:
            raise
        except Exception as error:
            reason = (str(error).splitlines() or [""])[0]
            raise category(
                f"The file {self.path!r} has {what} that can't be read: "
                f"{reason or 'inconsistent content'} ({type(error).__name__}). "
                "It is damaged, or of a kind that uproot does not know."
            ) from error


def _product(name: str, level: Level, end: str = "") -> BranchDescription | None:
    """The product of a branch called ``type_label_instance_process`` and `end`."""
    parts = name.removesuffix(".").split("_")
    if len(parts) != 4 or not (parts[0] and parts[3]) or not name.endswith(end):
        return None
    return BranchDescription.from_name(name, level)


def _with_product(column: Column, level: Level) -> Column:
    product = _product(column.name, level)
    return attrs.evolve(column, product=product, type=product.type if product else column.type)


def _without_parts(columns: Iterable[Column]) -> list[Column]:
    """Join the branches into which a tree divides a product, and the counters of its lists, to one column."""
    joined: dict[str, Column] = {}
    counters = []
    for column in columns:
        base, dot, _ = column.name.partition(".")
        if not dot and column.name[:1] == "n" and len(column.name.split("_")) == 4:
            counters.append(column)
            continue
        name = base + dot
        before = joined.get(name, attrs.evolve(column, name=name, size=0, compressed=0))
        joined[name] = attrs.evolve(
            before, size=before.size + column.size, compressed=before.compressed + column.compressed
        )
    for counter in counters:
        name = counter.name[1:] + "."
        if name in joined:
            of = joined[name]
            joined[name] = attrs.evolve(of, size=of.size + counter.size, compressed=of.compressed + counter.compressed)
        else:
            joined[counter.name] = counter
    return list(joined.values())


# ---- the two formats


def _tree_columns(tree: Any) -> Iterator[Column]:
    for branch in tree.branches:
        typename = _WRAPPER.sub(r"\1", branch.typename or "")
        parts = [branch, *branch.itervalues(recursive=True)]
        size = sum(int(part.uncompressed_bytes) for part in parts)
        yield Column(branch.name, typename, branch.title, size, sum(int(part.compressed_bytes) for part in parts))


def _tree_clusters(tree: Any) -> list[Cluster]:
    branches = [branch for branch in tree.itervalues(recursive=True) if branch.num_baskets]
    edges = sorted(set.intersection(*({*branch.entry_offsets} for branch in branches))) if branches else [0]
    clusters = []
    for begin, end in zip(edges, edges[1:], strict=False):
        parts, size = [], 0
        for branch in branches:
            first, last = np.searchsorted(branch.entry_offsets, [begin, end])
            parts.append(int(last - first))
            size += sum(int(branch.basket_compressed_bytes(i)) for i in range(first, last))
        clusters.append(Cluster(int(begin), int(end), max(parts), size))
    return clusters


def _ntuple_columns(ntuple: Any) -> Iterator[Column]:
    records = ntuple.field_records
    sizes: dict[int, list[int]] = {}
    for position, column in enumerate(ntuple.column_records):
        top = column.field_id
        while records[top].parent_field_id != top:
            top = records[top].parent_field_id
        total = sizes.setdefault(top, [0, 0])
        for cluster in ntuple.page_link_list:
            for page in cluster[position].pages:
                total[0] += page.num_elements * column.nbits // 8
                total[1] += page.locator.num_bytes
    for field in ntuple.fields:
        record = records[field.field_id]
        size, compressed = sizes.get(field.field_id, (0, 0))
        yield Column(field.name, record.type_name or "record", record.field_desc or "", size, compressed)


def _ntuple_clusters(ntuple: Any) -> list[Cluster]:
    clusters, begin = [], 0
    for summary, columns in zip(ntuple.cluster_summaries, ntuple.page_link_list, strict=True):
        end = begin + int(summary.num_entries)
        parts = max((len(column.pages) for column in columns), default=0)
        size = sum(page.locator.num_bytes for column in columns for page in column.pages)
        clusters.append(Cluster(begin, end, parts, size))
        begin = end
    return clusters
