"""Where two readings of the money stand and nothing proves either, a question: what each would total and mean.

    with_competing_readings(tables, profiles) -> tables, of which the amount is asked about where readings compete

A reading is another column of money, the amount less what goes back to the customer anyway (deposits), less what may
have been given back or less a discount, or a payment on account and the rest of it together. It competes where it differs by more than 2 % over the
rows that count, and neither sums between columns, round shares nor a plainer word settle it. Known exports are settled
by their documentation.
"""

# ruff: noqa: E501

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from holdfast.column_types import Kind
from holdfast.formatting import percent
from holdfast.inference.guesses import CONFIDENT, ColumnGuess, TableGuess
from holdfast.inference.money.amounts import (
    NEVER_ALONE,
    MoneyWord,
    adds_up_to,
    can_be_the_amount,
    without_tax_mention,
    word_of,
)
from holdfast.inference.money.rates import converted_pairs
from holdfast.inference.profiles.columns import Profile, evenly, share_of
from holdfast.inference.profiles.tables import TableProfile, as_keys
from holdfast.inference.readings.amount_parts import (
    Rest,
    discount_of,
    is_within,
    may_be_given_back,
    may_be_taken_off,
    rest_beside,
    with_discount_of_units,
)
from holdfast.inference.readings.sums_between import is_share_of
from holdfast.inference.words.names import says, whole_words
from holdfast.inference.words.vocabulary import AMOUNT_STRONG, NOT_AMOUNT, UNIT_PRICE
from holdfast.meanings import EXCLUDED, Meaning
from holdfast.notation.column_sums import in_words

_DIFFERS = 0.02  # of the total: readings that lie nearer are as good as one
_PROVEN = 0.95  # confidence of an amount to which other columns add up
_IN_QUESTION = 0.5
_BY_SHARES = 0.85
_HOLDS = 0.95  # share of the rows in which a relation between columns must hold
_MOST_RATES = 6  # different ratios of two columns by which one is a share of the other
_LEAST_RATIO, _GREATEST_RATIO = 0.2, 5.0  # of two sums that can both be the money of the same sales
_FEWEST = 20  # rows and customers that are compared
_MOST_ROWS = 20_000  # looked at for relations
_CENT = 0.011
_LAST = {MoneyWord.SUBTOTAL, MoneyWord.NET}
_FIRST = {MoneyWord.TOTAL, MoneyWord.PAID, MoneyWord.GROSS}
_GOES_BACK = whole_words(
    r"(?:\w+ )?deposits?(?: (?:amount|fee|charge|total))?|\w*pfand(?:betrag|geld|wert)?|kautions?(?:betrag)?|statiegeld|borg(?:som)?|emballage|caution|consignes?"
    r"|fianzas?|deposito|cauzione|vuoto|caucao|sinal retornavel|pant(?:belopp)?|depositum|kaucj[ai]|zaloha za obal|залог|デポジット|保証金|押金|보증금"
)
_NO_MONEY_OF_SALES = whole_words(
    r"points?|limit|credit limit|target|budget|quota|goal|forecast|expected|estimated?|probab\w*|weighted|annual|yearly|lifetime|ltv|clv|to date|ytd|average|avg|mean|median|cumulative|running|previous|last|list|msrp|rrp|uvp|retail|insured|declared|customs|loan|principal|salary|income|market|assessed|appraised|face|par|score|rate|ratio|percent|pct"
    r"|max\w*|min\w*|goal|plan|planned|soll|ziel|reserve|stock|inventory|weight|distance|duration|hours?|days?|age"
)


@dataclass(frozen=True)
class _Reading:
    """What the money would be otherwise."""

    column: str  # the amount
    minus: tuple[str, ...]
    total: float
    meaning: str
    is_likelier: bool = False  # than the amount as it stands
    plus: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        return in_words(self.column, self.plus, self.minus)


def with_competing_readings(
    tables: Sequence[TableGuess], profiles: Mapping[str, TableProfile]
) -> tuple[TableGuess, ...]:
    """The tables; a settled amount becomes a question where another reading of it is as good.

    Args:
        tables: the project's tables.
        profiles: by sample name.
    """
    return tuple(_with_question(table, profiles[table.sample]) for table in tables)


def _with_question(table: TableGuess, profile: TableProfile) -> TableGuess:
    amount = table.column("amount")
    if amount is None and not table.recipe and not table.left_out:
        return with_discount_of_units(table, profile)
    is_of_sales = not table.recipe and not table.left_out and table.holds.value == "transactions"
    if amount is None or not is_of_sales or amount.plus or amount.minus or _gives_back(table):
        return table
    if amount.source not in profile.columns or profile.rows < _FEWEST:
        return table
    counted = _counted(table, profile)
    factor = table.money.scale if table.money is not None else 1.0

    def total_of(numbers: pl.Series) -> float:
        return float(numbers.fill_null(0.0).filter(counted).sum()) * factor

    if rest := rest_beside(profile, amount.source):
        return _with_amount(table, amount, _with_rest(amount, rest, profile, total_of))
    if amount.confidence < CONFIDENT:
        return table
    discount, settled = discount_of(table, profile, amount)
    if settled is not None:
        return _with_amount(table, amount, settled)
    own = _Reading(amount.source, (), total_of(profile.columns[amount.source].all_numbers), "as it stands")
    others = list(_others(table, amount, profile, total_of))
    if discount:
        others.append(_less(amount.source, discount, profile, total_of, f"if {discount} is taken off it"))
    competing = [each for each in others if _differ(each.total, own.total)]
    if not competing:
        return table
    return _with_amount(
        table, amount, _in_question(amount, sorted((own, *competing), key=lambda each: not each.is_likelier))
    )


def _with_amount(table: TableGuess, amount: ColumnGuess, changed: ColumnGuess) -> TableGuess:
    return replace(table, columns=tuple(changed if column is amount else column for column in table.columns))


def _in_question(amount: ColumnGuess, readings: Sequence[_Reading]) -> ColumnGuess:
    """The amount as a question, with what each reading of it would total."""
    shown = "; ".join(f"{each.words}: {each.total:,.2f} in all, {each.meaning}" for each in readings)
    by_hand = " (written by hand: from: COLUMN, minus: [COLUMN])" if any(each.minus for each in readings) else ""
    best = readings[0]
    return replace(
        amount,
        source=best.column,
        plus=best.plus,
        minus=best.minus,
        confidence=_IN_QUESTION,
        evidence=f"{len(readings)} readings of the money differ, and no sum proves one of them: {shown}{by_hand}",
        choices=tuple(each.words for each in readings),
    )


def _less(
    amount: str,
    piece: str,
    profile: TableProfile,
    total_of: Callable[[pl.Series], float],
    meaning: str,
    *,
    is_likelier: bool = False,
) -> _Reading:
    """The amount less another column."""
    numbers, taken = profile.columns[amount].all_numbers, profile.columns[piece].all_numbers
    return _Reading(amount, (piece,), total_of(numbers.fill_null(0.0) - taken.fill_null(0.0)), meaning, is_likelier)


def _with_rest(
    amount: ColumnGuess, rest: Rest, profile: TableProfile, total_of: Callable[[pl.Series], float]
) -> ColumnGuess:
    """The amount as a payment on account and the rest of it together; a question where no round share shows it."""
    sure = max(amount.confidence, _BY_SHARES)
    if rest.is_whole:
        return replace(amount, source=rest.rest, confidence=sure, evidence=rest.evidence, choices=())
    if rest.is_proven:
        return replace(
            amount, source=rest.ahead, plus=(rest.rest,), confidence=sure, evidence=rest.evidence, choices=()
        )
    first, second = (profile.columns[name].all_numbers.fill_null(0.0) for name in (rest.ahead, rest.rest))
    readings = (
        _Reading(rest.ahead, (), total_of(first + second), rest.evidence, plus=(rest.rest,)),
        _Reading(rest.ahead, (), total_of(first), "what is paid ahead alone"),
        _Reading(rest.rest, (), total_of(second), "what is paid later alone"),
    )
    likeliest = 2 if rest.is_final else 0
    return _in_question(amount, (readings[likeliest], *(each for each in readings if each is not readings[likeliest])))


def _differ(first: float, second: float) -> bool:
    return abs(first - second) > _DIFFERS * max(abs(first), abs(second))


def _gives_back(table: TableGuess) -> bool:
    return table.money is not None and table.money.gives_back


def _counted(table: TableGuess, profile: TableProfile) -> pl.Series:
    """(rows,) whether a row counts as revenue, by the states that have a meaning."""
    counted = pl.repeat(value=True, n=profile.rows, eager=True)
    sources = {column.name: column.source for column in table.columns}
    for status in table.statuses:
        column = {**profile.columns, **profile.number_letters}.get(sources.get(status.column, ""))
        if column is None:
            continue
        texts = [text for meaning, several in status.means.items() for text in several if _is_out(meaning)]
        out = column.series.cast(pl.String).is_in(texts).fill_null(value=False)
        counted = counted & ~(column.series.is_not_null() if "*" in texts else out)
    return counted


def _is_out(meaning: Meaning) -> bool:
    return meaning in EXCLUDED or meaning is Meaning.REFUND


def _others(
    table: TableGuess, amount: ColumnGuess, profile: TableProfile, total_of: Callable[[pl.Series], float]
) -> Iterator[_Reading]:
    """The other readings that nothing settles."""
    numbers = profile.columns[amount.source].all_numbers
    for name in _unnamed(table, profile):
        if may_be_given_back(profile, amount.source, name):
            yield _less(amount.source, name, profile, total_of, f"if {name} was given back", is_likelier=True)
        elif may_be_taken_off(profile, amount.source, name):
            yield _less(amount.source, name, profile, total_of, f"if {name} is a discount on it", is_likelier=True)
    for column in _free(table, profile):
        name, values = column.source, profile.columns[column.source].all_numbers
        if says(name, _GOES_BACK):
            is_ahead = is_share_of(values, numbers, numbers - values)  # what goes back is no share of the price
            if not is_ahead and is_within(numbers, values) and not _adds_up(profile, amount.source, name):
                meaning = f"if {name} goes back to the customer"
                yield _less(amount.source, name, profile, total_of, meaning, is_likelier=True)
            continue
        if amount.confidence >= _PROVEN or not _could_be(name, profile.columns[name], amount.source):
            continue
        total, own = total_of(values), total_of(numbers)
        if own and not _LEAST_RATIO <= abs(total / own) <= _GREATEST_RATIO:
            continue
        if not _is_explained(profile, amount.source, name) and not _is_an_attribute(
            table, profile, amount.source, name
        ):
            yield _Reading(
                name, (), total, f"the same money by another column in {_alike(numbers, values)} of the rows"
            )


def _unnamed(table: TableGuess, profile: TableProfile) -> Iterator[str]:
    """Columns of numbers whose names say nothing of money, those that are known only later among them."""
    for name in (*(column.source for column in _free(table, profile)), *table.ignore):
        is_number = name in profile.columns and name not in profile.times and profile.columns[name].is_number
        if is_number and word_of(name) is None and not says(name, _NO_MONEY_OF_SALES):
            yield name


def _free(table: TableGuess, profile: TableProfile) -> Iterator[ColumnGuess]:
    """The columns of numbers that play no part in the money yet."""
    refunds = {*table.money.refunds, table.money.rate} if table.money is not None else set()
    for column in table.columns:
        is_number = column.source in profile.columns and profile.columns[column.source].is_number
        is_own = column.kind in {Kind.NUMBER, Kind.MONEY} and not column.role
        if is_number and is_own and column.name not in refunds and profile.columns[column.source].flag is None:
            yield column


def _could_be(name: str, column: Profile, amount: str) -> bool:
    """Whether a column's name says as plainly as the amount's that it is what was paid."""
    bare = without_tax_mention(name)
    if (
        column.counts_rows
        or not can_be_the_amount(name, column)
        or says(name, _NO_MONEY_OF_SALES)
        or says(bare, NOT_AMOUNT)
    ):
        return False
    return _plainness(name) >= _plainness(amount) > 0 or (_plainness(amount) == 0 < _plainness(name))


def _plainness(name: str) -> int:
    """How plainly a name says that a column is the money of a sale; 0: not at all."""
    word = word_of(name)
    if word is None or word in NEVER_ALONE:
        return 0
    if says(name, UNIT_PRICE) and not says(name, AMOUNT_STRONG):
        return 1
    return 1 if word in _LAST else 3 if word in _FIRST and says(name, AMOUNT_STRONG) else 2


def _adds_up(profile: TableProfile, total: str, ahead: str) -> bool:
    """Whether the amount is a payment on account and the rest of it: what was paid ahead is a part of the price."""
    numbers, paid = profile.columns[total].all_numbers, profile.columns[ahead].all_numbers
    rest = (numbers - paid.fill_null(0.0)).abs()
    return any(
        word_of(name) in {MoneyWord.BALANCE, MoneyWord.PAID}
        and share_of((column.all_numbers.fill_null(0.0) - rest).abs() <= _CENT) >= _HOLDS
        for name, column in profile.columns.items()
        if name not in {total, ahead} and column.is_number
    )


def _is_explained(profile: TableProfile, amount: str, other: str) -> bool:
    """Whether sums, rates or units say how two columns lie to each other, so that the amount is settled."""
    ours, theirs = profile.columns[amount].all_numbers, profile.columns[other].all_numbers
    if adds_up_to(profile, amount, other, None) or adds_up_to(profile, other, amount, None):
        return True
    if any({amount, other} == {pair.own, pair.converted} for pair in converted_pairs(profile)):
        return True
    rows = evenly(pl.DataFrame({"ours": ours, "theirs": theirs}), _MOST_ROWS)
    both = rows.drop_nulls().filter(pl.col("ours").abs() > 1, pl.col("theirs").abs() > 1)
    if both.height < _FEWEST:
        return False
    rates = (both["theirs"] / both["ours"]).round(3).value_counts(sort=True)["count"].head(_MOST_RATES)
    if int(rates.sum()) >= _HOLDS * both.height:
        return True  # a tax, a commission, a share
    for name, column in profile.columns.items():
        if name in {amount, other} or not column.is_number or name in profile.times:
            continue
        numbers = pl.DataFrame({"ours": ours, "theirs": theirs, "units": column.all_numbers})
        third = evenly(numbers, _MOST_ROWS).drop_nulls().filter(pl.col("ours").abs() > _CENT)
        if third.height < _FEWEST:
            continue
        by_units = [third["ours"] * third["units"] - third["theirs"], third["theirs"] * third["units"] - third["ours"]]
        contained = third["theirs"] + third["units"] - third["ours"]
        tolerance = _CENT + 0.001 * third["ours"].abs()
        is_measure = share_of(third["units"] == 0) < 1 - 1 / 20
        if any(share_of(each.abs() <= tolerance) >= _HOLDS for each in by_units):
            return True
        if is_measure and share_of(contained.abs() <= _CENT) >= _HOLDS:
            return True  # the amount is the other one and something more
    return False


def _is_an_attribute(table: TableGuess, profile: TableProfile, amount: str, other: str) -> bool:
    """Whether a column says the same in all rows of a customer, or of a product, as the amount does not."""
    for role in ("customer_id", "product"):
        column = table.column(role)
        if column is None or column.source not in profile.columns:
            continue
        rows = pl.DataFrame(
            {
                "key": as_keys(profile.columns[column.source]),
                "ours": profile.columns[amount].all_numbers,
                "theirs": profile.columns[other].all_numbers,
            }
        ).drop_nulls()
        several = rows.group_by("key").agg(pl.len(), pl.col("ours", "theirs").n_unique()).filter(pl.col("len") > 1)
        if several.height >= _FEWEST // 2 and share_of(several["theirs"] == 1) >= _HOLDS > share_of(
            several["ours"] == 1
        ):
            return True
    return False


def _alike(ours: pl.Series, theirs: pl.Series) -> str:
    return percent(share_of(((ours - theirs).abs() <= _CENT).fill_null(value=False)), 0)
