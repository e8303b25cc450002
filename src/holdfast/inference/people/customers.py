"""Guesses the columns of a customers table: sign-up, end, monthly and total amounts, tenure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from holdfast.column_types import Kind
from holdfast.inference.free_columns import constant_reason, names_rows, own_column
from holdfast.inference.guesses import ColumnGuess
from holdfast.inference.profiles.columns import Profile, greatest_of, least_of, share_of
from holdfast.inference.profiles.tables import TableProfile
from holdfast.inference.words import vocabulary
from holdfast.inference.words.names import says, spaced
from holdfast.tables.contracts import CUSTOMERS

_FOREVER = 2200  # a year from which a date means "never"
_TENURE_MOST_MONTHS = 130  # more than ten years in months; above it the unit may be days
_TENURE_LEAST_MONTHS = 24  # a longest tenure below it may be counted in years


@dataclass(frozen=True)
class CustomerColumns:
    """Role columns of a customer table, and columns that are left out."""

    columns: tuple[ColumnGuess, ...]
    ignore: dict[str, str] = field(default_factory=dict)


def customer_columns(table: TableProfile, taken: Iterable[str]) -> CustomerColumns:
    """Guess the roles of a customers table's columns, besides id and label.

    Args:
        table: the table.
        taken: source columns that have a role already, or are left out.
    """
    free = {name: column for name, column in table.columns.items() if name not in set(taken) and column.filled}
    if not table.sample.headed:
        return CustomerColumns(())
    columns: list[ColumnGuess] = []
    for candidate in (_ended(table, free), _signed_up(table, free), _monthly(free), _total(free)):
        if candidate is not None and candidate.source not in {guess.source for guess in columns}:
            columns.append(candidate)
    paid = {guess.role: guess.source for guess in columns}
    tenure = _tenure(free, paid, {guess.source for guess in columns})
    if tenure is not None:
        columns.append(tenure)
    return CustomerColumns(tuple(columns))


def _times(table: TableProfile, free: Mapping[str, Profile], pattern: re.Pattern[str]) -> list[str]:
    return [name for name in table.times if name in free and says(name, pattern)]


def _ended(table: TableProfile, free: Mapping[str, Profile]) -> ColumnGuess | None:
    ends = _times(table, free, vocabulary.ENDED)
    if len(ends) != 1:
        exact = [name for name in ends if spaced(name) in {" ended at ", " churn date ", " end date "}]
        if len(exact) != 1:
            return None
        ends = exact
    column = free[ends[0]]
    times = table.timestamps(ends[0])
    left = int((times.dt.year() < _FOREVER).sum())  # zero dates are none, and 9999-12-31 is never
    evidence = f"the name says the end; filled for {left:,} of {column.rows:,} customers"
    confidence = 0.92 if left < 0.98 * column.rows else 0.6
    if confidence < 0.7:
        evidence += ": all of them, so it may be the end of a term that everybody has"
    return _timed(table, ends[0], "ended_at", confidence, evidence)


def _signed_up(table: TableProfile, free: Mapping[str, Profile]) -> ColumnGuess | None:
    begins = [name for name in _times(table, free, vocabulary.SIGNED_UP) if not says(name, vocabulary.ENDED)]
    if len(begins) > 1:
        exact = [
            name
            for name in begins
            if spaced(name) in {" signed up at ", " signup date ", " sign up date ", " registration date "}
        ]
        begins = exact if len(exact) == 1 else []
    if not begins:
        return None
    return _timed(table, begins[0], "signed_up_at", 0.88, "the name says the beginning")


def _timed(table: TableProfile, source: str, role: str, confidence: float, evidence: str) -> ColumnGuess:
    reading = table.times[source]
    return ColumnGuess(source, role, Kind.TIME, confidence, f"{evidence}; {reading.evidence}", role, time=reading)


def _money(free: Mapping[str, Profile], pattern: re.Pattern[str]) -> list[str]:
    return [name for name, column in free.items() if says(name, pattern) and column.is_number and column.flag is None]


def _monthly(free: Mapping[str, Profile]) -> ColumnGuess | None:
    names = [
        name for name in _money(free, vocabulary.MONTHLY) if not re.search(r" (?:avg|average|mean) ", spaced(name))
    ]
    plainest = sorted(names, key=lambda name: len(spaced(name).split()))
    if not plainest or (len(plainest) > 1 and len(spaced(plainest[0]).split()) == len(spaced(plainest[1]).split())):
        return None
    return ColumnGuess(
        plainest[0],
        "monthly_amount",
        Kind.MONEY,
        0.9,
        f"the name says money a month; {_spread(free[plainest[0]])}",
        "monthly_amount",
    )


def _total(free: Mapping[str, Profile]) -> ColumnGuess | None:
    for pattern in (vocabulary.TOTAL_BEST, vocabulary.TOTAL_NEXT):
        names = sorted(_money(free, pattern), key=lambda name: (len(spaced(name).split()), name))
        if not names:
            continue
        if len(names) > 1 and len(spaced(names[0]).split()) == len(spaced(names[1]).split()):
            return None
        column = free[names[0]]
        blank = column.rows - column.filled
        evidence = f"the name says what was paid in all; {_spread(column)}" + (
            f"; blank in {blank:,} rows" if blank else ""
        )
        return ColumnGuess(names[0], "total_amount", Kind.MONEY, 0.9, evidence, "total_amount")
    return None


def _spread(column: Profile) -> str:
    return f"{least_of(column.numbers):g} to {greatest_of(column.numbers):g}"


def _tenure(free: Mapping[str, Profile], paid: Mapping[str, str], used: set[str]) -> ColumnGuess | None:
    names = sorted(
        (
            name
            for name, column in free.items()
            if name not in used and says(name, vocabulary.TENURE) and column.is_number
        ),
        key=lambda name: (not says(name, vocabulary.MONTHS), name),
    )
    if not names:
        return None
    name, column = names[0], free[names[0]]
    if least_of(column.numbers) < 0:
        return None
    if says(name, vocabulary.MONTHS):
        return _lasted(name, 0.95, f"the name says months; {_spread(column)}")
    if says(name, vocabulary.OTHER_UNITS):
        return None
    if "monthly_amount" in paid and "total_amount" in paid:
        months = free[paid["total_amount"]].all_numbers / free[paid["monthly_amount"]].all_numbers
        near = (months - column.all_numbers).abs() <= 1 + 0.25 * column.all_numbers
        if share_of(near) >= 0.8:
            return _lasted(
                name,
                0.92,
                f"{paid['total_amount']} / {paid['monthly_amount']} is about this number: months; {_spread(column)}",
            )
    longest = greatest_of(column.numbers)
    if column.is_whole and _TENURE_LEAST_MONTHS <= longest <= _TENURE_MOST_MONTHS:
        return _lasted(name, 0.75, f"whole numbers up to {longest:g}, so months rather than years or days")
    return None


def _lasted(source: str, confidence: float, evidence: str) -> ColumnGuess:
    return ColumnGuess(source, "tenure_months", Kind.NUMBER, confidence, evidence, "tenure_months")


def own_attributes(
    table: TableProfile, columns: Iterable[ColumnGuess], ignore: Mapping[str, str], keep: Iterable[str] = ()
) -> tuple[list[ColumnGuess], dict[str, str]]:
    """The columns without a part: attributes under their own names, or left out with a reason.

    Args:
        table: the table.
        columns: what is mapped already.
        ignore: what is left out already.
        keep: columns that other tables are joined by; they stay even where they name each row.
    """
    mapped, reasons = list(columns), dict(ignore)
    reserved = {column.name for column in CUSTOMERS.columns}
    done = {guess.source for guess in mapped} | set(reasons)
    names = {guess.name for guess in mapped} | reserved
    for source, column in table.columns.items():
        if source in done:
            continue
        reason = constant_reason(column)
        if not reason and source not in set(keep) and names_rows(column):
            reason = "names each row: says nothing of the customer"
        if reason:
            reasons[source] = reason
        else:
            mapped.append(own_column(column, table.times.get(source), names, of_customers=True))
            names.add(mapped[-1].name)
    return mapped, reasons
