"""Features of a project's store of events, whatever its size, at today's or any past cutoffs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from holdfast.cutoffs.schedule import as_day, day_after
from holdfast.errors import HoldfastError
from holdfast.features.custom.unmet import condition_columns, unmet_conditions
from holdfast.features.library.choose import features_for
from holdfast.features.library.schema import TableFacts, facts_from_record, facts_to_record
from holdfast.features.out_of_core import Limits
from holdfast.features.requests import LIFE_COLUMNS, Selection
from holdfast.features.spec import Feature
from holdfast.formatting import plural
from holdfast.ingest.facts import CUSTOMERS, event_tables, facts_of_store, loaded, span_of_store
from holdfast.pipeline.execute import code_hash
from holdfast.progress import SILENT, Progress
from holdfast.settings import FILE_NAME, Settings, Shape
from holdfast.store.events.manifest import CLEANED_ANEW
from holdfast.store.events.store import EventStore
from holdfast.store.features.layout import MANIFEST, Measurement, read_manifest
from holdfast.store.features.reading import MeasuredFeatures
from holdfast.store.features.refreshing import Done, Task, measure_into
from holdfast.store.locks import held
from holdfast.store.runs import key_of

EVENTS, FEATURES = "events", "features"
MOST_CUTOFFS = 1_000
_ROOM = 0.6  # of what the process may still take: libraries and the system's allocator hold more than is in use
_LEAST_BYTES = 128 * 2**20


@dataclass(frozen=True)
class FeatureWish:
    """Which features, and when."""

    cutoffs: tuple[str | date, ...] = ()  # days; none: the day after the last event
    since: str | date | None = None  # with `until`: every so many days from one to the other
    until: str | date | None = None
    every_days: int = 7
    memory_limit_gb: float | None = None  # None: as the project says
    anew: bool = False


@dataclass(frozen=True)
class Measured:
    """What was measured."""

    done: Done
    notes: tuple[str, ...] = ()  # own features that count nothing, told once, when features are chosen

    @property
    def result(self) -> MeasuredFeatures:
        return self.done.result

    @property
    def sentence(self) -> str:
        result = self.result
        when = f"{len(result.cutoffs)} cutoffs" if len(result.cutoffs) > 1 else f"{result.cutoffs[0]:%Y-%m-%d}"
        held = f"{plural(len(result.names), 'feature')} at {when}: {plural(result.rows, 'row')}"
        how = {
            "all": "measured for everyone",
            "kept": "nothing new, kept as it was",
            "changes": f"{plural(self.done.customers_again, 'customer')} with new records measured again, "
            f"{plural(self.done.new_cutoffs, 'new cutoff')} for everyone",
        }[self.done.how]
        return f"{held} ({how})"

    def record(self) -> dict[str, Any]:
        """The answer as JSON holds it."""
        result = self.result
        return {
            "folder": str(result.folder),
            "how": self.done.how,
            "customers_measured_again": self.done.customers_again,
            "new_cutoffs": self.done.new_cutoffs,
            "store_version": result.manifest.made_of.store_version,
            "cutoffs": [f"{cutoff:%Y-%m-%d}" for cutoff in result.cutoffs],
            "rows_by_cutoff": list(result.manifest.rows),
            "rows": result.rows,
            "features": result.names,
            "notes": list(self.notes),
        }


def measure_features(
    settings: Settings, folder: Path, wish: FeatureWish | None = None, progress: Progress = SILENT
) -> Measured:
    """Measure the features of a project's store of events, within its memory limit.

    What was measured before is gone on from: customers with new records are measured again at the cutoffs that were
    there, everyone at new ones; the numbers are those of measuring all anew. Features are chosen when all is measured
    for the first time, by what is known before the first cutoff, and stay until the settings change.

    Args:
        settings: the project's.
        folder: the project's folder; `holdfast ingest` made its store.
        wish: cutoffs and limits; the project's by default.
        progress: hears what is being done, how many rows of how many.

    Raises:
        HoldfastError: no store, cutoffs that cannot be, or too little memory.
    """
    wish = wish or FeatureWish()
    store = _store(folder, settings)
    place = folder / FEATURES
    with held(place / ".lock", f"{folder}: features are being measured by another process"):
        cutoffs = _cutoffs(store, wish, progress)
        known = _facts_known(store, settings, place, cutoffs[0], wish)
        facts, before = known or (facts_of_store(store, settings, cutoffs[0], progress), cutoffs[0])
        features = features_for(facts, settings)
        if not features:
            raise HoldfastError(
                f"{store.folder}: the records hold nothing to tell one customer from another by.",
                fix=f"Map more columns in {FILE_NAME}, then run holdfast ingest {folder} and this command again.",
            )
        notes: tuple[str, ...] = ()
        if not known:
            columns = condition_columns(settings)
            notes = unmet_conditions(settings, loaded(store, columns, "looking at values", progress))
        task = _task(store, settings, features, facts, cutoffs, wish)
        task = replace(task, made_of=replace(task.made_of, chosen_before=before.isoformat()))
        done = measure_into(place, store, task, progress)
    return Measured(done, notes)


def _store(folder: Path, settings: Settings) -> EventStore:
    if settings.shape is Shape.SNAPSHOT:
        raise HoldfastError(
            f"{folder}: a labelled snapshot knows no time, so there are no cutoffs to measure at.",
            fix=f"holdfast run {folder}",
        )
    store = EventStore.open(folder / EVENTS)
    if not event_tables(store):
        raise HoldfastError(f"{store.folder}: the store holds no events yet.", fix=f"holdfast ingest {folder}")
    return store


def _cutoffs(store: EventStore, wish: FeatureWish, progress: Progress) -> list[datetime]:
    days = {as_day(day) for day in wish.cutoffs}
    if (wish.since is None) != (wish.until is None):
        raise HoldfastError(
            "Cutoffs every so many days need a first and a last day.",
            fix="--from 2025-01-06 --until 2026-01-05 --every 7",
        )
    if wish.since is not None and wish.until is not None:
        first, last = as_day(wish.since), as_day(wish.until)
        if first > last or wish.every_days < 1:
            raise HoldfastError(
                f"There is no day from {first} to {last} every {wish.every_days} days.",
                fix=f"--from {min(first, last)} --until {max(first, last)} --every {max(1, wish.every_days)}",
            )
        days |= {first + timedelta(days=step) for step in range(0, (last - first).days + 1, wish.every_days)}
    if len(days) > MOST_CUTOFFS:
        raise HoldfastError(
            f"{len(days):,} cutoffs are asked for; {MOST_CUTOFFS:,} is the most.",
            fix=f"Take larger steps: --every {max(1, wish.every_days) * -(-len(days) // MOST_CUTOFFS)}",
        )
    if days:
        return [datetime.combine(day, time(), UTC) for day in sorted(days)]
    span = span_of_store(store, progress)
    if span is None:
        raise HoldfastError(
            f"{store.folder}: the store holds no events yet.", fix=f"holdfast ingest {store.folder.parent}"
        )
    return [day_after(span.last)]


def _facts_known(
    store: EventStore, settings: Settings, place: Path, first: datetime, wish: FeatureWish
) -> tuple[dict[str, TableFacts], datetime] | None:
    """What the earlier result's features were chosen by, and known before when; None where they are chosen again.

    Features that were chosen by what came after the first cutoff would tell it of its future: they are chosen again.
    """
    if not wish.anew and (place / MANIFEST).is_file():
        earlier = read_manifest(place).made_of
        before = datetime.fromisoformat(earlier.chosen_before)
        if earlier.settings == _settings_key(store, settings) and before <= first:
            return facts_from_record(earlier.facts), before
    return None


def _settings_key(store: EventStore, project: Settings) -> str:
    """Changes when other features would be chosen from the same records, or other customers be asked about."""
    tables = {name: {column: str(dtype) for column, dtype in schema.items()} for name, schema in store.tables.items()}
    settings = project.model_dump(mode="json", include={"shape", "tables", "churn", "features", "currency"})
    # Cleaned anew, the store may spell its categories another way than the features that were chosen of them.
    return key_of(settings, tables, code_hash(), store.manifest.notes.get(CLEANED_ANEW, 0))


def _task(
    store: EventStore,
    settings: Settings,
    features: Sequence[Feature],
    facts: dict[str, TableFacts],
    cutoffs: Sequence[datetime],
    wish: FeatureWish,
) -> Task:
    made_of = Measurement(
        features=tuple(feature.record() for feature in features),
        facts=facts_to_record(facts),
        settings=_settings_key(store, settings),
        cutoffs=tuple(cutoff.isoformat() for cutoff in cutoffs),
        store_version=store.version,
        partitions=store.partitions,
    )
    life = LIFE_COLUMNS if CUSTOMERS in store.tables else ()
    asked = Selection(tuple(cutoffs), tuple(event_tables(store)), life_columns=life)
    limits = Limits(settings.training.threads, _room(wish.memory_limit_gb or settings.memory_limit_gb))
    return Task(features, asked, made_of, limits, wish.anew)


def _room(limit_gb: float) -> int:
    """Bytes for records and answers, beside what the process holds already."""
    import psutil

    import holdfast.features.engine.kernel  # noqa: F401  (compiled code is part of what it holds)

    holds = psutil.Process().memory_info().rss
    room = int((limit_gb * 1e9 - holds) * _ROOM)
    if room < _LEAST_BYTES:
        least = (holds + _LEAST_BYTES / _ROOM) / 1e9
        raise HoldfastError(
            f"A memory limit of {limit_gb:g} GB is too little: the program alone takes {holds / 1e9:.2f} GB, and "
            f"{_LEAST_BYTES / _ROOM / 1e9:.2f} GB beside it are the least to measure with.",
            fix=f"--memory-limit-gb {least + 0.1:.1f} or more.",
        )
    return room
