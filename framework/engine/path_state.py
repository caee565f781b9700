"""How far a path has come in a block, and what became of the events on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import attrs
import numpy as np
import numpy.typing as npt

from ..event.store import Mask
from ..event.trigger_results import EXCEPTION, FAIL
from .report import PathCounts

if TYPE_CHECKING:
    from .stream import ModulePlan


@attrs.frozen(eq=False)
class Place:
    """A module's place on a path.

    Attributes
    ----------
    plan : ModulePlan
        The module.
    label : str
        Its label.
    decides : bool
        Whether its verdict takes events off the path.
    inverted : bool
        Whether it is those that it passes.
    wait : bool
        Whether the path goes on only when its external work is done.
    in_order : bool
        Whether it takes the blocks in order.
    """

    plan: ModulePlan
    label: str
    decides: bool
    inverted: bool
    wait: bool
    in_order: bool


@attrs.define(eq=False)
class PathState:
    """How far a path has come in the block.

    Attributes
    ----------
    places : sequence of Place
        The path.
    counts : PathCounts
        Counts what happens on it.
    active : numpy.ndarray of bool
        The events still on the path; shared with other paths, so never changed in place.
    left : int
        How many they are, dead ones included.
    cursor : int
        The next place.
    segment : int
        Modules that no filter separates from one that failed still run, as cmsRun would have started them together: the
        events that met an exception since this position end where the segment does.
    steps : list of (int, numpy.ndarray of bool)
        The filters that took events off the path: their positions, and the events that went on.
    excepted : numpy.ndarray of bool or None
        The events that an exception took off the path.
    stopped_at : numpy.ndarray of uint16 or None
        The positions where.
    """

    places: Sequence[Place]
    counts: PathCounts
    active: Mask
    left: int
    cursor: int = 0
    segment: int = 0
    steps: list[tuple[int, Mask]] = attrs.Factory(list)
    excepted: Mask | None = None
    stopped_at: npt.NDArray[np.uint16] | None = None
    has_status: bool = False

    def keep(self, active: Mask) -> None:
        """Let these events go on."""
        self.active, self.left = active, int(np.count_nonzero(active))

    def stop(self, stopped: Mask, position: int) -> None:
        """Note that an exception at a position ends the path for these events."""
        if self.excepted is None or self.stopped_at is None:
            self.excepted, self.stopped_at = np.zeros_like(stopped), np.zeros(len(stopped), dtype=np.uint16)
        self.excepted |= stopped
        self.stopped_at[stopped] = position


def path_states(paths: Sequence[PathState], events: int) -> npt.NDArray[np.uint8]:
    """What became of each event (columns) on each path (rows) that has come to its end."""
    states = _rows([path.active for path in paths], events).view(np.uint8)
    np.subtract(FAIL, states, out=states)  # PASS is one less
    for row, path in zip(states, paths, strict=True):
        if path.excepted is not None:
            row[path.excepted] = EXCEPTION
    return states


def deciding_positions(paths: Sequence[PathState], events: int) -> npt.NDArray[np.uint16]:
    """The position of the module that decided about each event (columns) on each path (rows).

    For those still on the path it is the one reached. All paths at once, as there may be hundreds: an event begins at
    its path's first filter, and each one that it passes takes it to the next, or from the last to the end.
    """
    positions = [[position for position, _ in path.steps] + [max(path.cursor - 1, 0)] for path in paths]
    small = np.min_scalar_type(max((one[-1] for one in positions), default=0))
    index = np.empty((len(paths), events), dtype=small)
    index[:] = np.array([one[0] for one in positions], dtype=small)[:, np.newaxis]
    for k in range(max((len(path.steps) for path in paths), default=0)):
        passed = [path.steps[k][1] if k < len(path.steps) else path.active for path in paths]
        ahead = np.array([one[k + 1] - one[k] if k + 1 < len(one) else 0 for one in positions], dtype=small)
        index += _rows(passed, events).view(np.uint8) * ahead[:, np.newaxis]
    for row, path in zip(index, paths, strict=True):
        if path.excepted is not None and path.stopped_at is not None:
            row[path.excepted] = path.stopped_at[path.excepted]
    return index.astype(np.uint16, copy=False)


def _rows(masks: Sequence[Mask], events: int) -> Mask:
    """One matrix, which shares nothing with the masks."""
    return np.concatenate(masks).reshape(-1, events) if masks else np.zeros((0, events), dtype=np.bool_)
