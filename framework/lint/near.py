"""Names that are slips of the pen."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from ..near_names import nearest


def misspelt(name: str, names: Iterable[str]) -> str:
    """The one of `names` that `name` is most likely a slip of the pen for; empty if there is none.

    Digits make other names, not misspelt ones: ak8PFJets is not meant for ak4PFJets.
    """
    near = nearest(name, [other for other in names if other != name])
    if not near or [c for c in name if c.isdigit()] != [c for c in near[0] if c.isdigit()]:
        return ""
    alike = difflib.SequenceMatcher(None, name.lower(), near[0].lower(), autojunk=False).ratio()
    return near[0] if alike >= 0.9 and abs(len(name) - len(near[0])) <= 2 else ""
