"""Writing event files."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import attrs
import awkward as ak
import numpy as np
import numpy.typing as npt
import uproot

from ..errors import Configuration, FileWriteError, LogicError
from ..event.branch import BranchDescription
from ..event.ids import EventIDs
from ..event.store import Array, Mask
from .checksums import digest_extents, digest_text, guid_of, seal
from .columns import Content, Form, conform, empty_events, scatter, storable, to_content, unify
from .containers import EVENTS, FORMATS, Container, Writer
from .metadata import FileMetadata

AUXILIARY = "EventAuxiliary"
PRESENCE = "EventProductPresence"
METADATA = "MetaData"
INDEX = "EventIndex"

_COMPRESSIONS = ("ZSTD", "LZMA", "ZLIB", "LZ4")
_UNKNOWN: Form = ak.forms.EmptyForm()
_numbers = itertools.count()


@attrs.define(eq=False)
class _Column:
    """A product's entries that wait for their cluster to be complete.

    Attributes
    ----------
    form : Form
        All that is known of the type; unknown until an event has the product.
    parts : list of (Content or None, presence)
        One for each call of `add`, with an entry for every event; None if the type was unknown.
    """

    branch: BranchDescription
    form: Form = _UNKNOWN
    parts: list[tuple[Content | None, Mask]] = attrs.Factory(list)

    def add(self, array: Array | None, present: Mask) -> None:
        """Add events: `array` has an entry for all of them, or for those that are `present`."""
        if array is None or not present.any():
            array, present = None, np.zeros(len(present), dtype=np.bool_)
        content = None
        if array is not None:
            count, events = int(present.sum()), len(present)
            if len(array) not in (count, events):
                raise LogicError(f"{self.branch.name} has {len(array)} entries for {count} of {events} events")
            content = to_content(array if len(array) == count else array[present], self.branch.name)
            self.form = unify(self.form, content.form, self.branch.name)
            content = scatter(content, present)
        self.parts.append((content, present))

    def take(self, count: int) -> tuple[Content | None, Mask]:
        """Remove the first `count` events; the content is None as long as the type is unknown."""
        present = np.concatenate([np.zeros(0, dtype=np.bool_), *(part for _, part in self.parts)])
        if self.form.is_unknown:
            self.parts = [(None, present[count:])]
            return None, present[:count]
        contents = [
            empty_events(self.form, len(part)) if content is None else conform(content, self.form)
            for content, part in self.parts
        ]
        whole = contents[0] if len(contents) == 1 else ak.concatenate(contents, highlevel=False)
        self.parts = [(whole[count:], present[count:])]
        return to_content(whole[:count], self.branch.name), present[:count]


class EventFileWriter:
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
    ) -> None:
        if format not in FORMATS:
            raise Configuration(f"{str(path)!r} can't be written as {format!r}: the formats are {', '.join(FORMATS)}")
        if compression[0] not in _COMPRESSIONS:
            raise Configuration(
                f"{str(path)!r} can't be compressed by {compression[0]!r}: "
                f"the algorithms are {', '.join(_COMPRESSIONS)}"
            )
        if events_per_cluster < 1:
            raise Configuration(f"{str(path)!r}: a cluster needs at least one event, not {events_per_cluster}")
        self.path = Path(path)
        self.metadata = metadata
        self._container: Container = FORMATS[format]
        self._compression = getattr(uproot, compression[0])(compression[1])
        self._cluster_size = events_per_cluster
        self._columns = [_Column(branch) for branch in branches]
        self._ids: list[EventIDs] = []
        self._pending = 0
        self._lumis: dict[tuple[int, int], None] = {}
        self._clusters: list[int] = []
        self._forms: dict[str, Form] = {}  # of the fields in the file so far
        self._writer: Writer | None = None
        self._temporary: Path | None = None
        self.checksum = self.guid = ""
        with self._writing():
            self._open()

    def write(self, ids: EventIDs, products: Mapping[BranchDescription, tuple[Array | None, Mask | None]]) -> None:
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
            os.replace(self._temporary, self.path)
            self._temporary = None

    def abort(self) -> None:
        """Remove the temporary file; a file that had the name before stays as it is. Does nothing after `close`."""
        if self._temporary is None:
            return
        self._discard(self._temporary)
        self._temporary = None

    def __enter__(self) -> EventFileWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.abort()

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        """Turn errors of the operating system into FileWriteError; leave nothing behind after any error."""
        try:
            yield
        except OSError as error:
            self.abort()
            reason = error.strerror or str(error)
            raise FileWriteError(f"The file {str(self.path)!r} could not be written: {reason}") from error
        except BaseException:
            self.abort()
            raise

    def _open(self) -> None:
        """Start a new temporary file."""
        if self.path.is_dir():
            raise IsADirectoryError(None, "it is a folder")
        temporary = self.path.parent / f".{self.path.name}.{os.getpid()}.{next(_numbers)}.tmp"
        self._stream = open(temporary, "w+b")
        self._temporary = temporary
        self._file = uproot.recreate(self._stream, compression=self._compression)
        self._writer = None

    def _discard(self, temporary: Path) -> None:
        # closing flushes, which fails again if the disk is full; the file is removed anyway
        with contextlib.suppress(OSError):
            self._stream.close()
        temporary.unlink(missing_ok=True)

    def _flush(self, count: int) -> None:
        """Write the first `count` pending events as one cluster."""
        ids = EventIDs.concatenate(self._ids)
        self._ids, self._pending = [ids[count:]], self._pending - count
        numbers = ids[:count]
        contents: dict[str, Content] = {
            AUXILIARY: _record(run=numbers.run, luminosityBlock=numbers.lumi, event=numbers.event)
        }
        presence: dict[str, Mask] = {}
        for column in self._columns:
            content, present = column.take(count)
            presence[column.branch.name.removesuffix(".")] = present
            if content is not None:
                contents[self._container.field(column.branch)] = content
        if presence:
            contents[PRESENCE] = _record(**presence)
        forms = {field: content.form for field, content in contents.items()}
        if self._clusters and forms != self._forms:
            self._rewrite(forms)
        self._forms = forms
        self._extend(contents)
        if count:
            self._clusters.append(count)
            self._lumis.update(dict.fromkeys(zip(numbers.run.tolist(), numbers.lumi.tolist(), strict=True)))

    def _extend(self, contents: Mapping[str, Content]) -> None:
        fields = {field: storable(content) for field, content in contents.items()}
        if self._writer is None:
            self._writer = self._container.create(self._file, EVENTS, fields)
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
        """Add the runs, the metadata and the index with its checksums."""
        assert self._temporary is not None
        lumis = np.array(list(self._lumis), dtype=np.uint32).reshape(-1, 2)
        runs = np.unique(lumis[:, 0])
        summaries = {
            "LuminosityBlocks": {"LuminosityBlockAuxiliary": _record(run=lumis[:, 0], luminosityBlock=lumis[:, 1])},
            "Runs": {"RunAuxiliary": _record(run=runs)},
        }
        for name, fields in summaries.items():
            writer = self._container.create(self._file, name, fields)
            if len(runs):
                writer.extend(fields)
        self._stream.flush()
        reader = self._container.open(uproot.open(self._stream)[EVENTS])
        descriptor = self._stream.fileno()

        def read(offset: int, size: int) -> bytes:
            return os.pread(descriptor, max(size, 0), offset)

        index: dict[str, Any] = {"format": self._container.name, "clusters": self._clusters, "fields": {}}
        for field, form in self._forms.items():
            index["fields"][field] = {
                "form": form.to_dict(verbose=False),
                "checksums": [digest_extents(read, reader.extents(field, i)) for i in range(len(self._clusters))],
            }
        branches = tuple(column.branch for column in self._columns)
        text = attrs.evolve(self.metadata, branches=branches).to_json()
        index[METADATA] = digest_text(text)
        self._file[METADATA] = text
        description = json.dumps(index, sort_keys=True)
        self._file[INDEX] = seal(description)
        self._stream.flush()
        os.fsync(descriptor)
        self.checksum, self.guid = digest_text(description), guid_of(description)


def _record(**columns: npt.NDArray[Any]) -> Content:
    contents = [ak.contents.NumpyArray(np.ascontiguousarray(column)) for column in columns.values()]
    return ak.contents.RecordArray(contents, list(columns))
