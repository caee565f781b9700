"""Arrays in the one form in which files hold them.

An array can hold the same events in many ways (masks, indices, gaps, views of a larger buffer). `canonical` brings it
to one layout per type, in which types can be compared and buffers written; `storable` removes from it what a
file can't hold and `restore` puts it back when reading.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

import awkward as ak
import numpy as np
import numpy.typing as npt

from ..errors import Configuration, LogicError

Content: TypeAlias = Any  # awkward.contents.Content
Form: TypeAlias = Any  # awkward.forms.Form

_NUMBERS = {f"{kind}{bits}" for kind in ("int", "uint") for bits in (8, 16, 32, 64)} | {"bool", "float32", "float64"}
_FORBIDDEN_IN_NAMES = set("./\\ \t")


def to_content(array: Any, product: str) -> Content:
    """The canonical layout of a numpy or awkward array.

    Parameters
    ----------
    array : awkward.Array or numpy.ndarray
        First axis: events.
    product : str
        Name for error messages.

    Raises
    ------
    Configuration
        The array has a part that files can't hold: the message names it.
    """
    if isinstance(array, np.ndarray):
        array = ak.from_numpy(array, regulararray=True)
    return canonical(ak.to_layout(array), product)


def canonical(layout: Content, product: str) -> Content:
    """Bring a layout to compact lists with 64-bit offsets from 0, indexed options, and no other indirection."""
    if layout.is_unknown:
        return layout
    if layout.is_option:
        return _canonical_option(layout, product)
    if layout.is_indexed:
        return canonical(layout.project(), product)
    if layout.is_numpy:
        if layout.dtype.name not in _NUMBERS:
            raise _unwritable(product, f"numbers of type {layout.dtype.name}", "convert them to float32 or float64")
        contiguous = layout.to_contiguous()
        return contiguous if layout.data.ndim == 1 else contiguous.to_RegularArray()
    if layout.is_regular:
        content = canonical(layout.content[: layout.size * layout.length], product)
        return ak.contents.RegularArray(content, layout.size, layout.length, parameters=layout.parameters)
    if layout.is_list:
        packed = layout.to_ListOffsetArray64(True)
        content = canonical(packed.content[: packed.offsets[-1]], product)
        return ak.contents.ListOffsetArray(packed.offsets, content, parameters=layout.parameters)
    if layout.is_record:
        return _canonical_record(layout, product)
    raise _unwritable(product, f"values of several types ({layout.form.type})", "give each type a product of its own")


def _canonical_option(layout: Content, product: str) -> Content:
    index = layout.to_IndexedOptionArray64().index.data
    valid = index >= 0
    compact = np.where(valid, np.cumsum(valid) - 1, -1)
    content = canonical(layout.project(), product)
    return ak.contents.IndexedOptionArray(ak.index.Index64(compact), content, parameters=layout.parameters)


def _canonical_record(layout: Content, product: str) -> Content:
    bad = [name for name in layout.fields if not name or _FORBIDDEN_IN_NAMES & set(name)]
    if bad or not layout.fields:
        what = f"a field named {bad[0]!r}" if bad else "a record without fields"
        raise _unwritable(product, what, "field names need a letter, and no dot, slash or blank")
    contents = [canonical(content[: layout.length], product) for content in layout.contents]
    names = None if layout.is_tuple else layout.fields
    return ak.contents.RecordArray(contents, names, layout.length, parameters=layout.parameters)


def _unwritable(product: str, what: str, remedy: str) -> Configuration:
    return Configuration(
        f"The product {product} can't be written to a file: it has {what}. In its producer, {remedy}; "
        "or drop it in outputCommands."
    )


def unify(known: Form, new: Form, product: str) -> Form:
    """The type of which both forms are: where one is unknown (of an empty array), the other's.

    Raises
    ------
    LogicError
        If they differ otherwise.
    """
    if known.is_unknown or new.is_unknown:
        return new if known.is_unknown else known
    if type(known) is not type(new) or _shape(known) != _shape(new):
        raise LogicError(
            f"The product {product} changed its type within the job, from {known.type} to {new.type}. "
            "Its producer must give every event the same type, also if there is nothing in it."
        )
    if known.is_record:
        contents = [
            unify(content, new.content(name), product)
            for name, content in zip(known.fields, known.contents, strict=True)
        ]
        return known.copy(contents=contents)
    if known.is_numpy:
        return known
    return known.copy(content=unify(known.content, new.content, product))


def _shape(form: Form) -> Any:
    if form.is_record:
        return form.is_tuple, set(form.fields)
    if form.is_numpy:
        return form.primitive
    return getattr(form, "size", None), form.parameter("__array__")


def conform(layout: Content, form: Form) -> Content:
    """Give a canonical layout the type `form`, the result of `unify` with its own: known types, order of fields."""
    if layout.is_unknown:
        return form.length_zero_array(highlevel=False)
    if layout.is_record:
        contents = [
            conform(layout.content(name), content) for name, content in zip(form.fields, form.contents, strict=True)
        ]
        return ak.contents.RecordArray(contents, form._fields, layout.length, parameters=form.parameters)
    if layout.is_numpy:
        return layout.copy(parameters=form.parameters)
    return layout.copy(content=conform(layout.content, form.content), parameters=form.parameters)


def scatter(layout: Content, present: npt.NDArray[np.bool_]) -> Content:
    """Spread canonical entries over ``len(present)`` events; the others get zeros, empty lists and missing values."""
    if layout.is_unknown:
        return layout
    if layout.is_numpy:
        values = np.zeros(len(present), dtype=layout.dtype)
        values[present] = layout.data
        return layout.copy(data=values)
    if layout.is_option:
        index = np.full(len(present), -1, dtype=np.int64)
        index[present] = layout.index.data
        return layout.copy(index=ak.index.Index64(index))
    if layout.is_regular:
        content = scatter(layout.content, np.repeat(present, layout.size))
        return ak.contents.RegularArray(content, layout.size, len(present), parameters=layout.parameters)
    if layout.is_list:
        offsets = np.zeros(len(present) + 1, dtype=np.int64)
        offsets[1:][present] = np.diff(layout.offsets.data)
        return layout.copy(offsets=ak.index.Index64(np.cumsum(offsets)))
    contents = [scatter(content, present) for content in layout.contents]
    return ak.contents.RecordArray(contents, layout._fields, len(present), parameters=layout.parameters)


def join(parts: Sequence[Content]) -> Content:
    """Canonical layouts of the same type, after `conform`, one after the other."""
    first, length = parts[0], sum(part.length for part in parts)
    if len(parts) == 1 or first.is_unknown:
        return first
    if first.is_numpy:
        return first.copy(data=np.concatenate([part.data for part in parts]))
    if first.is_record:
        contents = [join(contents) for contents in zip(*(part.contents for part in parts), strict=True)]
        return ak.contents.RecordArray(contents, first._fields, length, parameters=first.parameters)
    content = join([part.content for part in parts])
    if first.is_regular:
        return ak.contents.RegularArray(content, first.size, length, parameters=first.parameters)
    starts = np.cumsum([0, *(part.content.length for part in parts)])[:-1]
    if first.is_option:
        indices = [
            np.where(part.index.data < 0, -1, part.index.data + start)
            for part, start in zip(parts, starts, strict=True)
        ]
        return first.copy(index=ak.index.Index64(np.concatenate(indices)), content=content)
    offsets = [part.offsets.data[1:] + start for part, start in zip(parts, starts, strict=True)]
    return first.copy(offsets=ak.index.Index64(np.concatenate([[0], *offsets])), content=content)


def storable(layout: Content) -> Content:
    """Replace unknown types by bytes, and drop what files don't keep (names of records, documentation)."""
    if layout.is_unknown:
        return ak.contents.NumpyArray(np.zeros(0, dtype=np.uint8))
    kept = layout.parameter("__array__")
    parameters = {"__array__": kept} if kept in ("string", "char") else None
    if layout.is_numpy:
        return layout.copy(parameters=parameters)
    if layout.is_record:
        contents = [storable(content) for content in layout.contents]
        return ak.contents.RecordArray(contents, layout._fields, layout.length)
    return layout.copy(content=storable(layout.content), parameters=parameters)


def restore(layout: Content, form: Form) -> Content:
    """The inverse of `storable`: the layout as it was before, given its form then."""
    if form.is_unknown:
        return ak.contents.EmptyArray()
    if form.is_numpy:
        return layout.copy(parameters=form.parameters)
    if form.is_record:
        contents = [restore(content, of) for content, of in zip(layout.contents, form.contents, strict=True)]
        return ak.contents.RecordArray(contents, form._fields, layout.length, parameters=form.parameters)
    return layout.copy(content=restore(layout.content, form.content), parameters=form.parameters)


def assemble(form: Form, length: int, columns: Iterator[npt.NDArray[Any]]) -> Content:
    """Build a layout of type `form` from the columns that RNTuple has for it: outer ones first, fields in order.

    A list's column has its offsets, 0 included; so has that of an option, as if it were a list of at most one.
    """
    if form.is_record:
        contents = [assemble(content, length, columns) for content in form.contents]
        return ak.contents.RecordArray(contents, form._fields, length, parameters=form.parameters)
    if form.is_regular:
        content = assemble(form.content, form.size * length, columns)
        return ak.contents.RegularArray(content, form.size, length, parameters=form.parameters)
    values = next(columns)
    if form.is_unknown:
        return ak.contents.EmptyArray()
    if form.is_numpy:
        return ak.contents.NumpyArray(values, parameters=form.parameters)
    content = assemble(form.content, int(values[-1]), columns)
    if form.is_option:
        index = np.where(np.diff(values) > 0, values[:-1], -1)
        return ak.contents.IndexedOptionArray(ak.index.Index64(index), content, parameters=form.parameters)
    return ak.contents.ListOffsetArray(ak.index.Index64(values), content, parameters=form.parameters)


def empty_events(form: Form, count: int) -> Content:
    """`count` events of type `form` without content: zeros, empty lists, missing values."""
    return scatter(canonical(form.length_zero_array(highlevel=False), ""), np.zeros(count, dtype=np.bool_))
