"""The framework: configuration language, engine and I/O, and nothing about physics.

What a module's author needs is here: base classes, the `plugin` decorator and parameter declarations.
"""

from __future__ import annotations

from . import errors
from .event.branch import InputTag
from .module import EDAnalyzer, EDFilter, EDProducer, EventSetup
from .output_module import OutputModule
from .plugins import parameters
from .plugins.registry import plugin
from .service import Service
from .source import Source

__all__ = [
    "EDAnalyzer",
    "EDFilter",
    "EDProducer",
    "EventSetup",
    "InputTag",
    "OutputModule",
    "Service",
    "Source",
    "errors",
    "parameters",
    "plugin",
]
