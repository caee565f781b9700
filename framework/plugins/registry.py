"""Finding a module's class by the name that configurations use."""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from ..errors import PluginNotFound
from ..near_names import did_you_mean

if TYPE_CHECKING:
    from importlib.metadata import EntryPoints

GROUP = "pyrun.modules"

_registered: dict[str, type[Any]] = {}
_Class = TypeVar("_Class", bound=type[Any])


def plugin(cls: _Class) -> _Class:
    """Register a module class under its own name. Use as a decorator.

    Packages announce their modules as entry points of the group ``pyrun.modules``, so that a class is imported
    only when a job names it; classes defined in a script or a test are known from here on.
    """
    _registered[cls.__name__] = cls
    return cls


@functools.cache  # 20 ms for each module of a job otherwise
def _announced() -> EntryPoints:
    from importlib.metadata import entry_points  # slow to import, and pyrun --help has no need of it

    return entry_points(group=GROUP)


def plugin_names() -> list[str]:
    """The names of all modules that a configuration may use, sorted."""
    return sorted({*_registered, *_announced().names})


def announced_modules() -> dict[str, str]:
    """The Python module of each plugin that an installed package announces, by the plugin's name."""
    return {entry.name: entry.module for entry in _announced()}


def find_plugin(name: str) -> type[Any]:
    """The class registered as `name`.

    Raises
    ------
    PluginNotFound
        No such module; the message gives the nearest names.
    """
    if name in _registered:
        return _registered[name]
    for entry in _announced().select(name=name):
        loaded: type[Any] = entry.load()
        return _registered.setdefault(name, loaded)
    hint = did_you_mean(name, plugin_names(), "No installed module has a similar name.", count=3)
    raise PluginNotFound(f"No module of type {name!r} is installed (entry-point group {GROUP!r}). {hint}")


def distributions(names: Collection[str]) -> dict[str, str]:
    """Name and version of each installed package that announces one of the modules `names`."""
    return {entry.dist.name: entry.dist.version for entry in _announced() if entry.name in names and entry.dist}


def unannounced_plugins() -> dict[str, type[Any]]:
    """The classes, by name, that only this interpreter knows: of scripts, notebooks, files beside a configuration."""
    modules = announced_modules()
    return {name: cls for name, cls in _registered.items() if modules.get(name) != cls.__module__}


@contextmanager
def additional_plugins(classes: Mapping[str, type[Any]]) -> Iterator[None]:
    """Know more classes, by name, while a ``with`` block runs."""
    before = dict(_registered)
    _registered.update(classes)
    try:
        yield
    finally:
        for name in classes:
            _registered.pop(name, None)
            if name in before:
                _registered[name] = before[name]
