"""Entries of a product on their way to a file."""

from __future__ import annotations

import awkward as ak
import numpy as np

from pyrun.framework.event.branch import BranchDescription
from pyrun.framework.io.column_buffer import Column


def test_what_has_been_taken_is_not_kept():
    column = Column(BranchDescription("floats", "hits", "", "SIM"))
    hits = ak.unflatten(np.zeros(70 * 100, dtype="f4"), np.full(70, 100))
    for block in range(20):
        column.add(hits, np.ones(70, dtype=np.bool_))
        while sum(len(present) for _, present in column.parts) >= 100:
            content, present = column.take(100)
            assert len(content) == len(present) == 100
        waiting = sum(ak.Array(content).layout.content.length for content, _ in column.parts)
        assert waiting < 100 * 100, f"block {block}"
