"""TriggerResults: what became of each event on each trigger path."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from .store import Array

TRIGGER_RESULTS = "TriggerResults"
"""The product's label."""

PATH_STATUS, END_PATH_STATUS = "edmPathStatus", "edmEndPathStatus"
"""Types of the products with a path's name: its state and the module that decided, as in TriggerResults."""

READY, PASS, FAIL, EXCEPTION = range(4)
"""The states of a path for an event (``HLTPathStatus`` of CMSSW)."""


Positions = npt.NDArray[np.integer[Any]]


def trigger_results(states: npt.NDArray[np.uint8], index: Positions) -> Array:
    """The product of N events: ``N * var * {state: uint8, index: uint16}``, the lists as long as there are paths.

    Parameters
    ----------
    states : array of shape (N, paths)
        What became of the event on each path.
    index : array of shape (N, paths)
        The module that decided.
    """
    import awkward as ak

    # put together by hand: it is needed for every block, and ak.zip takes as long as a filter
    events, paths = states.shape
    columns = np.ascontiguousarray(states), np.ascontiguousarray(index).astype(np.uint16, copy=False)
    fields: list[Any] = [ak.contents.NumpyArray(values.reshape(-1)) for values in columns]
    records = ak.contents.RecordArray(fields, ["state", "index"], events * paths)
    return ak.Array(ak.contents.ListOffsetArray(ak.index.Index64(np.arange(events + 1) * paths), records))


def path_status(states: npt.NDArray[np.uint8], index: Positions) -> Array:
    """The status of one path for N events: ``N * {state: uint8, index: uint16}``."""
    import awkward as ak

    return ak.zip({"state": states, "index": index.astype(np.uint16, copy=False)})
