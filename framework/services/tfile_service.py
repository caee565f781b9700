"""TFileService: histograms and flat ntuples of the job's modules, in one ROOT file.

What a module fills becomes part of the job when the block of events it belongs to does: fills are noted while the
module runs, dropped if it fails (the block is then divided and the good events are analysed again), and carried out
in the order of the input once the block is written. So a histogram counts each event once, and its bits don't depend on
the number of streams or threads, although sums of floating-point weights depend on the order of their terms.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from ..errors import LogicError
from ..plugins import parameters as param
from ..plugins.registry import plugin
from ..service import JobContext, ModuleCall, Service

if TYPE_CHECKING:
    from ..engine.job import JobResult
    from ..event.block import EventBlock
    from ..event.branch import BranchDescription
    from ..event.store import Array
    from ..module import Module
    from .histogram_file import HistogramFile

TREE_ENTRIES = 100_000  # as many entries of a tree are written at a time

_Action = Callable[[], Any]


class BookedHistogram:
    """A histogram of the job, as one module instance fills it.

    Attributes
    ----------
    histogram : hist.Hist or boost_histogram.Histogram
        The whole job's histogram. It holds all events only in ``endJob``; before, those of the blocks that are done.
    """

    def __init__(self, service: TFileService, name: str, histogram: Any) -> None:
        self.histogram = histogram
        self._service = service
        self._name = name
        self._probe = histogram.copy().reset()
        self._known: set[Any] = set()  # the kinds of arguments that have been tried

    def fill(self, *args: Any, **kwargs: Any) -> None:
        """Fill, with the arguments of the histogram's own ``fill``: flat arrays of one length, or single values.

        Raises
        ------
        LogicError
            The histogram can't be filled with these.
        """
        try:
            args, kwargs = tuple(map(_own, args)), {name: _own(value) for name, value in kwargs.items()}
        except (TypeError, ValueError) as error:
            raise LogicError(
                f"The histogram {self._name!r} is filled with flat arrays of numbers: {error}\n"
                "Flatten lists (ak.flatten) and drop missing values (ak.drop_none) first"
            ) from error
        self._check(args, kwargs)
        self._service.do(partial(self.histogram.fill, *args, **kwargs))

    def add(self, other: Any) -> None:
        """Add a histogram with the same axes, e.g. one that a numba kernel has filled."""
        if other.axes != self.histogram.axes:
            raise LogicError(f"The histogram {self._name!r} can't be added to: the axes are different")
        own = other.copy()
        self._service.do(partial(self.histogram.__iadd__, own))

    def _check(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> None:
        """Find wrong arguments now, while it is known which module gives them."""
        import numpy as np

        columns = [*args, *(value for value in kwargs.values() if value is not None)]
        lengths = {len(value) for value in columns if np.ndim(value)}
        kind = (tuple(kwargs), *(getattr(value, "dtype", type(value)) for value in (*args, *kwargs.values())))
        try:
            if len(lengths - {1}) > 1:
                raise ValueError(f"the arrays have different lengths: {', '.join(map(str, sorted(lengths)))}")
            if kind not in self._known and 0 not in lengths:
                self._probe.fill(*map(_first, args), **{name: _first(value) for name, value in kwargs.items()})
                self._known.add(kind)
        except (TypeError, ValueError, KeyError, RuntimeError) as error:
            raise LogicError(f"The histogram {self._name!r} can't be filled with this: {error}") from error


class BookedTree:
    """A flat ntuple of the job, as one module instance fills it."""

    def __init__(self, service: TFileService, name: str, types: Mapping[str, Any], title: str) -> None:
        self.name, self.types, self.title = name, dict(types), title
        self._service = service
        self._waiting: list[dict[str, Any]] = []
        self._entries = 0
        self._tree: Any = None

    def fill(self, **columns: Any) -> None:
        """Add entries: for each branch an array, all of the same length.

        Raises
        ------
        LogicError
            A branch is missing or unknown, or the lengths differ.
        """
        if set(columns) != set(self.types):
            wrong = ", ".join(sorted(set(columns) ^ set(self.types)))
            raise LogicError(f"The tree {self.name!r} has the branches {', '.join(self.types)}; look at {wrong}")
        arrays = {name: _column(columns[name], type_) for name, type_ in self.types.items()}
        lengths = {len(array) for array in arrays.values()}
        if len(lengths) > 1:
            raise LogicError(f"The columns of the tree {self.name!r} have different lengths: {sorted(lengths)}")
        self._service.do(partial(self._append, arrays, lengths.pop()))

    def _append(self, arrays: dict[str, Any], entries: int) -> None:
        self._waiting.append(arrays)
        self._entries += entries
        if self._entries >= TREE_ENTRIES:
            self.flush()

    def flush(self) -> None:
        """Write what has been gathered."""
        import awkward as ak

        file = self._service.file
        if self._tree is None:
            self._tree = file.make_tree(self.name, self.types, self.title)
        if self._entries:
            columns = {name: ak.concatenate([part[name] for part in self._waiting]) for name in self.types}
            file.extend(self._tree, columns)
        self._waiting, self._entries = [], 0


class TFileDirectory:
    """A folder of the file, as one module instance books in it; the first is named after the module's label."""

    def __init__(self, service: TFileService, path: str, booked: set[str] | None = None) -> None:
        self._service = service
        self._path = path
        self._booked: set[str] = set() if booked is None else booked

    def make(self, histogram: Any, name: str, title: str | None = None) -> BookedHistogram:
        """Book a histogram; all streams' instances of the module share it.

        Parameters
        ----------
        histogram : hist.Hist or boost_histogram.Histogram
            Empty, with one to three axes; a profile (Mean, WeightedMean) has one.
        name : str
            Its name in this folder of the file.
        title : str, optional
            Its title in the file; by default the histogram's own ``label``.

        Raises
        ------
        LogicError
            The name is taken, or ROOT has no such histogram.
        """
        return self._service.book_histogram(self._name(name), histogram, title)

    def makeTree(self, name: str, types: Mapping[str, Any], title: str = "") -> BookedTree:
        """Book a flat ntuple.

        `types` gives each branch's type as a numpy dtype or its name, or ``"var * float32"`` for one list per entry.
        """
        return self._service.book_tree(self._name(name), types, title)

    def mkdir(self, name: str) -> TFileDirectory:
        """A folder inside this one."""
        return TFileDirectory(self._service, f"{self._path}/{_checked(name)}", self._booked)

    def _name(self, name: str) -> str:
        full = f"{self._path}/{_checked(name)}"
        if full in self._booked:
            raise LogicError(f"{full!r} is booked twice with the TFileService; give one of them another name")
        self._booked.add(full)
        return full


@plugin
class TFileService(Service):
    """Keeps histograms and ntuples of modules, and writes them to a ROOT file at the end of the job."""

    class Parameters(param.ParameterSet):
        fileName: str = param.string("histo.root", doc="the ROOT file")
        closeFileFast: bool = param.untracked.bool(False, doc="as in CMSSW; without effect, closing is always fast")

    cfi = "CommonTools/UtilAlgos/TFileService"

    def __init__(self, label: str, parameters: Any) -> None:
        super().__init__(label, parameters)
        self.histograms: dict[str, Any] = {}
        self.trees: dict[str, BookedTree] = {}
        self._lock = threading.RLock()
        self._calls = threading.local()
        self._blocks: dict[int, list[_Action]] = {}
        self._file: HistogramFile | None = None

    @property
    def fileName(self) -> str:
        """The file that is written."""
        name: str = self.parameters.fileName  # type: ignore[attr-defined]
        return name.removeprefix("file:")

    @property
    def file(self) -> HistogramFile:
        """The file, being written."""
        if self._file is None:
            from .histogram_file import HistogramFile

            self._file = HistogramFile(self.fileName)
        return self._file

    def forModule(self, module: Module) -> TFileDirectory:
        """The folder of one module instance."""
        return TFileDirectory(self, module.label)

    def book_histogram(self, name: str, histogram: Any, title: str | None) -> BookedHistogram:
        """Make the histogram `name` of the job, or find the one that another stream has booked."""
        from .histogram_file import check_writable

        with self._lock:
            check_writable(histogram, f"{name!r} of the TFileService")
            mine = histogram.copy()
            mine.title = title if title is not None else getattr(histogram, "label", None) or ""
            known = self.histograms.setdefault(name, mine)
        if known.axes != mine.axes or known.storage_type is not mine.storage_type:
            raise LogicError(f"{name!r} of the TFileService is booked with different axes or storage in another stream")
        return BookedHistogram(self, name, known)

    def book_tree(self, name: str, types: Mapping[str, Any], title: str) -> BookedTree:
        """Make the tree `name` of the job, or find the one that another stream has booked."""
        with self._lock:
            tree = self.trees.setdefault(name, BookedTree(self, name, types, title))
        if tree.types != dict(types):
            raise LogicError(f"{name!r} of the TFileService is booked with different branches in another stream")
        return tree

    def do(self, action: _Action) -> None:
        """Carry out a fill when the block is written if a module is at work on one, else now."""
        noted: list[_Action] | None = getattr(self._calls, "noted", None)
        if noted is not None:
            noted.append(action)
            return
        with self._lock:
            action()

    def preBeginJob(self, job: JobContext) -> None:
        """Open the file, so that a name that can't be written is told at once."""
        _ = self.file

    def preModule(self, call: ModuleCall) -> None:
        """Note what this call fills."""
        self._calls.noted = [] if call.block is not None else None

    def postModule(
        self, call: ModuleCall, products: Mapping[BranchDescription, Array], error: Exception | None
    ) -> None:
        """Keep what the call has filled for its block, unless it failed."""
        noted, self._calls.noted = getattr(self._calls, "noted", None), None
        if noted and error is None and call.block is not None:
            self._blocks.setdefault(call.block.index, []).extend(noted)

    def blockWritten(self, block: EventBlock) -> None:
        """Carry out the block's fills."""
        with self._lock:
            for action in self._blocks.pop(block.index, ()):
                action()

    def postEndJob(self) -> None:
        """Write all histograms."""
        for tree in self.trees.values():
            tree.flush()
        for name, histogram in self.histograms.items():
            self.file.write(name, histogram)
        self.file.close()

    def jobEnded(self, result: JobResult | None, error: BaseException | None) -> None:
        """Leave nothing behind if the job has failed."""
        if self._file is not None:
            self._file.abort()


def _own(value: Any) -> Any:
    """The value as an array that the module will not change any more."""
    import numpy as np

    if value is None or isinstance(value, (str, int, float, bool, np.generic)):
        return value
    return np.array(value)


def _first(value: Any) -> Any:
    import numpy as np

    return value[:1] if np.ndim(value) else value


def _column(values: Any, type_: Any) -> Any:
    """The values of a branch, of its type, in memory of their own."""
    import awkward as ak
    import numpy as np

    if isinstance(type_, str) and type_.startswith("var * "):
        return ak.values_astype(ak.Array(values), type_.removeprefix("var * "))
    return np.array(values, dtype=type_)


def _checked(name: str) -> str:
    if not name or "/" in name:
        raise LogicError(f"{name!r} can't be a name in a ROOT file; use mkdir for folders, not slashes")
    return name
