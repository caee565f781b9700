"""Which name was meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest(name: str, names: Iterable[str], count: int = 1) -> list[str]:
    """The closest of `names`, best first; empty if none is close."""
    by_lower = {other.lower(): other for other in sorted(names, reverse=True)}
    found = difflib.get_close_matches(name.lower(), by_lower, n=count, cutoff=0.6)
    return [by_lower[lower] for lower in found]


def did_you_mean(name: str, names: Iterable[str], otherwise: str | None = None, count: int = 1) -> str:
    """A sentence for the end of an error: the closest of `names`, or `otherwise`, by default all there are."""
    known = list(names)
    near = nearest(name, known, count)
    if near:
        return f"Did you mean {' or '.join(map(repr, near))}?"
    return f"There are {', '.join(known) or 'none'}." if otherwise is None else otherwise
