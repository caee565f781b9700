"""Folders that appear whole or not at all."""

from __future__ import annotations

import contextlib
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
    FileWriteError
        The disk is full, or may not be written to.
    """
    made = partial(folder)
    try:
        if not keep:
            shutil.rmtree(made, ignore_errors=True)
        made.mkdir(parents=True, exist_ok=True)
        yield made
        _rename(made, folder.resolve())
    except BaseException as error:
        if not keep:
            shutil.rmtree(made, ignore_errors=True)
        if isinstance(error, OSError) and not isinstance(error, CMSException):
            raise FileWriteError(f"{folder} can't be written: {error.strerror or error}") from error
        raise


def _rename(made: Path, folder: Path) -> None:
    old = folder.with_name(f".{folder.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        os.rename(folder, old)
    os.rename(made, folder)
    shutil.rmtree(old, ignore_errors=True)
