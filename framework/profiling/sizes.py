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
    return 0 if layout is None else round(_size(layout, 0, len(layout)))


def _size(layout: Any, start: int, stop: int) -> float:
    """Bytes of a layout's entries from `start` up to `stop`; what is picked from a content counts in proportion."""
    count = stop - start
    if count <= 0:
        return 0.0
    if layout.is_numpy:
        return float(layout.data.nbytes) * count / len(layout)
    if layout.is_record:
        return sum(_size(content, start, stop) for content in layout.contents)
    if layout.is_list:
        if layout.is_regular:
            return _size(layout.content, start * layout.size, stop * layout.size)
        starts, stops = np.asarray(layout.starts)[start:stop], np.asarray(layout.stops)[start:stop]
        first, last = int(starts.min()), int(stops.max())
        share = float((stops - starts).sum()) / max(last - first, 1)  # below 1 if lists were dropped in between
        return starts.nbytes + starts.itemsize + share * _size(layout.content, first, last)
    if layout.is_indexed:  # with missing values or without
        index = np.asarray(layout.index)[start:stop]
        return index.nbytes + _picked(layout.content, int((index >= 0).sum()))
    if layout.is_union:
        tags, index = np.asarray(layout.tags)[start:stop], np.asarray(layout.index)[start:stop]
        contents = enumerate(layout.contents)
        return tags.nbytes + index.nbytes + sum(_picked(one, int((tags == number).sum())) for number, one in contents)
    if layout.is_option:
        mask = getattr(layout, "mask", None)
        share = count / len(layout)
        return (0.0 if mask is None else share * np.asarray(mask).nbytes) + _size(layout.content, start, stop)
    return 0.0


def _picked(content: Any, count: int) -> float:
    """Bytes of any `count` entries of a content."""
    return _size(content, 0, len(content)) * min(1.0, count / max(len(content), 1))
