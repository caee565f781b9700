"""Compressing the columns of a cluster on several threads."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from typing import Any

import awkward as ak
import numpy as np
import numpy.typing as npt
import uproot
import xxhash

from .columns import Content

Bytes = npt.NDArray[np.uint8]
Helpers = Callable[[], Executor]

ALGORITHMS = ("ZSTD", "LZMA", "ZLIB", "LZ4")
_BLOCK = 2**24 - 1  # bytes that ROOT compresses together
_WORTHWHILE = 2**14  # bytes


class Compression:
    """What uproot compresses a file with, one column after the other; with helpers, it finds most results there.

    Parameters
    ----------
    algorithm : str
        One of `ALGORITHMS`.
    level : int
        How hard to compress.
    helpers : callable or None
        Makes an executor whose threads compress.

    Attributes
    ----------
    of_file : uproot.compression.Compression
        For uproot's files.
    """

    def __init__(self, algorithm: str, level: int, helpers: Helpers | None = None) -> None:
        self.of_file: Any = getattr(uproot, algorithm)(level)
        self._compress: Callable[[Bytes], bytes] = self.of_file.compress
        self._helpers = helpers
        self._results: dict[int, Future[bytes]] = {}
        if helpers is not None:
            self.of_file.compress = self._result

    @contextlib.contextmanager
    def of_cluster(self, content: Content) -> Iterator[None]:
        """While uproot writes this cluster to an RNTuple, let helpers compress its columns, the largest first."""
        if self._helpers is None:
            yield
            return
        blocks = [
            column[start : start + _BLOCK] for column in _pages(content) for start in range(0, len(column), _BLOCK)
        ]
        helpers = self._helpers()
        try:
            for block in sorted(blocks, key=len, reverse=True):
                if len(block) >= _WORTHWHILE:
                    self._results[_key(block)] = helpers.submit(self._compress, block)
            yield
        finally:
            self._results.clear()
            helpers.shutdown(cancel_futures=True)

    def _result(self, block: Bytes) -> bytes:
        done = self._results.get(_key(block)) if self._results else None
        return self._compress(block) if done is None else done.result()


def _key(block: Bytes) -> int:
    return xxhash.xxh3_128_intdigest(block.data)


def _pages(content: Content) -> Iterator[Bytes]:
    """The bytes of the columns as uproot writes them: offsets without the first, bools as bits."""
    for name, buffer in ak.to_buffers(content)[2].items():
        numbers = buffer[1:] if name.endswith("-offsets") else buffer
        column = numbers.reshape(-1).view(np.uint8)
        yield np.packbits(column, bitorder="little") if numbers.dtype == np.bool_ else column
