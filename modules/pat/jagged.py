"""Helpers for arrays of records, ``events * var * {...}``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import awkward as ak
import numpy.typing as npt

from .string_object import StringCutObjectSelector


def columns(objects: ak.Array) -> dict[str, ak.Array]:
    """The fields by name, each ``events * var * ...``."""
    return {name: objects[name] for name in objects.fields}


def records(fields: Mapping[str, Any]) -> ak.Array:
    """The inverse of `columns`."""
    return ak.zip(dict(fields), depth_limit=2)


def numbers(objects: ak.Array) -> dict[str, npt.NDArray[Any]]:
    """The fields that are one number per object, flat: what expressions work on."""
    flat = ak.flatten(objects)
    return {name: ak.to_numpy(flat[name]) for name in flat.fields if flat[name].ndim == 1}


def select(objects: ak.Array, cut: StringCutObjectSelector) -> ak.Array:
    """The objects that pass `cut`."""
    return objects[ak.unflatten(cut(numbers(objects)), ak.num(objects, axis=1))]


def keep(objects: ak.Array, names: Sequence[str]) -> ak.Array:
    """The objects with these fields only."""
    return objects[list(names)]
