"""Measures the features of the customers in a project's store of events, at any cutoffs, within a memory limit."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from holdfast.cutoffs.active_window import ActiveWindow, known_before, learned_window, stated_window
from holdfast.cutoffs.schedule import as_day, day_after, schedule_of_span
from holdfast.cutoffs.span import Span
from holdfast.errors import HoldfastError
from holdfast.features.custom.unmet import condition_columns, unmet_conditions
from holdfast.features.engine.jit import load_machine_code
from holdfast.features.facts import (
    event_tables,
    facts_of_records,
    load_partitions,
    silences_of_records,
    span_of_records,
)
from holdfast.features.library.choose import features_for
from holdfast.features.library.schema import TableFacts, facts_from_record, facts_to_record
from holdfast.features.membership import CUSTOMERS, LIFE_COLUMNS, Membership
from holdfast.features.out_of_core import Limits
from holdfast.features.requests import Selection
from holdfast.features.spec import Feature
from holdfast.formatting import day, plural
from holdfast.pipeline.execute import code_hash
from holdfast.progress import SILENT, Progress
from holdfast.settings import FILE_NAME, Settings
from holdfast.store.events.manifest import CLEANED_AGAIN
from holdfast.store.events.store import EventStore
from holdfast.store.features.layout import MANIFEST, Measurement, read_manifest
from holdfast.store.features.reading import MeasuredFeatures
from holdfast.store.features.refresh import RefreshResult, RefreshTask, refresh_features
from holdfast.store.locks import exclusive_lock
from holdfast.store.memory import memory_limit_gb, room_for_records
from holdfast.store.runs import key_of

EVENTS, FEATURES = "events", "features"
MOST_CUTOFFS = 1_000


@dataclass(frozen=True)
class FeatureOptions:
    """Which features, and when."""

    cutoffs: tuple[str | date, ...] = ()  # days; none: the day after the last event
    since: str | date | None = None  # with `until`: every so many days from one to the other
    until: str | date | None = None
    every_days: int = 7
    memory_limit_gb: float | None = None  # None: as the project says
    rebuild: bool = False


@dataclass(frozen=True)
class MeasureResult:
    """The features of a store of events, and how they were brought up to date."""

    refreshed: RefreshResult
    notes: tuple[str, ...] = ()  # custom features that count nothing; only when features are chosen

    @property
    def features(self) -> MeasuredFeatures:
        return self.refreshed.features

    @property
    def sentence(self) -> str:
        features = self.features
        when = f"{len(features.cutoffs)} cutoffs" if len(features.cutoffs) > 1 else f"{day(features.cutoffs[0])}"
        size = f"{plural(len(features.names), 'feature')} at {when}: {plural(features.rows, 'row')}"
        how = {
            "all": "measured for everyone",
            "kept": "nothing new, kept as it was",
            "changes": f"{plural(self.refreshed.customers_again, 'customer')} with new records measured again, "
            f"{plural(self.refreshed.new_cutoffs, 'new cutoff')} for everyone",
        }[self.refreshed.how]
        return f"{size} ({how})"


def measure_features(
    settings: Settings, folder: Path, options: FeatureOptions | None = None, progress: Progress = SILENT
) -> MeasureResult:
    """Measure the features of a project's store of events, within its memory limit.

    It builds on what was measured before: customers with new records are measured again at earlier cutoffs, everyone
    at new ones; the numbers are those of measuring everything again. Features are chosen when everything is measured
    for the first time, by what is known before the first cutoff, and stay until the settings change. So does the window
    that says how lately a customer of a cutoff must have been active.

    Args:
        settings: the project's.
        folder: the project's folder; `holdfast ingest` made its store.
        options: cutoffs and limits; the project's by default.
        progress: hears what is being done, how many rows of how many.

    Raises:
        HoldfastError: no store, cutoffs that cannot be, or too little memory.
    """
    options = options or FeatureOptions()
    store = _store(folder, settings)
    target = folder / FEATURES
    with exclusive_lock(target / ".lock", f"{folder}: features are being measured by another process"):
        cutoffs = _cutoffs(store, options, progress)
        earlier = _earlier_choice(store, settings, target, cutoffs[0], options)
        choice = earlier or _choose(store, settings, cutoffs[0], progress)
        features = features_for(choice.facts, settings)
        if not features:
            raise HoldfastError(
                f"{store.folder}: no column of the records distinguishes customers.",
                fix=f"Map more columns in {FILE_NAME}, then run holdfast ingest {folder} and this command again.",
            )
        notes: tuple[str, ...] = ()
        if not earlier:
            columns = condition_columns(settings)
            notes = unmet_conditions(settings, load_partitions(store, columns, "counting values", progress))
        task = _task(store, settings, features, choice, cutoffs, options)
        refreshed = refresh_features(target, store, task, progress)
    return MeasureResult(refreshed, notes)


def _store(folder: Path, settings: Settings) -> EventStore:
    if settings.has_no_events:
        raise HoldfastError(
            f"{folder}: one row a customer has no times of events, so there are no cutoffs to measure at.",
            fix=f"holdfast run {folder}",
        )
    store = EventStore.open(folder / EVENTS)
    if not event_tables(store):
        raise HoldfastError(f"{store.folder}: the store holds no events yet.", fix=f"holdfast ingest {folder}")
    return store


def _cutoffs(store: EventStore, options: FeatureOptions, progress: Progress) -> list[datetime]:
    days = {as_day(day) for day in options.cutoffs}
    if (options.since is None) != (options.until is None):
        raise HoldfastError(
            "Cutoffs every so many days need a first and a last day.",
            fix="--from 2025-01-06 --until 2026-01-05 --every 7",
        )
    if options.since is not None and options.until is not None:
        first, last = as_day(options.since), as_day(options.until)
        if first > last or options.every_days < 1:
            raise HoldfastError(
                f"There is no day from {first} to {last} every {options.every_days} days.",
                fix=f"--from {min(first, last)} --until {max(first, last)} --every {max(1, options.every_days)}",
            )
        days |= {first + timedelta(days=step) for step in range(0, (last - first).days + 1, options.every_days)}
    if len(days) > MOST_CUTOFFS:
        raise HoldfastError(
            f"{len(days):,} cutoffs are requested; {MOST_CUTOFFS:,} is the most.",
            fix=f"Take larger steps: --every {max(1, options.every_days) * -(-len(days) // MOST_CUTOFFS)}",
        )
    if days:
        return [datetime.combine(day, time(), UTC) for day in sorted(days)]
    span = span_of_records(store, progress)
    if span is None:
        raise HoldfastError(
            f"{store.folder}: the store holds no events yet.", fix=f"holdfast ingest {store.folder.parent}"
        )
    return [day_after(span.last)]


@dataclass(frozen=True)
class _Choice:
    """What decides which features are measured, and of whom."""

    facts: dict[str, TableFacts]
    window: ActiveWindow
    before: datetime  # everything that decided was known before it


def _choose(store: EventStore, settings: Settings, first: datetime, progress: Progress) -> _Choice:
    """By what was known before the first cutoff."""
    span = span_of_records(store, progress)
    if span is None:
        raise HoldfastError(
            f"{store.folder}: the store holds no events yet.", fix=f"holdfast ingest {store.folder.parent}"
        )
    window = _window(store, settings, span, first, progress)
    return _Choice(facts_of_records(store, settings, first, progress), window, first)


def _window(store: EventStore, settings: Settings, span: Span, first: datetime, progress: Progress) -> ActiveWindow:
    """Within how many days customers must have been active: nothing known from the first cutoff on decides."""
    stated, schedule = stated_window(settings), schedule_of_span(span, settings)
    if stated is not None:
        return stated
    before, horizon = known_before(replace(schedule, test=min(schedule.test, first))), settings.churn.horizon_days
    counts = silences_of_records(store, settings, before, progress)
    return ActiveWindow(None, "not used", horizon) if counts is None else learned_window(counts, horizon, before)


def _earlier_choice(
    store: EventStore, settings: Settings, target: Path, first: datetime, options: FeatureOptions
) -> _Choice | None:
    """What decided when everything was measured; None: choose again.

    What is chosen by events after the first cutoff would know its future: it is chosen again.
    """
    if not options.rebuild and (target / MANIFEST).is_file():
        earlier = read_manifest(target).made_of
        before = datetime.fromisoformat(earlier.chosen_before)
        if earlier.settings == _settings_key(store, settings) and before <= first:
            return _Choice(facts_from_record(earlier.facts), ActiveWindow.from_record(earlier.window), before)
    return None


def _settings_key(store: EventStore, settings: Settings) -> str:
    """A hash that changes when other features, or other customers, would be chosen from the same records."""
    tables = {name: {column: str(dtype) for column, dtype in schema.items()} for name, schema in store.tables.items()}
    chosen_by = settings.model_dump(mode="json", include={"shape", "tables", "churn", "features", "currency"})
    # Cleaned again, the store may spell its categories another way than the features that were chosen of them.
    return key_of(chosen_by, tables, code_hash(), store.manifest.notes.get(CLEANED_AGAIN, 0))


def _task(
    store: EventStore,
    settings: Settings,
    features: Sequence[Feature],
    choice: _Choice,
    cutoffs: Sequence[datetime],
    options: FeatureOptions,
) -> RefreshTask:
    made_of = Measurement(
        features=tuple(feature.record() for feature in features),
        facts=facts_to_record(choice.facts),
        settings=_settings_key(store, settings),
        cutoffs=tuple(cutoff.isoformat() for cutoff in cutoffs),
        store_version=store.version,
        partitions=store.partitions,
        chosen_before=choice.before.isoformat(),
        window=choice.window.to_record(),
    )
    membership = Membership.of(choice.window.applied_to(settings), store.tables)
    active_in = membership.tables if membership else tuple(event_tables(store))
    life = LIFE_COLUMNS if CUSTOMERS in store.tables else ()
    selection = Selection(tuple(cutoffs), active_in, life_columns=life, membership=membership)
    load_machine_code()  # it takes memory too
    room = room_for_records(options.memory_limit_gb or memory_limit_gb(settings), "--memory-limit-gb")
    limits = Limits(settings.training.threads, room)
    return RefreshTask(features, selection, made_of, limits, options.rebuild)
