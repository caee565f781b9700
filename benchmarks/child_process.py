"""Measuring in a process of its own, which shares nothing with those before it."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from typing import Any


def result_of(work: Callable[..., None], *arguments: Any) -> Any:
    """What ``work(connection, *arguments)`` sends by its connection, from a new interpreter."""
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=work, args=(sender, *arguments), daemon=True)
    child.start()
    sender.close()  # the child has its own: once that is gone too, receiving fails
    try:
        return receiver.recv()
    except EOFError:
        raise SystemExit("A job failed; its message is above") from None
    finally:
        child.join()
