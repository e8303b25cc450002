"""Which rows of a table of sales or payments brought money: its statuses, its refunds, its orders of several lines."""

from collections.abc import Sequence
from dataclasses import dataclass

from holdfast.column_types import Kind
from holdfast.inference.currencies import currency_codes
from holdfast.inference.guesses import StatusGuess
from holdfast.inference.money import is_of_the_order, refund_columns
from holdfast.inference.purchases import RoleGuess
from holdfast.inference.table_profile import TableProfile
from holdfast.inference.words.names import own_name
from holdfast.inference.words.states import Purpose, StatusColumn, status_columns
from holdfast.meanings import Meaning
from holdfast.table_settings import MoneySettings

_OF_MONEY = frozenset({"transactions", "payments"})


@dataclass(frozen=True)
class Account:
    """What a table's settings need so that only money received counts."""

    roles: tuple[RoleGuess, ...]  # all roles of the table, those of its statuses and refunds among them
    statuses: tuple[StatusGuess, ...] = ()
    money: MoneySettings | None = None


def account_of(
    table: TableProfile,
    holds: str,
    roles: Sequence[RoleGuess],
    taken: set[str],
    *,
    is_paid_by_parts: bool = False,
) -> Account:
    """The roles with statuses and refunds added, and what they mean for the money.

    Args:
        table: the table.
        holds: the contract it fits; tables of anything but sales and payments keep their roles.
        roles: as guessed so far.
        taken: source columns with a role outside of `roles` (customer, time).
        is_paid_by_parts: the amounts stand in another table, and come to these rows.
    """
    by_role = {role.role: role.source for role in roles}
    amount = by_role.get("amount")
    if holds not in _OF_MONEY or (amount is None and not is_paid_by_parts) or not table.sample.headed:
        return Account(tuple(roles))
    others = {role.source for role in roles if role.role not in {"status", "currency", "refunded_amount"}} | taken
    states = [column for column in status_columns(table, Purpose.MONEY, amount, others) if _matters(column)]
    result = list(roles)
    statuses = []
    for state in states:
        name = _name_of(state, result)
        if all(role.source != state.source for role in result):
            result.append(RoleGuess(name, state.source, Kind.CATEGORY, 0.9, state.evidence))
        statuses.append(StatusGuess(name, dict(state.means), {text: state.rows.get(text, 0) for text in state.unknown}))
    refunds = [name for name in refund_columns(table) if name not in others and name != amount]
    names: list[str] = []
    for source in refunds:
        name = "refunded_amount" if not names else own_name(source, {role.role for role in result})
        names.append(name)
        result.append(RoleGuess(name, source, Kind.MONEY, 0.9, "money given back of the same sale, by its name"))
    coded = currency_codes(table)
    currency = ""
    if coded is not None and coded[0] not in others:
        currency = "currency"
        result = [role for role in result if role.source != coded[0]]
        result.append(RoleGuess(currency, coded[0], Kind.CATEGORY, 0.95, "each value is the code of a currency"))
    order = by_role.get("order_id")
    of_the_order = order is not None and amount is not None and is_of_the_order(table, amount, order)
    once = "order_id" if of_the_order else ""
    money: MoneySettings | None = MoneySettings(refunds=tuple(names), once_per=once, currency=currency)
    if money == MoneySettings():
        money = None
    return Account(tuple(result), tuple(statuses), money)


def _matters(state: StatusColumn) -> bool:
    """Whether the values decide about money; a column of plain sales needs no settings."""
    return state.excludes or bool(state.unknown) or Meaning.PENDING in state.means


def _name_of(state: StatusColumn, roles: Sequence[RoleGuess]) -> str:
    same = next((role.role for role in roles if role.source == state.source), None)
    if same is not None:
        return same
    names = {role.role for role in roles}
    return "status" if "status" not in names else own_name(state.source, names)
