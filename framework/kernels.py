"""Compiled functions that a job has at once when it starts for the second time.

numba keeps what it has compiled, but before it loads the first function it makes ready to compile: it imports all that
it knows of Python and numpy, scipy's BLAS, and what other packages have to say about their types (awkward, vector).
This takes up to two seconds, and loaded functions need nothing of it. Those that are declared with `kernel` do without;
all is made ready as soon as something has to be compiled.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from numba import njit
from numba.core.caching import FunctionCache
from numba.core.runtime.nrt import rtsys

_Function = TypeVar("_Function", bound=Callable[..., Any])


class _KernelCache(FunctionCache):
    """numba's cache of a function, read without the context's ``refresh``: that is for the compiler, which calls it."""

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        rtsys.initialize(target_context)  # the one part of a refresh that compiled functions use: to allocate
        with self._guard_against_spurious_io_errors():
            return self._load_overload(sig, target_context)  # type: ignore[no-untyped-call]


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
        dispatcher: Any = njit(nogil=True, **options)(function)
        if dispatcher is not function:  # as it is with NUMBA_DISABLE_JIT
            # what ``cache=True`` sets, with a cache of our own
            dispatcher._cache = _KernelCache(function)  # type: ignore[no-untyped-call]
            dispatcher.compile(signature)
            dispatcher.disable_compile()
        kept: _Function = dispatcher
        return kept

    return compiled
