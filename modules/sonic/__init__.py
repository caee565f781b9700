"""SONIC: inference by a Triton server, from event blocks.

What a module's author derives from is here; it is imported when it is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .sonic_ed_filter import SonicEDFilter
    from .sonic_ed_producer import SonicEDProducer
    from .sonic_one_ed_analyzer import SonicOneEDAnalyzer

__all__ = ["SonicEDFilter", "SonicEDProducer", "SonicOneEDAnalyzer"]

_HOMES = {
    "SonicEDFilter": "sonic_ed_filter",
    "SonicEDProducer": "sonic_ed_producer",
    "SonicOneEDAnalyzer": "sonic_one_ed_analyzer",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)
