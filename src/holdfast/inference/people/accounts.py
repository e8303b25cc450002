"""Which rows of a table of sales or payments brought money: its statuses, its refunds, its orders of several lines."""

# ruff: noqa: E501
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import polars as pl

from holdfast.column_types import Kind
from holdfast.inference.guesses import CONFIDENT, StatusGuess
from holdfast.inference.money.amounts import is_of_the_order, refund_columns
from holdfast.inference.money.cancellation_fees import ChargesOfCancelled, charges_of_cancelled
from holdfast.inference.money.currencies import currency_codes, names_its_currency
from holdfast.inference.money.documents import documents_of
from holdfast.inference.money.levels import levels_of
from holdfast.inference.money.movements.directions import BALANCE, movement_statuses
from holdfast.inference.money.movements.in_and_out import with_kinds_of_what_came_in
from holdfast.inference.money.partial_refunds import parts_of_refunds, with_partial_refunds
from holdfast.inference.money.stages import stages_of
from holdfast.inference.money.word_roles import RoleGuess
from holdfast.inference.profiles.columns import share_of
from holdfast.inference.profiles.tables import TableProfile
from holdfast.inference.words.gift_cards import cards_spent
from holdfast.inference.words.marks import Mark, marks_of
from holdfast.inference.words.names import own_name, says
from holdfast.inference.words.payment_states import with_payment_deciding
from holdfast.inference.words.states import Purpose
from holdfast.inference.words.status_column import StatusColumn
from holdfast.inference.words.status_columns import status_columns
from holdfast.inference.words.under_way import without_stages
from holdfast.meanings import Meaning
from holdfast.status_settings import UnlessSettings
from holdfast.table_settings import MoneySettings

_NEARLY_ALL = 0.95
_MOST_AMOUNTS = 3  # columns whose sums are shown beside a value
_OF_MONEY = frozenset({"transactions", "payments"})
_MAY_BE_KINDS = frozenset({"status", "currency", "refunded_amount", "category"})


@dataclass(frozen=True)
class Account:
    """What a table's settings need so that only money received counts."""

    roles: tuple[RoleGuess, ...]  # all roles of the table, those of its statuses and refunds among them
    statuses: tuple[StatusGuess, ...] = ()
    money: MoneySettings | None = None
    idle: tuple[str, ...] = ()  # our columns that are 0 in rows in which nothing was paid for
    ignore: Mapping[str, str] = field(default_factory=dict)  # source columns whose money another one contains
    is_balanced: bool = False  # each document comes to what was paid of it, its repeated lines included


def account_of(
    table: TableProfile,
    holds: str,
    roles: Sequence[RoleGuess],
    taken: set[str],
) -> Account:
    """The roles with statuses and refunds added, and what they mean for the money.

    Args:
        table: the table.
        holds: the contract it fits; tables of anything but sales and payments keep their roles.
        roles: as guessed so far.
        taken: source columns with a role outside of `roles` (customer, time).
    """
    by_role = {role.role: role.source for role in roles}
    amount = by_role.get("amount")
    if holds not in _OF_MONEY or not table.sample.headed:
        return Account(tuple(roles))
    others = {role.source for role in roles if role.role not in _MAY_BE_KINDS} | taken
    charged = ChargesOfCancelled(())
    result = list(roles)
    statuses = _movements(table, amount, result, taken)
    states: list[StatusColumn] = []
    if not any(status.why for status in statuses):  # what a kind of movement means is asked, not read from its words
        others |= {role.source for role in result if any(status.column == role.role for status in statuses)}
        staged = stages_of(table, amount, others)
        states = _bank_lines(table, amount, others) or ([staged] if staged is not None else [])
        amounts = _amounts(table, by_role)
        received = any(role.is_received for role in roles)
        fixed, whose = {*others, *filter(None, [amount])}, _whose(table, taken)
        every = status_columns(table, Purpose.MONEY, amounts, fixed, whose, received=received)
        deciding = without_stages(table, [each for each in with_payment_deciding(table, every) if _matters(each)])
        states = states or _with_documents(table, amounts, (others, {*taken, *filter(None, [amount])}), whose, deciding)
        states = with_partial_refunds(
            table, amounts, states, [name for name in refund_columns(table) if name != amount]
        )
        states = _asked_once(table, _of_a_statement(table, roles, states))
        charged = charges_of_cancelled(table, amount, states)
        states, result = list(charged.states), [charged.added(role) for role in result]
    for state in states:
        name = _name_of(state, result)
        if all(role.source != state.source for role in result):
            result.append(RoleGuess(name, state.source, Kind.CATEGORY, 0.9, state.evidence))
        statuses.append(replace(_status_guess(name, state), by_amount=_by_amount(table, roles, state)))
    marked = others | {state.source for state in states}
    marks = marks_of(table, states, marked, of_sales=holds == "transactions")
    result = _with_marks(result, statuses, marks)
    spent = cards_spent(table, {*others - {role.source for role in result}, *(each.source for each in states)})
    result = _with_cards_spent(result, statuses, spent)
    order = by_role.get("order_id")
    of_the_order = order is not None and amount is not None and is_of_the_order(table, amount, order)
    refunds = [name for name in refund_columns(table) if name not in others and name != amount]
    parts = parts_of_refunds(table, refunds, amount, order if of_the_order else None)
    names = _with_refunds(result, [name for name in refunds if name not in parts])
    coded = None if amount is not None and names_its_currency(amount) else currency_codes(table)
    currency = ""
    if coded is not None and coded[0] == amount:
        currency = "currency"
        evidence = f"the amounts are written in several: {', '.join(list(coded[1])[:4])}"
        result.append(RoleGuess(currency, coded[0], Kind.TEXT, 0.95, evidence))
    elif coded is not None and coded[0] not in others:
        currency = "currency"
        result = [role for role in result if role.source != coded[0]]
        result.append(RoleGuess(currency, coded[0], Kind.CATEGORY, 0.95, "each value is the code of a currency"))
    once = "order_id" if of_the_order else ""
    settings = MoneySettings(refunds=tuple(names), once_per=once, currency=currency)
    money = None if settings == MoneySettings() else settings
    ignore = {name: f"a part of {whole}: it is taken off once" for name, whole in parts.items()}
    idle = ("amount",) if charged.is_charged else ()
    return Account(tuple(result), tuple(statuses), money, idle, ignore, any(state.is_balanced for state in states))


def _of_a_statement(
    table: TableProfile, roles: Sequence[RoleGuess], states: Sequence[StatusColumn]
) -> list[StatusColumn]:
    """The states; of a statement with a column of what came in, what they say of it."""
    moved = next((role.source for role in roles if role.is_moved), None)
    return list(states) if moved is None else with_kinds_of_what_came_in(states, table, moved)


def _with_refunds(roles: list[RoleGuess], refunds: Sequence[str]) -> list[str]:
    """What the columns of what was given back are called here; they are added to the roles."""
    names: list[str] = []
    for source in refunds:
        names.append("refunded_amount" if not names else own_name(source, {role.role for role in roles}))
        roles.append(RoleGuess(names[-1], source, Kind.MONEY, 0.9, "money given back of the same sale, by its name"))
    return names


def _with_documents(
    table: TableProfile,
    amounts: pl.Series | None,
    taken: tuple[set[str], set[str]],
    whose: str | None,
    states: Sequence[StatusColumn],
) -> list[StatusColumn]:
    """The states, and of a table with several documents of one deal, or with heads and lines, the column of these.

    Args:
        table: the table. amounts: (rows,) its money. whose: the column of the customer. states: as their words say.
        taken: source columns with another role; those of customer, time and amount, which no rows can contradict.
    """
    others, fixed = taken
    documents = documents_of(table, amounts, fixed, whose)
    if documents is None:
        return _with_levels(table, amounts, others, states)
    return [documents, *(state for state in states if state.source != documents.source)]


def _with_levels(
    table: TableProfile, amounts: pl.Series | None, others: set[str], states: Sequence[StatusColumn]
) -> list[StatusColumn]:
    """The states, and of a table with heads and lines the column that tells them apart, by their sums."""
    decided = {state.source for state in states if Meaning.SETTLEMENT in state.means}
    levels = levels_of(table, amounts, others | decided)
    if levels is None:
        return list(states)
    return [levels, *(state for state in states if state.source != levels.source)]


def _asked_once(table: TableProfile, states: Sequence[StatusColumn]) -> list[StatusColumn]:
    """The states without those columns whose rows in doubt are asked about by a column before them already."""
    remaining: list[StatusColumn] = []
    doubts = pl.repeat(value=False, n=table.rows, eager=True)
    for state in states:
        doubted = table.columns[state.source].series.is_in(list(state.unknown)).fill_null(value=False)
        if not (state.unknown and not state.excludes and bool((~doubted | doubts).all())):
            remaining.append(state)
            doubts = doubts | doubted
    return remaining


def _bank_lines(table: TableProfile, amount: str | None, others: set[str]) -> list[StatusColumn]:
    """Of an account's statement, which lines are money of customers: not what the business paid itself."""
    balances = [name for name, column in table.columns.items() if says(name, BALANCE) and column.is_number]
    if amount is None or not any(not _is_still_due(table, name, amount) for name in balances):
        return []
    if not bool((table.columns[amount].numbers < 0).any()):
        return []
    lines = [state for state in status_columns(table, Purpose.BANK, amount, others) if Meaning.TRANSFER in state.means]
    return lines[:1]


def _is_still_due(table: TableProfile, balance: str, amount: str) -> bool:
    """Whether a balance is what is left to pay of each row's own amount, as of an invoice: that of no account."""
    rows = pl.DataFrame(
        {"left": table.columns[balance].all_numbers, "whole": table.columns[amount].all_numbers}
    ).drop_nulls()
    is_part = (pl.col("left").abs() <= pl.col("whole").abs()) & (pl.col("left") * pl.col("whole") >= 0)
    return rows.height > 0 and share_of(rows.select(is_part.alias("part"))["part"]) >= _NEARLY_ALL


def _movements(table: TableProfile, amount: str | None, roles: list[RoleGuess], taken: set[str]) -> list[StatusGuess]:
    """What the movements of an account mean; the columns that say it are added to the roles."""
    if amount is None or any(role.is_moved for role in roles):  # its columns say already what came in
        return []
    names = {role.source: role.role for role in roles}
    statuses = []
    for source, status in movement_statuses(table, amount, names, taken):
        if source not in names:
            name = own_name(source, {role.role for role in roles})
            roles.append(RoleGuess(name, source, Kind.CATEGORY, 0.9, "says of which kind a movement is"))
            statuses.append(replace(status, column=name))
        else:
            statuses.append(status)
    return statuses


def _with_cards_spent(
    roles: Sequence[RoleGuess], statuses: list[StatusGuess], spent: tuple[str, StatusGuess] | None
) -> list[RoleGuess]:
    """The roles with the column that says which rows were paid by a gift card; what it means is added to the statuses."""
    if spent is None:
        return list(roles)
    source, guess = spent
    others = [role for role in roles if role.source != source]
    name = next((role.role for role in roles if role.source == source), "") or own_name(
        source, {role.role for role in others}
    )
    statuses.append(replace(guess, column=name))
    evidence = "what is paid by gift card counts when the card is sold"
    return [*others, RoleGuess(name, source, Kind.CATEGORY, 0.85, evidence)]


def _with_marks(roles: Sequence[RoleGuess], statuses: list[StatusGuess], marks: Mapping[str, Mark]) -> list[RoleGuess]:
    """The roles with columns that mark rows as undone; what their values mean is added to the statuses."""
    result = list(roles)
    for source, mark in marks.items():
        name = own_name(source, {role.role for role in result})
        result = [role for role in result if role.source != source]
        kind, evidence = (
            (Kind.TEXT, "a sale with a day in it was undone")
            if mark.is_day
            else (Kind.CATEGORY, "it marks rows of which no money came")
        )
        result.append(RoleGuess(name, source, kind, 0.85 if mark.is_day else 0.9, evidence))
        guess = StatusGuess(name, mark.means, mark.unknown, (Meaning.REVERSED, Meaning.SALE))
        for other, texts in mark.unless.items():
            ours = own_name(other, {role.role for role in result})
            result = [role for role in result if role.source != other]
            result.append(RoleGuess(ours, other, Kind.CATEGORY, 0.9, f"a yes takes back what {source} says"))
            unless = UnlessSettings(column=ours, says=texts)
            guess = replace(guess, unless=unless, why=f"those that {other} takes back count as sales")
        statuses.append(guess)
    return result


def _status_guess(name: str, state: StatusColumn) -> StatusGuess:
    unknown = {text: state.rows.get(text, 0) for text in state.unknown}
    amounts = {text: state.amounts[text] for text in state.unknown if text in state.amounts}
    return StatusGuess(
        name, dict(state.means), unknown, why=state.why, amounts=amounts, likeliest=dict(state.likeliest),
        words=dict(state.words),
    )  # fmt: skip


def _by_amount(table: TableProfile, roles: Sequence[RoleGuess], state: StatusColumn) -> dict[str, dict[str, float]]:
    """Of the values in doubt, the sums of each column that could be the amount, where that is asked as well."""
    amount = next((role for role in roles if role.role == "amount"), None)
    if amount is None or amount.confidence >= CONFIDENT or len(amount.choices) < 2 or not state.unknown:
        return {}
    sums = {}
    for source in [name for name in amount.choices if name in table.columns][:_MOST_AMOUNTS]:
        rows = pl.DataFrame({"text": table.columns[state.source].series, "amount": table.columns[source].all_numbers})
        by_text = rows.drop_nulls("text").group_by("text").agg(pl.col("amount").sum())
        sums[source] = {str(text): float(total) for text, total in by_text.iter_rows() if text in state.unknown}
    return sums


def _amounts(table: TableProfile, by_role: Mapping[str, str]) -> pl.Series | None:
    """The amount of each row: a column's, or units times price; None where neither stands there."""
    if "amount" in by_role:
        return table.columns[by_role["amount"]].all_numbers
    if {"quantity", "unit_price"} <= by_role.keys():
        return table.columns[by_role["quantity"]].all_numbers * table.columns[by_role["unit_price"]].all_numbers
    return None


def _whose(table: TableProfile, taken: set[str]) -> str | None:
    """The source column that names the customer."""
    return next((name for name in sorted(taken) if name in table.columns and name not in table.times), None)


def _matters(state: StatusColumn) -> bool:
    """Whether the values decide about money; a column of plain sales needs no settings."""
    return state.excludes or bool(state.unknown) or Meaning.PENDING in state.means


def _name_of(state: StatusColumn, roles: Sequence[RoleGuess]) -> str:
    same = next((role.role for role in roles if role.source == state.source), None)
    if same is not None:
        return same
    names = {role.role for role in roles}
    return "status" if "status" not in names else own_name(state.source, names)
