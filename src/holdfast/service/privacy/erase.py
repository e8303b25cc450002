"""The right to be forgotten: customers' ids in, every file and table of a project without them out, with a proof.

The tombstone comes first, then the removal. A removal that was cut off goes on with the next command about the project.
"""

import shutil
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from holdfast.errors import HoldfastError
from holdfast.formatting import plural
from holdfast.ingest.ingest import FOLDER as EVENTS
from holdfast.ingest.measure import FEATURES
from holdfast.pipeline.collect import side_tables
from holdfast.progress import SILENT, Progress
from holdfast.quality.identities import IDENTITIES
from holdfast.service.database import IMPORTS, folder_of
from holdfast.service.redis.score_cache import LIFE_SECONDS, forget_scores
from holdfast.service.redis.server import REDIS_URL, redis_at_hand
from holdfast.service.results import Result
from holdfast.settings import FILE_NAME, RESULTS_FILE, Settings
from holdfast.sources.locate import find_sources
from holdfast.sources.read import read_table
from holdfast.sources.snapshot import MANIFEST, load_snapshot
from holdfast.store.erasure.event_store import erase_from_store
from holdfast.store.erasure.files import REWRITABLE, TEXTS, FileEraser
from holdfast.store.erasure.rows import ids_of_rows, other_ids
from holdfast.store.erasure.runs import RAW, Removed, erase_from_runs
from holdfast.store.erasure.texts import Names
from holdfast.store.erasure.tombstones import (
    FOLDER,
    add_tombstones,
    canonical,
    finish_pending,
    load_tombstones,
    pending_ids,
    pending_since,
)
from holdfast.store.events.manifest import POINTER
from holdfast.store.events.store import EventStore
from holdfast.store.pseudonyms import Pseudonyms, is_pseudonym, load_pseudonyms
from holdfast.store.runs import Runs
from holdfast.table_settings import TableSettings

if TYPE_CHECKING:
    import sqlalchemy as sa

    from holdfast.service.project import Project

# Each is handled by who knows it; tenants have the same ids for other people.
_OF_OTHERS = {"runs", RAW, EVENTS, FEATURES, FOLDER, "tenants", "sample"}


@dataclass(frozen=True)
class Erasure(Result):
    """Customers who were removed from a project."""

    customers: int
    """how many were named"""
    ids: int
    """under how many ids they were known, with their other names"""
    removed: Mapping[str, int]
    """place -> rows that left it"""
    sources: Mapping[str, str]
    """file or database outside our keeping -> whether it still names them, was rewritten, or cannot be changed by us"""
    at: str
    """when, UTC"""

    @property
    def sentence(self) -> str:
        rows = sum(self.removed.values())
        if not rows:
            return f"Nothing here named {plural(self.customers, 'customer')}; a tombstone is set all the same."
        where = plural(len(self.removed), "place")
        return f"{plural(self.customers, 'customer')} erased: {plural(rows, 'row')} removed from {where}."

    @property
    def notes(self) -> tuple[str, ...]:
        """What the reader has to know, or to do."""
        notes = [f"{file}: {state}" for file, state in self.sources.items()]
        if self.removed:
            notes.append("Totals of earlier runs still count them; the next holdfast run counts without them.")
        return tuple(notes)


def erase(
    project: "Project",
    ids: Sequence[str],
    *,
    now: datetime,
    rewrite_sources: bool = False,
    engine: "sa.Engine | None" = None,
    progress: Progress = SILENT,
) -> Erasure:
    """Remove customers from everything that a project keeps.

    Args:
        project: whose customers.
        ids: of the customers, as in the records or in the outputs.
        now: of the proof.
        rewrite_sources: the user's own CSV and Parquet files are written again without them, too.
        engine: of the results database; None: the project's own.
        progress: hears what is being done.

    Raises:
        HoldfastError: no id, a run at work (the tombstone is set, the rest follows), a database that refuses.
    """
    wanted = sorted({canonical(each) for each in ids} - {""})
    if not wanted:
        raise HoldfastError("No customer is named.", fix=f"holdfast erase {project.folder} CUSTOMER")
    redis_at_hand()  # one that cannot be asked is said before anything is removed
    every = with_other_names(project, wanted)
    add_tombstones(project.folder, every, now)
    return _remove(project, wanted, now, engine, rewrite_sources=rewrite_sources, progress=progress)


def ids_in(file: Path) -> list[str]:
    """The ids of a text file, one a line.

    Raises:
        HoldfastError: there is no such file, or it is no text.
    """
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise HoldfastError(f"{file}: cannot be read as text.", fix="Name a text file with one id a line.") from error
    return [line.strip() for line in lines if line.strip()]


def go_on(project: "Project", progress: Progress = SILENT) -> Erasure:
    """Finish a removal that was cut off, as of when it was requested.

    Raises:
        HoldfastError: a run is at work, or a database refuses.
    """
    pending, now = pending_ids(project.folder), pending_since(project.folder)
    add_tombstones(project.folder, pending, now)  # it may have been cut off before that
    return _remove(project, pending, now, rewrite_sources=False, progress=progress)


def _remove(
    project: "Project",
    wanted: Sequence[str],
    now: datetime,
    engine: "sa.Engine | None" = None,
    *,
    rewrite_sources: bool,
    progress: Progress,
) -> Erasure:
    home, settings = project.folder, project.settings
    removed = Removed()
    with Runs(home).exclusive(now):
        ids = pending_ids(home)
        tombstones, names = load_tombstones(home), Names(ids)
        steps: tuple[tuple[str, Callable[[], None]], ...] = (
            ("runs and what they read", lambda: erase_from_runs(home, settings, tombstones, names, removed)),
            ("the store of events", lambda: _erase_from_store(home, ids, names, removed)),
            ("the results database", lambda: _erase_from_database(project, ids, now, removed, engine)),
            ("everything else in the folder", lambda: _erase_from_other_files(home, settings, names, removed)),
        )
        for done, (what, work) in enumerate(steps):
            progress.update(f"erasing from {what}", done, len(steps))
            work()
        sources = dict(_source_states(home, settings, names, rewrite=rewrite_sources))
        sources |= _erase_from_redis(home, removed)
        proof = {
            "at": f"{now:%Y-%m-%dT%H:%M:%S%z}",
            "tenant": project.tenant,
            "customers": len(wanted),
            "hashes": sorted(tombstones.hash_of(canonical(each)) for each in ids),
            "removed": removed.rows,
            "sources": sources,
        }
        finish_pending(home, proof)
    return Erasure(len(wanted), len(ids), removed.rows, sources, f"{now:%Y-%m-%dT%H:%M:%S%z}")


def with_other_names(project: "Project", ids: Sequence[str]) -> list[str]:
    """The ids and every other id of the same customers, by `identities`, `roll_up` and `pseudonyms`.

    Raises:
        HoldfastError: outputs are written in pseudonyms, and their secret is not in the environment.
    """
    pseudonyms = load_pseudonyms(project.settings)
    if pseudonyms is None:
        return _with_linked_ids(project, ids)
    named = {each for each in ids if is_pseudonym(each)}
    linked = _with_linked_ids(project, [*ids, *(_ids_behind(project, pseudonyms, named) if named else ())])
    return sorted({*linked, *map(pseudonyms.of, linked)})


def _ids_behind(project: "Project", pseudonyms: Pseudonyms, named: Collection[str]) -> list[str]:
    """The ids in the records that some pseudonyms stand for."""
    snapshots = [folder for folder in (project.folder / RAW).glob("*") if (folder / MANIFEST).is_file()]
    columns = [
        column
        for folder in snapshots
        for name, table in load_snapshot(folder).items()
        for column in ids_of_rows(name, table.rows, project.settings)
    ]
    if (project.folder / EVENTS / POINTER).is_file():
        store = EventStore.open(project.folder / EVENTS)
        columns += [store.customers(partition) for partition in range(store.partitions)]
    every = pl.concat([pl.Series(dtype=pl.String), *(column.cast(pl.String) for column in columns)])
    return [each for each in every.drop_nulls().unique().to_list() if pseudonyms.of(each) in named]


def _with_linked_ids(project: "Project", ids: Sequence[str]) -> list[str]:
    """The ids and every other id of the same customers, by `identities` and `roll_up`."""
    settings = project.settings
    linking = {name: table for name, table in side_tables(settings).items() if name == IDENTITIES}
    if settings.roll_up is not None and settings.roll_up.table in settings.tables:
        linking[settings.roll_up.table] = settings.tables[settings.roll_up.table]
    frames = {}
    for name, table in linking.items():
        try:
            frames[name] = read_table(name, table, project.folder).rows
        except HoldfastError:  # moved away since: the last snapshot holds what it said
            snapshots = sorted((project.folder / RAW).glob(f"*/{name}.parquet"), key=lambda file: file.stat().st_mtime)
            if snapshots:
                frames[name] = pl.read_parquet(snapshots[-1])
    return [canonical(each) for each in other_ids(frames, settings, pl.Series(ids, dtype=pl.String)).to_list()]


def _erase_from_store(home: Path, ids: Sequence[str], names: Names, removed: Removed) -> None:
    erase_from_store(home / EVENTS, ids, removed)
    eraser = FileEraser(names)
    for file in sorted((home / EVENTS).glob("*.json")):
        removed.add(f"{EVENTS}/{file.name}", eraser.erase(file))
    measured = home / FEATURES
    if measured.is_dir() and _names_any(measured, names):
        # Ranks are stored by position, so no row can leave alone; `holdfast features` measures all of it again.
        shutil.rmtree(measured)
        removed.add(FEATURES, 1)


def _names_any(folder: Path, names: Names) -> bool:
    ids = pl.Series(sorted(names.ids), dtype=pl.String).implode()
    for file in folder.rglob("*.parquet"):
        if "customer_id" in pl.read_parquet_schema(file):
            rows = pl.scan_parquet(file, hive_partitioning=False).select(pl.col("customer_id").is_in(ids).any())
            if rows.collect().item():
                return True
    return False


def _erase_from_database(
    project: "Project", ids: Sequence[str], now: datetime, removed: Removed, served: "sa.Engine | None"
) -> None:
    if served is not None:
        from holdfast.store.erasure.database import erase_from_database

        erase_from_database(served, project.folder, project.tenant, ids, now, removed)
        return
    if not project.has_results:
        return
    from holdfast.store.erasure.database import erase_from_database
    from holdfast.store.results.engine import results_engine
    from holdfast.store.results.migrate import migrate

    engine = results_engine(project.settings.results.url, project.results_folder)
    try:
        migrate(engine)
        erase_from_database(engine, project.folder, project.tenant, ids, now, removed)
    finally:
        engine.dispose()


def _erase_from_other_files(home: Path, settings: Settings, names: Names, removed: Removed) -> None:
    """Fetched tables, logs, lists written into the folder, results of jobs: all but the user's own source files."""
    sources = {path.resolve() for path, _, _ in _source_files(home, settings)}
    columns = {folder_of(home, name): _source_column(table) for name, table in settings.tables.items()}
    eraser = FileEraser(names, columns)
    for path in sorted(home.iterdir()):
        if path.name in _OF_OTHERS or path.name.startswith(RESULTS_FILE) or path.name == FILE_NAME:
            continue
        files = [path] if path.is_file() else sorted(each for each in path.rglob("*") if each.is_file())
        for file in files:
            if file.is_symlink() or file.resolve() in sources or file.suffix not in {*TEXTS, ".parquet"}:
                continue
            where = path.name if path.is_dir() else f"*{path.suffix}"
            removed.add(where, eraser.erase(file))


def _erase_from_redis(home: Path, removed: Removed) -> dict[str, str]:
    """Answers about the project's customers in Redis, all of them: they are made again when they are wanted."""
    server = redis_at_hand()
    if server is None:
        return {}
    deleted = forget_scores(server, home)
    removed.add("redis", deleted or 0)
    hours = LIFE_SECONDS // 3_600
    lapse = (
        f"does not answer: what it holds about them can be found by nobody, and goes within {plural(hours, 'hour')}."
    )
    return {} if deleted is not None else {REDIS_URL: lapse}


def _source_column(table: TableSettings) -> str | None:
    column = table.columns.get("customer_id")
    return None if column is None else column.source


def _source_files(home: Path, settings: Settings) -> list[tuple[Path, str, TableSettings]]:
    """The user's own files of each table; those under imports are ours."""
    files = []
    for name, table in (settings.tables | side_tables(settings)).items():
        try:
            paths = find_sources(name, table.files, home)
        except HoldfastError:
            continue  # moved away: nothing to name
        files += [(path, name, table) for path in paths if (home / IMPORTS).resolve() not in path.resolve().parents]
    return files


def _source_states(home: Path, settings: Settings, names: Names, *, rewrite: bool) -> list[tuple[str, str]]:
    """What is outside our keeping, and whether it still names the customers."""
    states = []
    for path, _, table in _source_files(home, settings):
        column = _source_column(table)
        rows = None
        if rewrite and column is not None:
            rows = FileEraser(names, columns={path.parent: column}).erase_rows(path)
        if rows:
            states.append((str(path), f"rewritten without {plural(rows, 'row')} of theirs."))
        elif path.suffix not in {*TEXTS, ".parquet"}:
            states.append((str(path), "your own file, which cannot be searched here: see whether it names them."))
        elif _names_them(path, names):
            fix = "take them out there" if rewrite or path.suffix not in REWRITABLE else "--sources rewrites it"
            states.append((str(path), f"your own file, outside our keeping, still names them: {fix}."))
    for name, table in settings.tables.items():
        if table.database is not None:
            where = table.database.table or "its query"
            states.append((f"tables.{name}.database", f"a database of yours: delete them there ({where})."))
    return states


def _names_them(path: Path, names: Names) -> bool:
    if path.suffix == ".parquet":
        ids = pl.Series(sorted(names.ids), dtype=pl.String).implode()
        texts = pl.scan_parquet(path).select(pl.col(pl.String).str.strip_chars().is_in(ids).any())
        return any(value for row in texts.collect().rows() for value in row)
    return names.occur_in(path.read_bytes())
