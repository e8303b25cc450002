"""URLs of the results database: what they may say, and what no message ever shows."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from pydantic import ValidationError

from holdfast.errors import HoldfastError
from holdfast.settings import ResultsSettings
from holdfast.sources.database import connect
from holdfast.sources.database.connect import database_engine, location
from holdfast.store.results.engine import results_engine
from holdfast.store.results.migrate import migrate

SECRET = "p@ss:w/ord%25&?#"  # noqa: S105 (a planted one)
URL = "postgresql://reporter:${HF_PASSWORD}@127.0.0.1:1/shop"


def test_without_a_url_it_is_a_file_in_the_project(tmp_path: Path) -> None:
    migrate(results_engine(None, tmp_path))
    assert (tmp_path / "results.db").is_file()


def test_a_password_comes_from_the_environment_and_shows_nowhere(tmp_path: Path) -> None:
    engine = database_engine(URL, tmp_path, setting="results.url", environment={"HF_PASSWORD": SECRET})
    assert engine.url.password == SECRET
    assert SECRET not in location(engine) + repr(engine) + str(engine.url)


def test_a_variable_that_is_not_set_is_named(tmp_path: Path) -> None:
    with pytest.raises(HoldfastError, match="HF_PASSWORD, which is not set"):
        database_engine(URL, tmp_path, setting="results.url", environment={})


def test_a_password_in_the_settings_is_refused_and_not_repeated() -> None:
    with pytest.raises(ValidationError, match="holds a password"):
        ResultsSettings(url="postgresql://reporter:hunter2@127.0.0.1/shop")
    assert ResultsSettings(url=URL).url == URL
    assert ResultsSettings(url="sqlite:///other.db").url == "sqlite:///other.db"


@pytest.mark.parametrize("url", ["", "oracle://x/y", "no url", "http://127.0.0.1/x"])
def test_what_names_no_known_database_is_refused_with_what_to_write(tmp_path: Path, url: str) -> None:
    if not url:
        assert results_engine(url, tmp_path).dialect.name == "sqlite"
        return
    with pytest.raises(HoldfastError, match="does not name a database"):
        results_engine(url, tmp_path)


def test_a_database_that_cannot_be_reached_is_one_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr(connect.time, "sleep", waits.append)
    engine = database_engine(URL, tmp_path, setting="results.url", environment={"HF_PASSWORD": SECRET})
    with pytest.raises(HoldfastError, match="refused") as error:
        migrate(engine)
    assert len(waits) == 3
    assert SECRET not in f"{error.value.problem}{error.value.fix}"
    assert isinstance(error.value.__cause__, sa.exc.OperationalError)
