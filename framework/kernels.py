"""Compiled functions that a job has at once when it starts for the second time.

numba keeps what it has compiled, but before it loads the first function it imports what other packages have to say
about their types: awkward and vector, 0.9 s for jobs whose kernels work on flat arrays. Kernels that are declared with
`kernel` do without; the other packages' types are there as soon as another function is compiled or loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from numba import njit
from numba.core import entrypoints
from numba.core.compiler_lock import global_compiler_lock

_Function = TypeVar("_Function", bound=Callable[..., Any])


def kernel(signature: Any, **options: Any) -> Callable[[_Function], _Function]:
    """`numba.njit` for one signature, of arrays and numbers only; kept on disk, and without the interpreter's lock.

    Parameters
    ----------
    signature : numba signature
        For which the function is compiled when it is defined, or loaded if that has been done before.
    **options
        Of `numba.njit`, besides ``cache`` and ``nogil``, which are true.
    """

    def compiled(function: _Function) -> _Function:
        with _without_extensions():
            dispatcher: _Function = njit(signature, cache=True, nogil=True, **options)(function)
        return dispatcher

    return compiled


@contextmanager
def _without_extensions() -> Iterator[None]:
    """Let numba leave out the entry points ``numba_extensions``.

    There is no public switch. Should a later numba keep its flag elsewhere, kernels load as slowly as others.
    """
    with global_compiler_lock:  # no other thread compiles meanwhile
        before: bool = getattr(entrypoints, "_already_initialized", False)
        entrypoints._already_initialized = True
        try:
            yield
        finally:
            entrypoints._already_initialized = before
