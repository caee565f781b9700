"""Which events a block or a file holds."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
import numpy.typing as npt


def _column(dtype: type[np.generic]) -> Any:
    def convert(values: Any) -> npt.NDArray[Any]:
        array: npt.NDArray[Any] = np.ascontiguousarray(values, dtype=dtype)
        return array

    return attrs.field(converter=convert)


@attrs.frozen(eq=False)
class EventIDs:
    """Run, luminosity block and event number of N events, as three arrays of length N."""

    run: npt.NDArray[np.uint32] = _column(np.uint32)
    lumi: npt.NDArray[np.uint32] = _column(np.uint32)
    event: npt.NDArray[np.uint64] = _column(np.uint64)

    def __len__(self) -> int:
        return len(self.event)

    def __getitem__(self, where: slice | npt.NDArray[Any]) -> EventIDs:
        """The events selected by a slice, a mask or an array of positions."""
        return EventIDs(self.run[where], self.lumi[where], self.event[where])

    @classmethod
    def concatenate(cls, parts: list[EventIDs]) -> EventIDs:
        """All events of `parts`, in order."""
        if not parts:
            return cls(np.zeros(0, np.uint32), np.zeros(0, np.uint32), np.zeros(0, np.uint64))
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in ("run", "lumi", "event")))
