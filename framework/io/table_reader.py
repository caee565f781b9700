"""Reading the containers of event files: fields by cluster, each compared with its checksum first."""

from __future__ import annotations

import contextlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from typing import Any

import awkward as ak
import numpy as np

from ..errors import CMSException, FileReadError
from .checksums import digest_extents
from .columns import Content, Form
from .containers import Reader

_CLUSTERS_KEPT = 2  # of each field: streams at work on two neighbouring clusters don't decode them again and again


class TableReader:
    """Reads fields of one container. Several threads may read at once, also while others decode.

    Parameters
    ----------
    reader : Reader
        The container.
    description : mapping
        Its part of the file's index: sizes of ``clusters``, and ``fields`` with their types and checksums.
    read : callable
        Gives `size` bytes from `offset` on in the file.
    path, name : str
        The file, and what the container is called, for messages.

    Raises
    ------
    ValueError
        The container is not the one that was described.
    """

    def __init__(
        self, reader: Reader, description: Mapping[str, Any], read: Callable[[int, int], bytes], path: str, name: str
    ) -> None:
        if np.diff(reader.boundaries).tolist() != description["clusters"]:
            raise ValueError(f"the clusters of its {name} are not those that were written")
        self.fields: Mapping[str, Any] = description["fields"]
        self._reader, self._read, self._path, self._name = reader, read, path, name
        self._lock = threading.Lock()  # of the cache only
        self._cache: dict[str, OrderedDict[int, Future[Content]]] = {}

    def __len__(self) -> int:
        return int(self._reader.boundaries[-1])

    def field(self, field: str, start: int, stop: int) -> Content:
        """A field's entries from `start` up to `stop`.

        Raises
        ------
        FileReadError
            The stored bytes are not those that were written.
        """
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
                    kept.pop(cluster, None)  # the next one tries again
                promise.set_exception(error)
        return promise.result()

    def _load(self, field: str, cluster: int) -> Content:
        start, stop = (int(bound) for bound in self._reader.boundaries[cluster : cluster + 2])
        what = f"can't be read in {field}, {self._name.lower()} {start} to {stop - 1}"
        with damage(self._path, FileReadError, what):
            digest = digest_extents(self._read, self._reader.extents(field, cluster))
            if digest != self.fields[field]["checksums"][cluster]:
                raise ValueError("the stored bytes do not match their checksum")
            content = self._reader.read(field, self._form(field), cluster)
            if content.length != stop - start:
                raise ValueError(f"there are only {content.length} of {stop - start} entries")
            return content

    def _form(self, field: str) -> Form:
        return ak.forms.from_dict(self.fields[field]["form"])


@contextlib.contextmanager
def damage(path: str, category: type[CMSException], what: str, verdict: str = "It is damaged") -> Iterator[None]:
    """Turn whatever a library raises on damaged content into an error that names the file."""
    try:
        yield
    except CMSException:
        raise
    except Exception as error:
        lines = str(error).splitlines() or [""]
        raise category(
            f"The file {path!r} {what}: {lines[0] or 'inconsistent content'} ({type(error).__name__}). "
            f"{verdict}: copy or make it again."
        ) from error
