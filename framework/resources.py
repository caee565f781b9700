"""Finding the files that configurations name, and those that are installed with the package."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from .errors import FileInPathError

SEARCH_PATH = "PYRUN_SEARCH_PATH"

_INSTALLED = Path(__file__).resolve().parent.parent  # the checkout or the installed package: both have these folders
_FOLDERS = ("models", "data", "cfg")
_ALIASES = {"RecoBTag/Combined/data/models/": "models/"}  # where CMSSW keeps its copy of the model repository


def file_in_path(name: str | os.PathLike[str]) -> Path:
    """The file that a ``FileInPath`` names.

    An absolute name is taken as it is. Others are looked for in the current folder, then in the folders of the
    environment variable PYRUN_SEARCH_PATH (separated by colons), then, for names that begin with ``models/``,
    ``data/`` or ``cfg/``, among the files installed with pyrun. CMSSW's ``RecoBTag/Combined/data/models/`` stands for
    ``models/``.

    Returns
    -------
    Path
        Absolute; an existing file or folder.

    Raises
    ------
    FileInPathError
        It is nowhere; the message lists the places.
    """
    places = list(_places(Path(name)))
    for place in places:
        if place.exists():
            return place.absolute()
    looked = "\n".join(f"  {place}" for place in places)
    raise FileInPathError(
        f"The file {os.fspath(name)!r} is nowhere to be found. Looked for:\n{looked}\n"
        f"Give its full path, or add its folder to the environment variable {SEARCH_PATH}."
    )


def python_cfg_path() -> Path:
    """The folder with ``FWCore``, ``Configuration`` and the other importable fragments, to put on ``sys.path``."""
    return _INSTALLED / "python_cfg"


def _places(name: Path) -> Iterator[Path]:
    if name.is_absolute():
        yield name
        return
    yield Path.cwd() / name
    for folder in os.environ.get(SEARCH_PATH, "").split(os.pathsep):
        if folder:
            yield Path(folder) / name
    installed = name.as_posix()
    for alias, real in _ALIASES.items():
        if installed.startswith(alias):
            installed = real + installed.removeprefix(alias)
    if installed.split("/")[0] in _FOLDERS:
        yield _INSTALLED / installed
