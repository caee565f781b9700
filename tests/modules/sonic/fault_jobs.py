"""Whole jobs to which something happens: to start them, to watch them, and to see that their output is right."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import attrs
import awkward as ak
import numpy as np

from pyrun.framework import cms, run
from pyrun.modules.sonic.server.launch import LocalServer

HERE = Path(__file__).parent
PYRUN = str(Path(sys.executable).with_name("pyrun"))
CONFIGURATION = HERE / "fault_job_cfg.py"
LIMIT = 60.0  # seconds in which a job is over, whatever happens to it


def write_doubler(
    repository: Path, *, seconds: float = 0.0, failures: float = 0.0, batch: int = 16, version: int = 1, extra: str = ""
) -> Path:
    """The model of `faulty_model`; a second call adds a version.

    Parameters
    ----------
    seconds : float
        How long a request takes.
    failures : float
        The part of the requests that fail.
    batch : int
        max_batch_size.
    extra : str
        Further lines of ``config.pbtxt``.
    """
    folder = repository / "doubler"
    (folder / str(version)).mkdir(parents=True)
    shutil.copyfile(HERE / "faulty_model.py", folder / str(version) / "model.py")
    numbers = "".join(
        f'parameters {{ key: "{key}" value: {{ string_value: "{value}" }} }}\n'
        for key, value in (("seconds", seconds), ("failures", failures))
    )
    (folder / "config.pbtxt").write_text(
        f"""name: "doubler"
backend: "python"
max_batch_size: {batch}
input [ {{ name: "x", data_type: TYPE_FP32, dims: [ 4 ] }} ]
output [ {{ name: "y", data_type: TYPE_FP32, dims: [ 4 ] }} ]
instance_group [ {{ kind: KIND_CPU, count: 1 }} ]
{numbers}{extra}
"""
    )
    return folder


@attrs.define(kw_only=True)
class FaultJob:
    """A job of `fault_job_cfg` that runs.

    Attributes
    ----------
    model : Path
        The model's folder.
    servers : mapping of str to LocalServer or int
        By name; of a proxy, its port.
    block : int
        Events in a block; each has `rows` rows.
    timeout : float
        Seconds for a try.
    """

    folder: Path
    model: Path
    servers: Mapping[str, LocalServer | int]
    events: int = 400
    block: int = 20
    rows: int = 1
    threads: int = 1
    streams: int = 2
    timeout: float = 5.0
    tries: int = 0
    version: str = ""
    mode: str = "Async"
    fallback: bool = False
    sharedMemory: bool = True
    rootCertificates: str = ""
    environment: Mapping[str, str] = attrs.field(factory=dict)
    process: subprocess.Popen[bytes] | None = None
    began: float = 0.0

    def __enter__(self) -> FaultJob:
        options = attrs.asdict(self, filter=lambda field, value: field.type in ("int", "str", "bool"), recurse=False)
        ports = {name: x if isinstance(x, int) else x.grpc_port for name, x in self.servers.items()}
        self.folder.mkdir(exist_ok=True)
        options |= {
            "model": self.model.name,
            "config": str(self.model / "config.pbtxt"),
            "servers": ports,
            "timeout": round(1000 * self.timeout),
            "tempDir": str(self.folder / "fallback"),
        }
        (self.folder / "job.json").write_text(json.dumps(options))
        with (self.folder / "log").open("w") as log:
            self.began = time.monotonic()
            self.process = subprocess.Popen(
                [PYRUN, str(CONFIGURATION), "job.json"],
                cwd=self.folder,
                stdout=log,
                stderr=log,
                env={**os.environ, "PYSONIC_TRITONSERVER": "bundled", **self.environment},
            )
        return self

    def __exit__(self, *error: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    @property
    def done(self) -> int:
        """Events that are done so far."""
        try:
            return int((self.folder / "progress").read_text() or 0)
        except FileNotFoundError:
            return 0

    def wait_for(self, events: int) -> None:
        """Wait until so many events are done, while the job has more to do."""
        self.eventually(lambda: self.done >= events)
        assert self.done < self.events and self.process.poll() is None, self.log

    def eventually(self, condition: Callable[[], bool]) -> None:
        """Wait until something is so."""
        deadline = time.monotonic() + LIMIT
        while not condition():
            assert time.monotonic() < deadline and self.process.poll() is None, self.log
            time.sleep(0.01)

    def end(self, limit: float = LIMIT) -> int:
        """Wait for the job's end; its exit code."""
        try:
            return self.process.wait(limit)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"the job is not over after {limit:g} s; it says:\n{self.log}") from None

    def check(self, limit: float = LIMIT) -> float:
        """Wait for the end: all is well, all events are there, and each has its numbers. The seconds that it took."""
        code = self.end(limit)
        assert code == 0, self.log
        assert self.count() == self.events
        return time.monotonic() - self.began

    def count(self) -> int:
        """The number of events in the output, which are the first of the input, with the right numbers."""
        process = cms.Process("READ")
        process.source = cms.Source("PoolSource", fileNames=cms.untracked.vstring(f"file:{self.folder}/out.root"))
        read = run(process, products=["doubling"])
        number = len(read.events.event)
        np.testing.assert_array_equal(read.events.event, np.arange(1, number + 1))
        width = 4 * self.rows
        x = (np.arange(1, number + 1)[:, None] * width + np.arange(width)) % 2**20
        np.testing.assert_array_equal(ak.to_numpy(read["doubling"]), 2.0 * x)
        return number


def processes_with(text: str) -> list[int]:
    """PIDs of the processes in whose command line a text stands."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if text in (entry / "cmdline").read_bytes().decode(errors="replace"):
                    found.append(int(entry.name))
            except OSError:  # it has ended meanwhile
                continue
    return found
