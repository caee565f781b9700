"""Files that are not complete yet: hidden, beside the place where they will be."""

from __future__ import annotations

import contextlib
import fcntl
import glob
import itertools
import os
import re
from pathlib import Path
from typing import BinaryIO

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
