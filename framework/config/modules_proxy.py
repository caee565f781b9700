"""The functions that make modules, of a package of generated configurations, imported when they are called.

Such a package has for each plugin a file ``Type.py`` with a function ``Type``, files ``label_cfi.py`` that call it, and
``modules.py``, which puts what is here into its own namespace.
"""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import Any


class _ModuleProxy:
    """Stands for the function `name` of the file of the same name."""

    def __init__(self, package: str, name: str) -> None:
        self._package, self._name = package, name

    def __call__(self, **parameters: Any) -> Any:
        """Make the module; parameters are changed as by ``clone``."""
        make = getattr(importlib.import_module(f"{self._package}.{self._name}"), self._name)
        return make(**parameters)


def _setupProxies(file: str) -> dict[str, _ModuleProxy]:
    """A proxy for each plugin of the folder of `file`, the package's ``modules.py``."""
    folder = Path(file).parent
    package = ".".join(folder.parts[-2:])
    names = (entry.removesuffix(".py") for entry in sorted(os.listdir(folder)) if entry.endswith(".py"))
    skipped = (Path(file).stem, "__init__")
    return {name: _ModuleProxy(package, name) for name in names if not name.endswith("cfi") and name not in skipped}
