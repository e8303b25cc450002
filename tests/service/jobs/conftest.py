"""A served folder without anything in it, and its results database."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from holdfast.service.jobs.home import Home
from holdfast.service.results_database import PublishedResults


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """An empty folder, served."""
    return Home(tmp_path)


@pytest.fixture
def results(home: Home) -> Iterator[PublishedResults]:
    """Its database."""
    with closing(home.results()) as opened:
        yield opened
