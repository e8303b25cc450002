"""What went back of sales: columns of it that contain each other, and states that say "refunded" beside them."""

# ruff: noqa: E501
import re
from collections.abc import Sequence
from itertools import permutations

import polars as pl

from holdfast.inference.profiles.columns import share_of
from holdfast.inference.profiles.tables import TableProfile, as_keys
from holdfast.inference.words.states import is_named_state, words_of
from holdfast.inference.words.status_column import StatusColumn
from holdfast.meanings import Meaning

_NEARLY_ALL = 0.98  # of a state's rows, from which on the column says what went back of each
_CENT = 0.011
_AT_LEAST_TWO, _FEWEST = 2, 3  # columns, and sales of which something went back
_SOLD, _ORDER = "sold ", "order "  # beside names of columns, which end in no blank
_IN_PART = re.compile(
    r"(?:^| )(?:part(?:ial|ly)|partiel|parcial|parzial|teil(?:weise|erst|ruck|retour|storn)|deel|gedeelt|delvis|czesciow|castecn|reszleg|kismen|част)|部分|一部"
)


def with_partial_refunds(
    table: TableProfile, amounts: pl.Series | None, states: Sequence[StatusColumn], refunds: Sequence[str]
) -> list[StatusColumn]:
    """The states; a refunded one counts as a sale where another column takes off what went back, or it says "in part".

    Args:
        table: the table.
        amounts: (rows,) the money of each row, where there is one.
        states: its columns of states, with what their values mean.
        refunds: source columns of what was given back of each sale.
    """
    return [_with_parts(table, amounts, state, refunds) for state in states]


def _with_parts(
    table: TableProfile, amounts: pl.Series | None, state: StatusColumn, refunds: Sequence[str]
) -> StatusColumn:
    result = state
    for text in state.means.get(Meaning.REFUND, ()) if is_named_state(state.source) else ():
        rows = (table.columns[state.source].series == text).fill_null(value=False)
        is_sold = amounts is None or share_of(amounts.filter(rows) > 0) >= _NEARLY_ALL
        if is_sold and _IN_PART.search(words_of(text)):  # an order, of which a part went back: no row of what went back
            result = result.moved(text, Meaning.SALE if not refunds else Meaning.REVERSED)
    for text in result.means.get(Meaning.REVERSED, ()):
        result = _with_part(table, amounts, result, text, refunds)
    return result


def _with_part(
    table: TableProfile, amounts: pl.Series | None, state: StatusColumn, text: str, refunds: Sequence[str]
) -> StatusColumn:
    says_part = bool(_IN_PART.search(words_of(text)))
    if amounts is None or not refunds:
        return state.moved(text, Meaning.SALE) if says_part else state
    rows = (table.columns[state.source].series == text).fill_null(value=False)
    back = pl.sum_horizontal([table.columns[name].all_numbers.fill_null(0.0).abs() for name in refunds])
    returned, sold = pl.select(back).to_series().filter(rows), amounts.filter(rows).fill_null(0.0)
    has_amounts = share_of(returned > _CENT) >= _NEARLY_ALL
    is_partial = bool(((returned > _CENT) & (returned < sold - _CENT)).any())
    if has_amounts and (is_partial or says_part):
        return state.moved(text, Meaning.SALE)
    # Of some sales the column says a part and of others nothing: whether these went back in full, it does not tell.
    return state.doubting(text, Meaning.REVERSED) if is_partial else state


def parts_of_refunds(
    table: TableProfile, refunds: Sequence[str], amount: str | None, order: str | None
) -> dict[str, str]:
    """Columns of what was given back that another one contains -> that other: an item's part of the order's.

    Both together would give back more than was sold, where one contains the other; where they add up to what was sold,
    or never come to more, both count.

    Args:
        table: the table.
        refunds: source columns of what was given back of each sale.
        amount: the source column of the sale's money.
        order: the source column of the order, where its amount stands on each of its lines.
    """
    if len(refunds) < _AT_LEAST_TWO or amount is None:
        return {}
    back = {name: table.columns[name].all_numbers.fill_null(0.0).abs().alias(name) for name in refunds}
    rows = pl.DataFrame([*back.values(), table.columns[amount].all_numbers.alias(_SOLD)])
    if order is not None:
        # What stands alike on each line is the order's; what differs is a line's, and their sum the order's.
        orders = rows.with_columns(as_keys(table.columns[order]).alias(_ORDER)).drop_nulls(_ORDER).group_by(_ORDER)
        differs = [pl.col(name).n_unique() > 1 for name in refunds]
        sums = [
            pl.when(several).then(pl.col(name).sum()).otherwise(pl.col(name).first()).alias(name)
            for name, several in zip(refunds, differs, strict=True)
        ]
        rows = orders.agg(pl.col(_SOLD).first(), *sums)
    parts: dict[str, str] = {}
    for whole, share in permutations(refunds, 2):
        if whole not in parts and _contains(rows, whole, share):
            parts[share] = whole
    return parts


def _contains(rows: pl.DataFrame, whole: str, share: str) -> bool:
    """Whether one column holds what another one says again."""
    if share_of((rows[share] - rows[whole]).abs() <= _CENT) == 1.0:
        return True
    both = rows.filter(pl.col(share) > _CENT)
    if both.height < _FEWEST or share_of(both[share] <= both[whole] + _CENT) < _NEARLY_ALL:
        return False
    sold, back = both[_SOLD].fill_null(0.0), both[share] + both[whole]
    too_much, in_all = share_of(back > sold + _CENT), share_of((back - sold).abs() <= _CENT)
    return too_much > 0 and in_all < too_much
