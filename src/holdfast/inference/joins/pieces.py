"""Guesses tables whose rows are parts of another table's rows: the items and payments of orders."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from holdfast.column_types import Kind
from holdfast.formatting import percent
from holdfast.inference.event_time import happened_at
from holdfast.inference.free_columns import own_column
from holdfast.inference.guesses import ColumnGuess, Guess, StatusGuess, TableGuess
from holdfast.inference.joins.link import Link
from holdfast.inference.money.purchases import purchase_roles
from holdfast.inference.money.refunds import names_refunds
from holdfast.inference.money.word_roles import RoleGuess
from holdfast.inference.people.accounts import account_of
from holdfast.inference.people.key import Key
from holdfast.inference.profiles.columns import decimal_of, share_of
from holdfast.inference.profiles.tables import TableProfile, as_keys
from holdfast.inference.words.names import says, whole_words
from holdfast.meanings import Meaning
from holdfast.table_settings import MoneySettings, ThroughSettings
from holdfast.tables.contracts import PARTS

_SURE = 0.85
_FEWEST = 8  # rows from which on amounts can be compared
_FEW, _OFTEN = 0.3, 0.3  # shares of the whole's rows that are given back, and of these given back in full
_NEARLY_ALL = 0.95
_CENT = 0.011
_NAMED = 0.5  # from this confidence a column counts as money that the table tells
_PAYMENTS = whole_words(r"payments?|charges?|zahlung|zahlungen|paiements?|pagos?|pagamentos?|pagamenti|betalingen")


@dataclass(frozen=True)
class PartsPlan:
    """Which tables are parts of which, and which would count the same money again."""

    links: Mapping[str, Link]  # part table -> how its rows name those of the whole
    again: Mapping[str, str]  # table that is left out -> why
    back: Mapping[str, str]  # table of parts that gives money back -> what shows it where its name does not; else empty

    def of(self, whole: str) -> tuple[str, ...]:
        """The tables that tell the amounts of a table's rows."""
        return tuple(sorted(name for name, link in self.links.items() if link.other == whole))


def plan_parts(
    tables: Sequence[TableProfile], wholes: Mapping[str, tuple[Link, ...]], keys: Mapping[str, Key]
) -> PartsPlan:
    """Which tables are parts of a dated table.

    A dated table of its own is parts only of rows that say no amount: else it tells more as events.

    Args:
        tables: all.
        wholes: for tables without a customer, the dated tables that they could be parts of.
        keys: the customer's column of each table that has one.
    """
    by_name = {table.name: table for table in tables}
    links: dict[str, Link] = {}
    again: dict[str, str] = {}
    back: dict[str, str] = {}

    def first(name: str) -> tuple[bool, bool, str]:
        # Payments first: what was received counts before what the items cost. What names these comes after them.
        return not by_name[wholes[name][0].other].times, not says(name, _PAYMENTS), name

    for name in sorted(wholes, key=first):
        table, link = by_name[name], wholes[name][0]
        whole = by_name[link.other]
        if not tells_money(table, {link.source}) or not (whole.times or whole.name in links):
            continue
        is_paid = tells_money(whole, _taken(whole, keys))
        if is_paid and table.times:
            continue
        shown = None if table.times else _gives_back(table, link, whole)
        if shown is not None:
            links[name], back[name] = link, shown
            continue
        if not whole.times:
            continue
        rival = next((other for other, taken in links.items() if taken.other == link.other and other not in back), None)
        if rival is not None:
            again[name] = f"its rows are parts of {link.other}, whose money {rival} tells already: it would count twice"
            continue
        links[name] = link
    return PartsPlan(links, again, back)


def _gives_back(parts: TableProfile, link: Link, whole: TableProfile) -> str | None:
    """What shows that parts are money given back, empty where their name says it; None where nothing does.

    They are of few rows of the whole and never more than these, and often all of it: as no discount and no fee is.
    """
    if names_refunds(parts.name):
        return ""
    amount, of_whole = _amount_of(parts, {link.source}), _amount_of(whole, {link.other_source})
    if amount is None or of_whole is None:
        return None
    named = pl.DataFrame({"key": as_keys(parts.columns[link.source]), "back": amount.abs()}).drop_nulls()
    sums = named.group_by("key").agg(pl.col("back").sum())
    both = pl.DataFrame({"key": as_keys(whole.columns[link.other_source]), "whole": of_whole}).drop_nulls()
    both = both.unique("key").join(sums, on="key")
    if both.height < _FEWEST or both.height >= _FEW * whole.rows:
        return None
    within = share_of(both["back"] <= both["whole"] + _CENT)
    in_full = share_of((both["back"] - both["whole"]).abs() <= _CENT)
    if within < _NEARLY_ALL or in_full < _OFTEN:
        return None
    return (
        f"{link.words}, {percent(both.height / whole.rows, 0)} of them, never for more and in {percent(in_full, 0)} of "
        "the cases for all of it"
    )


def _amount_of(table: TableProfile, taken: set[str]) -> pl.Series | None:
    """(rows,) the amount of a table's rows; None where no column is one."""
    sources = (role.source for role in purchase_roles(table, taken) if role.role == "amount")
    source = next(sources, None)
    return None if source is None else table.columns[source].all_numbers


def tells_money(table: TableProfile, taken: set[str]) -> bool:
    """Whether a table says what was paid: an amount, or units and their price."""
    roles = {role.role for role in purchase_roles(table, taken) if role.confidence >= _NAMED}
    return "amount" in roles or {"quantity", "unit_price"} <= roles


def _taken(table: TableProfile, keys: Mapping[str, Key]) -> set[str]:
    key = keys.get(table.name)
    when = happened_at(table, key)
    return {column.source for column in (key, when) if column is not None}


def part_table(
    table: TableProfile, link: Link, name: str, whole: TableGuess, back: str | None, named: Collection[str]
) -> TableGuess:
    """A table of parts: the column that names the whole, the amount, and what says which parts count.

    Args:
        table: the parts.
        link: how they name the whole's rows.
        name: the table's name in the project.
        whole: the other table as guessed.
        back: of money given back, what shows it where the name does not; None of other parts.
        named: source columns by which other tables name these parts.
    """
    account = account_of(table, "payments", purchase_roles(table, {link.source}), {link.source})
    used = {column.name for column in PARTS.columns} | {status.column for status in account.statuses}
    used |= {account.money.currency} if account.money is not None else set()
    roles = [role for role in account.roles if role.role in used and role.role != "order_id"]
    key = ColumnGuess(link.source, "order_id", Kind.TEXT, 0.9, link.words, "order_id")
    columns = (key, *(_column(role) for role in roles))
    own = [source for source in named if source not in {column.source for column in columns}]
    columns += tuple(own_column(table.columns[source], None, {each.name for each in columns}) for source in own)
    has_own = whole.column("amount") is not None
    sources = {column.source for column in columns}
    if has_own:  # what a part is worth is never counted, so there is nothing to ask
        columns = tuple(replace(each, confidence=max(each.confidence, _SURE), choices=()) for each in columns)
    their = next((column.name for column in whole.columns if column.source == link.other_source), link.other_source)
    evidence = f"no customer stands in it; {link.words}, so its rows are parts of {whole.name}" + (
        ": money given back of them"
        if back is not None
        else ", which say their own amount"
        if has_own
        else ": an amount there is the sum of its parts"
    )
    money = MoneySettings(
        currency=account.money.currency if account.money is not None else "", gives_back=back is not None
    )
    return TableGuess(
        name,
        table.name,
        Guess(f"{name}.holds", "parts", 0.85, evidence, f"tables.{name}.holds"),
        columns,
        {source: "a part brings its amount alone" for source in table.columns if source not in sources},
        decimal=decimal_of({source: table.columns[source] for source in sources}),
        statuses=tuple(
            _of_money_given_back(status) if back is not None else status
            for status in account.statuses
            if not (has_own and status.unknown)
        ),
        money=None if money == MoneySettings() else money,
        parts_of=ThroughSettings(table=whole.name, on="order_id", their="" if their == "order_id" else their),
        settings_guesses=(_is_it_given_back(name, back),) if back else (),
    )


def _of_money_given_back(status: StatusGuess) -> StatusGuess:
    """What the states of refunds mean: one that is refunded was given back, as a sale that is paid was received."""
    means: dict[Meaning, tuple[str, ...]] = {}
    for meaning, texts in status.means.items():
        counts = Meaning.SALE if meaning in {Meaning.REVERSED, Meaning.REFUND} else meaning
        means[counts] = (*means.get(counts, ()), *texts)
    return replace(status, means=means)


def _is_it_given_back(name: str, back: str) -> Guess:
    about = f"{name}.money.gives_back"
    evidence = f"{back}: money given back of them (true), or something that their amounts contain already (false)?"
    return Guess(about, "true", 0.5, evidence, f"tables.{about}", ("true", "false"))


def lines_of(table: TableGuess, profile: TableProfile) -> pl.DataFrame | None:
    """order, amount: what the rows of a table of parts say; None where they say no amount."""
    sources = {column.name: column.source for column in table.columns if column.source in profile.columns}
    if "order_id" not in sources:
        return None
    numbers = {
        name: profile.columns[source].all_numbers
        for name, source in sources.items()
        if name in {"amount", "quantity", "unit_price"} and profile.columns[source].is_number
    }
    if "amount" not in numbers and not {"quantity", "unit_price"} <= numbers.keys():
        return None
    amount = numbers["amount"] if "amount" in numbers else numbers["quantity"] * numbers["unit_price"]
    return pl.DataFrame({"order": as_keys(profile.columns[sources["order_id"]]), "amount": amount})


def _column(role: RoleGuess) -> ColumnGuess:
    return ColumnGuess(
        role.source, role.role, role.kind, role.confidence, role.evidence, role.role, choices=role.choices
    )
