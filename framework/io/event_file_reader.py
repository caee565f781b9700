"""Reading event files."""

from __future__ import annotations

import contextlib
import json
import os
import struct
import threading
from collections import OrderedDict
from collections.abc import Iterator
from concurrent.futures import Future
from functools import cached_property
from types import TracebackType
from typing import Any

import awkward as ak
import numpy as np
import uproot

from ..errors import CMSException, FileOpenError, FileReadError
from ..event.branch import BranchDescription
from ..event.ids import EventIDs
from ..event.store import Array, Mask
from .checksums import digest_extents, digest_text, guid_of, unseal
from .columns import Content, Form
from .containers import EVENTS, FORMATS, Reader
from .event_file_writer import AUXILIARY, INDEX, METADATA, PRESENCE
from .metadata import FORMAT_VERSION, FileMetadata
from .storage import open_storage, uproot_handler

_CLUSTERS_KEPT = 2  # of each field: streams at work on two neighbouring clusters don't decode them again and again


class EventFileReader:
    """Reads an event file that `EventFileWriter` wrote. May be used by several threads.

    Only the fields asked for are read, a cluster at a time; each is compared with its checksum first.

    Parameters
    ----------
    path : str or Path
        The file.

    Attributes
    ----------
    metadata : FileMetadata
        What the file says about itself.
    branches : list of BranchDescription
        Its products.
    num_entries : int
        The number of events.
    checksum, guid : str
        Checksum of all the content, and a unique number made of it.

    Raises
    ------
    FileOpenError
        It is missing, unreadable, truncated, damaged, or another kind of file; the message says which.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = os.fspath(path)
        self._lock = threading.Lock()  # of the cache: streams decode different clusters at the same time
        self._cache: dict[str, OrderedDict[int, Future[Content]]] = {}
        self._storage = open_storage(self.path)
        try:
            self._check_header()
            with self._damage(FileOpenError, "could not be opened"):
                self._directory = uproot.open({self.path: None}, handler=uproot_handler(self._storage))
                names = {name.split(";")[0]: kind for name, kind in self._directory.classnames().items()}
                self._check_kind(names)
                self.metadata = self._read_metadata()
                self._reader: Reader = self._container.open(self._directory[EVENTS])
                if np.diff(self._reader.boundaries).tolist() != self._index["clusters"]:
                    raise ValueError("its clusters are not those that were written")
        except BaseException:
            self._storage.close()
            raise
        self.branches = list(self.metadata.branches)
        self.num_entries = int(self._reader.boundaries[-1])

    @cached_property
    def ids(self) -> EventIDs:
        """Run, luminosity block and event number of all events."""
        aux = self._field(AUXILIARY, 0, self.num_entries)
        return EventIDs(*(ak.to_numpy(aux[name]) for name in ("run", "luminosityBlock", "event")))

    def read(self, branch: BranchDescription, start: int, stop: int) -> tuple[Array, Mask | None]:
        """A product for the events from `start` up to `stop`.

        Returns
        -------
        array : awkward.Array of length ``stop - start``
            Events without the product have zeros or empty lists.
        present : numpy.ndarray of bool, or None
            Which events have it; None if all do.

        Raises
        ------
        FileReadError
            The stored bytes are not those that were written.
        """
        if branch not in self.branches:
            raise KeyError(branch.name)
        if not 0 <= start <= stop <= self.num_entries:
            raise IndexError(f"events {start} to {stop} of {self.num_entries} in {self.path}")
        presence = ak.to_numpy(self._field(PRESENCE, start, stop)[branch.name.removesuffix(".")])
        field = self._container.field(branch)
        if field not in self._index["fields"]:  # no event has it
            return ak.Array(np.zeros(stop - start, dtype=np.bool_)), presence
        return ak.Array(self._field(field, start, stop)), None if presence.all() else presence

    def close(self) -> None:
        """Close the file; nobody may be reading."""
        self._cache.clear()
        self._directory.close()
        self._storage.close()

    def __enter__(self) -> EventFileReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _field(self, field: str, start: int, stop: int) -> Content:
        """A field's entries, from one or more clusters."""
        bounds = self._reader.boundaries
        first, last = np.searchsorted(bounds, [start, max(stop - 1, start)], side="right") - 1
        parts = [
            self._cluster(field, cluster)[max(start - bounds[cluster], 0) : stop - bounds[cluster]]
            for cluster in range(first, min(last + 1, len(bounds) - 1))
        ]
        if not parts:
            return self._form(field).length_zero_array(highlevel=False)
        return parts[0] if len(parts) == 1 else ak.concatenate(parts, highlevel=False)

    def _cluster(self, field: str, cluster: int) -> Content:
        """A field's content of one cluster; the first who asks decodes it, others at the same time wait."""
        with self._lock:
            kept = self._cache.setdefault(field, OrderedDict())
            promise, is_first = kept.get(cluster), cluster not in kept
            if promise is None:
                promise = kept[cluster] = Future()
                if len(kept) > _CLUSTERS_KEPT:
                    kept.popitem(last=False)
            kept.move_to_end(cluster)
        if is_first:
            try:
                promise.set_result(self._load(field, cluster))
            except BaseException as error:
                with self._lock:
                    kept.pop(cluster, None)
                promise.set_exception(error)
        return promise.result()

    def _load(self, field: str, cluster: int) -> Content:
        start, stop = (int(bound) for bound in self._reader.boundaries[cluster : cluster + 2])
        with self._damage(FileReadError, f"can't be read in {field}, events {start} to {stop - 1}"):
            digest = digest_extents(self._storage.read, self._reader.extents(field, cluster))
            if digest != self._index["fields"][field]["checksums"][cluster]:
                raise ValueError("the stored bytes do not match their checksum")
            content = self._reader.read(field, self._form(field), cluster)
            if content.length != stop - start:
                raise ValueError(f"there are only {content.length} of {stop - start} events")
            return content

    def _form(self, field: str) -> Form:
        return ak.forms.from_dict(self._index["fields"][field]["form"])

    @contextlib.contextmanager
    def _damage(self, category: type[CMSException], what: str) -> Iterator[None]:
        """Turn whatever a library raises on damaged content into an error that names the file."""
        try:
            yield
        except CMSException:
            raise
        except Exception as error:
            lines = str(error).splitlines() or [""]
            raise category(
                f"The file {self.path!r} {what}: {lines[0] or 'inconsistent content'} ({type(error).__name__}). "
                "It is damaged: copy or make it again."
            ) from error

    def _check_header(self) -> None:
        """See from the first bytes that it is a complete ROOT file."""
        size, begin = self._storage.size, self._storage.read(0, 20)
        problem = ""
        if not size:
            problem = "is empty (0 bytes): the job that should have written it did not finish"
        elif begin[:4] != b"root" or len(begin) < 20:
            problem = f"is not a ROOT file: it begins with {begin[:8]!r}"
        else:
            version, _, end = struct.unpack(">4xiiq", begin)
            end = end if version >= 1_000_000 else end >> 32
            if end > size:
                problem = f"is truncated: {size} bytes are left of {end}. Copy or make it again"
        if problem:
            raise FileOpenError(f"The file {self.path!r} {problem}.")

    def _check_kind(self, names: dict[str, str]) -> None:
        """See that the file is of this framework; if not, say what it is."""
        name = repr(self.path)
        if EVENTS not in names:
            has = ", ".join(f"{key} ({kind})" for key, kind in list(names.items())[:5]) or "nothing"
            raise FileOpenError(f"The file {name} is not an event file: it has no {EVENTS!r}, but {has}.")
        if INDEX not in names or METADATA not in names:
            raise FileOpenError(
                f"The file {name} has a {names[EVENTS]} {EVENTS!r}, but no pyrun {METADATA}. PoolSource reads "
                "files written by PoolOutputModule; NanoAOD and other flat files need a source of their own."
            )

    def _read_metadata(self) -> FileMetadata:
        description = unseal(str(self._directory[INDEX]))
        self.checksum, self.guid = digest_text(description), guid_of(description)
        index = json.loads(description)
        text = str(self._directory[METADATA])
        if digest_text(text) != index[METADATA]:
            raise ValueError(f"the checksum of {METADATA} does not match")
        version = int(json.loads(text)["format_version"])
        if version > FORMAT_VERSION:
            raise FileOpenError(
                f"The file {self.path!r} has format version {version}; this pyrun reads up to {FORMAT_VERSION}: "
                "install a newer one."
            )
        self._index: dict[str, Any] = index
        self._container = FORMATS[index["format"]]
        return FileMetadata.from_json(text)
