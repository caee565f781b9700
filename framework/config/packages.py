"""Packages of fragments that lie in several folders: pyrun's, those of a release, the user's.

CMSSW's build puts the Python files of a release, and of a user, into one tree. Here the same packages lie in several
folders of ``sys.path``. Python joins such folders by itself only if none has an ``__init__.py``, and a release has
one in each. Sources that were never built lie in ``Pkg/Sub/python``, where CMSSW's build takes them from.
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

from ..resources import python_cfg_path

_LANGUAGE = "FWCore.ParameterSet"  # always pyrun's: a release's own would make objects that nothing here knows


@contextmanager
def joined_packages() -> Iterator[None]:
    """While it lasts, imports find fragments in all folders of ``sys.path``, whatever else is in those."""
    first, last = _JoinedPackages(), _UnbuiltSources()
    sys.meta_path.insert(0, first)
    sys.meta_path.append(last)
    for name in _own_packages() & set(sys.modules):  # imported when sys.path was another
        folders = _folders(name)
        if _must_join(name, folders) or isinstance(sys.modules[name].__path__, list):
            sys.modules[name].__path__ = folders
    try:
        yield
    finally:
        sys.meta_path.remove(first)
        sys.meta_path.remove(last)


class _JoinedPackages(MetaPathFinder):
    """Finds packages that pyrun has and another folder too."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in _own_packages():
            return None
        folders = _folders(fullname)
        if not _must_join(fullname, folders):
            return None
        spec = ModuleSpec(fullname, None, is_package=True)
        spec.submodule_search_locations = folders
        return spec


class _UnbuiltSources(MetaPathFinder):
    """Finds ``Pkg.Sub.x_cfi`` in ``Pkg/Sub/python``."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if path is None or fullname.count(".") < 2:
            return None
        folders = [folder for folder in (os.path.join(entry, "python") for entry in path) if os.path.isdir(folder)]
        return PathFinder.find_spec(fullname, folders, target) if folders else None


@functools.cache
def _own_packages() -> frozenset[str]:
    """The packages that come with pyrun."""
    root = str(python_cfg_path())
    folders = (os.path.relpath(folder, root) for folder, _, _ in os.walk(root) if folder != root)
    return frozenset(folder.replace(os.sep, ".") for folder in folders if "__pycache__" not in folder)


def _folders(package: str) -> list[str]:
    """Where modules of a package are looked for: the order is that of ``sys.path``, but for the language itself."""
    folders = [os.path.join(entry, *package.split(".")) for entry in sys.path]
    if package.count(".") == 1:
        folders = [one for folder in folders for one in (os.path.join(folder, "python"), folder)]
    if package == _LANGUAGE:
        folders.insert(0, os.path.join(python_cfg_path(), *package.split(".")))
    return [folder for folder in dict.fromkeys(folders) if os.path.isdir(folder)]


def _must_join(package: str, folders: list[str]) -> bool:
    """Whether Python's own rules would not find all of `folders` in this order."""
    unusual = any(
        os.path.basename(folder) == "python" or os.path.isfile(os.path.join(folder, "__init__.py"))
        for folder in folders
    )
    return unusual or (package == _LANGUAGE and len(folders) > 1)
