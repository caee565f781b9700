"""The runs or the luminosity blocks of a file: one entry each, with its products."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ..event.branch import BranchDescription, Level
from ..event.store import Mask
from .column_buffer import Column, Products, record
from .columns import Content, Form, storable
from .containers import Container
from .file_index import Lumi

_HERE, _NOT_HERE = np.ones(1, dtype=np.bool_), np.zeros(1, dtype=np.bool_)


def auxiliary(level: Level) -> str:
    """The field with the numbers."""
    return f"{level}Auxiliary"


def presence(level: Level) -> str:
    """The field that tells which entries have which product."""
    return f"{level}ProductPresence"


class SummaryTable:
    """Collects runs or luminosity blocks, and writes them when the file is finished.

    Parameters
    ----------
    level : {"Run", "LuminosityBlock"}
        What it is a table of; the container has the plural as its name.
    branches : sequence of BranchDescription
        The file's products, of all levels.
    container : Container
        The format.

    Attributes
    ----------
    name : str
        The container's name.
    keys : list of (run, lumi)
        The entries; `lumi` is 0 for runs. One may come again, with another part of its products.
    """

    def __init__(self, level: Level, branches: Sequence[BranchDescription], container: Container) -> None:
        self.name = f"{level}s"
        self.keys: list[Lumi] = []
        self._level, self._container = level, container
        self._columns = [Column(branch) for branch in branches if branch.level == level]

    def add(self, key: Lumi, products: Products) -> None:
        """Add an entry; see `EventFileWriter.write`."""
        for column in self._columns:
            array, mask = products.get(column.branch, (None, _NOT_HERE))
            column.add(array, _HERE if mask is None else mask)
        self.keys.append(key)

    def know(self, keys: Iterable[Lumi]) -> None:
        """Add those that are not there yet, without products."""
        known = set(self.keys)
        for key in dict.fromkeys(keys):
            if key not in known:
                self.add(key, {})

    def write(self, file: Any) -> dict[str, Form]:
        """Write the container into an uproot file; returns the types of its fields."""
        numbers = np.array(self.keys, dtype=np.uint32).reshape(-1, 2)
        columns = {"run": numbers[:, 0]}
        if self._level == "LuminosityBlock":
            columns["luminosityBlock"] = numbers[:, 1]
        contents: dict[str, Content] = {auxiliary(self._level): record(**columns)}
        masks: dict[str, Mask] = {}
        for column in self._columns:
            content, masks[column.branch.name.removesuffix(".")] = column.take(len(self.keys))
            if content is not None:
                contents[self._container.field(column.branch)] = content
        if masks:
            contents[presence(self._level)] = record(**masks)
        fields = {field: storable(content) for field, content in contents.items()}
        writer = self._container.create(file, self.name, fields)
        if self.keys:
            writer.extend(fields)
        return {field: content.form for field, content in contents.items()}
