"""The framework: configuration language, engine and I/O, and nothing about physics.

What a module's author needs is here: base classes, the `plugin` decorator and parameter declarations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import errors
from .event.branch import InputTag
from .eventsetup.es_module import ESProducer, ESSource
from .eventsetup.iov import IntervalOfValidity, IOVSyncValue
from .eventsetup.setup import ESWatcher, EventSetup
from .module import EDAnalyzer, EDFilter, EDProducer
from .output_module import OutputModule
from .plugins import parameters
from .plugins.registry import plugin
from .service import Service
from .source import Source

if TYPE_CHECKING:
    from . import config as cms
    from .api import load, reset, run

__all__ = [
    "EDAnalyzer",
    "EDFilter",
    "EDProducer",
    "ESProducer",
    "ESSource",
    "ESWatcher",
    "EventSetup",
    "IOVSyncValue",
    "InputTag",
    "IntervalOfValidity",
    "OutputModule",
    "Service",
    "Source",
    "cms",
    "errors",
    "load",
    "parameters",
    "plugin",
    "reset",
    "run",
]


def __getattr__(name: str) -> Any:
    """The Python API, imported when first used: `load`, `run`, `reset`, and the configuration language as `cms`."""
    if name not in ("cms", "load", "reset", "run"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from . import api, config

    if name != "cms":
        return getattr(api, name)
    api.use_fragments()
    return config
