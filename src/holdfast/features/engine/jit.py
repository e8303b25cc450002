"""Compile a function with numba, and keep the machine code where this user may write."""

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from numba import njit

P = ParamSpec("P")
R = TypeVar("R")
PARTS = (
    "jit",
    "types",
    "grouping",
    "sorting",
    "windowed",
    "all_time",
    "kernel",
)  # modules whose functions and records are compiled as one


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """The function as machine code; it releases the interpreter's lock.

    It must allocate nothing: whoever calls it hands in the arrays. The code is kept in NUMBA_CACHE_DIR, beside the
    source or in the user's cache folder, whichever may be written. Where none may, it is compiled anew in each process.
    """
    # Without its memory manager numba counts no references; threads that count the same ones wait for each other.
    options: dict[str, Any] = {
        "_nrt": False,
        "forceinline": True,
        "nogil": True,
        "boundscheck": False,
        "fastmath": False,
    }
    # numba looks only at the file a function stands in, and would keep what another file's change made wrong.
    function.__qualname__ = f"{function.__name__}-{_version()}"
    return _kept(function, options)


def standalone(function: Callable[P, R]) -> Callable[P, R]:
    """The function as machine code; it may allocate, and calls compiled functions of its own file only."""
    return _kept(function, {"nogil": True, "boundscheck": False, "fastmath": False})


def _kept(function: Callable[P, R], options: dict[str, Any]) -> Callable[P, R]:
    try:
        made: Callable[P, R] = njit(cache=True, **options)(function)
    except RuntimeError:  # numba: "no locator available", nowhere to write
        made = njit(**options)(function)
    return made


@cache
def _version() -> str:
    here = Path(__file__).parent
    return hashlib.sha256(b"".join((here / f"{part}.py").read_bytes() for part in PARTS)).hexdigest()[:12]
