"""Loads LightGBM without the libraries that it only offers interfaces to."""

import sys
from importlib import import_module
from threading import RLock
from typing import Any

_NOT_NEEDED = ("sklearn", "pandas", "matplotlib", "dask")  # beside LightGBM
_LOADING = RLock()


def load_lightgbm() -> Any:
    """The library: to fit, to predict and to explain with.

    Scikit-learn and pandas take two seconds to load, which is more than scoring a customer does; LightGBM goes without
    each that it cannot import.
    """
    with _LOADING:
        hidden = [] if "lightgbm" in sys.modules else [name for name in _NOT_NEEDED if name not in sys.modules]
        loaded: dict[str, Any] = sys.modules
        loaded.update(dict.fromkeys(hidden))
        try:
            return import_module("lightgbm")
        finally:
            for name in hidden:
                del loaded[name]
