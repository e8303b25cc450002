"""Tables in; findings out where the past moves when the future is removed, or another one is simulated."""

from collections.abc import Iterator, Mapping
from datetime import datetime

import polars as pl

from holdfast.column_types import TIME
from holdfast.cutoffs.population import population
from holdfast.features.build import build
from holdfast.features.library.choose import features_for
from holdfast.features.library.schema import describe_tables
from holdfast.formatting import day, plural
from holdfast.leakage.evidence import Evidence, shown, sources
from holdfast.leakage.findings import Finding, Grade, Leak

SAMPLE = 2_000  # customers whose features are measured again
_COPIES = 3  # of each customer's latest rows, which happen again in the simulated future
_ABSURD = 1_000.0  # times the amounts
_WORD = "simulated"

Tables = Mapping[str, pl.DataFrame]


def without_future(evidence: Evidence) -> Iterator[Finding]:
    """Findings where features change if only the rows known at the test cutoff are cleaned and used."""
    if evidence.schedule is None or evidence.as_known_then is None:
        return
    cutoff = evidence.schedule.test
    then = evidence.as_known_then(cutoff)
    what = f"With all rows from {day(cutoff)} on deleted"
    yield from _compared(evidence, then, cutoff, Leak.FUTURE_ROWS, what)
    first = min([cutoff, *evidence.schedule.training])
    now_chosen, then_chosen = (
        {feature.name for feature in features_for(describe_tables(tables, evidence.settings, first), evidence.settings)}
        for tables in (evidence.tables, then)
    )
    if now_chosen != then_chosen:
        differing = tuple(sorted(now_chosen ^ then_chosen))
        yield Finding(
            Leak.FUTURE_ROWS,
            "the choice of features",
            Grade.SEVERE,
            f"{what}, {plural(len(differing), 'feature')} would not have been chosen, or others instead: "
            f"{_some(differing)}.",
            "A column's values or kind depend on later rows: look in the source at the columns that these are made of.",
            {"features": len(differing)},
            differing,
        )


def with_simulated_future(evidence: Evidence) -> Iterator[Finding]:
    """Findings where features change if absurd rows follow a cutoff, and rows before it become known after it."""
    if evidence.schedule is None:
        return
    for cutoff in sorted({evidence.schedule.test, *evidence.schedule.training[:1]}):
        what = f"With absurd rows added from {day(cutoff)} on, and rows before it that become known only after it"
        longer = {name: _lengthened(table, cutoff) for name, table in evidence.tables.items()}
        yield from _compared(evidence, longer, cutoff, Leak.SIMULATED_FUTURE, what)


def _lengthened(table: pl.DataFrame, cutoff: datetime) -> pl.DataFrame:
    if "happened_at" not in table.columns:
        return table
    moment = pl.lit(cutoff, TIME)
    latest = table.filter(pl.col("happened_at") < moment).sort("happened_at").group_by("customer_id").tail(_COPIES)
    numbers = [name for name, dtype in table.schema.items() if dtype.is_numeric()]
    texts = [name for name, dtype in table.schema.items() if dtype == pl.String and name != "customer_id"]
    row = pl.int_range(pl.len())
    days = pl.duration(days=row % 60)
    later = latest.with_columns(
        (moment + days).alias("happened_at"),
        (moment + days).alias("known_at"),
        pl.col(numbers) * _ABSURD,
    )
    backfilled = latest.with_columns((moment + pl.duration(days=row % 30)).alias("known_at"))
    strange = later.with_columns(pl.lit(_WORD).alias(name) for name in texts)
    strangers = later.head(100).with_columns(pl.lit(_WORD).alias("customer_id"))
    added = [rows.select(table.columns).cast(table.schema) for rows in (later, backfilled, strange, strangers)]
    return pl.concat([*added, table])


def _compared(evidence: Evidence, others: Tables, cutoff: datetime, leak: Leak, what: str) -> Iterator[Finding]:
    customers, then = (population(tables, evidence.settings, cutoff) for tables in (evidence.tables, others))
    differing = pl.concat(
        [customers.filter(~customers.is_in(then.implode())), then.filter(~then.is_in(customers.implode()))]
    )
    if len(differing):
        yield Finding(
            leak,
            "who is a customer",
            Grade.SEVERE,
            f"{what}, {len(differing):,} of {len(customers):,} customers at the cutoff are others.",
            "Look at the rows of these ids in the source: what makes them a customer is known only later, or ids are "
            "written in several ways.",
            {"customers": len(customers), "differing": len(differing)},
            (),
            shown(differing),
        )
    both = customers.filter(customers.is_in(then.implode()))
    some = both.gather_every(max(len(both) // SAMPLE, 1)).head(SAMPLE)
    before, after = (
        build(_of(tables, some), evidence.features, some, [cutoff], evidence.settings.training.threads)
        for tables in (evidence.tables, others)
    )
    moved: dict[frozenset[tuple[str, str]], list[tuple[str, pl.Series]]] = {}
    for feature in evidence.features:
        differ = before[feature.name].ne_missing(after[feature.name])
        if differ.any():
            moved.setdefault(sources(feature), []).append((feature.name, some.filter(differ)))
    for columns, features in moved.items():
        if any(other < columns for other in moved):
            continue
        name, ids = max(features, key=lambda each: len(each[1]))
        where = " and ".join(sorted(f"{table}.{column}" if column else table for table, column in columns))
        yield Finding(
            leak,
            where,
            Grade.SEVERE,
            f"{what}, {plural(len(features), 'feature')} of {where} moved, most of all {name}: for {len(ids):,} of "
            f"{len(some):,} customers.",
            f"Look at the rows of {where} of these customers: they are changed by what comes later. If rows are "
            "written back, name the time of writing as known_at.",
            {"features": len(features), "customers_asked": len(some), "customers_moved": len(ids)},
            tuple(each for each, _ in features),
            shown(ids),
        )


def _of(tables: Tables, customers: pl.Series) -> dict[str, pl.DataFrame]:
    return {name: table.filter(pl.col("customer_id").is_in(customers.implode())) for name, table in tables.items()}


def _some(names: tuple[str, ...]) -> str:
    return ", ".join(names[:4]) + (", ..." if len(names) > 4 else "")
