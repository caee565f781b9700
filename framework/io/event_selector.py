"""Which events are written: ``SelectEvents``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase

import attrs
import numpy as np
import numpy.typing as npt

from ..errors import Configuration
from ..event.store import Mask
from ..event.trigger_results import EXCEPTION, FAIL, PASS
from ..near_names import did_you_mean

States = npt.NDArray[np.uint8]

_TERM = re.compile(
    r"(?P<not>!?)(?P<exception>exception@)?(?P<path>[^&:!@]+)(?P<noexception>&noex(ception)?)?(:(?P<process>.+))?"
)


@attrs.frozen
class _Term:
    """One of the ORed terms: the `columns` of the paths it names must be in the state `state`, one or `all`."""

    process: str
    columns: tuple[int, ...]
    state: int
    all: bool
    noexception: bool

    def accepts(self, states: States) -> Mask:
        named = states[:, list(self.columns)] == self.state
        accepted: Mask = named.all(axis=1) if self.all else named.any(axis=1)
        return accepted & ~(states == EXCEPTION).any(axis=1) if self.noexception else accepted


class EventSelector:
    """ORed conditions on the results of trigger paths, with the meaning they have in CMSSW's EventSelector.

    ========================= ==================================================================
    ``p``                     the path passed
    ``!p``                    it failed (an exception is no failure)
    ``p*``, ``p?``            any of the matching paths passed
    ``!p*``                   all of the matching paths failed
    ``p&noexception``         as ``p``, and no path of that process ended in an exception
    ``exception@p``           it ended in an exception
    ``p:PROC``                the path of an earlier process
    ========================= ==================================================================

    An empty list accepts all events.

    Parameters
    ----------
    expressions : sequence of str
        The conditions.
    path_names : mapping of str to sequence of str
        By process: its trigger paths, in the order of its results.
    process_name : str
        The process meant where a term names none.

    Attributes
    ----------
    warnings : list of str
        Patterns that match no path.

    Raises
    ------
    Configuration
        A condition is malformed, or names a path or process that does not exist; the message names the nearest.
    """

    def __init__(self, expressions: Sequence[str], path_names: Mapping[str, Sequence[str]], process_name: str) -> None:
        self.warnings: list[str] = []
        self._process = process_name
        self._paths = path_names
        plain = {re.sub(r"\s", "", expression) for expression in expressions}
        self._all = not plain or {"*", "!*", "exception@*"} <= plain
        self._terms = [] if self._all else [self._parse(expression) for expression in expressions]

    @property
    def processes(self) -> set[str]:
        """The processes whose results `select` needs."""
        return {term.process for term in self._terms}

    def select(self, states: Mapping[str, States]) -> Mask:
        """Which events are accepted.

        Parameters
        ----------
        states : mapping of str to array of uint8, shape (events, paths)
            By process, its paths' results: 0 not run, 1 passed, 2 failed, 3 exception. This process must be there, and
            all of `processes`.

        Returns
        -------
        array of bool, shape (events,)
        """
        accepted = np.full(len(states[self._process]), self._all, dtype=np.bool_)
        for term in self._terms:
            accepted |= term.accepts(states[term.process])
        return accepted

    def _parse(self, expression: str) -> _Term:
        parts = _TERM.fullmatch(re.sub(r"\s", "", expression))
        if parts is None:
            raise _refused(expression, "it must be [!]path[&noexception][:process] or exception@path[:process]")
        negated, exception, noexception = bool(parts["not"]), bool(parts["exception"]), bool(parts["noexception"])
        if exception and (negated or noexception):
            raise _refused(expression, "exception@ goes neither with ! nor with &noexception")
        process = parts["process"] or self._process
        columns = self._columns(expression, parts["path"], process)
        if not columns and negated:
            raise _refused(expression, f"no path of process {process} matches it, so none can have failed")
        state = EXCEPTION if exception else FAIL if negated else PASS
        return _Term(process, columns, state, all=negated, noexception=noexception)

    def _columns(self, expression: str, pattern: str, process: str) -> tuple[int, ...]:
        if process not in self._paths:
            near = _nearest(process, self._paths)
            raise _refused(expression, f"there are no trigger results of process {process}. {near}")
        names = self._paths[process]
        columns = tuple(i for i, name in enumerate(names) if fnmatchcase(name, pattern.replace("[", "[[]")))
        if not columns and not set("*?") & set(pattern):
            raise _refused(expression, f"process {process} has no trigger path {pattern}. {_nearest(pattern, names)}")
        if not columns:
            self.warnings.append(f"SelectEvents: the term {expression!r} matches no trigger path of process {process}")
        return columns


def _nearest(name: str, names: Sequence[str] | Mapping[str, object]) -> str:
    first, more = sorted(names)[:10], ", ..." * (len(names) > 10)
    return did_you_mean(name, names, f"There are {', '.join(first) or 'none'}{more}.", count=3)


def _refused(expression: str, why: str) -> Configuration:
    return Configuration(f"SelectEvents has the term {expression!r}: {why}")
