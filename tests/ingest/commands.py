"""Ingest and features as the commands call them: the settings come from the project's folder."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from holdfast.ingest import ingest, measure, report
from holdfast.settings import FILE_NAME
from holdfast.settings_file import load_settings


def ingest_new(folder: Path, files: Sequence[Path] = (), now: datetime | None = None) -> report.IngestResult:
    """New files into the store of a project's folder."""
    return ingest.ingest(load_settings(folder / FILE_NAME), folder, files, now=now)


def measure_features(folder: Path, options: measure.FeatureOptions | None = None) -> measure.MeasureResult:
    """The features of a project's folder."""
    return measure.measure_features(load_settings(folder / FILE_NAME), folder, options)
