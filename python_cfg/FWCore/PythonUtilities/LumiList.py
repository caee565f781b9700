"""Lists of luminosity blocks: the JSON masks of certified data, and calculating with them.

    import FWCore.PythonUtilities.LumiList as LumiList
    process.source.lumisToProcess = LumiList.LumiList(filename = "golden.json").getVLuminosityBlockRange()
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from urllib.request import urlopen

_END = 0xFFFFFFF  # the last luminosity block of a run of which all are meant

Ranges = list[list[int]]


class LumiList:
    """A set of luminosity blocks.

    Parameters
    ----------
    filename, url : str
        A JSON file, or where one is on the web: ``{"run": [[first, last], ...]}``.
    lumis : iterable of (run, lumi)
        Single luminosity blocks.
    runsAndLumis : mapping of run to luminosity blocks, or a list of such mappings
    runs : iterable of run
        Runs of which all luminosity blocks are meant.
    compactList : mapping of run to [first, last] pairs
        What the JSON file holds.

    Raises
    ------
    OSError
        The file can't be read.
    ValueError
        It is not such a list.

    Examples
    --------
    >>> mask = LumiList(compactList = {"1": [[1, 3], [4, 6], [9, 9]]})
    >>> mask.getCMSSWString(), (1, 5) in mask, len(mask - LumiList(lumis = [(1, 5)]))
    ('1:1-1:6,1:9', True, 1)
    """

    def __init__(
        self,
        filename: str | None = None,
        lumis: Iterable[Sequence[int]] | None = None,
        runsAndLumis: Mapping | Sequence[Mapping] | None = None,
        runs: Iterable[int | str] | None = None,
        compactList: Mapping | None = None,
        url: str | None = None,
    ) -> None:
        found: dict[str, Ranges] = {}
        self.duplicates: dict[str, list[int]] = {}
        if filename:
            with open(filename) as file:
                _add(found, _parsed(file.read(), filename))
        if url:
            with urlopen(url) as answer:
                _add(found, _parsed(answer.read(), url))
        for run, lumi in lumis or ():
            found.setdefault(str(run), []).append([int(lumi), int(lumi)])
        for mapping in [runsAndLumis] if isinstance(runsAndLumis, Mapping) else runsAndLumis or ():
            for run, of_run in mapping.items():
                found.setdefault(str(run), []).extend([int(lumi), int(lumi)] for lumi in of_run)
        if lumis or runsAndLumis:
            self.duplicates = {run: _twice(ranges) for run, ranges in found.items()}
        for run in runs or ():
            found[str(run)] = [[1, _END]]
        _add(found, compactList or {})
        self.compactList: dict[str, Ranges] = {run: _joined(ranges) for run, ranges in found.items() if ranges}

    # ---- calculating

    def __or__(self, other: LumiList) -> LumiList:
        """What is in either."""
        both = {run: self._of(run) + other._of(run) for run in [*self.compactList, *other.compactList]}
        return LumiList(compactList=both)

    __add__ = __or__

    def __and__(self, other: LumiList) -> LumiList:
        """What is in both."""
        return LumiList(
            compactList={
                run: [
                    [max(a[0], b[0]), min(a[1], b[1])]
                    for a in ranges
                    for b in other._of(run)
                    if max(a[0], b[0]) <= min(a[1], b[1])
                ]
                for run, ranges in self.compactList.items()
            }
        )

    def __sub__(self, other: LumiList) -> LumiList:
        """What is in this one only."""
        return LumiList(
            compactList={run: list(_without(ranges, other._of(run))) for run, ranges in self.compactList.items()}
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LumiList) and self.compactList == other.compactList

    __hash__ = None  # type: ignore[assignment]  # runs may be removed

    def __len__(self) -> int:
        """The number of runs."""
        return len(self.compactList)

    def contains(self, run: int | str | Sequence[int], lumiSection: int | None = None) -> bool:
        """Whether a luminosity block is in the list: ``contains(run, lumi)``, ``contains((run, lumi))``.

        ``contains(run)`` asks whether any of the run is.
        """
        if lumiSection is None:
            if isinstance(run, (int, str)):
                return str(run) in self.compactList
            run, lumiSection = run
        return any(first <= lumiSection <= last for first, last in self._of(str(run)))

    def __contains__(self, run: int | str | Sequence[int]) -> bool:
        return self.contains(run)

    def filterLumis(self, lumiList: Iterable[Sequence[int]]) -> list[tuple[int, int]]:
        """Those of the pairs (run, lumi) that are in the list."""
        return [(run, lumi) for run, lumi in lumiList if self.contains(run, lumi)]

    def removeRuns(self, runList: Iterable[int | str]) -> None:
        """Take runs out."""
        for run in runList:
            self.compactList.pop(str(run), None)

    def selectRuns(self, runList: Iterable[int | str]) -> None:
        """Take all other runs out."""
        self.removeRuns(set(self.compactList) - {str(run) for run in runList})

    # ---- in other forms

    def getCompactList(self) -> dict[str, Ranges]:
        """``{"run": [[first, last], ...]}``."""
        return self.compactList

    def getDuplicates(self) -> LumiList:
        """The luminosity blocks that were given more than once, one by one."""
        return LumiList(runsAndLumis=self.duplicates)

    def getLumis(self) -> list[tuple[int, int]]:
        """All pairs (run, lumi), sorted."""
        return [
            (int(run), lumi)
            for run in self.getRuns()
            for first, last in self.compactList[run]
            for lumi in range(first, last + 1)
        ]

    def getRuns(self) -> list[str]:
        """The runs, sorted by number."""
        return sorted(self.compactList, key=int)

    def getCMSSWString(self) -> str:
        """``run:first-run:last,run:lumi,...``."""
        return ",".join(self._parts())

    def getVLuminosityBlockRange(self, tracked: bool = False):
        """The value for a source's lumisToProcess or lumisToSkip."""
        import FWCore.ParameterSet.Config as cms

        ranges = self._parts()
        return cms.VLuminosityBlockRange(ranges) if tracked else cms.untracked.VLuminosityBlockRange(ranges)

    def writeJSON(self, fileName: str) -> None:
        """Write a JSON file."""
        with open(fileName, "w") as file:
            file.write(f"{self}\n")

    def __str__(self) -> str:
        lines = [f"{json.dumps(run)}: {json.dumps(self.compactList[run])}" for run in self.getRuns()]
        return "{" + ",\n".join(lines) + "}"

    def _parts(self) -> list[str]:
        return [
            f"{run}:{first}" if first == last else f"{run}:{first}-{run}:{last}"
            for run in self.getRuns()
            for first, last in self.compactList[run]
        ]

    def _of(self, run: str) -> Ranges:
        return self.compactList.get(run, [])


def _parsed(text: str | bytes, where: str) -> dict[str, Ranges]:
    """The content of a JSON file, if it is a list of luminosity blocks."""
    try:
        content = json.loads(text)
        return {str(int(run)): [[int(first), int(last)] for first, last in content[run]] for run in content}
    except (ValueError, TypeError) as error:
        form = '{"run": [[first, last], ...]}'
        raise ValueError(f"{where} is not a list of luminosity blocks {form}: {error}") from None


def _add(found: dict[str, Ranges], more: Mapping) -> None:
    for run, ranges in more.items():
        found.setdefault(str(run), []).extend([first, last or _END] for first, last in ranges)  # 0: to the end


def _joined(ranges: Ranges) -> Ranges:
    """Sorted, with those that touch or overlap made one."""
    result: Ranges = []
    for first, last in sorted(ranges):
        if result and first <= result[-1][1] + 1:
            result[-1][1] = max(result[-1][1], last)
        else:
            result.append([first, last])
    return result


def _without(ranges: Ranges, others: Ranges) -> Iterator[list[int]]:
    for first, last in ranges:
        for other_first, other_last in others:  # sorted
            if other_first > last:
                break
            if other_first > first:
                yield [first, other_first - 1]
            first = max(first, other_last + 1)
        if first <= last:
            yield [first, last]


def _twice(ranges: Ranges) -> list[int]:
    numbers = sorted(first for first, _ in ranges)
    return [number for number, following in zip(numbers, numbers[1:], strict=False) if number == following]
