"""The engine of the results database: its default file, and what to do when it refuses."""

from contextlib import AbstractContextManager
from pathlib import Path

import sqlalchemy as sa

from holdfast.settings import RESULTS_FILE
from holdfast.sources.database.connect import database_engine, database_errors

FIX = (
    "See that the database runs and that this user may create tables and write there, then run the same command again: "
    "nothing is lost, and readers still see the run published before."
)


def results_engine(url: str | None, project: Path) -> sa.Engine:
    """An engine for the results database; nothing is connected yet.

    Args:
        url: `results.url` of the settings; None or empty: a SQLite file in the project's folder.
        project: its folder.

    Raises:
        HoldfastError: not a URL, an unknown database, a variable that is not set, or a driver that is not installed.
    """
    return database_engine(url or f"sqlite:///{RESULTS_FILE}", project, setting="results.url")


def results_errors(engine: sa.Engine) -> AbstractContextManager[None]:
    """Turn what the results database refuses into a HoldfastError."""
    return database_errors(engine, FIX)
