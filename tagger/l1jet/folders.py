"""Folders that appear whole or not at all."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from pyrun.framework.errors import CMSException, Configuration, FileWriteError


def confirm_replacing(folder: Path, marker: str, force: bool) -> None:
    """Ask on a terminal before a folder is replaced, unless `force` says that it may be.

    Parameters
    ----------
    marker : str
        A file that such a folder has: others are never replaced.

    Raises
    ------
    Configuration
        The folder holds something else.
    click.Abort
        The answer was no.
    """
    if not folder.exists():
        return
    if not folder.is_dir() or (any(folder.iterdir()) and not (folder / marker).exists()):
        raise Configuration(f"{folder} is there and holds something else (no {marker}): choose another name.")
    if not force and _on_terminal() and any(folder.iterdir()):
        click.confirm(f"{folder} is there. Replace it?", abort=True)


def _on_terminal() -> bool:
    return sys.stdin.isatty()


def partial(folder: Path) -> Path:
    """Where a folder is made until it is whole: hidden, beside it."""
    folder = folder.resolve()
    return folder.with_name(f".{folder.name}.partial")


@contextlib.contextmanager
def whole(folder: Path, keep: bool = False) -> Iterator[Path]:
    """A folder to write to that gets the name `folder` at the end, and replaces what has it.

    Parameters
    ----------
    keep : bool
        Whether what has been written stays in `partial(folder)` after an error, to go on from there, and what is
        there already is not deleted.

    Raises
    ------
    Configuration
        Another process is writing it.
    FileWriteError
        The disk is full, or may not be written to.
    """
    made = partial(folder)
    try:
        with _alone(made, folder):
            try:
                if not keep:
                    _empty(made)
                yield made
                _rename(made, folder.resolve())
            except BaseException:
                if not keep:
                    shutil.rmtree(made, ignore_errors=True)
                with contextlib.suppress(OSError):
                    made.rmdir()  # if there is nothing to go on from
                raise
    except CMSException:  # some are errors of the system too
        raise
    except OSError as error:
        raise FileWriteError(f"{folder} can't be written: {error.strerror or error}") from error


@contextlib.contextmanager
def _alone(made: Path, folder: Path) -> Iterator[None]:
    """Lock `made`, so that no two processes write to it; the lock goes with the process, however it ends."""
    while True:
        made.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(made, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(descriptor)
            raise Configuration(f"Another process is writing {folder}: wait for it, or choose another name.") from error
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(descriptor), os.stat(made)):
                break
        os.close(descriptor)  # the other process has just finished it
    try:
        yield
    finally:
        os.close(descriptor)


def _empty(folder: Path) -> None:
    for entry in folder.iterdir():
        shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()


def _rename(made: Path, folder: Path) -> None:
    old = folder.with_name(f".{folder.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        os.rename(folder, old)
    os.rename(made, folder)
    shutil.rmtree(old, ignore_errors=True)
