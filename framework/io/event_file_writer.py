"""Writing event files."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np
import uproot

from ..errors import Configuration
from ..event.branch import BranchDescription
from ..event.ids import EventIDs
from ..event.store import Mask
from .checksums import digest_extents, digest_text, guid_of, seal
from .column_buffer import Column, Products, record
from .columns import Content, Form, conform, empty_events, storable
from .compression import ALGORITHMS, Compression, Helpers
from .containers import EVENTS, FORMATS, Container, Writer
from .file_index import Lumi
from .metadata import FileMetadata
from .summaries import SUM, merge_rule
from .summary_table import SummaryTable
from .temporary import WholeFile

AUXILIARY = "EventAuxiliary"
PRESENCE = "EventProductPresence"
METADATA = "MetaData"
INDEX = "EventIndex"


class EventFileWriter(WholeFile):
    """Writes events and their products; the file gets its name only when it is complete.

    Until `close`, all is in a hidden file ``.<name>.<pid>.<n>.tmp`` beside it. Clusters have `events_per_cluster`
    events whatever the sizes of the blocks that come in.

    Parameters
    ----------
    path : str or Path
        The file to write. If it exists, it is replaced, at the end.
    branches : sequence of BranchDescription
        The products.
    metadata : FileMetadata
        What to say about them; `branches` takes the place of its list of branches. May be set anew until `close`.
    format : {"RNTuple", "TTree"}
        See `containers`.
    compression : (str, int)
        Algorithm (ZSTD, LZMA, ZLIB, LZ4) and level.
    events_per_cluster : int
        The most events in a cluster.
    helpers : callable, optional
        Makes an executor whose threads compress an RNTuple's columns; without, the thread that writes does.

    Attributes
    ----------
    checksum, guid : str
        Checksum of all the content, and a unique number made of it; empty until `finish`.

    Raises
    ------
    Configuration
        A format or compression that does not exist, or a product that the format can't hold.
    FileWriteError
        The operating system refuses: no such folder, no permission, disk full. The temporary file is removed.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        branches: Sequence[BranchDescription],
        metadata: FileMetadata,
        *,
        format: str = "RNTuple",
        compression: tuple[str, int] = ("ZSTD", 4),
        events_per_cluster: int = 1000,
        helpers: Helpers | None = None,
    ) -> None:
        if format not in FORMATS:
            raise Configuration(f"{str(path)!r} can't be written as {format!r}: the formats are {', '.join(FORMATS)}")
        if compression[0] not in ALGORITHMS:
            raise Configuration(
                f"{str(path)!r} can't be compressed by {compression[0]!r}: the algorithms are {', '.join(ALGORITHMS)}"
            )
        if events_per_cluster < 1:
            raise Configuration(f"{str(path)!r}: a cluster needs at least one event, not {events_per_cluster}")
        super().__init__(path)
        self.metadata = metadata
        self._container: Container = FORMATS[format]
        self._compression = Compression(*compression, helpers)
        self._cluster_size = events_per_cluster
        self._branches = tuple(branches)
        self._columns = [Column(branch) for branch in branches if branch.level == "Event"]
        self._ids: list[EventIDs] = []
        self._pending = 0
        self._lumis = SummaryTable("LuminosityBlock", branches, self._container)
        self._runs = SummaryTable("Run", branches, self._container)
        self._with_events: dict[Lumi, None] = {}
        self._clusters: list[int] = []
        self._forms: dict[str, Form] = {}  # of the fields in the file so far
        self._writer: Writer | None = None
        self.checksum = self.guid = ""
        with self._writing():
            self._open()

    def write(self, ids: EventIDs, products: Products) -> None:
        """Add events.

        Parameters
        ----------
        ids : EventIDs
            Which events, N of them.
        products : mapping
            Of each branch, an array and a mask of N bool that says which events have the product (None: all).
            The array has an entry for each event, or for each that has the product; None if none has it. A branch
            that is left out is missing for all N.
        """
        with self._writing():
            nowhere = np.zeros(len(ids), dtype=np.bool_)
            for column in self._columns:
                array, present = products.get(column.branch, (None, nowhere))
                column.add(array, np.ones(len(ids), dtype=np.bool_) if present is None else present)
            self._ids.append(ids)
            self._pending += len(ids)
            while self._pending >= self._cluster_size:
                self._flush(self._cluster_size)

    def write_lumi(self, run: int, lumi: int, products: Products) -> None:
        """Add a luminosity block, after its events if it has any; `products` as in `write`, with one entry each.

        Those of events of which nothing is told are added at the end, without products.
        """
        with self._writing():
            self._lumis.add((run, lumi), products)

    def write_run(self, run: int, products: Products) -> None:
        """Add a run; see `write_lumi`."""
        with self._writing():
            self._runs.add((run, 0), products)

    @property
    def size(self) -> int:
        """Bytes written so far; what waits for its cluster to be complete is not counted."""
        self._stream.flush()
        return os.fstat(self._stream.fileno()).st_size

    def finish(self) -> None:
        """Write what is left and describe the file; only the name is missing then."""
        if self._temporary is None or self.guid:
            return
        with self._writing():
            if self._pending or self._writer is None:
                self._flush(self._pending)
            self._finish()
            self._file.close()
            self._stream.close()

    def close(self) -> None:
        """Finish the file and give it its name."""
        self.finish()
        if self._temporary is None:
            return
        with self._writing():
            self._give_name()

    def _open(self) -> None:
        """Start a new temporary file."""
        self._open_temporary()
        self._file = uproot.recreate(self._stream, compression=self._compression.of_file)
        self._writer = None

    def _flush(self, count: int) -> None:
        """Write the first `count` pending events as one cluster."""
        ids = EventIDs.concatenate(self._ids)
        self._ids, self._pending = [ids[count:]], self._pending - count
        numbers = ids[:count]
        contents: dict[str, Content] = {
            AUXILIARY: record(run=numbers.run, luminosityBlock=numbers.lumi, event=numbers.event)
        }
        presence: dict[str, Mask] = {}
        for column in self._columns:
            content, present = column.take(count)
            presence[column.branch.name.removesuffix(".")] = present
            if content is not None:
                contents[self._container.field(column.branch)] = content
        if presence:
            contents[PRESENCE] = record(**presence)
        forms = {field: content.form for field, content in contents.items()}
        if self._clusters and forms != self._forms:
            self._rewrite(forms)
        self._forms = forms
        self._extend(contents)
        if count:
            self._clusters.append(count)
            lumis = dict.fromkeys(zip(numbers.run.tolist(), numbers.lumi.tolist(), strict=True))
            self._with_events.update(lumis)

    def _extend(self, contents: Mapping[str, Content]) -> None:
        fields = {field: storable(content) for field, content in contents.items()}
        if self._writer is None:
            self._writer = self._container.create(self._file, EVENTS, fields, self._compression)
        if next(iter(contents.values())).length:
            self._writer.extend(fields)

    def _rewrite(self, forms: Mapping[str, Form]) -> None:
        """Copy the clusters written so far to a new file in which all types are known.

        Needed when a product that no event had comes up after the first cluster: neither format
        can add a column of any type to a container that has entries.
        """
        old_path, old_stream, old_forms = self._temporary, self._stream, self._forms
        assert old_path is not None
        try:
            old_stream.flush()
            reader = self._container.open(uproot.open(old_stream)[EVENTS])
            self._open()
            for cluster, count in enumerate(self._clusters):
                self._extend(
                    {
                        field: conform(reader.read(field, old_forms[field], cluster), form)
                        if field in old_forms
                        else empty_events(form, count)
                        for field, form in forms.items()
                    }
                )
        finally:
            old_stream.close()
            old_path.unlink()

    def _finish(self) -> None:
        """Add luminosity blocks, runs, the metadata, and the index with its checksums."""
        assert self._temporary is not None
        self._lumis.know(self._with_events)
        self._runs.know((run, 0) for run, _ in self._lumis.keys)
        summaries = {table.name: table.write(self._file) for table in (self._lumis, self._runs)}
        self._stream.flush()
        written = uproot.open(self._stream)  # which would close the stream if it were let go
        index: dict[str, Any] = {"format": self._container.name}
        index.update(self._described(written[EVENTS], self._clusters, self._forms))
        index["summaries"] = {
            table.name: self._described(
                written[table.name], [len(table.keys)] if table.keys else [], summaries[table.name]
            )
            for table in (self._lumis, self._runs)
        }
        merges = {branch.name: SUM for branch in self._branches if merge_rule(branch, self.metadata.merges) == SUM}
        text = attrs.evolve(self.metadata, branches=self._branches, merges=merges).to_json()
        index[METADATA] = digest_text(text)
        self._file[METADATA] = text
        description = json.dumps(index, sort_keys=True)
        self._file[INDEX] = seal(description)
        self._stream.flush()
        os.fsync(self._stream.fileno())
        self.checksum, self.guid = digest_text(description), guid_of(description)

    def _described(self, container: Any, clusters: list[int], forms: Mapping[str, Form]) -> dict[str, Any]:
        """Clusters, types and checksums of a container that has been written."""
        reader, descriptor = self._container.open(container), self._stream.fileno()

        def read(offset: int, size: int) -> bytes:
            return os.pread(descriptor, max(size, 0), offset)

        checksums: dict[str, list[str]] = {field: [] for field in forms}
        for extents in reader.extents_by_cluster(list(forms)):
            for field, where in zip(forms, extents, strict=True):
                checksums[field].append(digest_extents(read, where))
        fields = {
            field: {"form": form.to_dict(verbose=False), "checksums": checksums[field]} for field, form in forms.items()
        }
        return {"clusters": clusters, "fields": fields}
