"""Which name was meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest(name: str, names: Iterable[str], count: int = 1) -> list[str]:
    """The closest of `names`, best first; empty if none is close."""
    by_lower = {other.lower(): other for other in sorted(names, reverse=True)}
    found = difflib.get_close_matches(name.lower(), by_lower, n=count, cutoff=0.6)
    return [by_lower[lower] for lower in found]


def misspelt(name: str, names: Iterable[str]) -> str:
    """The one of `names` that `name` is most likely a slip of the pen for; empty if there is none.

    Digits make other names, not misspelt ones: ak8PFJets is not meant for ak4PFJets.
    """
    near = nearest(name, [other for other in names if other != name])
    if not near or [c for c in name if c.isdigit()] != [c for c in near[0] if c.isdigit()]:
        return ""
    alike = difflib.SequenceMatcher(None, name.lower(), near[0].lower(), autojunk=False).ratio()
    return near[0] if alike >= 0.9 and abs(len(name) - len(near[0])) <= 2 else ""
