"""`holdfast doctor`: is this installation well?"""

import os
import platform
import shutil
import sys
from importlib import metadata
from pathlib import Path

from holdfast.interfaces.cli.terminal import AsJson, say, say_json, table
from holdfast.pipeline.spark.java import OLDEST_JAVA, java_version

_LIBRARIES = (
    "polars",
    "numpy",
    "numba",
    "scipy",
    "scikit-learn",
    "lightgbm",
    "xgboost-cpu",
    "fastexcel",
    "matplotlib",
    "plotly",
)
_EXTRAS = {"notebook": "nbconvert", "spark": "pyspark"}


def doctor(as_json: AsJson = False) -> None:
    """Say which versions are at work, which extras are there, and what the machine has.

    Example: holdfast doctor
    """
    libraries = {name: _version(name) for name in _LIBRARIES}
    extras = {name: _version(library) for name, library in _EXTRAS.items()}
    missing = [name for name, version in libraries.items() if version is None]
    java = java_version()
    free_disk_gb = round(shutil.disk_usage(Path.cwd()).free / 2**30, 1)
    if as_json:
        say_json(
            {
                "holdfast": metadata.version("holdfast"),
                "python": platform.python_version(),
                "libraries": libraries,
                "extras": extras,
                "java": java,
                "processors": os.cpu_count(),
                "free_disk_gb": free_disk_gb,
                "well": not missing,
            }
        )
    else:
        table([(name, version or "MISSING") for name, version in libraries.items()], ("library", "version"))
        for name, version in extras.items():
            say(f"extra {name}: {version or f'not installed; pip install holdfast[{name}]'}")
        if extras["spark"]:
            enough = java is not None and java >= OLDEST_JAVA
            found = f"Java {java}" if java else "no Java"
            say(f"{found} for Spark" + ("" if enough else f"; engine: spark needs Java {OLDEST_JAVA}"))
        say(f"holdfast {metadata.version('holdfast')} on Python {platform.python_version()}")
        say(f"{os.cpu_count()} processors, {free_disk_gb} GiB free disk")
        say(f"Missing: {', '.join(missing)}. Next: make setup" if missing else "All well. Next: holdfast demo")
    if missing:
        sys.exit(2)


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
