"""The files for BI as they are written, each as one table."""

import polars as pl

from holdfast.reports.bi import bi_files
from holdfast.reports.inputs import ReportInputs


def bi_written(inputs: ReportInputs) -> dict[str, pl.DataFrame]:
    """Every file of the `bi` folder by name without ".csv"."""
    return {name: pl.concat(pieces) for name, pieces in bi_files(inputs)}
