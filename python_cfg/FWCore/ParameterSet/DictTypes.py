"""Dictionaries that a process hands out, under the name that CMSSW gives their module."""

from pyrun.framework.config.dict_types import FixedKeysDict, SortedAndFixedKeysDict, SortedKeysDict  # noqa: F401
