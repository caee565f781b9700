"""What the operating system and the C library say of this process's memory (Linux)."""

from __future__ import annotations

import ctypes
import os
import resource
from pathlib import Path

import attrs

_MEGABYTE = 1024.0**2


@attrs.frozen
class ProcessMemory:
    """Sizes in MB (1024 x 1024 bytes): of the address space, and of what of it is in memory."""

    vsize: float
    rss: float


def process_memory() -> ProcessMemory:
    """The sizes now."""
    pages = Path("/proc/self/statm").read_text().split()
    size = os.sysconf("SC_PAGESIZE") / _MEGABYTE
    return ProcessMemory(int(pages[0]) * size, int(pages[1]) * size)


def peak_memory() -> ProcessMemory:
    """The largest sizes so far; the address space is 0 where the system does not tell."""
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0
    return ProcessMemory(_kilobytes("/proc/self/status").get("VmPeak", 0.0) / 1024.0, rss)


def shared_memory() -> tuple[float, float]:
    """What is private to the process, and its proportional share of the rest, in MB."""
    sizes = _kilobytes("/proc/self/smaps_rollup")
    return (sizes.get("Private_Clean", 0.0) + sizes.get("Private_Dirty", 0.0)) / 1024.0, sizes.get("Pss", 0.0) / 1024.0


def system_memory() -> dict[str, int]:
    """``/proc/meminfo``: the machine's memory in kB, by name."""
    return {name: int(size) for name, size in _kilobytes("/proc/meminfo").items()}


def _kilobytes(path: str) -> dict[str, float]:
    try:
        lines = Path(path).read_text().splitlines()
    except OSError:  # no such file: not Linux, or not shown to this process
        return {}
    pairs = (line.partition(":") for line in lines)
    return {name: float(rest.split()[0]) for name, _, rest in pairs if rest.split() and rest.split()[0].isdigit()}


class _Mallinfo(ctypes.Structure):
    """``struct mallinfo2`` of glibc 2.33 and later (malloc.h)."""

    _fields_ = [
        (name, ctypes.c_size_t)
        for name in (
            "arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"
        )
    ]  # fmt: skip


def heap() -> dict[str, int]:
    """What the C library's allocator holds, under the names of CMSSW's job report; empty if it does not tell."""
    mallinfo = getattr(ctypes.CDLL(None), "mallinfo2", None)
    if mallinfo is None:
        return {}
    mallinfo.restype = _Mallinfo
    info = mallinfo()
    return {
        "HEAP_ARENA_SIZE_BYTES": info.arena, "HEAP_ARENA_N_UNUSED_CHUNKS": info.ordblks,
        "HEAP_TOP_FREE_BYTES": info.keepcost, "HEAP_MAPPED_SIZE_BYTES": info.hblkhd,
        "HEAP_MAPPED_N_CHUNKS": info.hblks, "HEAP_USED_BYTES": info.uordblks, "HEAP_UNUSED_BYTES": info.fordblks,
    }  # fmt: skip


def set_allocator(option: int, value: int) -> bool:
    """Set an option of the C library's allocator (``mallopt``); returns whether it took it."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    return mallopt is not None and bool(mallopt(option, value))
