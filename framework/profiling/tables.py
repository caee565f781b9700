"""What the profiler notes down, in columns: small enough for jobs with millions of module calls."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[Any]

CALL = np.dtype(
    [
        ("module", "u4"),  # index into the names of the profile
        ("transition", "u1"),
        ("stream", "i4"),
        ("block", "i8"),  # -1 outside the event loop
        ("events", "i4"),
        ("start", "f8"),  # seconds since the job began
        ("stop", "f8"),
        ("cpu", "f8"),  # of the calling thread only
        ("reading", "f8"),  # seconds of the call in which input was read
        ("resident", "i8"),  # bytes of the process when the call ended
        ("growth", "i8"),  # and how many more than when it began
        ("made", "i8"),  # bytes of the products that were put
        ("failed", "?"),
    ]
)
BLOCK = np.dtype(
    [
        ("stream", "i4"),
        ("block", "i8"),
        ("events", "i4"),
        ("run", "u4"),
        ("lumi", "u4"),
        ("first", "u8"),  # number of its first event
        ("start", "f8"),
        ("stop", "f8"),
        ("resident", "i8"),
    ]
)
PRODUCT = np.dtype([("product", "u4"), ("block", "i8"), ("events", "i4"), ("bytes", "i8")])
READ = np.dtype(
    [("product", "u4"), ("stream", "i4"), ("block", "i8"), ("start", "f8"), ("stop", "f8"), ("bytes", "i8")]
)
PENDING = np.dtype(
    [("module", "u4"), ("stream", "i4"), ("block", "i8"), ("start", "f8"), ("stop", "f8"), ("waited", "f8")]
)
WRITTEN = np.dtype([("block", "i8"), ("time", "f8")])
SAMPLE = np.dtype([("time", "f8"), ("resident", "i8"), ("cpu", "f8"), ("events", "i8")])

_PACK_AT = 4096


class Table:
    """Rows that are appended by any thread and kept as a structured array.

    Parameters
    ----------
    dtype : numpy.dtype
        The columns.
    """

    def __init__(self, dtype: np.dtype[Any]) -> None:
        self._dtype = dtype
        self._lock = threading.Lock()
        self._new: list[tuple[Any, ...]] = []
        self._packed: list[Rows] = []

    def add(self, *row: Any) -> None:
        """Append one row."""
        with self._lock:
            self._new.append(row)
            if len(self._new) == _PACK_AT:
                self._pack()

    def __len__(self) -> int:
        return sum(map(len, self._packed)) + len(self._new)

    def rows(self) -> Rows:
        """All rows so far, in the order in which they came."""
        with self._lock:
            self._pack()
            self._packed = [np.concatenate(self._packed)]
            return self._packed[0]

    def _pack(self) -> None:
        self._packed.append(np.array(self._new, dtype=self._dtype))
        self._new = []


class Names:
    """Numbers for names, in the order in which they first come."""

    def __init__(self) -> None:
        self._index: dict[str, int] = {}
        self._lock = threading.Lock()

    def index(self, name: str) -> int:
        """The number of a name."""
        index = self._index.get(name)
        if index is None:
            with self._lock:
                index = self._index.setdefault(name, len(self._index))
        return index

    def __iter__(self) -> Any:
        return iter(self._index)
