"""Tables of refunds beside the tables of sales: their money is taken off, once."""

# ruff: noqa: E501
from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl

from holdfast.column_types import Kind
from holdfast.inference.guesses import ColumnGuess, Guess, TableGuess
from holdfast.inference.money.amounts import MoneyWord, word_of
from holdfast.inference.profiles.columns import share_of
from holdfast.inference.profiles.tables import TableProfile, as_keys
from holdfast.inference.words.names import says, whole_words
from holdfast.meanings import Meaning
from holdfast.table_settings import MoneySettings

_REFUNDS = whole_words(
    r"refunds?|refunded|returns?|credit (?:notes?|memos?)|chargebacks?|erstattung(?:en)?|ruckerstattung(?:en)?"
    r"|gutschrift(?:en)?|remboursements?|avoirs?|devolucion(?:es)?|reembolsos?|estornos?|devoluc(?:ao|oes)|resi|rimborsi|storni|note (?:di )?credito|notas? de credito|retouren|ruckzahlung(?:en)?|terugbetaling(?:en)?|creditnota s?"
    r"|zwroty|zwrot|vratky|dobropisy|returer|aterbetalning(?:ar)?|refusjoner|refusioner|refundering(?:er)?|tilbagebetaling(?:er)?|tilbakebetaling(?:er)?|visszateritesek|rambursari|retururi|iadeler|возвраты|возврат|返金|退款|환불"
)
_GIVEN_BACK = frozenset({Meaning.REFUND, Meaning.REVERSED})
_MOST_SURE = 0.8
_NEARLY_ALL = 0.95  # share of the refunds that are no more than their sale
_FEW = 3  # different amounts, of which more are no rating and no number of pieces
_CENT = 0.011


def with_refunds(tables: Sequence[TableGuess], profiles: Mapping[str, TableProfile]) -> tuple[TableGuess, ...]:
    """The tables, with those of refunds as money given back where no table of sales tells of it itself.

    Args:
        tables: the project's tables.
        profiles: by sample name.
    """
    sales = [table for table in tables if _sells(table) and not names_refunds(table.name)]

    def teller_for(table: TableGuess) -> str:
        """The column that says already what the rows of a table give back."""
        links = {link.table for link in (table.through, table.parts_of) if link is not None}
        by_order = bool(links & {each.name for each in sales})
        return next((column for each in sales if (column := tells_of_refunds(each, by_order=by_order))), "")

    return tuple(_as_refunds(table, profiles, sales, teller_for(table)) for table in tables)


def names_refunds(name: str) -> bool:
    """Whether a table's name says that its rows are money given back."""
    return says(name, _REFUNDS)


def _sells(table: TableGuess) -> bool:
    return not table.left_out and table.holds.value == "transactions"


def tells_of_refunds(table: TableGuess, *, by_order: bool = False) -> str:
    """The column of a table of sales that says what was given back of them; empty where none does.

    Args:
        table: of sales.
        by_order: each refund names its sale: what is given back of one that a state calls undone is undone with it, and
            counts once.
    """
    if table.money is not None and table.money.refunds:
        return f"{table.name}.{table.money.refunds[0]}"
    telling = {Meaning.REFUND} if by_order else _GIVEN_BACK
    columns = (status.column for status in table.statuses if telling & set(status.means))
    return next((f"{table.name}.{column}" for column in columns), "")


def _as_refunds(
    table: TableGuess, profiles: Mapping[str, TableProfile], sales: Sequence[TableGuess], teller: str
) -> TableGuess:
    if table.parts_of is not None:
        return _with_sum_once(table, teller)
    money = _money_given_back(table, profiles[table.sample]) or _never_more(table, sales, profiles)
    if table.left_out or table.recipe or not sales or money is None or not names_refunds(table.name):
        return table
    if teller:
        evidence = f"{table.holds.evidence}; {teller} tells of refunds already, so they are not taken off again"
        return replace(table, holds=replace(table.holds, value="events", evidence=evidence))
    amount = replace(money, name="amount", role="amount", kind=Kind.MONEY)
    amount = replace(amount, confidence=_MOST_SURE, evidence="money given back, by the names of file and column")
    columns = tuple(amount if column is money else column for column in table.columns)
    about = f"{table.name}.holds"
    evidence = f"the file's name says that its rows are money given back of {sales[0].name}"
    holds = Guess(about, "transactions", _MOST_SURE, evidence, f"tables.{about}")
    settings = (table.money or MoneySettings()).model_copy(update={"gives_back": True})
    return replace(table, holds=holds, columns=columns, money=settings, sale_lines=False)


def _with_sum_once(parts: TableGuess, teller: str) -> TableGuess:
    """A table of parts; what it gives back is not taken off where the sales tell of it themselves."""
    if parts.money is None or not parts.money.gives_back or not teller:
        return parts
    evidence = f"{parts.holds.evidence}; {teller} tells of refunds already, so they are not taken off again"
    money = parts.money.model_copy(update={"gives_back": False})
    return replace(
        parts, holds=replace(parts.holds, evidence=evidence), money=None if money == MoneySettings() else money,
        settings_guesses=(),
    )  # fmt: skip


def _money_given_back(table: TableGuess, profile: TableProfile) -> ColumnGuess | None:
    """The only column of money of a table: of amounts, or named after refunds; None where none or several are."""
    by_role = table.column("amount")
    if by_role is not None:
        return by_role
    named = [
        column
        for column in table.columns
        if column.source in profile.columns
        and profile.columns[column.source].is_number
        and profile.columns[column.source].flag is None
        and word_of(column.source) in {MoneyWord.REFUND, MoneyWord.TOTAL, MoneyWord.AMOUNT, MoneyWord.GROSS}
    ]
    return named[0] if len(named) == 1 else None


def _never_more(
    table: TableGuess, sales: Sequence[TableGuess], profiles: Mapping[str, TableProfile]
) -> ColumnGuess | None:
    """The only column of numbers that is never more than the sale that its row names, whatever it is called."""
    whole = next((each for each in sales if table.through is not None and each.name == table.through.table), None)
    amount = None if whole is None else whole.column("amount")
    if whole is None or amount is None or table.through is None or not names_refunds(table.name):
        return None
    own, theirs = profiles[table.sample], profiles[whole.sample]
    on, their = table.through.on, table.through.their or table.through.on
    ours = {name: each.source for each in table.columns for name in (each.name, each.source)}.get(on, on)
    named = {name: each.source for each in whole.columns for name in (each.name, each.source)}.get(their, their)
    if ours not in own.columns or not {named, amount.source} <= theirs.columns.keys():
        return None
    sold = pl.DataFrame({"key": as_keys(theirs.columns[named]), "sold": theirs.columns[amount.source].all_numbers})
    keys = pl.DataFrame({"key": as_keys(own.columns[ours])})
    each_sold = keys.join(sold.drop_nulls().unique("key"), on="key", how="left", maintain_order="left")["sold"]
    fitting = [
        column
        for column in table.columns
        if column.source in own.columns
        and column.source not in {ours, *own.times}
        and own.columns[column.source].is_number
        and own.columns[column.source].flag is None
        and not own.columns[column.source].is_running_number
        and share_of((own.columns[column.source].all_numbers.abs() <= each_sold + _CENT).drop_nulls()) >= _NEARLY_ALL
        and own.columns[column.source].distinct > _FEW
    ]
    return fitting[0] if len(fitting) == 1 else None
