"""Running a configuration file the way cmsRun does."""

from __future__ import annotations

import functools
import importlib
import linecache
import os
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from ..errors import ConfigFileNotFound, ConfigFileReadError, FileInPathError
from ..resources import file_in_path, python_cfg_path
from .base import _HERE
from .changes import suggestion
from .packages import joined_packages
from .process import Process, reset_modifiers

_INSTALLED = tuple(
    os.path.realpath(folder) + os.sep for folder in {sys.prefix, sys.base_prefix, os.path.dirname(os.__file__)}
)
_COMPONENTS = "FWCore.ParameterSet.MessageLogger"  # the one module of the language that holds a component
_RELEASE = (
    "Fragments of a CMSSW release are found if PYTHONPATH names the folder that holds them, such as "
    "$CMSSW_RELEASE_BASE/python, or a folder with copies of those that the job needs; what they configure must be a "
    "module that runs here."
)
_imported: set[str] = set()  # the names of fragments that loads have imported


def load_process(path: str, argv: Sequence[str] = ()) -> Process:
    """Run the configuration file `path` and return its ``process``.

    The file sees ``sys.argv == [path, *argv]``, its own folder first on ``sys.path`` and its name in
    ``__file__``. All of that is undone afterwards. Each load starts afresh: no modifier is chosen, and
    fragments imported by an earlier load run again, because modifiers act while a fragment runs.

    Raises
    ------
    ConfigFileNotFound
        There is no such file.
    ConfigFileReadError
        It can't be parsed, raised an exception, or makes no ``process``.
    SystemExit
        The file ended itself, for example after printing its help.
    """
    if not os.path.isfile(path):
        raise ConfigFileNotFound(f"There is no configuration file '{path}' (looked for in {os.getcwd()})")
    reset_modifiers()
    with _interpreter_of(path, argv) as folders:
        _forget_modules(folders)
        before = set(sys.modules)
        try:
            process = _run(path)
        except Exception as error:
            raise ConfigFileReadError(_explain(error, path)) from error
        finally:
            _imported.update(name for name in set(sys.modules) - before if is_fragment(sys.modules[name]))
    if not isinstance(process, Process):
        found = (
            "it defines no variable 'process'" if process is None else f"its 'process' is a {type(process).__name__}"
        )
        raise ConfigFileReadError(f"The configuration file {path} needs process = cms.Process('NAME'), but {found}")
    return process


def find_configuration(name: str) -> str:
    """The configuration file: as named, or among those that are installed with pyrun, ``cfg/...``."""
    try:
        return name if os.path.exists(name) else str(file_in_path(name))
    except FileInPathError:
        return name  # loading it tells what is wrong


def begin_afresh() -> None:
    """As in a new interpreter: no modifier is chosen, and fragments run again when they are imported."""
    reset_modifiers()
    _forget_modules([str(python_cfg_path())])


def processFromFile(filename: str, args: Sequence[str] | None = None) -> Any:
    """The ``process`` of a configuration file, for use inside another configuration.

    Unlike `load_process` it leaves modifiers and imported fragments as they are, and lets exceptions through.
    """
    with _interpreter_of(filename, args or ()):
        process = _run(filename)
    if not isinstance(process, Process):
        raise RuntimeError(f"{filename} defines no variable 'process'")
    return process


def _run(path: str) -> Any:
    """Execute a file as a script; what it leaves under the name ``process``."""
    with open(path, "rb") as file:
        code = compile(file.read(), path, "exec", dont_inherit=True)
    namespace: dict[str, Any] = {"__name__": "__main__", "__file__": path, "__builtins__": __builtins__}
    exec(code, namespace)
    return namespace.get("process")


@contextmanager
def _interpreter_of(path: str, argv: Sequence[str]) -> Iterator[list[str]]:
    """Give the configuration its ``sys.argv`` and ``sys.path``; yields the folders that hold fragments."""
    folder, fragments = os.path.dirname(os.path.realpath(path)), str(python_cfg_path())
    saved_argv, saved_path = sys.argv, sys.path[:]
    sys.argv = [path, *argv]
    sys.path[:] = [folder, *saved_path, *([] if fragments in saved_path else [fragments])]
    importlib.invalidate_caches()  # a fragment may have been written since the last load
    linecache.checkcache()
    try:
        with joined_packages():
            yield [folder, fragments]
    finally:
        sys.argv, sys.path[:] = saved_argv, saved_path


def is_fragment(module: ModuleType) -> bool:
    """Whether a module that a configuration imported is the user's: not Python's, installed, compiled or ours."""
    file = getattr(module, "__file__", None)
    if file is None or module.__name__.startswith(("pyrun.", "FWCore.ParameterSet.")):
        return False
    return file.endswith(".py") and not os.path.realpath(file).startswith(_INSTALLED)


def _forget_modules(folders: Sequence[str]) -> None:
    """Take fragments out of ``sys.modules``, so that the next import finds and runs them anew.

    These are the modules found in `folders`, and those that earlier loads imported from anywhere. The
    re-exports of this package under FWCore stay: they define no components, and types must stay the same.
    """
    for name in _imported & set(sys.modules):
        _forget(name, sys.modules[name])
    _imported.clear()
    real = functools.cache(os.path.realpath)  # of folders: there are far more modules
    roots = [real(folder) for folder in folders]
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if file is None or name == "__main__" or (name.startswith("FWCore.ParameterSet") and name != _COMPONENTS):
            continue
        # Where an import by this name would have looked: other packages may lie below these folders too.
        expected = [os.path.join(root, *name.split(".")) for root in roots]
        found = os.path.join(real(os.path.dirname(file)), os.path.basename(file))
        if found.startswith(tuple(start + end for start in expected for end in (os.sep, "."))):
            _forget(name, module)


def _forget(name: str, module: ModuleType) -> None:
    del sys.modules[name]
    parent, _, child = name.rpartition(".")
    if parent in sys.modules and getattr(sys.modules[parent], child, None) is module:
        delattr(sys.modules[parent], child)


def _explain(error: BaseException, path: str) -> str:
    """The Python error with the user's own frames, without those of this package."""
    if isinstance(error, SyntaxError) and error.filename is not None:
        source = (error.text or "").strip()
        place = f"{error.filename}, line {error.lineno}"
        return f"The configuration can't be parsed: {place}:\n    {source}\n{type(error).__name__}: {error.msg}"
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_users(frame.filename)]
    lines = [f"The configuration file {path} failed:"]
    for frame in frames:
        function = "" if frame.name == "<module>" else f", in {frame.name}"
        lines += [f"  {frame.filename}, line {frame.lineno}{function}"]
        lines += [f"    {frame.line}"] if frame.line else []
    return "\n".join([*lines, f"{type(error).__name__}: {error}{_remedy(error)}"])


def _remedy(error: BaseException) -> str:
    """What to do about an error that Python's own message does not say."""
    if isinstance(error, AttributeError) and isinstance(error.obj, (Process, ModuleType)):
        return suggestion(error.name or "", _public(error.obj))
    if isinstance(error, ImportError) and not isinstance(error, ModuleNotFoundError):
        return _remedy_of_name(error)
    if not isinstance(error, ModuleNotFoundError) or not error.name or "." not in error.name + _last_of(error):
        return ""
    name = error.name
    known = [
        ".".join(path.relative_to(python_cfg_path()).with_suffix("").parts) for path in python_cfg_path().rglob("*.py")
    ]
    package = [module for module in known if module.startswith(".".join(name.split(".")[:2]) + ".")]
    has = f" Of that package it has {', '.join(sorted(package))}." if package else ""
    return f"\npyrun does not come with the fragment {name}{suggestion(name, known)}.{has} {_RELEASE}"


def _remedy_of_name(error: ImportError) -> str:
    """What to do about a name that a module of pyrun's lacks."""
    module = sys.modules.get(error.name or "")
    if module is None or not (error.path or "").startswith(str(python_cfg_path()) + os.sep):
        return ""
    names = _public(module)
    asked = error.msg.split("'")[1]  # error.name_from comes with Python 3.12
    return f"\nOf CMSSW's {error.name}, pyrun has {', '.join(names) or 'nothing'}{suggestion(asked, names)}. {_RELEASE}"


def _public(holder: object) -> list[str]:
    found = vars(holder).items()
    return [name for name, value in found if not name.startswith("_") and not isinstance(value, ModuleType)]


def _last_of(error: ImportError) -> str:
    """The name as it stands in the message: of ``import Pkg.Sub.x``, `error.name` may be ``Pkg`` only."""
    return str(error).rpartition("'")[0].rpartition("'")[2]


def _is_users(filename: str) -> bool:
    """Whether a frame belongs to a configuration rather than to this package or Python's import machinery."""
    inside = filename.startswith(_HERE) or filename == importlib.__file__
    return not inside and not filename.startswith("<frozen importlib")
