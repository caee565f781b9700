"""Files that are not complete yet: hidden, beside the place where they will be."""

from __future__ import annotations

import contextlib
import fcntl
import glob
import itertools
import os
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Self

from ..errors import FileWriteError

_numbers = itertools.count()
_PID = re.compile(r"\.(\d+)(\.\w+)?\.tmp")


def create_temporary(path: Path) -> tuple[Path, BinaryIO]:
    """Make ``.<name>.<pid>.<n>.tmp`` for a file that is to be called `path`, open for reading and writing.

    What killed processes left of the same file is removed: a writer holds a lock on its temporary file, which the
    operating system takes from it when it dies, on whatever host.

    Raises
    ------
    OSError
        The folder is missing or takes no files.
    """
    remove_leftovers(path)
    temporary = path.parent / f".{path.name}.{os.getpid()}.{next(_numbers)}.tmp"
    stream = open(temporary, "w+b")
    with contextlib.suppress(OSError):  # some file systems have no locks: then the file is left if this process dies
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return temporary, stream


def remove_leftovers(path: Path) -> None:
    """Remove the temporary files of `path` whose writers are dead."""
    for name in glob.glob(f".{glob.escape(path.name)}.*.tmp", root_dir=path.parent, include_hidden=True):
        found = _PID.fullmatch(name.removeprefix(f".{path.name}"))
        if found and not _is_alive(int(found[1])):
            with contextlib.suppress(OSError):  # locked by another host, gone meanwhile, or of another user
                _remove_if_free(path.parent / name)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True  # of another user
    return True


def _remove_if_free(temporary: Path) -> None:
    with open(temporary, "r+b") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        temporary.unlink()


class WholeFile(ABC):
    """Base of writers whose file appears whole or not at all.

    Until the end all is in a hidden file beside it; see `create_temporary`. What is done inside `_writing` leaves
    nothing behind if it fails.

    Parameters
    ----------
    path : str or Path
        The file. If it exists, it is replaced, at the end.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._temporary: Path | None = None

    @abstractmethod
    def close(self) -> None:
        """Complete the file and give it its name."""

    def abort(self) -> None:
        """Remove the temporary file; a file that had the name before stays as it is. Does nothing after `close`."""
        if self._temporary is not None:
            self._discard(self._temporary)
            self._temporary = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self.close()
        else:
            self.abort()

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        """Turn errors of the operating system into FileWriteError; leave nothing behind after any error."""
        try:
            yield
        except OSError as error:
            self.abort()
            reason = error.strerror or str(error)
            raise FileWriteError(f"The file {str(self.path)!r} could not be written: {reason}") from error
        except BaseException:
            self.abort()
            raise

    def _open_temporary(self) -> None:
        """Start a temporary file, in the place of the one before."""
        if self.path.is_dir():
            raise IsADirectoryError(None, "it is a folder")
        self._temporary, self._stream = create_temporary(self.path)

    def _give_name(self) -> None:
        """The temporary file, which is closed, is complete."""
        assert self._temporary is not None
        os.replace(self._temporary, self.path)
        self._temporary = None

    def _discard(self, temporary: Path) -> None:
        # closing flushes, which fails again if the disk is full; the file is removed anyway
        with contextlib.suppress(OSError):
            self._stream.close()
        temporary.unlink(missing_ok=True)
