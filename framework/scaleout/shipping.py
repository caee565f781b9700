"""What workers need to know of a job, in a file in the scratch folder that all of them can read."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

import attrs
import cloudpickle

from ..config.description import ModuleDescription, ProcessDescription
from ..config.loading import is_fragment
from ..errors import Configuration, FileOpenError
from ..plugins.registry import additional_plugins, unannounced_plugins

_JOB_FILE = "job.pickle"
_ENVIRONMENT = ("PYRUN_SEARCH_PATH", "X509_USER_PROXY", "BEARER_TOKEN_FILE")


@attrs.frozen
class Shipment:
    """A job, to be run in parts by other interpreters.

    Attributes
    ----------
    process : ProcessDescription
        What the configuration says.
    plugins : mapping
        The module classes that no installed package provides, by type.
    folder : str
        The working folder of the job.
    search_path : tuple of str
        Where Python modules of the user are found.
    environment : mapping
        Environment variables that matter.
    threads : int
        How many each part may use.
    products : tuple of str or None
        Tags of products to bring back in memory; None to bring back nothing, not even event numbers.
    """

    process: ProcessDescription
    plugins: Mapping[str, type[Any]]
    folder: str
    search_path: tuple[str, ...]
    environment: Mapping[str, str]
    threads: int
    products: tuple[str, ...] | None = None

    @classmethod
    def pack(cls, process: ProcessDescription, threads: int, products: tuple[str, ...] | None) -> Shipment:
        """Gather what the workers need from this interpreter."""
        roots = dict.fromkeys(_import_root(module) for module in _users_modules())
        environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
        types = {description.type for description in _descriptions(process)}
        plugins = {name: plugin for name, plugin in unannounced_plugins().items() if name in types}
        return cls(process, plugins, os.getcwd(), tuple(roots), environment, threads, products)

    def write(self, scratch: Path) -> None:
        """Put the shipment into the scratch folder.

        Classes of scripts, notebooks and modules beside the configuration travel by value, so that workers which live
        longer than one job don't use an older version of them.

        Raises
        ------
        Configuration
            A class holds what can't be sent.
        """
        users = _users_modules()
        for module in users:
            cloudpickle.register_pickle_by_value(module)
        try:
            content = cloudpickle.dumps(self)
        except Exception as error:  # whatever the user's objects raise when they are pickled
            names = ", ".join(sorted(self.plugins))
            raise Configuration(
                f"The modules defined in the configuration or beside it ({names}) can't be sent to workers: {error}\n"
                "Keep what can't be pickled, such as open files and locks, in the instances (beginJob), not in classes "
                "or at the level of a file; or install the modules as a package."
            ) from error
        finally:
            for module in users:
                cloudpickle.unregister_pickle_by_value(module)
        (scratch / _JOB_FILE).write_bytes(content)

    @contextmanager
    def unpacked(self) -> Iterator[None]:
        """Work in the job's folder, with its environment and its modules, while a ``with`` block runs."""
        folder, path = os.getcwd(), sys.path[:]
        environment = {name: os.environ.get(name) for name in _ENVIRONMENT}
        os.chdir(self.folder)
        _set_environment({name: self.environment.get(name) for name in _ENVIRONMENT})
        sys.path += [root for root in self.search_path if root not in path]
        try:
            with additional_plugins(self.plugins):
                yield
        finally:
            sys.path[:] = path
            _set_environment(environment)
            os.chdir(folder)


@lru_cache(maxsize=4)
def read_shipment(scratch: str) -> Shipment:
    """The shipment in a scratch folder; each worker reads it once.

    Raises
    ------
    FileOpenError
        The worker does not see the folder.
    """
    try:
        content = (Path(scratch) / _JOB_FILE).read_bytes()
    except OSError as error:
        raise FileOpenError(
            f"A worker on the host {os.uname().nodename} can't read the job's scratch folder {scratch!r}: "
            f"{error.strerror}. Choose one on a file system that all workers share with this computer: --scratch FOLDER"
        ) from error
    shipment: Shipment = cloudpickle.loads(content)
    return shipment


def _descriptions(process: ProcessDescription) -> Iterator[ModuleDescription]:
    """All that is made of plugins."""
    for table in (process.modules, process.services, process.es_modules):
        yield from table.values()
    if process.source is not None:
        yield process.source


def _set_environment(values: Mapping[str, str | None]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def _users_modules() -> list[ModuleType]:
    """The modules that the user's own files have made, without the main script."""
    return [module for name, module in list(sys.modules.items()) if name != "__main__" and is_fragment(module)]


def _import_root(module: ModuleType) -> str:
    """The folder from which the module was imported by its name."""
    file = Path(str(module.__file__)).resolve()
    return str(file.parents[module.__name__.count(".") + (file.name == "__init__.py")])
