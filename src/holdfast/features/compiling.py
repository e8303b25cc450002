"""Compile a function with numba, and keep the machine code where this user may write."""

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from numba import njit

P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """The function as machine code; it releases the interpreter's lock.

    The code is kept in NUMBA_CACHE_DIR, beside the source or in the user's cache folder, whichever may be
    written. Where none may, the function is compiled anew in each process.
    """
    options: dict[str, Any] = {"nogil": True, "boundscheck": False, "fastmath": False}
    try:
        made: Callable[P, R] = njit(cache=True, **options)(function)
    except RuntimeError:  # numba: "no locator available", nowhere to write
        made = njit(**options)(function)
    return made
