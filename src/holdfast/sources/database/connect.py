"""A connection to a database: a URL with names of environment variables in, an engine out."""

import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa

from holdfast.errors import HoldfastError

DRIVERS = {
    "sqlite": ("sqlite", "", ""),
    "postgresql": ("postgresql+psycopg", "psycopg", "postgres"),
    "postgres": ("postgresql+psycopg", "psycopg", "postgres"),
    "mysql": ("mysql+pymysql", "pymysql", "mysql"),
    "mariadb": ("mysql+pymysql", "pymysql", "mysql"),
}  # scheme of a URL -> SQLAlchemy's name, the module that must be installed, our extra that brings it
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_ADDRESS_OPTIONS = frozenset({"host", "port", "unix_socket"})  # options of a URL that say where, not who
_WAITS = (0.5, 1.0, 2.0)  # seconds before each further attempt to connect
_CONNECT_SECONDS = 10
_Answer = TypeVar("_Answer")


class UnreachableError(HoldfastError):
    """A database that does not answer, or lets nobody in."""


def database_engine(url: str, project: Path, *, setting: str, environment: Mapping[str, str] = os.environ) -> sa.Engine:
    """An engine for a database; nothing is connected yet.

    Args:
        url: `${NAME}` stands for an environment variable.
        project: its folder; a relative SQLite path lies in it.
        setting: where the URL stands, for messages.
        environment: where the variables are looked up.

    Raises:
        HoldfastError: not a URL, an unknown database, a variable that is not set, or a driver that is not installed.
    """
    parsed = _parsed(url, setting, environment)
    driver, module, extra = DRIVERS[parsed.drivername]
    if module and not _is_installed(module):
        raise HoldfastError(
            f"{setting} names a {parsed.drivername} database; its driver {module} is not installed.",
            fix=f"pip install 'holdfast[{extra}]'",
        )
    parsed = parsed.set(drivername=driver)
    if driver == "sqlite":
        file = project / (parsed.database or "")
        engine = sa.create_engine(parsed.set(database=str(file)), connect_args={"timeout": 30})
        sa.event.listen(engine, "connect", _prepare_sqlite)
        return engine
    arguments: dict[str, Any] = {"connect_timeout": _CONNECT_SECONDS}
    if driver.startswith("mysql"):
        arguments |= {"local_infile": True, "charset": "utf8mb4"}
    return sa.create_engine(parsed, connect_args=arguments, pool_pre_ping=True)


def _parsed(url: str, setting: str, environment: Mapping[str, str]) -> sa.URL:
    unset = sorted({name for name in _VARIABLE.findall(url) if not environment.get(name)})
    if unset:
        raise HoldfastError(
            f"{setting} reads the environment variable {unset[0]}, which is not set.",
            fix=f"export {unset[0]}=..., then run the same command again.",
        )
    try:
        # The parts are put in after parsing, so that a password may hold any letter.
        parsed = sa.make_url(_VARIABLE.sub(lambda match: f"__{match[1]}__", url))
    except (sa.exc.ArgumentError, ValueError) as error:
        raise _not_a_database(setting) from error
    if parsed.drivername not in DRIVERS:
        raise _not_a_database(setting)

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


def _not_a_database(setting: str) -> HoldfastError:
    return HoldfastError(
        f"{setting} does not name a database that is known.",
        fix="Write it as sqlite:///FILE.db, postgresql://USER:${HOLDFAST_PASSWORD}@HOST/DATABASE or "
        "mysql://USER:${HOLDFAST_PASSWORD}@HOST/DATABASE; ${HOLDFAST_PASSWORD} is read from the environment.",
    )


def _is_installed(module: str) -> bool:
    from importlib.util import find_spec

    return find_spec(module) is not None


def _prepare_sqlite(connection: Any, record: Any) -> None:  # noqa: ARG001 (SQLAlchemy's listener)
    """Readers and a writer side by side, and foreign keys that hold."""
    # Pages of a new file: a row of predictions has half a thousand bytes; of small pages there would be four times as
    # many to write, each twice.
    for pragma in ("page_size=16384", "journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def location(engine: sa.Engine) -> str:
    """Where the database is, for messages: never with its password, nor with options, which may hold others."""
    shown = {name: value for name, value in engine.url.query.items() if name in _ADDRESS_OPTIONS}
    return engine.url.set(query=shown).render_as_string(hide_password=True)


@contextmanager
def database_errors(engine: sa.Engine, fix: str) -> Iterator[None]:
    """Turn what a database refuses into a HoldfastError that says where and why, without the values of rows.

    Args:
        engine: of the database.
        fix: what its reader is to do.
    """
    try:
        yield
    except sa.exc.DBAPIError as error:
        reason = str(error.orig).strip().splitlines()[0] if error.orig else type(error).__name__
        raise HoldfastError(
            f"{location(engine)}: {reason}",
            fix=fix,
        ) from error


def with_patience(engine: sa.Engine, connect: Callable[[], _Answer], fix: str) -> _Answer:
    """What `connect` returns, tried again with growing waits while the database cannot be reached.

    Raises:
        UnreachableError: it could not be reached after four attempts.
        HoldfastError: it refuses otherwise.
    """
    for wait in _WAITS:
        try:
            return connect()
        except sa.exc.OperationalError:
            time.sleep(wait)
    try:
        with database_errors(engine, fix):
            return connect()
    except HoldfastError as error:
        if isinstance(error.__cause__, sa.exc.OperationalError):
            raise UnreachableError(error.problem, fix=error.fix) from error.__cause__
        raise
