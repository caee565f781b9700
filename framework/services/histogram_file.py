"""ROOT files of histograms and flat trees, which appear whole or not at all."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import uproot

from ..errors import FileOpenError, FileReadError, LogicError
from ..io.temporary import WholeFile

TREE_CHUNK = "50 MB"  # how much of a tree is held in memory while it is copied


class HistogramFile(WholeFile):
    """Writes a ROOT file under a hidden name beside it, and gives it its own name at the end.

    Parameters
    ----------
    path : str or Path
        The file. If it exists, it is replaced, at the end.

    Raises
    ------
    FileWriteError
        The operating system refuses: no such folder, no permission, disk full. Nothing is left behind.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        super().__init__(path)
        with self._writing():
            self._open_temporary()
            self._file = uproot.recreate(self._stream)

    def write(self, name: str, histogram: Any) -> None:
        """Write a histogram under ``folder/.../name``."""
        with self._writing():
            self._file[name] = _writable(histogram)

    def make_tree(self, name: str, types: Mapping[str, Any], title: str = "") -> Any:
        """Begin a tree; the types of its branches are those of `uproot.WritableDirectory.mktree`."""
        with self._writing():
            return self._file.mktree(name, dict(types), title=title)

    def extend(self, tree: Any, columns: Mapping[str, Any]) -> None:
        """Add entries to a tree that `make_tree` made."""
        with self._writing():
            tree.extend(dict(columns))

    def close(self) -> None:
        """Complete the file and give it its name."""
        if self._temporary is None:
            return
        with self._writing():
            self._file.close()
            self._stream.close()
            self._give_name()


def check_writable(histogram: Any, where: str) -> None:
    """Refuse what a ROOT file can't hold.

    Raises
    ------
    LogicError
        Not a histogram, more than three axes, or a profile of more than one.
    """
    try:
        uproot.to_writable(_writable(histogram))
    except (TypeError, ValueError, NotImplementedError) as error:
        raise LogicError(f"{where} can't be written as a ROOT histogram: {error}") from error


def _writable(histogram: Any) -> Any:
    """The histogram in a form that uproot writes; ROOT has no 64-bit integer bins, so these become doubles."""
    import boost_histogram as bh

    integers = (bh.storage.Int64, bh.storage.AtomicInt64)
    if not isinstance(histogram, bh.Histogram) or not issubclass(histogram.storage_type, integers):
        return histogram
    doubles: Any = type(histogram)(*histogram.axes, storage=bh.storage.Double())
    doubles.view(flow=True)[...] = histogram.view(flow=True)
    doubles.title = getattr(histogram, "title", None)
    return doubles


def add_histogram_files(destination: str | os.PathLike[str], sources: Sequence[str | os.PathLike[str]]) -> None:
    """Add files of histograms and trees into one, as ROOT's ``hadd`` does.

    Histograms with the same name are added bin by bin, trees are joined, both in the order of `sources`, so the same
    files in the same order always give the same bits. Names that only some files have are kept.

    Raises
    ------
    FileOpenError, FileReadError
        A source is missing or damaged.
    FileWriteError
        The destination can't be written; nothing is left behind.
    LogicError
        Two histograms with the same name have different axes.
    """
    totals: dict[str, Any] = {}
    with HistogramFile(destination) as output:
        trees: dict[str, Any] = {}
        for source in sources:
            with _reading(source) as file:
                for name, classname in file.classnames(cycle=False).items():
                    if classname == "TTree":
                        _copy_tree(file[name], name, output, trees)
                    elif classname.startswith(("TH", "TProfile")):
                        histogram = file[name].to_hist()
                        histogram.title = file[name].title
                        _add(totals, name, histogram, str(source))
        for name, histogram in totals.items():
            output.write(name, histogram)


@contextlib.contextmanager
def _reading(source: str | os.PathLike[str]) -> Iterator[Any]:
    try:
        file = uproot.open(source)
    except (OSError, ValueError) as error:
        raise FileOpenError(f"The file {str(source)!r} can't be opened: {error}") from error
    with file:
        try:
            yield file
        except (uproot.DeserializationError, uproot.KeyInFileError, EOFError) as error:
            raise FileReadError(f"The file {str(source)!r} can't be read: {error}") from error


def _copy_tree(tree: Any, name: str, output: HistogramFile, trees: dict[str, Any]) -> None:
    for chunk in tree.iterate(step_size=TREE_CHUNK):
        if name not in trees:
            types = {field: _branch_type(chunk[field]) for field in chunk.fields if not _counts(field, chunk.fields)}
            trees[name] = (output.make_tree(name, types, tree.title), tuple(types))
        target, fields = trees[name]
        output.extend(target, {field: chunk[field] for field in fields})
    if name not in trees:  # no entries: the branches alone
        array = tree.arrays()
        types = {field: _branch_type(array[field]) for field in array.fields if not _counts(field, array.fields)}
        trees[name] = (output.make_tree(name, types, tree.title), tuple(types))


def _counts(field: str, fields: Sequence[str]) -> bool:
    """Whether a branch is the counter that ROOT keeps beside a branch of lists; uproot makes it anew."""
    return field.startswith("n") and field[1:] in fields


def _branch_type(array: Any) -> str:
    return str(array.type.content)


def _add(totals: dict[str, Any], name: str, histogram: Any, source: str) -> None:
    if name not in totals:
        totals[name] = histogram
        return
    try:
        totals[name] += histogram
    except ValueError as error:
        raise LogicError(f"The histogram {name!r} of {source!r} does not fit those before it: {error}") from error
