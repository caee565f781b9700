"""``pyrun --executor dask``: a cluster of its own on this computer, or one that exists."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ..config.description import ProcessDescription
from ..engine.job import JobResult
from ..errors import Configuration, ExternalFailure
from ..services.message_logger import MessageLogger
from .execution import ScaleOut, run_in_parts

if TYPE_CHECKING:
    from distributed import Client

CONNECT_TIMEOUT = 30  # seconds

# A terminal sends Ctrl-C to all processes; workers end when pyrun says so. One that finds the scheduler gone before
# that logs a traceback, which says nothing to who has pressed Ctrl-C.
_WORKER_PRELOAD = """
import logging, signal
signal.signal(signal.SIGINT, signal.SIG_IGN)
logging.getLogger("distributed.worker").addFilter(
    lambda record: not record.getMessage().startswith("Failed to communicate with scheduler during heartbeat")
)
"""


@contextmanager
def dask_client(scheduler: str = "", workers: int = 0) -> Iterator[Client]:
    """A client of the cluster at an address, or of one made for the occasion.

    Parameters
    ----------
    scheduler : str
        ``tcp://host:port``; empty for a cluster of processes on this computer.
    workers : int
        How many processes; 0 for as many as there are CPUs.

    Raises
    ------
    Configuration
        Dask is not installed.
    ExternalFailure
        There is no scheduler at the address.
    """
    try:
        from distributed import Client, LocalCluster
    except ImportError as error:
        raise Configuration(f"--executor dask needs another package ({error}): pip install 'pyrun[dask]'") from error
    if not scheduler:
        processes = workers or os.cpu_count() or 1
        with (
            LocalCluster(
                n_workers=processes,
                threads_per_worker=1,
                processes=True,
                dashboard_address=":0",
                preload=[_WORKER_PRELOAD],
                silence_logs="ERROR",  # lost workers are told of when what they did is done again
            ) as cluster,
            Client(cluster) as client,
        ):
            yield client
        return
    try:
        client = Client(scheduler, timeout=CONNECT_TIMEOUT)
    except (OSError, ValueError, TimeoutError) as error:
        raise ExternalFailure(f"No Dask scheduler answers at {scheduler!r}: {error}") from error
    with client:
        yield client


def run_with_dask(
    process: ProcessDescription,
    log: MessageLogger,
    threads: int | None,
    *,
    scheduler: str = "",
    workers: int = 0,
    events_per_task: int = 0,
    scratch: str = "",
) -> JobResult:
    """Run a job as the command line says; `threads` are those of each part, 1 if not given.

    Raises
    ------
    CMSException
        If the job can't start.
    """
    with dask_client(scheduler, workers) as client:
        if scheduler and not client.nthreads():
            log.verbatim(f"The Dask cluster at {scheduler} has no workers yet: waiting for them")
        return run_in_parts(process, log, ScaleOut(client, threads or 1, events_per_task, scratch))[0]
