"""Functions that numba compiles where there is much to do, kept where this user may write; few steps are interpreted.

To load numba takes longer than to measure one customer without it, and both give the same bits: no fast arithmetic is
allowed. So a process that measures little never loads it.
"""

import hashlib
from collections.abc import Callable
from functools import cache, wraps
from pathlib import Path
from threading import RLock
from types import FunctionType
from typing import Any, ParamSpec, TypeVar

import numpy as np

P = ParamSpec("P")
R = TypeVar("R")
Function = Callable[..., Any]
# Modules whose functions and records are compiled together: a change in one makes the machine code of all stale.
PARTS = ("jit", "types", "grouping", "sorting", "accumulators", "windowed", "all_time", "kernel")
MOST_INTERPRETED = 100_000  # steps of a process; so many take about half as long as to load numba


# Without its memory manager numba counts no references; threads that count the same ones wait for each other.
_WITHOUT_MEMORY: dict[str, Any] = {"_nrt": False, "nogil": True, "boundscheck": False, "fastmath": False}
_INLINED: dict[str, Any] = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True, "forceinline": True}
_options: dict[Any, dict[str, Any]] = {}  # plain function -> how numba compiles it
_machine_code: dict[Function, Function] = {}  # plain function -> the compiled one
_namespaces: dict[str, dict[str, Any]] = {}  # module -> its names, with compiled functions in place of plain ones
_loading = RLock()


class _Steps:
    """How many steps this process has interpreted."""

    taken = 0
    may_interpret = True


def compiled(steps: Callable[[tuple[Any, ...]], int]) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """The function as machine code; it releases the interpreter's lock.

    It must allocate nothing: whoever calls it passes the arrays. The code is kept in NUMBA_CACHE_DIR, beside the
    source or in the user's cache folder, whichever may be written. Where none may, each process compiles it. It stays
    good for as long as no module in PARTS changes, whatever else of the product does.

    Args:
        steps: about how many steps a call takes, from its arguments.
    """

    def decorated(function: Callable[P, R]) -> Callable[P, R]:
        # numba looks only at the file that a function is in, and would keep what a change of another file made wrong.
        function.__qualname__ = f"{function.__name__}-{_version()}"
        _options[function] = _WITHOUT_MEMORY

        @wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            if _Steps.may_interpret:
                _Steps.taken += steps(args)
                if _Steps.taken <= MOST_INTERPRETED:
                    with np.errstate(all="ignore"):  # as in machine code
                        return function(*args, **kwargs)
            machine_code: Callable[P, R] = load(function)
            return machine_code(*args, **kwargs)

        return call

    return decorated


def inlined(function: Callable[P, R]) -> Callable[P, R]:
    """The function as it stands within compiled ones, which alone may call it: their machine code holds its own.

    Nothing is kept of it, and no way to call it from Python is made: a quarter less to compile on a new machine.
    """
    _options[function] = _WITHOUT_MEMORY | _INLINED
    return function


def standalone(function: Callable[P, R]) -> Callable[P, R]:
    """The function as machine code; it may allocate, and calls no other compiled function."""
    _options[function] = {"nogil": True, "boundscheck": False, "fastmath": False}

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        machine_code: Callable[P, R] = load(function)
        return machine_code(*args, **kwargs)

    return call


def load_machine_code() -> None:
    """Interpret nothing from here on: for a process that will measure much, or has to know what memory that takes."""
    from holdfast.features.engine import kernel  # which reads this module

    load(kernel.measure_requests.__wrapped__)  # type: ignore[attr-defined]


def load(function: Function) -> Function:
    """The machine code of a plain function."""
    machine_code = _machine_code.get(function)
    if machine_code is None:
        with _loading:
            _Steps.may_interpret = False
            _load_modules()
            machine_code = _machine_code[function]
    return machine_code


def _load_modules() -> None:
    """Compile the functions of all modules that were imported since; each sees the compiled ones of the others."""
    waiting = [function for function in _options if function not in _machine_code and _is_imported(function)]
    for module, names in {function.__module__: function.__globals__ for function in waiting}.items():
        _namespaces[module] = dict(names)
    for function in waiting:
        _machine_code[function] = _compile(_twin(function), _options[function])
    for names in _namespaces.values():
        for name, value in [*names.items()]:
            plain = getattr(value, "__wrapped__", value)
            if isinstance(plain, FunctionType) and plain in _machine_code:
                names[name] = _machine_code[plain]


def _is_imported(function: Any) -> bool:
    """Whether the whole module of a function is there; another thread may be at the middle of it."""
    return not getattr(function.__globals__["__spec__"], "_initializing", False)


def _twin(function: Any) -> Function:
    """The same function with the names of its module as compiled code is to see them."""
    names = _namespaces[function.__module__]
    twin = FunctionType(function.__code__, names, function.__name__, function.__defaults__, function.__closure__)
    twin.__qualname__, twin.__module__ = function.__qualname__, function.__module__
    return twin


def _compile(function: Function, options: dict[str, Any]) -> Function:
    from numba import njit

    if "no_cpython_wrapper" in options:
        inlined_code: Function = njit(**options)(function)
        return inlined_code
    try:
        machine_code: Function = njit(cache=True, **options)(function)
    except RuntimeError:  # numba: "no locator available", nowhere to write
        machine_code = njit(**options)(function)
    return machine_code


@cache
def _version() -> str:
    folder = Path(__file__).parent
    return hashlib.sha256(b"".join((folder / f"{module}.py").read_bytes() for module in PARTS)).hexdigest()[:12]
