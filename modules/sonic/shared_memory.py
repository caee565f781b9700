"""Tensors for a server on the same machine, in memory that both see, instead of messages.

A region is registered with the server once and used for one request after the other. Its name is removed from
``/dev/shm`` as soon as the server has it mapped: whatever happens to this process, nothing is left there, and the
memory goes when the server unmaps it or ends. What a killed job has left registered, the next one unregisters.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import itertools
import mmap
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

if TYPE_CHECKING:
    from .connection import InferRequest

FOLDER = Path("/dev/shm")
PREFIX = "pyrun-sonic"
WORTHWHILE = 256 * 1024
"""Bytes of a request's inputs and outputs from which shared memory is clearly faster than a message.

Measured by ``python benchmarks/sonic_shared_memory.py``; below there is little difference."""

SMALLEST = 256 * 1024  # bytes of a region; sizes are this times powers of two, so that regions fit many requests
MOST = 512 * 2**20  # bytes of all regions of one server
ALIGNMENT = 64  # bytes; a cache line

_numbers = itertools.count()


@attrs.frozen
class Place:
    """Where in a region a tensor is."""

    offset: int
    size: int


class Region:
    """A piece of shared memory.

    Parameters
    ----------
    size : int
        Bytes.

    Raises
    ------
    OSError
        There is no room, or no ``/dev/shm``.
    """

    def __init__(self, size: int) -> None:
        self.name = f"{_prefix(os.getpid())}{next(_numbers)}"
        self.size = size
        descriptor = os.open(FOLDER / self.name, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
        try:
            os.posix_fallocate(descriptor, 0, size)  # no room: an error now, not a signal when it is written
            self._memory = mmap.mmap(descriptor, size)
        except OSError:
            self.unlink()
            raise
        finally:
            os.close(descriptor)

    def unlink(self) -> None:
        """Remove the name; the memory stays as long as it is mapped."""
        (FOLDER / self.name).unlink(missing_ok=True)

    def view(self, place: Place, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
        """The memory as an array."""
        return np.ndarray(shape, dtype, self._memory, place.offset)


@attrs.frozen
class Layout:
    """Where the tensors of a request are in a region.

    Attributes
    ----------
    inputs, outputs : mapping of str to Place
        The tensors that can be there, by name: texts and outputs of unknown size can't.
    size : int
        Bytes in all.
    """

    inputs: Mapping[str, Place]
    outputs: Mapping[str, Place]
    size: int

    @classmethod
    def of(cls, request: InferRequest) -> Layout | None:
        """For a request; None if it is so small that a message is faster."""
        inputs = {name: array.nbytes for name, array in request.inputs.items() if array.dtype != object}
        outputs = {name: request.output_bytes.get(name, 0) for name in request.outputs}
        places, end = [], 0
        for sizes in (inputs, outputs):
            places.append({})
            for name, size in sizes.items():
                if size:
                    places[-1][name] = Place(end, size)
                    end += -(-size // ALIGNMENT) * ALIGNMENT
        return cls(*places, end) if end >= WORTHWHILE else None

    def put(self, region: Region, name: str, array: np.ndarray, tensor: Any) -> None:
        """Copy an input into the region and tell its `InferInput`."""
        place = self.inputs[name]
        region.view(place, array.shape, array.dtype)[...] = array
        tensor.set_shared_memory(region.name, place.size, place.offset)

    def get(self, region: Region, result: Any) -> dict[str, np.ndarray]:
        """All outputs of an `InferResult`, those in the region copied."""
        from tritonclient.utils import triton_to_np_dtype

        outputs = {}
        for output in result.get_response().outputs:
            if output.name in self.outputs:
                dtype = np.dtype(triton_to_np_dtype(output.datatype))
                view = region.view(self.outputs[output.name], tuple(output.shape), dtype)
                outputs[output.name] = view.copy()
            else:
                outputs[output.name] = result.as_numpy(output.name)
        return outputs


class SharedMemoryPool:
    """The regions registered with one server.

    Parameters
    ----------
    server : object
        A client with the methods of tritonclient for system shared memory.
    error : type
        What these raise, with a method ``status``.

    Attributes
    ----------
    refused : str
        Why shared memory isn't used with this server; empty as long as it is.
    """

    def __init__(self, server: Any, error: type[Exception]) -> None:
        self._server = server
        self._error = error
        self._free: list[Region] = []
        self._abandoned: list[Region] = []
        self._total = 0
        self._begun = False
        self.refused = "" if FOLDER.is_dir() else f"there is no {FOLDER}"

    async def lease(self, size: int) -> Region | None:
        """A region of at least `size` bytes until it is released or abandoned; None if there can't be one.

        Raises what the server's client raises if the server can't be reached.
        """
        if self.refused:
            return None
        fitting = [region for region in self._free if region.size >= size]
        if fitting:
            region = min(fitting, key=lambda region: region.size)
            self._free.remove(region)
            return region
        if not self._begun:
            self._begun = True
            await self._clean()
        return await self._new(SMALLEST << max(0, (size - 1).bit_length() - (SMALLEST - 1).bit_length()))

    def release(self, region: Region) -> None:
        """Give a region back whose request the server has answered."""
        self._free.append(region)

    def abandon(self, region: Region) -> None:
        """Give a region back that the server may still read or write: it isn't used again."""
        self._abandoned.append(region)

    def forget(self) -> None:
        """Drop all free regions: the server has been restarted and does not know them."""
        self._total -= sum(region.size for region in self._free)
        self._free = []

    async def close(self) -> None:
        """Unregister all regions that aren't in use."""
        self._abandoned += self._free
        self._free = []
        await self._unregister_abandoned()

    async def _new(self, size: int) -> Region | None:
        await self._unregister_abandoned()
        if self._total + size > MOST:
            self._abandoned, self._free = self._abandoned + self._free, []
            await self._unregister_abandoned()
        if self._total + size > MOST:
            return None
        try:
            region = Region(size)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                self.refused = f"{FOLDER} can't be used: {error.strerror}"
            return None
        self._total += size
        registered = False
        try:
            await self._server.register_system_shared_memory(region.name, f"/{region.name}", size)
            registered = True
        except self._error as error:
            if "UNAVAILABLE" in str(error.status()) or "DEADLINE" in str(error.status()):
                raise
            self.refused = f"the server can't open it: {error}"  # it is in a container, or another user's
            return None
        finally:
            region.unlink()
            if not registered:
                self.abandon(region)  # the server may have it all the same
        return region

    async def _unregister_abandoned(self) -> None:
        regions = list(self._abandoned)
        gone = await asyncio.gather(*(self._unregister(region.name) for region in regions))
        for region, done in zip(regions, gone, strict=True):
            if done and region in self._abandoned:  # others may be at it as well
                self._abandoned.remove(region)
                self._total -= region.size

    async def _unregister(self, name: str) -> bool:
        """Whether the server has done with the region: it refuses while one of its models uses it."""
        try:
            await self._server.unregister_system_shared_memory(name, client_timeout=2.0)
        except self._error as error:
            return "in use" not in str(error) and "DEADLINE" not in str(error.status())
        return True

    async def _clean(self) -> None:
        """Remove what processes of this machine have left that are no more."""
        with contextlib.suppress(self._error):  # only tidying up: whether the server is there shows soon enough
            status = await self._server.get_system_shared_memory_status(client_timeout=2.0)
            await asyncio.gather(*(self._unregister(name) for name in status.regions if _is_left(name)))
        for path in FOLDER.glob(f"{PREFIX}-*"):
            if _is_left(path.name):
                path.unlink(missing_ok=True)


def _prefix(pid: int) -> str:
    """A PID says nothing about a process of another PID namespace, so that is part of the name."""
    return f"{PREFIX}-{os.stat('/proc/self/ns/pid').st_ino}-{pid}-"


def _is_left(name: str) -> bool:
    parts = name.split("-")
    if len(parts) != 5 or not parts[3].isdigit() or not name.startswith(_prefix(int(parts[3]))):
        return False
    return not Path(f"/proc/{parts[3]}").exists()
