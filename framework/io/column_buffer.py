"""Entries of products on their way to a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
import awkward as ak
import numpy as np
import numpy.typing as npt

from ..errors import LogicError
from ..event.branch import BranchDescription
from ..event.store import Array, Mask
from .columns import Content, Form, conform, empty_events, join, scatter, to_content, unify

Products = Mapping[BranchDescription, tuple[Array | None, Mask | None]]

_UNKNOWN: Form = ak.forms.EmptyForm()


@attrs.define(eq=False)
class Column:
    """A product's entries that wait for their cluster to be complete.

    Attributes
    ----------
    form : Form
        All that is known of the type; unknown until an event has the product.
    parts : list of (Content or None, presence)
        One for each call of `add`, with an entry for every event; None if the type was unknown.
    """

    branch: BranchDescription
    form: Form = _UNKNOWN
    parts: list[tuple[Content | None, Mask]] = attrs.Factory(list)

    def add(self, array: Array | None, present: Mask) -> None:
        """Add events: `array` has an entry for all of them, or for those that are `present`."""
        if array is None or not present.any():
            array, present = None, np.zeros(len(present), dtype=np.bool_)
        content = None
        if array is not None:
            count, events = int(present.sum()), len(present)
            if len(array) not in (count, events):
                raise LogicError(f"{self.branch.name} has {len(array)} entries for {count} of {events} events")
            content = to_content(array if len(array) == count else array[present], self.branch.name)
            self.form = unify(self.form, content.form, self.branch.name)
            content = scatter(content, present)
        self.parts.append((content, present))

    def take(self, count: int) -> tuple[Content | None, Mask]:
        """Remove the first `count` events; the content is None as long as the type is unknown."""
        present = np.concatenate([np.zeros(0, dtype=np.bool_), *(part for _, part in self.parts)])
        if self.form.is_unknown:
            self.parts = [(None, present[count:])]
            return None, present[:count]
        contents = [
            empty_events(self.form, len(part)) if content is None else conform(content, self.form)
            for content, part in self.parts
        ]
        whole = join(contents)
        # canonical, because slices of lists take along all that they leave out
        taken, left = (to_content(part, self.branch.name) for part in (whole[:count], whole[count:]))
        self.parts = [(left, present[count:])]
        return taken, present[:count]


def record(**columns: npt.NDArray[Any]) -> Content:
    """A record with a number per entry in each field."""
    contents = [ak.contents.NumpyArray(np.ascontiguousarray(column)) for column in columns.values()]
    return ak.contents.RecordArray(contents, list(columns))
