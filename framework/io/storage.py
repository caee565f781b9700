"""Where input files are: names as configurations give them, and reading bytes from any place in a file.

Local files are read with positional reads and remote ones (``root://``, ``http(s)://`` and what else fsspec knows)
through fsspec, so that several threads may read the same file at once.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Sequence
from pathlib import Path
from queue import Queue
from typing import Any, Protocol

import attrs

from ..errors import FileInPathError, FileOpenError
from ..near_names import did_you_mean
from ..resources import file_in_path

_WILD = set("*?[")
_EXTRA = "pip install 'pyrun[remote]'"


@attrs.frozen
class FileName:
    """An input file.

    Attributes
    ----------
    lfn : str
        Its name in the configuration, with prefix: ``file:x.root``.
    location : str
        Where it is, whatever the current folder: an absolute path or a URL.
    """

    lfn: str
    location: str


class Storage(Protocol):
    """A file that is open for reading, by several threads at once.

    Attributes
    ----------
    location : str
        See `FileName`.
    size : int
        Bytes in it.
    """

    location: str
    size: int

    def read(self, offset: int, size: int) -> bytes:
        """`size` bytes from `offset` on; fewer at the end of the file."""

    def close(self) -> None:
        """Close it."""


def expand(names: Sequence[str]) -> list[FileName]:
    """The files that ``fileNames`` stands for: wildcards are replaced by what they match, sorted.

    A name without protocol, or with ``file:``, is looked for in the current folder, then on PYRUN_SEARCH_PATH.

    Raises
    ------
    FileOpenError
        A wildcard matches nothing, or a name is a logical file name (``/store/...``) that is not a local file.
    """
    return [file for name in names for file in _expand(name)]


def open_storage(location: str) -> Storage:
    """Open a file.

    Raises
    ------
    FileOpenError
        It is missing, not readable, or its protocol is not known; the message says which.
    """
    return _Remote(location) if "://" in location else _Local(location)


def uproot_handler(storage: Storage) -> type:
    """A class to give to ``uproot.open({storage.location: None}, handler=...)``, so that it reads from `storage`.

    uproot does not close the storage.
    """
    import uproot

    chunk_type = uproot.source.chunk.Chunk

    class StorageSource(uproot.source.chunk.Source):  # type: ignore[misc]  # uproot has no types
        def __init__(self, file_path: str, **options: Any) -> None:
            super().__init__()
            self._file_path, self._num_bytes = file_path, storage.size

        def __enter__(self) -> StorageSource:
            return self

        def __exit__(self, *error: object) -> None:
            pass

        @property
        def closed(self) -> bool:
            return False

        def chunk(self, start: int, stop: int) -> Any:
            content = storage.read(start, stop - start)
            return chunk_type(self, start, stop, uproot.source.futures.TrivialFuture(content))

        def chunks(self, ranges: Sequence[tuple[int, int]], notifications: Queue[Any]) -> list[Any]:
            chunks = [self.chunk(start, stop) for start, stop in ranges]
            for chunk in chunks:
                notifications.put(chunk)
            return chunks

    return StorageSource


class _Local:
    def __init__(self, location: str) -> None:
        self.location = location
        name = repr(location)
        if os.path.isdir(location):
            raise FileOpenError(f"{name} is a folder: name a file in it")
        try:
            self._descriptor = os.open(location, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
        except FileNotFoundError:
            raise FileOpenError(f"The file {name} does not exist. {_nearest(Path(location))}") from None
        except OSError as error:
            raise FileOpenError(f"The file {name} can't be opened: {error.strerror}") from error
        self.size = os.fstat(self._descriptor).st_size

    def read(self, offset: int, size: int) -> bytes:
        return os.pread(self._descriptor, min(max(size, 0), self.size), offset)  # a damaged file asks for anything

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


class _Remote:
    def __init__(self, location: str) -> None:
        self.location = location
        self._system, self._path = _file_system(location)
        try:
            size = self._system.size(self._path)
        except FileNotFoundError as error:
            raise FileOpenError(f"The file {location!r} can't be found: {error.__cause__ or error}") from error
        except Exception as error:  # each protocol has errors of its own
            raise FileOpenError(f"The file {location!r} can't be opened: {error or type(error).__name__}") from error
        if size is None:
            raise FileOpenError(f"The server of {location!r} does not tell how long the file is: copy it first")
        self.size = int(size)

    def read(self, offset: int, size: int) -> bytes:
        content: bytes = self._system.cat_file(self._path, start=offset, end=min(offset + size, self.size))
        if len(content) > size:  # a web server that knows no ranges sends all of the file
            content = content[offset : offset + size]
        return content

    def close(self) -> None:
        pass  # fsspec keeps connections for the next file


def _expand(name: str) -> list[FileName]:
    if "://" in name and not name.startswith("file:"):
        return _expand_remote(name)
    path = name.removeprefix("file:")
    if path.startswith("//"):  # file:///data/x.root
        path = "/" + path.lstrip("/")
    if not _WILD & set(path) or os.path.exists(path):
        return [FileName(f"file:{path}", _find(path, name))]
    found = sorted(glob.glob(path, recursive=True))
    if not found:
        raise FileOpenError(f"No file matches {name!r}. {_nearest(Path(path))}")
    return [FileName(f"file:{one}", os.path.abspath(one)) for one in found]


def _expand_remote(name: str) -> list[FileName]:
    if not _WILD & set(name):
        return [FileName(name, name)]
    system, path = _file_system(name)
    found = sorted(system.unstrip_protocol(one) for one in system.glob(path))
    if not found:
        raise FileOpenError(f"No file matches {name!r}")
    return [FileName(one, one) for one in found]


def _find(path: str, name: str) -> str:
    try:
        return str(file_in_path(path))
    except FileInPathError:
        if path.startswith("/store/") and not name.startswith("file:"):
            raise FileOpenError(
                f"{name!r} is a logical file name, and pyrun has no catalogue of sites to find it in. Name a server, "
                f"such as 'root://cms-xrd-global.cern.ch/{name}', or copy the file and name it 'file:...'"
            ) from None
    except OSError:  # a folder on the way may not be searched
        pass
    return os.path.abspath(path)  # opening it tells what is wrong


def _file_system(location: str) -> tuple[Any, str]:
    import fsspec

    protocol = location.split("://")[0]
    try:
        system, path = fsspec.core.url_to_fs(location)
    except ImportError as error:
        raise FileOpenError(f"Reading {protocol}:// needs another package ({error}): {_EXTRA}") from error
    except ValueError as error:
        raise FileOpenError(f"The file {location!r} can't be opened: {error}") from error
    return system, path


def _nearest(path: Path) -> str:
    """A hint at what was meant."""
    folder = path.parent
    try:
        names = os.listdir(folder)
    except FileNotFoundError:
        return f"There is no folder {str(folder)!r} either."
    except OSError as error:
        return f"The folder {str(folder)!r} can't be listed: {error.strerror}."
    return did_you_mean(path.name, names, f"The folder {str(folder)!r} has nothing of a similar name.", count=3)
