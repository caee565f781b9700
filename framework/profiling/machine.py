"""What the machine says: memory of the process, its CPU time, and what kind of machine it is."""

from __future__ import annotations

import os
import platform
import resource
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .tables import SAMPLE, Table


class Memory:
    """The resident memory of this process, in bytes.

    Linux tells it in 2 microseconds; elsewhere its largest value so far stands for it.
    """

    def __init__(self) -> None:
        self._page = os.sysconf("SC_PAGE_SIZE")
        self._statm = os.open("/proc/self/statm", os.O_RDONLY) if sys.platform == "linux" else -1

    def resident(self) -> int:
        """Bytes now."""
        if self._statm < 0:
            return peak_resident()
        return int(os.pread(self._statm, 64, 0).split(None, 2)[1]) * self._page

    def close(self) -> None:
        """Let go of the file."""
        if self._statm >= 0:
            os.close(self._statm)
            self._statm = -1


def peak_resident() -> int:
    """The most memory that was resident since the process began, in bytes.

    Linux's getrusage() counts the process from which this one was started as well; its /proc does not.
    """
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


class Sampler:
    """Notes memory, CPU time and progress at regular times, in a thread of its own.

    Parameters
    ----------
    memory : Memory
        Asked each time.
    clock : callable
        Seconds since the job began.
    events : callable
        How many events are done.
    interval : float
        Seconds from one sample to the next.
    """

    def __init__(self, memory: Memory, clock: Callable[[], float], events: Callable[[], int], interval: float) -> None:
        self.table = Table(SAMPLE)
        self._memory, self._clock, self._events, self._interval = memory, clock, events, interval
        self._began_cpu = time.process_time()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="profiler", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def finish(self) -> None:
        """Take a last sample and end."""
        self._stop.set()
        if self._thread.ident is not None:  # it was started
            self._thread.join()
        self._sample()

    def _run(self) -> None:
        self._sample()
        while not self._stop.wait(self._interval):
            self._sample()

    def _sample(self) -> None:
        cpu = time.process_time() - self._began_cpu
        self.table.add(self._clock(), self._memory.resident(), cpu, self._events())


def machine() -> dict[str, Any]:
    """What a reader needs to know of the machine to judge the times."""
    return {
        "processor": _processor(),
        "cpus": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "platform": platform.platform(),
        "python": platform.python_version(),
    }


def _processor() -> str:
    """The processor's name."""
    listing = Path("/proc/cpuinfo")
    if listing.exists():
        for line in listing.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
