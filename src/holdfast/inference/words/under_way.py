"""What states that say "under way" mean for the money: a sale where their rows are paid as sales are, else asked."""

# ruff: noqa: E501
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from holdfast.formatting import percent
from holdfast.inference.profiles.columns import Profile, share_of
from holdfast.inference.profiles.tables import TableProfile
from holdfast.inference.words.kind_rows import MOST_UNKNOWN, OF_DELIVERY, WORTH, KindRows
from holdfast.inference.words.kind_traces import OF_PAYMENT
from holdfast.inference.words.names import says
from holdfast.inference.words.states import Purpose, meaning_of, words_of
from holdfast.inference.words.status_column import StatusColumn
from holdfast.meanings import Meaning

_UNDER_WAY = re.compile(
    r"^(?:in progress|ongoing|on going|under ?way|running|started|active|in use|rented|on rent|on hire|out on rent"
    r"|en cours|en curso|in corso|em (?:andamento|curso|execucao)|en (?:proceso|ejecucion)|in (?:esecuzione|lavorazione)"
    r"|in (?:bearbeitung|arbeit|durchfuhrung|ausfuhrung)|laufend|lauft|begonnen|in behandeling|in uitvoering|lopend|bezig"
    r"|pagaende|under arbete|igangvaerende|i gang|w trakcie(?: realizacji)?|w realizacji|w toku|probiha|kesken|kaynnissa"
    r"|в процессе|в работе|выполняется|devam ediyor|σε εξελιξη|進行中|进行中|進行中です|対応中|진행 ?중)$"
)
_OPEN = frozenset({Meaning.OPEN, Meaning.PENDING})
_OF_DEALS = frozenset({Meaning.LOST, Meaning.DRAFT})  # beside these a state is a stage of a deal
_FEWEST = 8  # rows of a state that can be compared
_PAID, _HARDLY_ANY = 0.9, 0.1  # shares of the rows that are paid


@dataclass(frozen=True)
class UnderWay:
    """What the states under way mean, by their rows; and those that only a reader can tell."""

    means: Mapping[str, Meaning] = field(default_factory=dict)
    doubted: Mapping[str, Meaning] = field(default_factory=dict)  # text -> its likeliest meaning
    why: tuple[str, ...] = ()


def under_way(rows: KindRows, means: Mapping[str, Meaning]) -> UnderWay:
    """Rentals, courses and jobs that go on: sold where they are paid as the finished ones are, open where they are not.

    Args:
        rows: of the table, beside the column of states.
        means: text -> what its words say.
    """
    texts = [text for text, meaning in means.items() if meaning in _OPEN and _UNDER_WAY.match(words_of(text))]
    sales = [text for text, meaning in means.items() if meaning is Meaning.SALE]
    if rows.numbers is None or not sales or _OF_DEALS & set(means.values()):
        return UnderWay()
    settled: dict[str, Meaning] = {}
    doubted: dict[str, Meaning] = {}
    why = []
    for text in texts:
        if rows.share(text) < WORTH or not rows.carries(text):
            continue
        shares = _paid_shares(rows, text, sales, means)
        if not shares:
            doubted |= (
                {text: Meaning.OPEN} if means[text] is Meaning.OPEN else {}
            )  # what is pending counts, and is shown
            continue
        name = max(shares, key=lambda each: shares[each])
        share = shares[name]
        if share >= _PAID:
            settled[text] = Meaning.SALE
        elif share > _HARDLY_ANY:
            doubted[text] = Meaning.SALE if share >= 1 / 2 else Meaning.OPEN
            why.append(f"{percent(share, 0)} of {text} have a {name}, as {sales[0]} have")
    return UnderWay(settled, doubted, tuple(why))


def _paid_shares(rows: KindRows, text: str, sales: list[str], means: Mapping[str, Meaning]) -> dict[str, float]:
    """Column -> share of a state's rows that it says are paid or delivered, where it says so of nearly all sales.

    What stands beside undone sales as well says nothing.
    """
    of_text, of_sales = (rows.column.series.is_in(texts).fill_null(value=False) for texts in ([text], sales))
    undone = [each for each, meaning in means.items() if meaning in {Meaning.VOID, Meaning.FAILED, Meaning.REVERSED}]
    of_undone = rows.column.series.is_in(undone).fill_null(value=False)
    if min(int(of_text.sum()), int(of_sales.sum())) < _FEWEST:
        return {}
    shares = {}
    for name, column in rows.table.columns.items():
        is_named = says(name, OF_PAYMENT) or says(name, OF_DELIVERY)
        if not is_named or name in {rows.column.source, rows.whose} or column.distinct < 2:
            continue
        paid = _says_paid(column)
        is_of_sales = share_of(paid.filter(of_sales)) >= _PAID
        is_of_undone = int(of_undone.sum()) >= _FEWEST and share_of(paid.filter(of_undone)) >= _PAID
        if is_of_sales and not is_of_undone and (name in rows.table.times or not paid.all()):
            shares[name] = share_of(paid.filter(of_text))
    return shares


def _says_paid(column: Profile) -> pl.Series:
    """(rows,) whether a payment stands there: a day, a number that is not 0, a word that says paid."""
    filled = column.series.is_not_null()
    if column.flag is not None:
        return column.says_yes.fill_null(value=False)
    if column.is_number:
        return filled & (column.all_numbers != 0).fill_null(value=False)
    if column.distinct <= MOST_UNKNOWN:
        paid = [each for each in column.values.to_list() if meaning_of(each, Purpose.MONEY) is Meaning.SALE]
        return column.series.is_in(paid).fill_null(value=False)
    return filled


def without_stages(table: TableProfile, states: Sequence[StatusColumn]) -> list[StatusColumn]:
    """The columns of states without the stages of deals, beside a column that says which are won and which lost.

    A stage (negotiation, offer) calls nothing sold, and stands as open in rows that are won: it says where a deal
    stood, not how it ended.
    """
    outcome = next((state for state in states if {Meaning.SALE, Meaning.LOST} <= state.means.keys()), None)
    if outcome is None:
        return list(states)
    won = table.columns[outcome.source].series.is_in(list(outcome.means[Meaning.SALE])).fill_null(value=False)
    return [each for each in states if not _is_stage(each, table.columns[each.source].series.filter(won))]


def _is_stage(state: StatusColumn, of_won: pl.Series) -> bool:
    """Whether a column knows states under way alone, and has them in rows that are won."""
    if not state.means or not state.means.keys() <= {*_OPEN, Meaning.DRAFT, Meaning.NEUTRAL}:
        return False
    texts = [text for meaning, several in state.means.items() if meaning is not Meaning.NEUTRAL for text in several]
    return share_of(of_won.is_in(texts).fill_null(value=False)) >= _HARDLY_ANY
