"""What output modules derive from."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from .errors import LogicError
from .module import Module

if TYPE_CHECKING:
    from .event.branch import BranchDescription
    from .event.ids import EventIDs
    from .event.principal import Principal
    from .event.provenance import FileRecord, JobRecord
    from .event.store import Array, Mask


class OutputModule(Module):
    """Writes selected events; sees them in the order of the input."""

    base = "OutputModule"
    kind = "one"

    @property
    def destination(self) -> str:
        """The file that is written; empty if there is none."""
        return ""

    def keep(self, branches: Sequence[BranchDescription]) -> list[BranchDescription]:
        """Which of the job's products are written."""
        raise LogicError(f"{type(self).__name__} has no method keep(branches)")

    def open(self, job: JobRecord) -> None:
        """Prepare to write; called once, after `keep` and before the first event."""

    @property
    def needed_results(self) -> Collection[str]:
        """Earlier processes whose trigger results `select` needs; asked for after `open`."""
        return ()

    def select(self, trigger_results: Mapping[str, Array]) -> Mask | None:
        """Which events to write, from the states (N, paths) of each process's trigger paths; None for all."""
        return None

    def write(self, ids: EventIDs, products: Mapping[BranchDescription, tuple[Array | None, Mask]]) -> None:
        """Write events with their kept products: an array of the events that have it, and which these are."""
        raise LogicError(f"{type(self).__name__} has no method write(ids, products)")

    def close(self) -> None:
        """Finish the output: it appears under its final name."""

    def abort(self) -> None:
        """Give the output up: nothing is left under its final name."""

    def writeLuminosityBlock(self, lumi: Principal) -> None:
        """The luminosity block has ended: all its events are written, its products are those of `lumi`.

        Called in order, also for luminosity blocks without events.
        """

    def writeRun(self, run: Principal) -> None:
        """The run has ended."""

    @property
    def files(self) -> Sequence[FileRecord]:
        """What has been written to which file; complete after `close`."""
        return ()
