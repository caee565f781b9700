"""What sources derive from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from .errors import LogicError
from .module import Module

if TYPE_CHECKING:
    from .event.block import EventBlock
    from .event.branch import BranchDescription
    from .event.provenance import FileRecord, ProcessRecord


class Source(Module):
    """Provides the events."""

    base = "Source"
    kind = "one"

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

    def close(self) -> None:
        """Close the input."""

    @property
    def files(self) -> Sequence[FileRecord]:
        """What has been read of which file so far."""
        return ()
