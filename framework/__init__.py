"""The framework: configuration language, engine and I/O, and nothing about physics.

What a module's author needs is here: base classes, the `plugin` decorator and parameter declarations.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import config as cms
    from . import errors
    from .api import load, reset, run
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


# where each name lives: what only reads configurations has no use for the rest
_HOMES = {
    "EDAnalyzer": "module",
    "EDFilter": "module",
    "EDProducer": "module",
    "ESProducer": "eventsetup.es_module",
    "ESSource": "eventsetup.es_module",
    "ESWatcher": "eventsetup.setup",
    "EventSetup": "eventsetup.setup",
    "IOVSyncValue": "eventsetup.iov",
    "InputTag": "event.branch",
    "IntervalOfValidity": "eventsetup.iov",
    "OutputModule": "output_module",
    "Service": "service",
    "Source": "source",
    "load": "api",
    "plugin": "plugins.registry",
    "reset": "api",
    "run": "api",
}


def __getattr__(name: str) -> Any:
    """What a module's author needs, and the Python API, imported when first used; the language as `cms`."""
    if name == "cms":
        from . import api, config

        api.use_fragments()
        return config
    if name == "parameters":
        return import_module(".plugins.parameters", __name__)
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f".{_HOMES[name]}", __name__), name)
    return value
