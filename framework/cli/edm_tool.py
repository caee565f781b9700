"""What the edm commands have in common."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn


def run(name: str, command: Callable[[], int], failure: int | None = None) -> NoReturn:
    """End the interpreter with what `command` returns.

    Exceptions with a category are told on stderr, and the exit code is `failure` then; None: that of the category, as
    after pyrun. A reader that has gone away, as in ``edmProvDump x.root | head``, is no error.
    """
    from ..errors import CMSException

    try:
        code = command()
        sys.stdout.flush()
    except CMSException as error:
        sys.stdout.flush()
        sys.stderr.write(f"{name}: {error}\n")
        code = error.exit_code % 256 if failure is None else failure
    except KeyboardInterrupt:
        code = 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the interpreter flushes once more at its end
        code = 0
    sys.exit(code)


def write(text: str, path: Path | None) -> None:
    """Write to a file, or to stdout.

    Raises
    ------
    FileWriteError
        The file can't be written.
    """
    from ..errors import FileWriteError

    if path is None:
        sys.stdout.write(text)
        return
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise FileWriteError(f"The file {str(path)!r} could not be written: {error.strerror}") from error
