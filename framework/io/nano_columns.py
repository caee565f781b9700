"""The columns of flat n-tuples, TTree or RNTuple, behind one interface."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import attrs
import numpy as np
import numpy.typing as npt

Values = npt.NDArray[Any]

_LEAVES = {
    "TLeafO": "bool", "TLeafB": "int8", "TLeafS": "int16", "TLeafI": "int32", "TLeafL": "int64", "TLeafG": "int64",
    "TLeafF": "float32", "TLeafD": "float64",
}  # fmt: skip


@attrs.frozen
class Column:
    """One column.

    Attributes
    ----------
    name : str
        Its name, e.g. ``Muon_pt``.
    dtype : numpy.dtype
        Type of the numbers.
    counter : str or None
        The column that says how many numbers an entry has; empty if none but this one says it; None if it is
        always one number.
    doc : str
        What the file says of it.
    """

    name: str
    dtype: np.dtype[Any]
    counter: str | None = None
    doc: str = ""


class Columns(Protocol):
    """Reads columns. May be used by several threads.

    Attributes
    ----------
    columns : mapping
        The columns by name.
    unreadable : list of str
        Names of the columns that are neither numbers nor lists of numbers.
    num_entries : int
        How many entries there are.
    """

    columns: Mapping[str, Column]
    unreadable: list[str]
    num_entries: int

    def read(self, name: str, start: int, stop: int) -> tuple[Values | None, Values]:
        """The entries from `start` up to `stop`: the offsets of lists, from 0 (None: one number each), and values."""

    def cuts(self, bytes_between: int, most_entries: int) -> Values:
        """Where to cut the entries into spans of at most about so many bytes, uncompressed, of all columns."""


class TreeColumns:
    """The branches of a TTree; see `Columns`."""

    def __init__(self, tree: Any) -> None:
        self._tree = tree
        self.num_entries = int(tree.num_entries)
        self.unreadable: list[str] = []
        self._branches = {branch.name: branch for branch in tree.branches}
        self.columns: Mapping[str, Column] = {
            name: column for name, branch in self._branches.items() if (column := self._describe(name, branch))
        }

    def _describe(self, name: str, branch: Any) -> Column | None:
        # uproot's own description of a branch takes ten times as long, which shows with two thousand of them
        (leaf, *others) = branch.member("fLeaves")
        kind = _LEAVES.get(leaf.classname)
        if others or kind is None or leaf.member("fLen") != 1:
            return self._describe_vector(name, branch)
        if leaf.member("fIsUnsigned") and kind.startswith("int"):
            kind = "u" + kind
        count = leaf.member("fLeafCount")
        return Column(name, np.dtype(kind), None if count is None else count.member("fName"), branch.title)

    def _describe_vector(self, name: str, branch: Any) -> Column | None:
        """A branch that is no plain number or array: a ``std::vector`` of numbers can be read all the same."""
        import uproot

        interpretation = branch.interpretation
        content = getattr(interpretation, "content", None)
        if (
            isinstance(interpretation, uproot.AsJagged)
            and isinstance(content, uproot.AsDtype)
            and not content.inner_shape
        ):
            dtype = content.to_dtype
            if dtype.names is None:
                return Column(name, dtype.newbyteorder("="), "", branch.title)
        self.unreadable.append(name)
        return None

    def read(self, name: str, start: int, stop: int) -> tuple[Values | None, Values]:
        return _parts(self._branches[name].array(entry_start=start, entry_stop=stop, array_cache=None), stop - start)

    def cuts(self, bytes_between: int, most_entries: int) -> Values:
        per_entry = max(float(self._tree.member("fTotBytes")) / max(self.num_entries, 1), 1.0)
        step = max(int(min(bytes_between / per_entry, most_entries)), 1)
        return _cut_at(np.asarray(self._tree.branches[0].entry_offsets if self._branches else [0]), step)


class RNTupleColumns:
    """The fields of an RNTuple; see `Columns`. Fields of records are called ``record_field``, as in a TTree."""

    def __init__(self, ntuple: Any) -> None:
        self._ntuple = ntuple
        self.num_entries = int(ntuple.num_entries)
        self.unreadable: list[str] = []
        self._paths: dict[str, tuple[str, ...]] = {}
        self.columns: Mapping[str, Column] = {}
        form = ntuple.to_akform()
        form = form[0] if isinstance(form, tuple) else form
        self.columns = {
            column.name: column for name in form.fields for column in self._describe((name,), form.content(name))
        }

    def _describe(self, path: tuple[str, ...], form: Any, counter: str | None = None) -> list[Column]:
        name = "_".join(path)
        if form.is_record and not form.is_tuple and len(path) == 1:
            return [
                column
                for field in form.fields
                for column in self._describe((*path, field), form.content(field), counter)
            ]
        if form.is_list and not form.is_regular and counter is None and form.parameter("__array__") is None:
            return self._describe(path, form.content, f"n{name}" if form.content.is_record else "")
        if not form.is_numpy or form.inner_shape:
            self.unreadable.append(name)
            return []
        self._paths[name] = path
        doc = self._ntuple[".".join(path)].description
        return [Column(name, np.dtype(form.primitive), counter, doc)]

    def read(self, name: str, start: int, stop: int) -> tuple[Values | None, Values]:
        array = self._ntuple[".".join(self._paths[name])].array(entry_start=start, entry_stop=stop)
        return _parts(array, stop - start)

    def cuts(self, bytes_between: int, most_entries: int) -> Values:
        sizes = [cluster.num_entries for cluster in self._ntuple.cluster_summaries]
        width = sum(column.dtype.itemsize for column in self.columns.values())
        step = max(min(bytes_between // max(width, 1), most_entries), 1)
        return _cut_at(np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)]), step)


def _parts(array: Any, entries: int) -> tuple[Values | None, Values]:
    """Offsets and content of what uproot read.

    Raises
    ------
    ValueError
        There are not as many entries as asked for: uproot does not notice every kind of damage.
    """
    import awkward as ak

    layout = ak.to_layout(array)
    if layout.length != entries:
        raise ValueError(f"there are only {layout.length} of {entries} entries")
    if not layout.is_list:
        return None, np.asarray(ak.to_numpy(layout))
    layout = layout.to_ListOffsetArray64(True)
    offsets = np.asarray(layout.offsets.data)
    return offsets, np.asarray(ak.to_numpy(layout.content))[: offsets[-1]]


def _cut_at(boundaries: Values, step: int) -> Values:
    """Those of `boundaries` that are at least `step` apart, with the last one; more where they are too far apart."""
    cuts = [int(boundaries[0])]
    for before, boundary in zip(boundaries, boundaries[1:], strict=False):
        if boundary - cuts[-1] > step and before > cuts[-1]:
            cuts.append(int(before))
        while boundary - cuts[-1] > 2 * step:
            cuts.append(cuts[-1] + step)
    if boundaries[-1] > cuts[-1]:
        cuts.append(int(boundaries[-1]))
    return np.asarray(cuts, dtype=np.int64)
