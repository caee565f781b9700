"""The tables of a process: one dictionary for each category of component, and the ways to read them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .dict_types import FixedKeysDict, SortedAndFixedKeysDict

# Category and the word from which the space-joined listing gets its name: pathNames(), producerNames() ...
CATEGORIES = {
    "psets": "pset",
    "vpsets": "vpset",
    "producers": "producer",
    "switchProducers": "switchProducer",
    "filters": "filter",
    "analyzers": "analyzer",
    "outputModules": "outputModule",
    "services": "service",
    "processAccelerators": "processAccelerator",
    "es_producers": "es_producer",
    "es_sources": "es_source",
    "es_prefers": "es_prefer",
    "tasks": "task",
    "conditionaltasks": "conditionaltask",
    "sequences": "sequence",
    "paths": "path",
    "endpaths": "endpath",
    "finalpaths": "finalpath",
    "aliases": "alias",
}


# Where the private name that CMSSW uses is another than the category.
_PRIVATE = {
    "switchProducers": "switchproducers",
    "outputModules": "outputmodules",
    "processAccelerators": "accelerators",
    "es_producers": "esproducers",
    "es_sources": "essources",
    "es_prefers": "esprefers",
}
_ORDERED = ("paths", "endpaths", "finalpaths")


class _ProcessTables:
    """Gives each category ``x`` the method ``x_()`` and the property ``x``: a copy of the table.

    The tables themselves are the attributes ``_Process__x``: real configurations reach for those.
    """

    def _table(self, category: str) -> dict[str, Any]:
        return self.__dict__["_Process__" + _PRIVATE.get(category, category)]  # type: ignore[no-any-return]

    def _make_tables(self) -> None:
        for category in CATEGORIES:
            self.__dict__["_Process__" + _PRIVATE.get(category, category)] = {}


def _accessor(category: str) -> Callable[[_ProcessTables], FixedKeysDict]:
    kind = SortedAndFixedKeysDict if category in _ORDERED else FixedKeysDict

    def read(self: _ProcessTables) -> FixedKeysDict:
        return kind(self._table(category))

    read.__name__, read.__doc__ = category + "_", f"The {category} of the process by label, in order of definition."
    return read


def _names(category: str) -> Callable[[_ProcessTables], str]:
    def read(self: _ProcessTables) -> str:
        return " ".join(self._table(category))

    read.__name__, read.__doc__ = CATEGORIES[category] + "Names", f"The labels of the {category}, space-joined."
    return read


for _category, _word in CATEGORIES.items():
    setattr(_ProcessTables, _category + "_", _accessor(_category))
    setattr(_ProcessTables, _category, property(_accessor(_category)))
    setattr(_ProcessTables, _word + "Names", _names(_category))
