"""What was charged for cancelled bookings, trips and appointments: by a column of such fees, or by amounts that only some have."""

# ruff: noqa: E501
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import polars as pl

from holdfast.inference.money.word_roles import RoleGuess
from holdfast.inference.profiles.columns import share_of
from holdfast.inference.profiles.tables import TableProfile
from holdfast.inference.words.names import says, whole_words
from holdfast.inference.words.status_column import StatusColumn
from holdfast.meanings import Meaning

_FEES = whole_words(
    r"(?:cancel\w*|no ?show|storno|annul\w*|annullierungs) ?(?:fees?|charges?|penalt(?:y|ies)|amount|gebuhr(?:en)?|kosten|pauschale)|stornogebuhr(?:en)?|stornokosten|frais d ?annulation|(?:comision|cargo|gastos|tasa|multa|taxa|penale|costo) (?:de |di |por )?(?:cancelacion|cancelamento|cancellazione|annullamento)|annuleringskosten"
)
_ALL = 0.95
_CENT = 0.011
_SURE = 0.85
_MOST_COLUMNS = 10  # of numbers that are added up in pairs
_MOSTLY_IN_PARTS = 0.5  # share of the sales of which both parts were paid
_SOME = 0.01  # share of the cancelled rows with money, from which on they were charged
_MOSTLY_FREE = 0.2  # share without money, by which amounts are charges and not what would have been paid


@dataclass(frozen=True)
class ChargesOfCancelled:
    """The states of a table, those of cancelled rows that were charged for among its sales."""

    states: tuple[StatusColumn, ...]
    beside: str = ""  # source column of fees that the amount does not hold
    is_charged: bool = False
    received: tuple[str, ...] = ()  # source columns that come to the amount, and to less of what was cancelled

    def added(self, role: RoleGuess) -> RoleGuess:
        """A role, the amount with the fees that stand beside it, or as what was received in two parts."""
        is_settled = {role.source, *self.received} >= {*role.choices} and not role.plus and not role.minus
        if role.role == "amount" and self.received and is_settled:
            first, *others = self.received
            evidence = (
                f"{role.evidence}; {' + '.join(self.received)} come to {role.source}, and to less of what was cancelled"
            )
            sure = max(role.confidence, _SURE)
            return replace(role, source=first, plus=tuple(others), confidence=sure, evidence=evidence, choices=())
        if role.role != "amount" or not self.beside or self.beside in role.plus:
            return role
        evidence = f"{role.evidence}; with {self.beside}, which was charged where it is 0"
        return replace(role, plus=(*role.plus, self.beside), evidence=evidence)


def charges_of_cancelled(table: TableProfile, amount: str | None, states: Sequence[StatusColumn]) -> ChargesOfCancelled:
    """Which cancelled rows brought money all the same; a question where no column of fees proves it.

    Args:
        table: the table.
        amount: its source column of money.
        states: its columns of states, with what their values mean.
    """
    cancelled = [state for state in states if Meaning.VOID in state.means]
    if amount is None or not cancelled:
        return ChargesOfCancelled(tuple(states))
    paid = table.columns[amount].all_numbers.fill_null(0.0)
    fee = next(
        (name for name, column in table.columns.items() if name != amount and column.is_number and says(name, _FEES)),
        "",
    )
    fees = table.columns[fee].all_numbers.fill_null(0.0) if fee else pl.zeros(table.rows, eager=True)
    is_beside = bool(fee) and share_of(paid.filter(fees > 0) == 0) >= _ALL and bool((fees > 0).any())
    parts = () if fee else _received_in_parts(table, amount, cancelled[0])
    if parts:  # of what was cancelled a part came in and was kept, or went back: only the reader knows
        first, *others = (_doubting_cancelled(state) if state is cancelled[0] else state for state in states)
        return ChargesOfCancelled((first, *others), received=parts)
    result = tuple(_with_charges(table, state, paid, fees, bool(fee), is_beside) for state in states)
    return ChargesOfCancelled(result, fee if is_beside else "", is_charged=result != tuple(states))


def _with_charges(
    table: TableProfile, state: StatusColumn, paid: pl.Series, fees: pl.Series, has_fee: bool, is_beside: bool
) -> StatusColumn:
    """The state with its cancelled values among the sales, where all their money is such fees; else in doubt."""
    series, result = table.columns[state.source].series, state
    for text in state.means.get(Meaning.VOID, ()):
        rows = (series == text).fill_null(value=False)
        total, fee = (paid + fees).filter(rows), fees.filter(rows)
        is_all = is_beside or share_of(paid.filter(rows & (fees > 0)) <= fees.filter(rows & (fees > 0)) + _CENT) >= _ALL
        if has_fee and share_of(fee > 0) >= _SOME and is_all:
            result = result.moved(text, Meaning.SALE)
        elif share_of(total > 0) >= _SOME and share_of(total == 0) >= _MOSTLY_FREE:
            result = result.doubting(text, Meaning.SALE)  # some of its rows have money: it may have been charged
    return result


def _received_in_parts(table: TableProfile, amount: str, state: StatusColumn) -> tuple[str, ...]:
    """Two columns that come to the amount of what was not cancelled, and to a part of it where it was; else none."""
    texts = list(state.means[Meaning.VOID])
    is_out = table.columns[state.source].series.is_in(texts).fill_null(value=False)
    whole = table.columns[amount].all_numbers.fill_null(0.0)
    numbers = {
        name: column.all_numbers.fill_null(0.0)
        for name, column in table.columns.items()
        if name != amount and column.is_number and name not in table.times and column.distinct > 1
    }
    for first, second in combinations(list(numbers)[:_MOST_COLUMNS], 2):
        together = numbers[first] + numbers[second]
        both = (numbers[first] > _CENT) & (numbers[second] > _CENT)
        agrees = share_of(((together - whole).abs() <= _CENT).filter(~is_out))
        less = share_of(((together > _CENT) & (together < whole - _CENT)).filter(is_out))
        if agrees >= _ALL and share_of(both.filter(~is_out)) >= _MOSTLY_IN_PARTS and less >= _ALL:
            return first, second
    return ()


def _doubting_cancelled(state: StatusColumn) -> StatusColumn:
    for text in state.means[Meaning.VOID]:
        state = state.doubting(text, Meaning.SALE)
    return state
