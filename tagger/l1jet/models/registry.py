"""Models by name.

A model is an attrs class of its parameters with a method ``build``. One file is enough to add one::

    import attrs
    from pyrun.tagger.l1jet.models import register


    @register("my_model")
    @attrs.frozen
    class MyModel:
        \"\"\"What it is.\"\"\"

        width: int = 8

        def build(self, particles, features, classes):
            ...  # a keras.Model of outputs named as in layers.OUTPUTS

and a configuration with ``module: my_model.py`` and ``model: my_model`` trains it. Installed packages announce
theirs as entry points of the group ``pyrun.tagger.models``.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, TypeVar

from pyrun.framework.errors import ModelError
from pyrun.framework.near_names import did_you_mean

GROUP = "pyrun.tagger.models"
OWN = ("attention", "deepsets", "interaction")


class Model(Protocol):
    """What `register` takes: an attrs class.

    Attributes
    ----------
    quantized : bool, optional
        Whether the layers are those of HGQ2, so that the network has EBOPs and can become firmware.
    """

    def build(self, particles: int, features: int, classes: int) -> Any:
        """A keras.Model of inputs (jets, particles, features) to the two of `layers.OUTPUTS`."""


Class = TypeVar("Class", bound=type)
_models: dict[str, type] = {}


def register(name: str) -> Callable[[Class], Class]:
    """Make a class known as a model of this name; a later one of the same name takes its place."""

    def add(model: Class) -> Class:
        _models[name] = model
        return model

    return add


def get(name: str) -> type:
    """The model of this name.

    Raises
    ------
    ModelError
        There is none.
    """
    _load_own()
    if name not in _models:
        for entry in importlib.metadata.entry_points(group=GROUP):
            if entry.name == name:
                entry.load()
    if name not in _models:
        raise ModelError(f"There is no model {name!r}. {did_you_mean(name, names())}")
    return _models[name]


def names() -> list[str]:
    """All models: those of pyrun, of files that have been loaded, and of installed packages."""
    _load_own()
    return sorted({*_models, *(entry.name for entry in importlib.metadata.entry_points(group=GROUP))})


def load_module(name: str, beside: Path) -> None:
    """Import what registers a model: a file, relative to the folder `beside`, or a module by its dotted name.

    Raises
    ------
    ModelError
        There is no such file or module, or it raises an exception.
    """
    try:
        if not name.endswith(".py"):
            importlib.import_module(name)
            return
        path = beside / name
        if not path.is_file():
            raise ModelError(f"There is no module {path}.")
        spec = importlib.util.spec_from_file_location(path.stem, path)
        assert spec is not None and spec.loader is not None  # it ends in .py
        spec.loader.exec_module(importlib.util.module_from_spec(spec))
    except ModelError:
        raise
    except Exception as error:  # a user's code may raise anything
        raise ModelError(f"The module {name} can't be imported: {type(error).__name__}: {error}") from error


def _load_own() -> None:
    for name in OWN:
        importlib.import_module(f"{__package__}.{name}")
