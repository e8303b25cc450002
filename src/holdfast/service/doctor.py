"""Whether this installation has all it needs: versions, extras, Java, disk."""

import os
import platform
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path

from holdfast.pipeline.spark.java import OLDEST_JAVA, java_version
from holdfast.service.results import NOT_IN_JSON, Result

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
_EXTRAS = {"celery": "celery", "notebook": "nbconvert", "redis": "redis", "spark": "pyspark"}


@dataclass(frozen=True)
class Installation(Result):
    """Which versions are at work and what the machine has."""

    holdfast: str
    """its version"""
    python: str
    """its version"""
    libraries: Mapping[str, str | None]
    """version of each library that must be installed; null: missing"""
    extras: Mapping[str, str | None]
    """version of each optional extra; null: not installed"""
    java: int | None
    """its version, for Spark; null: there is none"""
    processors: int | None
    """of the machine"""
    free_disk_gb: float
    """of the disk that holds the current folder"""
    well: bool
    """whether nothing is missing"""
    spark_needs_java: int = field(default=OLDEST_JAVA, metadata=NOT_IN_JSON)

    @property
    def missing(self) -> tuple[str, ...]:
        """Libraries that ought to be installed and are not."""
        return tuple(name for name, version in self.libraries.items() if version is None)

    @property
    def sentence(self) -> str:
        return f"Missing: {', '.join(self.missing)}." if self.missing else "All well."


def doctor(folder: Path | str) -> Installation:
    """Look at the installed versions and the machine.

    Args:
        folder: where results are to be written; its disk is looked at.
    """
    libraries = {name: version_of(name) for name in _LIBRARIES}
    return Installation(
        holdfast=metadata.version("holdfast"),
        python=platform.python_version(),
        libraries=libraries,
        extras={name: version_of(library) for name, library in _EXTRAS.items()},
        java=java_version(),
        processors=os.cpu_count(),
        free_disk_gb=round(shutil.disk_usage(folder).free / 2**30, 1),
        well=None not in libraries.values(),
    )


def version_of(name: str) -> str | None:
    """The installed version of a library; None: not installed."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
