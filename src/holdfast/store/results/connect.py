"""A connection to the results database: a URL with names of environment variables in, an engine out."""

import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa

from holdfast.errors import HoldfastError

DEFAULT_FILE = "results.db"  # in the project's folder
DRIVERS = {
    "sqlite": ("sqlite", "", ""),
    "postgresql": ("postgresql+psycopg", "psycopg", "postgres"),
    "postgres": ("postgresql+psycopg", "psycopg", "postgres"),
    "mysql": ("mysql+pymysql", "pymysql", "mysql"),
    "mariadb": ("mysql+pymysql", "pymysql", "mysql"),
}  # scheme of a URL -> SQLAlchemy's name, the module that must be installed, our extra that brings it
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_WAITS = (0.5, 1.0, 2.0)  # seconds before each further attempt to connect
_CONNECT_SECONDS = 10
_Answer = TypeVar("_Answer")


def results_engine(url: str | None, project: Path, environment: Mapping[str, str] = os.environ) -> sa.Engine:
    """An engine for the results database; nothing is connected yet.

    Args:
        url: as in `results.url` of the settings, `${NAME}` stands for an environment variable; None: a SQLite file.
        project: its folder; a relative SQLite path lies in it.
        environment: where the variables are looked up.

    Raises:
        HoldfastError: not a URL, an unknown database, a variable that is not set, or a driver that is not installed.
    """
    parsed = _parsed(url or f"sqlite:///{DEFAULT_FILE}", environment)
    driver, module, extra = DRIVERS[parsed.drivername]
    if module and not _is_installed(module):
        raise HoldfastError(
            f"results.url names a {parsed.drivername} database; its driver {module} is not installed.",
            fix=f"pip install 'holdfast[{extra}]'",
        )
    parsed = parsed.set(drivername=driver)
    if driver == "sqlite":
        file = project / (parsed.database or DEFAULT_FILE)
        engine = sa.create_engine(parsed.set(database=str(file)), connect_args={"timeout": 30})
        sa.event.listen(engine, "connect", _prepare_sqlite)
        return engine
    arguments: dict[str, Any] = {"connect_timeout": _CONNECT_SECONDS}
    if driver.startswith("mysql"):
        arguments |= {"local_infile": True, "charset": "utf8mb4"}
    return sa.create_engine(parsed, connect_args=arguments, pool_pre_ping=True)


def _parsed(url: str, environment: Mapping[str, str]) -> sa.URL:
    unset = sorted({name for name in _VARIABLE.findall(url) if not environment.get(name)})
    if unset:
        raise HoldfastError(
            f"results.url reads the environment variable {unset[0]}, which is not set.",
            fix=f"export {unset[0]}=..., then run the same command again.",
        )
    try:
        # The parts are put in after parsing, so that a password may hold any letter.
        parsed = sa.make_url(_VARIABLE.sub(lambda match: f"__{match[1]}__", url))
    except (sa.exc.ArgumentError, ValueError) as error:
        raise _not_a_database() from error
    if parsed.drivername not in DRIVERS:
        raise _not_a_database()

    def filled(text: str | None) -> str | None:
        if text is None:
            return None
        for name in _VARIABLE.findall(url):
            text = text.replace(f"__{name}__", environment[name])
        return text

    return parsed.set(
        username=filled(parsed.username),
        password=filled(str(parsed.password)) if parsed.password is not None else None,
        host=filled(parsed.host),
        database=filled(parsed.database),
    )


def _not_a_database() -> HoldfastError:
    return HoldfastError(
        "results.url does not name a database that is known.",
        fix="Write it as sqlite:///results.db, postgresql://USER:${HOLDFAST_RESULTS_PASSWORD}@HOST/DATABASE or "
        "mysql://USER:${HOLDFAST_RESULTS_PASSWORD}@HOST/DATABASE.",
    )


def _is_installed(module: str) -> bool:
    from importlib.util import find_spec

    return find_spec(module) is not None


def _prepare_sqlite(connection: Any, record: Any) -> None:  # noqa: ARG001 (SQLAlchemy's listener)
    """Readers and a writer side by side, and foreign keys that hold."""
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def location(engine: sa.Engine) -> str:
    """Where the database is, for messages: never with its password."""
    return engine.url.render_as_string(hide_password=True)


@contextmanager
def database_errors(engine: sa.Engine) -> Iterator[None]:
    """Turn what a database refuses into a HoldfastError that says where and why, without the values of rows."""
    try:
        yield
    except sa.exc.DBAPIError as error:
        reason = str(error.orig).strip().splitlines()[0] if error.orig else type(error).__name__
        raise HoldfastError(
            f"{location(engine)}: {reason}",
            fix="See that the database runs and that this user may create tables and write there, then run the same "
            "command again: nothing is lost, and readers still see the run published before.",
        ) from error


def with_patience(engine: sa.Engine, connect: Callable[[], _Answer]) -> _Answer:
    """What `connect` returns, tried again with growing waits while the database cannot be reached.

    Raises:
        HoldfastError: it could not be reached after four attempts.
    """
    for wait in _WAITS:
        try:
            return connect()
        except sa.exc.OperationalError:
            time.sleep(wait)
    with database_errors(engine):
        return connect()
