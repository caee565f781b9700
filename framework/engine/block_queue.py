"""The source's blocks, handed to one stream after the other."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator

from ..event.block import EventBlock
from ..event.principal import Principal
from ..source import Source
from .commits import Commits
from .external import CPUTokens
from .transitions import Transitions

ENOUGH_EVENTS_PER_BLOCK = 100  # in smaller blocks, what each block costs shows
BLOCKS_PER_STREAM = 4  # so that streams end at about the same time


def events_per_block(configured: int, most: int, events: int | None, streams: int) -> int:
    """Events in a block: as configured, else enough blocks for every stream to have some.

    Parameters
    ----------
    configured : int
        ``process.options.eventsPerBlock``; 0 to choose.
    most : int
        What the source takes for enough.
    events : int or None
        How many there are, if that is known.
    streams : int
    """
    if configured:
        return configured
    if events is None or streams == 1:
        return most
    a_share = math.ceil(events / streams)
    blocks_each = max(1, min(a_share // ENOUGH_EVENTS_PER_BLOCK, BLOCKS_PER_STREAM))
    return max(1, min(math.ceil(a_share / blocks_each), most))


class BlockQueue:
    """Numbers the blocks, and lets runs and luminosity blocks begin and end between them.

    Parameters
    ----------
    source : Source
    max_events, max_lumis : int
        How much is read; -1 for all.
    block_size : int
        The most events in a block.
    commits : Commits
        Says when there is room for another.
    transitions : Transitions
        Told of the luminosity block of the block that comes next, once all blocks before it are done.
    tokens : CPUTokens
        One is held while modules are told.
    """

    def __init__(
        self,
        source: Source,
        max_events: int,
        max_lumis: int,
        block_size: int,
        commits: Commits,
        transitions: Transitions,
        tokens: CPUTokens,
    ) -> None:
        self._blocks: Iterator[EventBlock] = source.blocks(max_events, block_size)
        self._lumis_left = max_lumis
        self._commits = commits
        self._transitions = transitions
        self._tokens = tokens
        self._lock = threading.Lock()
        self._taken = 0
        self._lumi: Principal | None = None

    def take(self) -> EventBlock | None:
        """The next block; None if there is none or the job is to stop."""
        with self._lock:
            try:
                return self._next()
            except BaseException:
                self._commits.stop()  # before another stream may come
                raise

    def _next(self) -> EventBlock | None:
        self._commits.wait_for_room(self._taken)
        block = None if self._commits.stopped else next(self._blocks, None)
        if block is None:
            return None
        if self._enter(block):
            self._commits.stop()  # the input may come back to a luminosity block that has been read
            return None
        block.index = self._taken
        self._taken += 1
        return block

    def _enter(self, block: EventBlock) -> bool:
        """Begin the luminosity block if it is another; whether it is one too many."""
        if block.luminosity_block is None and len(block):
            block.luminosity_block = self._continued(int(block.ids.run[0]), int(block.ids.lumi[0]))
        lumi = block.principal
        if lumi is self._lumi:
            return False
        if self._lumis_left == 0:
            return True
        self._lumis_left -= 1 if lumi.parent is not None else 0
        self._lumi = lumi
        if self._transitions.needed:
            self._commits.wait_until_done(self._taken)
            with self._tokens.held():
                self._transitions.enter(lumi)
        return False

    def _continued(self, run: int, lumi: int) -> Principal:
        """The luminosity block with these numbers, of a source that tells nothing of it."""
        before = self._lumi
        if before is not None and (before.run, before.lumi) == (run, lumi):
            return before
        same_run = before is not None and before.run == run and before.parent is not None
        parent = before.parent if same_run and before is not None else None
        return Principal.of_lumi(parent or Principal.of_run(run), lumi)
