"""Sets of events of one block, as integers: bit i stands for the event at position i of the block.

A large menu spends its time on combining such sets, thousands of times per block. For a thousand events, ``&`` and
``bit_count`` of a Python integer take a tenth of what NumPy takes for arrays of bools, mostly the price of a call.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from .store import Indices, Mask

EventSet = int

# NumPy's functions take their arguments by position here: by keyword, each call costs half a microsecond more
_BYTE, _BOOL = np.dtype(np.uint8), np.dtype(np.bool_)

# Half of a menu's module calls are about a dozen events or fewer, which other paths have left over. For so few, steps
# of Python's own take less time than calls of NumPy.
_FEW_POSITIONS, _FEW_BITS = 12, 4


def all_events(size: int) -> EventSet:
    """All events of a block of `size` events."""
    return (1 << size) - 1


def set_of(mask: Mask) -> EventSet:
    """The events where `mask`, one bool per event of the block, is true."""
    return int.from_bytes(np.packbits(mask, None, "little").tobytes(), "little")


def set_at(where: Indices, chosen: Mask, size: int) -> EventSet:
    """Of the events at positions `where`, ascending, those for which `chosen` is true; it has their length."""
    if len(where) == size:
        return set_of(chosen)
    if len(where) <= _FEW_POSITIONS:
        return sum([1 << position for position in where[chosen].tolist()])
    mask = np.zeros(size, _BOOL)
    mask[where] = chosen
    return set_of(mask)


def mask_of(events: EventSet, size: int) -> Mask:
    """For each event of a block of `size` events, whether it is in the set."""
    packed = np.frombuffer(events.to_bytes((size + 7) // 8, "little"), _BYTE)
    return np.unpackbits(packed, None, size, "little").view(_BOOL)


def positions_of(events: EventSet, size: int) -> Indices:
    """The positions of the events in a block of `size` events, ascending."""
    if events.bit_count() > _FEW_BITS:
        return mask_of(events, size).nonzero()[0]
    positions = []
    while events:
        positions.append(events.bit_length() - 1)
        events ^= 1 << positions[-1]
    return np.array(positions[::-1], dtype=np.int64)


def bits_of(sets: Sequence[EventSet], size: int) -> npt.NDArray[np.uint8]:
    """For each set (rows) and each event of the block (columns), 1 if the event is in the set, else 0."""
    width = (size + 7) // 8
    packed = np.frombuffer(b"".join([events.to_bytes(width, "little") for events in sets]), _BYTE)
    return np.unpackbits(packed.reshape(len(sets), width), 1, size, "little")
