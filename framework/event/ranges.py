"""Ids and ranges of events and luminosity blocks, as configurations give them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from typing import ClassVar, TypeVar

import attrs

Numbers = tuple[int, ...]

MAX = 2**64 - 1
_WORDS = {"MIN": 1, "MAX": 0}
_Id = TypeVar("_Id", bound="_NumberedId")
_Range = TypeVar("_Range", bound="_NumberedRange")


def _numbers(text: str, what: str) -> list[int]:
    """The numbers of ``"1:2"``; MIN is 1, MAX is 0, which at the end of a range means no limit."""
    try:
        numbers = [_WORDS[word] if (word := part.strip().upper()) in _WORDS else int(word) for part in text.split(":")]
    except ValueError:
        numbers = [-1]
    if min(numbers) < 0:
        raise ValueError(f"{text!r} is not a valid {what}: it needs whole numbers, MIN or MAX, separated by ':'")
    return numbers


@attrs.frozen(order=True)
class _NumberedId:
    numbers: Numbers

    sizes: ClassVar[tuple[int, ...]]
    form: ClassVar[str]

    @classmethod
    def parse(cls: type[_Id], text: str) -> _Id:
        """Read the text form; ValueError if it has another one."""
        numbers = _numbers(text, cls.__name__)
        if len(numbers) not in cls.sizes:
            raise ValueError(f"{text!r} is not a valid {cls.__name__}: the form is {cls.form!r}")
        return cls(tuple(numbers))

    def __str__(self) -> str:
        return ":".join(map(str, self.numbers))


class EventID(_NumberedId):
    """``run:lumi:event``, or ``run:event``."""

    sizes = (2, 3)
    form = "run:lumi:event"


class LuminosityBlockID(_NumberedId):
    """``run:lumi``."""

    sizes = (2,)
    form = "run:lumi"


@attrs.frozen
class _NumberedRange:
    first: Numbers
    last: Numbers

    id: ClassVar[type[_NumberedId]]

    @classmethod
    def parse(cls: type[_Range], text: str) -> _Range:
        """Read ``first-last`` or one id, which is a range of its own; ValueError if the text has another form."""
        ends = [cls.id.parse(part).numbers for part in text.split("-")]
        first, last = ends[0], tuple(number or MAX for number in ends[-1])
        if len(ends) > 2 or len(first) != len(last):
            raise ValueError(f"{text!r} is not a valid {cls.__name__}: the form is '{cls.id.form}-{cls.id.form}'")
        if len(first) == 3 and first[1] == 0 == ends[-1][1]:  # an event without luminosity block, in three numbers
            first, last = (first[0], first[2]), (last[0], last[2])
        if first > last:
            raise ValueError(f"{text!r} is not a valid {cls.__name__}: the end is before the start")
        return cls(first, last)

    def __str__(self) -> str:
        ends = (self.first, tuple(0 if number == MAX else number for number in self.last))
        return "-".join(":".join(map(str, end)) for end in ends)


class EventRange(_NumberedRange):
    """``run:lumi:event-run:lumi:event``, or ``run:event-run:event`` in any luminosity block; both ends included."""

    id = EventID


class LuminosityBlockRange(_NumberedRange):
    """``run:lumi-run:lumi``, both ends included."""

    id = LuminosityBlockID


class RangeSet:
    """Ranges of tuples of numbers, joined where they overlap, in which one can search.

    Examples
    --------
    >>> lumis = RangeSet([((1, 5), (1, 9)), ((1, 8), (2, 3)), ((4, 1), (4, 1))])
    >>> lumis.overlapping((1, 0), (1, 6)), lumis.overlapping((2, 4), (3, 9))
    ([((1, 5), (1, 6))], [])
    """

    def __init__(self, ranges: Iterable[tuple[Numbers, Numbers]]) -> None:
        self._firsts: list[Numbers] = []
        self._lasts: list[Numbers] = []
        for first, last in sorted(ranges):
            if self._lasts and first <= self._lasts[-1]:
                self._lasts[-1] = max(self._lasts[-1], last)
            else:
                self._firsts.append(first)
                self._lasts.append(last)

    def __bool__(self) -> bool:
        return bool(self._firsts)

    def __contains__(self, numbers: Numbers) -> bool:
        return bool(self.overlapping(numbers, numbers))

    def overlapping(self, first: Numbers, last: Numbers) -> list[tuple[Numbers, Numbers]]:
        """What the ranges have in common with the one from `first` to `last`."""
        return list(self._overlapping(first, last))

    def _overlapping(self, first: Numbers, last: Numbers) -> Iterator[tuple[Numbers, Numbers]]:
        begin, end = bisect_left(self._lasts, first), bisect_right(self._firsts, last)
        for i in range(begin, end):
            yield max(first, self._firsts[i]), min(last, self._lasts[i])
