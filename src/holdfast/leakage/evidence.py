"""What a leakage audit is given: the cleaned tables, the features, and who left."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from holdfast.column_types import TIME
from holdfast.cutoffs.outcomes import OUTCOME_NAMES
from holdfast.cutoffs.schedule import Schedule
from holdfast.features.spec import Composite, Feature
from holdfast.settings import FILE_NAME, ChurnRule, Settings

KEYS = ("customer_id", "cutoff")


@dataclass(frozen=True)
class Evidence:
    """One business, its features computed and its customers labelled, before anything is trained."""

    settings: Settings
    tables: Mapping[str, pl.DataFrame]  # as cleaned
    features: tuple[Feature, ...]
    labelled: pl.DataFrame  # customer_id, cutoff, left, spend, purchases and one column a feature
    sides: pl.DataFrame  # customer_id, cutoff, side: train, val or test
    schedule: Schedule | None = None  # None: a labelled snapshot, which knows no time
    as_known_then: Callable[[datetime], Mapping[str, pl.DataFrame]] | None = None  # tables cleaned from the rows known
    caps: Mapping[str, tuple[float, float]] | None = None  # limits the models use
    caps_of_train: Mapping[str, tuple[float, float]] | None = None  # the same, fitted to training rows alone

    @property
    def names(self) -> tuple[str, ...]:
        """The columns of features."""
        return tuple(name for name in self.labelled.columns if name not in {*KEYS, *OUTCOME_NAMES})

    @property
    def evaluated(self) -> pl.DataFrame:
        """(n, ...) one row a customer: the rows of the test cutoff, or all of a snapshot."""
        labelled = self.labelled.filter(pl.col("left").is_not_null())
        if self.schedule is None:
            return labelled
        return labelled.filter(pl.col("cutoff") == pl.lit(self.schedule.test, TIME))

    @property
    def one_cutoff_each(self) -> pl.DataFrame:
        """customer_id, cutoff, left: one row a customer; a leaver's last before leaving, else a random one.

        Random, because if all who stayed were taken at the last cutoff, whatever was new by then would reveal them.
        """
        labelled = self.labelled.filter(pl.col("left").is_not_null()).select(*KEYS, "left")
        leavers = labelled.filter("left").sort("cutoff").unique("customer_id", keep="last")
        others = labelled.join(leavers, on="customer_id", how="anti").with_columns(
            pl.struct(KEYS).hash(seed=1).alias("draw")
        )
        drawn = others.sort("draw").unique("customer_id", keep="first").drop("draw")
        return pl.concat([leavers, drawn]).sort("customer_id")

    @property
    def events(self) -> dict[str, pl.DataFrame]:
        """The event tables."""
        return {name: table for name, table in self.tables.items() if "happened_at" in table.columns}

    @property
    def has_end(self) -> bool:
        """Whether the day on which a customer left is known."""
        return self.settings.churn.rule is ChurnRule.END_DATE and "ended_at" in self.tables["customers"].columns

    def says_when_known(self, table: str) -> bool:
        """Whether the project names the time at which a row of the table became known."""
        settings = self.settings.tables.get(table)
        return settings is not None and "known_at" in settings.columns

    def features_of(self, table: str, column: str, value: str = "") -> tuple[str, ...]:
        """The names of the features that look at a column (or at one value of it)."""
        return tuple(feature.name for feature in self.features if _looks_at(feature, table, column, value))

    def move_to_ignore(self, table: str, column: str, reason: str) -> str:
        """What to type so that a column is no longer used."""
        table_name = next((name for name in self._sources(table) if column in self.settings.tables[name].columns), None)
        if table_name is None:
            return f"In {FILE_NAME}, leave {table}.{column} out of the columns, with the reason under ignore."
        source = self.settings.tables[table_name].columns[column].source
        return (
            f"In {FILE_NAME}: delete the line tables.{table_name}.columns.{column}; "
            f'under tables.{table_name}.ignore write "{source}": "{reason}"'
        )

    def _sources(self, table: str) -> list[str]:
        tables = self.settings.tables
        if table != "customers":
            return [table, *(name for name, settings in tables.items() if settings.holds == "lookup")]
        return [
            name for holds in ("customers", "lookup") for name, settings in tables.items() if settings.holds == holds
        ]


def _looks_at(feature: Feature, table: str, column: str, value: str) -> bool:
    if isinstance(feature, Composite):
        return any(_looks_at(each, table, column, value) for each in feature.inputs)
    where = dict(getattr(feature, "where", ()))
    if feature.table != table:
        return False
    if not column:
        return True
    named = column in {getattr(feature, "column", ""), getattr(feature, "per", "")} or column in where
    return named and (not value or where.get(column, value) == value)


def sources(feature: Feature) -> frozenset[tuple[str, str]]:
    """(table, column) of all that a feature is made of; the column is empty where only rows are counted."""
    if isinstance(feature, Composite):
        return frozenset[tuple[str, str]]().union(*(sources(each) for each in feature.inputs))
    where = [name for name, _ in getattr(feature, "where", ())]
    column = getattr(feature, "column", "")
    return frozenset((feature.table, name) for name in [*([column] if column or not where else []), *where])


def shown(customers: pl.Series, most: int = 5) -> tuple[str, ...]:
    """A few ids to look at."""
    return tuple(customers.unique().sort().head(most).to_list())
