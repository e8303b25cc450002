"""States that say "refunded" beside a column of how much: where less than the sale went back, the rest was earned."""

import re
from collections.abc import Sequence

import polars as pl

from holdfast.inference.profiles.columns import share_of
from holdfast.inference.profiles.tables import TableProfile
from holdfast.inference.words.states import words_of
from holdfast.inference.words.status_column import StatusColumn
from holdfast.meanings import Meaning

_NEARLY_ALL = 0.98  # of a state's rows, from which on the column says what went back of each
_CENT = 0.011
_IN_PART = re.compile(r"^(?:partial|partiel|parcial|parzial|teil|deel|delvis|czesciow|част|部分)")


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
    for text in state.means.get(Meaning.REVERSED, ()):
        result = _with_part(table, amounts, result, text, refunds)
    return result


def _with_part(
    table: TableProfile, amounts: pl.Series | None, state: StatusColumn, text: str, refunds: Sequence[str]
) -> StatusColumn:
    says_part = bool(_IN_PART.match(words_of(text)))
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
