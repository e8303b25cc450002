"""Guesses all tables of customers together: the label, leaks, and each table's columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from holdfast.column_types import Kind
from holdfast.inference.guesses import CONFIDENT, ColumnGuess, Guess, TableGuess
from holdfast.inference.known_late import leaks
from holdfast.inference.label import LabelColumn, label_column, label_values, treatment_column
from holdfast.inference.people.customers import customer_columns, own_attributes
from holdfast.inference.people.key import Key
from holdfast.inference.people.nobody import without_nobody
from holdfast.inference.people.totals import as_of_the_export, looks_like_totals, totals_columns
from holdfast.inference.profiles.columns import Profile, decimal_of, share_of
from holdfast.inference.profiles.tables import TableProfile, as_keys
from holdfast.inference.words.names import says
from holdfast.inference.words.vocabulary import LABEL_STRONG, OUTCOME

_SAME = 0.98  # share of customers for whom a label and an end date must agree
ROW_NUMBER = "_row"  # the record's number in its file, which every table carries


@dataclass(frozen=True)
class Customers:
    """What the customer tables say together."""

    tables: tuple[TableGuess, ...]
    label: LabelColumn | None = None
    experiment: str = ""
    notes: tuple[str, ...] = ()
    label_is_end: bool = False  # the label is true just where an end date stands
    one_outcome: str = ""  # of a column named as a label that holds one text only, in words


def customer_tables(
    tables: Sequence[TableProfile],
    keys: Mapping[str, Key],
    names: Mapping[str, str],
    keep: Mapping[str, frozenset[str]],
    *,
    has_events: bool,
) -> Customers:
    """Guess every table that holds one row a customer.

    Args:
        tables: those tables.
        keys: their customer columns, by sample name; one may be missing, and becomes a question.
        names: their names in the project, by sample name.
        keep: columns that other tables are joined by, by sample name.
        has_events: whether the project has event tables too; an end date then dates the departure.
    """
    arms = {table.name: treatment_column(_free(table, keys)) for table in tables}
    experiment = next(
        (f"{label_guess[0]}: {label_guess[1]}" for label_guess in arms.values() if label_guess is not None), ""
    )
    labelled = [
        (label_guess.confidence, table, label_guess)
        for table in tables
        if (label_guess := label_column(_free(table, keys, arms[table.name]), experiment=bool(experiment))) is not None
    ]
    _, home, label = max(labelled, key=lambda item: item[0]) if labelled else (0.0, None, None)
    guessed = []
    for table in tables:
        own_label = label if table is home else None
        truth = _label_of(table, home, label, keys)
        guessed.append(
            _snapshot(
                table,
                keys.get(table.name),
                names[table.name],
                _Context(own_label, truth, keep.get(table.name, frozenset()), has_events, bool(experiment)),
            )
        )
    one_outcome = "" if label is not None else _one_outcome(tables, keys)
    notes = [f"This looks like an experiment ({experiment}): {_outcomes_words()}"] if experiment else []
    return Customers(tuple(guessed), label, experiment, tuple(notes), _label_is_end(home, label, guessed), one_outcome)


def _one_outcome(tables: Sequence[TableProfile], keys: Mapping[str, Key]) -> str:
    """What to say of a column that is named as a label but holds one text only; empty where there is none."""
    for table in tables:
        for column in _free(table, keys).values():
            if column.distinct == 1 and says(column.source, LABEL_STRONG):
                return f'{column.source} holds only "{column.values[0]}": customers who left and who stayed are needed'
    return ""


def _label_is_end(home: TableProfile | None, label: LabelColumn | None, guessed: Sequence[TableGuess]) -> bool:
    if home is None or label is None:
        return False
    ended = next((table.column("ended_at") for table in guessed if table.sample == home.name), None)
    if ended is None:
        return False
    has_ended = home.columns[ended.source].series.is_not_null()
    return share_of(label_values(home.columns[label.source], label.true).fill_null(False) == has_ended) >= _SAME


def _outcomes_words() -> str:
    return (
        "whether an offer works is then a question of comparing the arms. Columns measured after the treatment are "
        "outcomes, never inputs; move them to `ignore`."
    )


@dataclass(frozen=True)
class _Context:
    label: LabelColumn | None
    truth: pl.Series | None
    keep: frozenset[str]
    has_events: bool
    is_experiment: bool


def _free(table: TableProfile, keys: Mapping[str, Key], arm: tuple[str, str] | None = None) -> dict[str, Profile]:
    key = keys.get(table.name)
    not_free = {key.source if key else "", arm[0] if arm else ""}
    return {name: column for name, column in table.columns.items() if name not in not_free and column.filled}


def _label_of(
    table: TableProfile, home: TableProfile | None, label: LabelColumn | None, keys: Mapping[str, Key]
) -> pl.Series | None:
    """The label of each row of a table, found by customer where it stands in another table."""
    if home is None or label is None or label.confidence < CONFIDENT:
        return None
    truth = label_values(home.columns[label.source], label.true)
    if table is home:
        return truth
    if table.name not in keys or home.name not in keys:
        return None
    labels = (
        pl.DataFrame({"customer": as_keys(home.columns[keys[home.name].source]), "left": truth})
        .drop_nulls()
        .unique("customer")
    )
    rows = pl.DataFrame({"customer": as_keys(table.columns[keys[table.name].source])})
    return rows.join(labels, on="customer", how="left", maintain_order="left")["left"]


def _snapshot(table: TableProfile, key: Key | None, name: str, context: _Context) -> TableGuess:
    columns = [_id_column(table, key)]
    ignore: dict[str, str] = {}
    taken = {columns[0].source}
    if context.label is not None:
        columns.append(_label_guess(context.label))
        taken.add(context.label.source)
    ends: tuple[ColumnGuess, ...] = ()
    guesses = customer_columns(table, taken).columns
    if context.truth is not None:
        candidates = {
            source: column for source, column in table.columns.items() if source not in taken and column.filled
        }
        ignore = leaks(candidates, context.truth)
        if context.has_events:
            ends = tuple(guess for guess in guesses if guess.role == "ended_at")
            ignore = {source: reason for source, reason in ignore.items() if source not in {end.source for end in ends}}
    else:
        ignore = {}
    if context.is_experiment:
        ignore |= _outcomes(table, taken | set(ignore))
    mapped = {guess.source for guess in guesses} | taken | set(ignore)
    if context.has_events and context.label is None and context.truth is None:
        ignore |= as_of_the_export(table, mapped | context.keep)
    elif context.label is None and context.truth is None and looks_like_totals(table):
        money = {guess.source for guess in guesses if guess.role == "total_amount"}
        totals = totals_columns(table, mapped - money)
        guesses = (*(guess for guess in guesses if guess.source not in money), *totals.columns)
        ignore |= totals.ignore
    columns += [guess for guess in guesses if guess.source not in ignore]
    columns, ignore = own_attributes(table, columns, ignore, context.keep)
    holds = Guess(
        f"{name}.holds",
        "customers",
        0.95 if key is not None and not key.choices else 0.75,
        _one_row(table, key),
        f"tables.{name}.holds",
    )
    return TableGuess(name, table.name, holds, tuple(columns), ignore, decimal=decimal_of(table.columns))


def _outcomes(table: TableProfile, settled: set[str]) -> dict[str, str]:
    """Columns of an experiment that are measured after the treatment, by their names."""
    return {
        source: "an outcome of the experiment by its name: measured after the treatment"
        for source in table.columns
        if source not in settled and says(source, OUTCOME)
    }


def _one_row(table: TableProfile, key: Key | None) -> str:
    if key is None:
        return "no column names a customer, and no events are dated: each row is taken for one customer"
    column = table.columns[key.source]
    return f"{column.distinct:,} customers in {column.filled:,} rows: one row each"


def _id_column(table: TableProfile, key: Key | None) -> ColumnGuess:
    if key is not None:
        column = ColumnGuess(
            key.source, "customer_id", Kind.TEXT, key.confidence, key.evidence, "customer_id", choices=key.choices
        )
        nobody = without_nobody(table, key)
        texts = tuple(text for text in nobody.texts if text)
        is_address = nobody.is_address and nobody.key.source == key.source
        return replace(column, nobody=texts, evidence=nobody.key.evidence, fold_case=is_address)
    evidence = f"no column names the customer; {ROW_NUMBER} takes the row's number, if each row is another customer"
    return ColumnGuess(ROW_NUMBER, "customer_id", Kind.TEXT, 0.2, evidence, "customer_id", choices=(ROW_NUMBER,))


def _label_guess(label: LabelColumn) -> ColumnGuess:
    guess = ColumnGuess(label.source, "label", Kind.FLAG, label.confidence, label.evidence, "label", true=label.true)
    return replace(guess, choices=label.choices) if label.confidence < CONFIDENT else guess
