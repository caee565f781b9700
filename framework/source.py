"""What sources derive from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from .errors import Configuration, LogicError
from .module import Module

if TYPE_CHECKING:
    from .event.block import EventBlock
    from .event.branch import BranchDescription
    from .event.provenance import FileRecord, ProcessRecord
    from .io.file_index import Segment


class Source(Module):
    """Provides the events."""

    base = "Source"
    kind = "one"
    events_per_block: ClassVar[int] = 1000
    """The most events in a block, unless the configuration says how many: enough for arrays to pay."""

    def open(self) -> None:
        """Open the input, so that `branches` and `history` are known."""

    @property
    def branches(self) -> Sequence[BranchDescription]:
        """The products that the input has."""
        return ()

    @property
    def history(self) -> Sequence[ProcessRecord]:
        """The processes that made the input, oldest first."""
        return ()

    @property
    def parents(self) -> Mapping[BranchDescription, tuple[BranchDescription, ...]]:
        """For each product of the input, the products its module may have read, as far as that is known."""
        return {}

    def size(self, max_events: int) -> int | None:
        """How many events `blocks` will yield, if that is known beforehand."""
        return None

    def blocks(self, max_events: int, block_size: int) -> Iterator[EventBlock]:
        """Yield the events in order, at most `block_size` of one luminosity block at a time.

        `max_events` is the number of events to read in all, -1 for every one there is.
        """
        raise LogicError(f"{type(self).__name__} has no method blocks(max_events, block_size)")

    def plan(self, max_events: int = -1) -> list[Segment]:
        """What `blocks` would yield, in order, so that several jobs can share it.

        Raises
        ------
        Configuration
            The source can't tell beforehand, or can't begin anywhere but at its first event.
        """
        raise Configuration(
            f"The events of a {type(self).__name__} can't be divided among jobs: run this one without --executor"
        )

    def restrict(self, segments: Sequence[Segment]) -> None:
        """Let `blocks` yield exactly these events of `plan`, in this order; parts of its segments may be given too."""
        raise LogicError(f"{type(self).__name__} has no method restrict(segments)")

    def close(self) -> None:
        """Close the input."""

    @property
    def files(self) -> Sequence[FileRecord]:
        """What has been read of which file so far."""
        return ()
