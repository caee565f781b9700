"""How much memory a product takes."""

from __future__ import annotations

from typing import Any

import numpy as np


def nbytes(array: Any) -> int:
    """Bytes of the entries of a numpy or awkward array.

    Unlike awkward's own ``nbytes`` this leaves out what a slice keeps alive but does not show: a block's product may
    be a slice of what was read for many blocks.
    """
    if isinstance(array, np.ndarray):
        return int(array.nbytes)
    layout = getattr(array, "layout", None)
    return 0 if layout is None else round(_size(layout))


def _size(layout: Any) -> float:
    """Bytes of a layout's entries; contents of which a part is shown count in proportion."""
    if layout.is_numpy:
        return float(layout.data.nbytes)
    if layout.is_record:
        return sum(_part(content, len(layout)) for content in layout.contents)
    if layout.is_union:
        return float(np.asarray(layout.tags).nbytes + np.asarray(layout.index).nbytes) + sum(
            _size(content) for content in layout.contents
        )
    if layout.is_list:
        if layout.is_regular:
            return _part(layout.content, layout.size * len(layout))
        starts, stops = np.asarray(layout.starts), np.asarray(layout.stops)
        return starts.nbytes + starts.itemsize + _part(layout.content, int((stops - starts).sum()))
    if layout.is_indexed:  # with missing values or without
        index = np.asarray(layout.index)
        return index.nbytes + _part(layout.content, int((index >= 0).sum()))
    if layout.is_option:
        mask = getattr(layout, "mask", None)
        return (0 if mask is None else np.asarray(mask).nbytes) + _part(layout.content, len(layout))
    return 0.0


def _part(content: Any, count: int) -> float:
    """Bytes of `count` entries of a content, at most all of them."""
    return _size(content) * min(1.0, count / len(content)) if len(content) else 0.0
