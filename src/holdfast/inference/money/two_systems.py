"""Two systems that keep the same business: deals beside invoices, invoices beside orders; the money of one counts.

    with_two_systems(tables, profiles) -> tables, of which one of each such pair is a question
    rows_that_count(table, profile) -> (rows,) whether no state keeps a row out of the money

Amounts may differ by tax or by what was agreed on later, and one deal may be invoiced in parts, so that no row of the
one is a row of the other. That both are of the same business is shown by customers: what each brought there is in
proportion to what he brought here, or for each row there is one of about that amount and time; of other customers'
rows neither is true.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import polars as pl

from holdfast.formatting import percent
from holdfast.inference.guesses import Guess, TableGuess
from holdfast.inference.profiles.columns import share_of
from holdfast.inference.profiles.tables import TableProfile, as_keys
from holdfast.meanings import EXCLUDED, Meaning
from holdfast.table_settings import MoneySettings

_FEWEST, _FEWEST_ROWS = 12, 20  # customers of both tables, and rows of each
_SHARED = 0.5  # of the customers of the one stand in the other
_ABOUT = 0.3  # by which the logarithms of two amounts differ at most
_DAYS = 75  # between a deal and its invoice
_MOST = 0.6  # share of the customers, or of the rows, that agree
_OWN_AMOUNTS = 0.3  # different amounts among the rows of at least one of the two
_ACCIDENTAL = 0.5  # of that share, which other customers' rows may have as well


@dataclass(frozen=True)
class _System:
    """The sales of one table that count."""

    table: TableGuess
    sales: pl.DataFrame

    @property
    def shown(self) -> str:
        return f"{self.table.name}: {float(self.sales['amount'].sum()):,.2f} in {self.sales.height:,} rows"

    @property
    def is_of_deals(self) -> bool:
        """Whether its states tell of deals that are lost: what is won is agreed on, and not received yet."""
        return any(Meaning.LOST in status.means for status in self.table.statuses)


def with_two_systems(tables: Sequence[TableGuess], profiles: Mapping[str, TableProfile]) -> tuple[TableGuess, ...]:
    """The tables; of two that keep the same business, the one nearer to the money counts unless the other is chosen.

    Args:
        tables: the project's tables.
        profiles: by sample name.
    """
    result = {table.name: table for table in tables}
    systems = [
        _System(table, sales)
        for table in tables
        if _may_be_one(table) and (sales := sales_of(table, profiles[table.sample])) is not None
    ]
    for pair in combinations(systems, 2):
        words = _mirrors(*pair)
        if not words or any(result[each.table.name] is not each.table for each in pair):
            continue
        promised, received = _in_order(*pair)
        first, later = promised.table, received.table
        evidence = (
            f"{words}: the same business in two systems, so only one counts; {received.shown} (answer events, "
            f"and {later.name} counts), or {promised.shown} (answer transactions)"
        )
        result[first.name], result[later.name] = with_one_that_counts(first, later, evidence)
    return tuple(result[table.name] for table in tables)


def with_one_that_counts(promised: TableGuess, received: TableGuess, evidence: str) -> tuple[TableGuess, TableGuess]:
    """Two tables of the same money, with a question: what was received counts, unless the other is chosen."""
    about = f"{promised.name}.holds"
    holds = Guess(about, "events", 0.5, evidence, f"tables.{about}", ("events", "transactions"))
    money = (received.money or MoneySettings()).model_copy(update={"settles": promised.name})
    return replace(promised, holds=holds), replace(received, money=money)


def _may_be_one(table: TableGuess) -> bool:
    is_part = table.parts_of is not None or table.subscriptions is not None
    pays = table.money is not None and bool(table.money.settles or table.money.gives_back)
    return table.holds.value == "transactions" and not (table.left_out or is_part or pays or table.holds.is_question)


def _in_order(first: _System, second: _System) -> tuple[_System, _System]:
    """What was agreed on, and what is nearer to the money: no deals, and the later of the two."""
    if first.is_of_deals != second.is_of_deals:
        return (first, second) if first.is_of_deals else (second, first)
    return (first, second) if _lag(first.sales, second.sales) >= 0 else (second, first)


def _lag(sales: pl.DataFrame, others: pl.DataFrame) -> float:
    """The usual days from a row to the nearest one of the same customer in the other table."""
    pairs = sales.with_row_index("row").join(others, on="who")
    days = (pl.col("day_right") - pl.col("day")).dt.total_days().alias("days")
    nearest = pairs.select("row", days).sort(pl.col("days").abs()).unique("row", keep="first")["days"].median()
    return float(nearest) if isinstance(nearest, int | float) else 0.0


def _mirrors(first: _System, second: _System) -> str:
    """In words, what shows that two tables are of the same business; empty where nothing does."""
    a, b = first.sales, second.sales
    people = [set(each["who"].unique()) for each in (a, b)]
    shared = people[0] & people[1]
    if min(a.height, b.height) < _FEWEST_ROWS or len(shared) < max(_FEWEST, _SHARED * min(map(len, people))):
        return ""
    if max(each["amount"].n_unique() / each.height for each in (a, b)) < _OWN_AMOUNTS:
        return ""  # of a few prices any two shops agree
    totals = _agreeing_totals(a, b)
    if totals:
        return (
            f"{totals} of the {len(shared):,} customers whom {first.table.name} and {second.table.name} share brought "
            "about as much in both"
        )
    few, many = (first, second) if a.height <= b.height else (second, first)
    rows = _agreeing_rows(few.sales, many.sales)
    return (
        f"{rows} of the rows of {few.table.name} stand beside one of {many.table.name} of the same customer, within "
        f"{_DAYS} days and of about that amount"
        if rows
        else ""
    )


def _agreeing_totals(a: pl.DataFrame, b: pl.DataFrame) -> str:
    """In words, the share of the customers of both whose sums are in proportion; empty where few are, or by chance."""
    sums = [each.group_by("who").agg(pl.col("amount").sum()) for each in (a, b)]
    both = sums[0].join(sums[1], on="who").sort("who")
    differences = (both["amount_right"] / both["amount"]).log()
    agree = _near_the_middle(differences)
    of_others = _near_the_middle((both["amount_right"] / both["amount"].shuffle(seed=0)).log())
    return percent(agree, 0) if agree >= _MOST and of_others <= _ACCIDENTAL * agree else ""


def _near_the_middle(differences: pl.Series) -> float:
    return share_of((differences - differences.median()).abs() <= _ABOUT)


def _agreeing_rows(few: pl.DataFrame, many: pl.DataFrame) -> str:
    """In words, the share of the rows beside one of that customer, time and amount; empty where few are."""
    people = many["who"].unique().sort()
    others = dict(zip(people, people.shift(-1).fill_null(people[0]), strict=True))
    agree = _beside(few, many)
    of_others = _beside(few, many.with_columns(pl.col("who").replace(others)))
    return percent(agree, 0) if agree >= _MOST and of_others <= _ACCIDENTAL * agree else ""


def _beside(few: pl.DataFrame, many: pl.DataFrame) -> float:
    pairs = few.with_row_index("row").join(many, on="who")
    is_near = (pl.col("day_right") - pl.col("day")).abs() <= pl.duration(days=_DAYS)
    is_alike = (pl.col("amount_right") / pl.col("amount")).log().abs() <= _ABOUT
    return pairs.filter(is_near, is_alike)["row"].n_unique() / few.height


def rows_that_count(table: TableGuess, profile: TableProfile, *, but: frozenset[Meaning] = frozenset()) -> pl.Series:
    """(rows,) whether no state, as known or most likely, keeps a row out of the money; `but`: meanings let pass."""
    out_of_it = EXCLUDED.keys() - but
    counted = pl.repeat(value=True, n=profile.rows, eager=True)
    sources = {column.name: column.source for column in table.columns}
    for status in table.statuses:
        out = [text for meaning, texts in status.means.items() if meaning in out_of_it for text in texts]
        out += [text for text, meaning in status.likeliest.items() if meaning in out_of_it and text in status.unknown]
        column = profile.columns.get(sources.get(status.column, ""))
        if column is not None and out:
            texts = column.series.cast(pl.String).str.strip_chars().str.to_lowercase()
            counted &= ~texts.is_in([text.strip().lower() for text in out]).fill_null(value=False)
    return counted


def sales_of(table: TableGuess, profile: TableProfile) -> pl.DataFrame | None:
    """who, day, amount of the sales that count; None where the table does not say all of it by itself."""
    sources = {column.name: column.source for column in table.columns}
    who, when, amount = (sources.get(name, "") for name in ("customer_id", "happened_at", "amount"))
    if not {who, when, amount} <= profile.columns.keys() or when not in profile.times:
        return None
    rows = pl.DataFrame(
        {
            "who": as_keys(profile.columns[who]),
            "day": profile.timestamps(when).cast(pl.Date, strict=False),
            "amount": profile.columns[amount].all_numbers,
        }
    )
    return rows.filter(rows_that_count(table, profile)).drop_nulls().filter(pl.col("amount") > 0)
