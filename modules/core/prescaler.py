"""One event in so many."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from pyrun.framework import EDFilter, plugin
from pyrun.framework import parameters as param
from pyrun.framework.errors import Configuration


@plugin
class Prescaler(EDFilter):
    """Passes the n-th of each `prescaleFactor` events that reach it.

    Events are counted from 1 in the order of the input, whatever the number of threads; an event passes if the count
    modulo `prescaleFactor` is `prescaleOffset`.
    """

    kind = "one"
    cfi = "FWCore/Modules/preScaler"

    class Parameters(param.ParameterSet):
        prescaleFactor: int = param.int32(doc="one event in so many passes")
        prescaleOffset: int = param.int32(doc="which one: 0 for the last of them, 1 for the first")

    def declare(self, p: Any) -> None:
        if p.prescaleFactor < 1 or not 0 <= p.prescaleOffset < p.prescaleFactor:
            raise Configuration(
                f"{self.label}: prescaleFactor is {p.prescaleFactor} and prescaleOffset {p.prescaleOffset}; the factor "
                "must be 1 at least, the offset from 0 to the factor less 1"
            )
        self._count = 0

    def filter(self, event: Any, setup: Any) -> npt.NDArray[np.bool_]:
        counts = self._count + 1 + np.arange(len(event))
        self._count += len(event)
        return np.asarray(counts % self.parameters.prescaleFactor == self.parameters.prescaleOffset)
