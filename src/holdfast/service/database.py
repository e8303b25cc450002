"""Tables of a project that stand in databases: fetched into files before anything reads them."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from holdfast.errors import HoldfastError
from holdfast.formatting import plural
from holdfast.progress import SILENT, Progress
from holdfast.settings import Settings
from holdfast.store.artifacts import write_table
from holdfast.table_settings import DatabaseSettings, ReadSettings

IMPORTS = "imports"  # a folder a table, in the project's
SIMULATED = "simulated"  # what is read in the place of databases that are down, if anybody asks for it
_URL = re.compile(r"^[a-z]+://")


def is_url(source: str) -> bool:
    """Whether a source of `init` is a database, not a path."""
    return _URL.match(source) is not None


def folder_of(home: Path, table: str) -> Path:
    """Where the rows of a table stand after fetching."""
    return home / IMPORTS / table


def fetch_tables(settings: Settings, home: Path, progress: Progress = SILENT) -> tuple[str, ...]:
    """Fetch what is new for every table that names a database; one sentence a table.

    Args:
        settings: of the project.
        home: its folder.
        progress: hears which table is fetched.

    Raises:
        HoldfastError: a database cannot be reached or refuses.
    """
    sources = {name: table.database for name, table in settings.tables.items() if table.database is not None}
    return tuple(_fetched(name, source, home, progress) for name, source in sources.items())


def records_to_read(
    settings: Settings, home: Path, now: datetime, progress: Progress = SILENT, *, simulate_when_down: bool = False
) -> tuple[Settings, tuple[str, ...]]:
    """Fetch what is new; the settings by which records are read then, and one sentence a table.

    Args:
        settings: of the project.
        home: its folder.
        now: simulated records end on this day.
        progress: hears which table is fetched.
        simulate_when_down: where a database does not answer, all tables are simulated, and marked so in every output.

    Raises:
        HoldfastError: a database cannot be reached or refuses, or a table is of a kind that cannot be simulated.
    """
    if not simulate_when_down:
        return settings, fetch_tables(settings, home, progress)
    from holdfast.sources.database.connect import UnreachableError

    try:
        return settings, fetch_tables(settings, home, progress)
    except UnreachableError as error:
        return _simulated(settings, home, now, error.problem)


def _simulated(settings: Settings, home: Path, now: datetime, problem: str) -> tuple[Settings, tuple[str, ...]]:
    from holdfast.simulator.of_tables import simulated_tables

    end = datetime(now.year, now.month, now.day, tzinfo=UTC)
    tables = {}
    for name, rows in simulated_tables(settings, end).items():
        file = (home / SIMULATED / f"{name}.parquet").resolve()
        file.parent.mkdir(parents=True, exist_ok=True)
        write_table(file, rows)
        plain: dict[str, Any] = {
            "files": (str(file),),
            "database": None,
            "read": ReadSettings(),
            "recipe": "",
            "unpack": {},
        }
        tables[name] = settings.tables[name].model_copy(update=plain)
    update = {"tables": tables, "simulated": True, "identities": None, "roll_up": None, "cutoff": None}
    note = f"{problem} All records of this run are SIMULATED (--simulate-when-down): they describe no real customer."
    return settings.model_copy(update=update), (note,)


def _fetched(name: str, source: DatabaseSettings, home: Path, progress: Progress) -> str:
    from holdfast.sources.database.connect import database_engine
    from holdfast.sources.database.pull import pull

    progress.update(f"fetching {name}", 0, None)
    engine = database_engine(source.url, home, setting=f"tables.{name}.database.url")
    try:
        pulled = pull(engine, name, source, folder_of(home, name))
    finally:
        engine.dispose()
    more = f", {pulled.total:,} with those fetched before" if pulled.total != pulled.rows else ""
    return f"{name}: {plural(pulled.rows, 'row')} fetched from {pulled.database}{more}."


def fetch_all(urls: Sequence[str], home: Path, progress: Progress = SILENT) -> Mapping[str, DatabaseSettings]:
    """Fetch every table of some databases, for a first look.

    Args:
        urls: of the databases.
        home: the project's folder.
        progress: hears which table is fetched.

    Returns:
        The folder's name under `imports` -> where its rows came from.

    Raises:
        HoldfastError: a database cannot be reached, holds no table, or two hold tables of one name.
    """
    from holdfast.sources.database.connect import database_engine, location
    from holdfast.sources.database.pull import table_names

    sources: dict[str, DatabaseSettings] = {}
    for url in urls:
        engine = database_engine(url, home, setting="--from")
        names = table_names(engine)
        shown = location(engine)
        engine.dispose()
        if not names:
            raise HoldfastError(f"{shown}: there is no table.", fix="Name a database that holds tables.")
        for table in names:
            name = re.sub(r"\W+", "_", table)
            if name in sources:
                raise HoldfastError(
                    f"Two databases hold a table {table}.",
                    fix="Name one of them after --from, and add the other's "
                    "tables to holdfast.yaml by hand (docs/guides/databases.md).",
                )
            sources[name] = DatabaseSettings(url=url, table=table)
            _fetched(name, sources[name], home, progress)
    return sources
