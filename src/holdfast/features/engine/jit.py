"""Compile a function with numba, and keep the machine code where this user may write."""

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from numba import njit

P = ParamSpec("P")
R = TypeVar("R")
# Modules whose functions and records are compiled together: a change in one makes the machine code of all stale.
PARTS = ("jit", "types", "grouping", "sorting", "accumulators", "windowed", "all_time", "kernel")


# Without its memory manager numba counts no references; threads that count the same ones wait for each other.
_WITHOUT_MEMORY: dict[str, Any] = {"_nrt": False, "nogil": True, "boundscheck": False, "fastmath": False}


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """The function as machine code; it releases the interpreter's lock.

    It must allocate nothing: whoever calls it passes the arrays. The code is kept in NUMBA_CACHE_DIR, beside the
    source or in the user's cache folder, whichever may be written. Where none may, each process compiles it. It stays
    good for as long as no module in PARTS changes, whatever else of the product does.
    """
    # numba looks only at the file that a function is in, and would keep what a change of another file made wrong.
    function.__qualname__ = f"{function.__name__}-{_version()}"
    return _compile(function, _WITHOUT_MEMORY)


def inlined(function: Callable[P, R]) -> Callable[P, R]:
    """The function as it stands within compiled ones, which alone may call it: their machine code holds its own.

    Nothing is kept of it, and no way to call it from Python is made: a quarter less to compile on a new machine.
    """
    own: Callable[P, R] = njit(no_cpython_wrapper=True, no_cfunc_wrapper=True, forceinline=True, **_WITHOUT_MEMORY)(
        function
    )
    return own


def standalone(function: Callable[P, R]) -> Callable[P, R]:
    """The function as machine code; it may allocate, and calls compiled functions of its own file only."""
    return _compile(function, {"nogil": True, "boundscheck": False, "fastmath": False})


def _compile(function: Callable[P, R], options: dict[str, Any]) -> Callable[P, R]:
    try:
        machine_code: Callable[P, R] = njit(cache=True, **options)(function)
    except RuntimeError:  # numba: "no locator available", nowhere to write
        machine_code = njit(**options)(function)
    return machine_code


@cache
def _version() -> str:
    folder = Path(__file__).parent
    return hashlib.sha256(b"".join((folder / f"{module}.py").read_bytes() for module in PARTS)).hexdigest()[:12]
