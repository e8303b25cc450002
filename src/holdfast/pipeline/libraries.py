"""Loads LightGBM without the libraries that it only offers interfaces to."""

import sys
from collections.abc import Iterable
from importlib import import_module
from threading import RLock
from typing import Any

_NOT_NEEDED = ("sklearn", "pandas", "matplotlib", "dask")  # beside LightGBM
_LOADING = RLock()


def load_lightgbm_for(files: Iterable[str]) -> None:
    """Load the library where a stored model needs it, by the names of its files; models import it as it is then.

    Scikit-learn and pandas take two seconds to load, which is more than scoring a customer does; LightGBM goes without
    each that it cannot import.
    """
    if not any(name.endswith(".txt") for name in files):
        return
    with _LOADING:
        hidden = [] if "lightgbm" in sys.modules else [name for name in _NOT_NEEDED if name not in sys.modules]
        loaded: dict[str, Any] = sys.modules
        loaded.update(dict.fromkeys(hidden))
        try:
            import_module("lightgbm")
        finally:
            for name in hidden:
                del loaded[name]
