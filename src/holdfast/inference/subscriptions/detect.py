"""Finds the table of a project that tells of subscriptions, and weighs what the other tables say against it."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import polars as pl

from holdfast.column_types import Kind
from holdfast.formatting import percent, plural
from holdfast.inference.event_time import happened_at
from holdfast.inference.free_columns import constant_reason, own_column
from holdfast.inference.guesses import ColumnGuess, Guess, TableGuess
from holdfast.inference.joins.link import Link
from holdfast.inference.people.customers import customer_columns
from holdfast.inference.people.key import Key
from holdfast.inference.people.nobody import named_nobody
from holdfast.inference.people.questions import NOBODYS, of_own_rows
from holdfast.inference.profiles.columns import decimal_of, share_of
from holdfast.inference.profiles.tables import TableProfile, as_keys
from holdfast.inference.readings.products import are_lines_of_documents, bills_what_is_used
from holdfast.inference.subscriptions.columns import says_monthly
from holdfast.inference.subscriptions.events import events_of, settled_events_of
from holdfast.inference.subscriptions.invoices import invoices_of
from holdfast.inference.subscriptions.months import months_of
from holdfast.inference.subscriptions.periods import has_customers_only, periods_of
from holdfast.inference.subscriptions.record import SubscriptionTable
from holdfast.inference.subscriptions.single_payments import payers_of, recurring_of
from holdfast.inference.subscriptions.states import flags_of_tests
from holdfast.inference.words.names import says
from holdfast.inference.words.subscriptions import MRR
from holdfast.inference.words.vocabulary import AMOUNT_STRONG, AMOUNT_WEAK
from holdfast.meanings import Meaning
from holdfast.measured_terms import terms_of_gaps
from holdfast.table_settings import MoneySettings, ThroughSettings
from holdfast.tables.contracts import SUBSCRIPTIONS

NAME = "subscriptions"  # what the table is called where no other one is
_NOT_PAID = frozenset({Meaning.PENDING, Meaning.DRAFT, Meaning.VOID, Meaning.FAILED, Meaning.REFUND, Meaning.REVERSED})
AGREE = 0.95  # share of the customers for whom an end date must say the same
_SIMPLE = frozenset({"happened_at", "ended_at", "price", "plan"})
_MOST_ATTRIBUTES_OF_NOTHING = 1
_UNUSED = "says nothing of when a subscription runs or what it costs"

_FEWEST_FREE = 0.01  # share of the subscriptions that cost nothing, from which on that is said
# What the rows of a day show that no name says: of which column of the contract it is.
_ROWS_SHOW = {
    "paused_at": "few have it, with another one after it, and none of them is their end: take both away if no pause",
    "trial_until": "it lies as many days after each begin, as the end of a trial does: take it away if it is none",
    "paid_until": "it lies whole months after each begin and has passed for some only, as what is paid ahead does",
}
_SAME_CUSTOMERS = 0.5  # share of the payments of another table that are of customers of this one


_Reader = Callable[[TableProfile, Key | None, pl.Series], SubscriptionTable | None]
# The first that fits counts; a column of states beside a begin and an end is no column of events.
_READERS: tuple[_Reader, ...] = (
    months_of, settled_events_of, payers_of, recurring_of, periods_of, events_of, invoices_of,
)  # fmt: skip
# Of several tables of the same subscriptions, the one that says most of their ends.
_RANK = ("periods", "events", "months", "invoices")


@dataclass(frozen=True)
class Subscriptions:
    """The table of subscriptions of a project."""

    profile: TableProfile
    table: SubscriptionTable
    key: Key | None
    link: Link | None
    has_attributes: bool  # each row is another customer and says more than the subscription: it is both
    tell_as_well: tuple[str, ...] = ()  # other tables whose rows come once a term of such a subscription

    @property
    def name(self) -> str:
        return self.profile.name


def find_subscriptions(
    profiles: Sequence[TableProfile],
    keys: Mapping[str, Key],
    ways: Mapping[str, Link],
    given_back: Collection[str] = (),
) -> Subscriptions | None:
    """The table that tells of subscriptions; None where none does, or where an end date of each customer says it all.

    Args:
        profiles: the tables that are no known export.
        keys: the customer's column of each table that has one, by table name.
        ways: the column by which another table names the customer, where a table has none itself.
        given_back: tables of whose rows another one gives money back without a day: invoices with credit notes are
            payments and refunds, for only those are taken off.
    """
    candidates = []
    for profile in profiles:
        key, link = keys.get(profile.name), ways.get(profile.name)
        if not profile.times or not profile.sample.headed or (key is None and link is None):
            continue
        key, table = _read(profile, key, link, profiles, keys)
        if table is not None and table.settings.rows == "invoices" and profile.name in given_back:
            continue
        if table is not None:
            dated_others = [
                other
                for other in profiles
                if other.times and other.name != profile.name and other.name in {*keys, *ways}
            ]
            if dated_others and _is_plain_customers(profile, key, table, sells=any(map(_holds_sales, dated_others))):
                continue
            table = _without_tests(profile, table, key)
            candidates.append(Subscriptions(profile, table, key, link, _has_attributes(profile, key, table)))
    if not candidates:
        return None
    best = min(candidates, key=lambda each: (bool(each.table.doubt), _RANK.index(each.table.settings.rows), each.name))
    others = [each.name for each in candidates if each.name != best.name]
    if others:
        note = f"{', '.join(others)} tells of subscriptions as well; {best.name} is counted, so that none counts twice."
        sure = tuple(each.name for each in candidates if each.name != best.name and not each.table.doubt)
        best = replace(best, table=replace(best.table, notes=(*best.table.notes, note)), tell_as_well=sure)
    return _against_ends(best, profiles, keys)


def _read(
    profile: TableProfile,
    key: Key | None,
    link: Link | None,
    profiles: Sequence[TableProfile],
    keys: Mapping[str, Key],
) -> tuple[Key | None, SubscriptionTable | None]:
    """Whose the rows of a table are and what it is as a table of subscriptions; None where it holds something else."""
    if are_lines_of_documents(profile):
        return key, None
    own = of_own_rows(profile, key) if key is not None else None
    if (
        own is not None
        and own is not key
        and (periods := periods_of(profile, own, as_keys(profile.columns[own.source])))
    ):
        return own, periods
    customer = _customers(profile, key, link, profiles, keys)
    if bills_what_is_used(profile, key, customer):
        return key, None
    payments = _terms_by_payments(profile, profiles, keys) if key is not None else {}
    readers = (partial(periods_of, payments=payments) if read is periods_of else read for read in _READERS)
    table = next((result for read in readers if (result := read(profile, key, customer)) is not None), None)
    if table is not None and table.settings.grace_days:
        # Terms that follow each other and whose states are those of money are invoices, each of its own period.
        bills = invoices_of(profile, key, customer)
        table = bills if bills is not None and not bills.doubt and _are_paid(bills) else table
    if table is not None and table.settings.rows == "events" and any(status.unknown for status in table.statuses):
        # A last kind that no word explains ends something, or is the state of the last payments.
        bills = invoices_of(profile, key, customer)
        table = bills if bills is not None and not bills.doubt else table
    return key, table


def _are_paid(bills: SubscriptionTable) -> bool:
    """Whether each row says the period that it is for, and what became of its money."""
    return "paid_until" in bills.sources and any(
        Meaning.SALE in status.means and {*status.means} & _NOT_PAID for status in bills.statuses
    )


def _without_tests(profile: TableProfile, table: SubscriptionTable, key: Key | None) -> SubscriptionTable:
    """The table with the columns that say which of its rows are tests."""
    taken = {*table.sources.values(), *table.flags, *table.only, *([key.source] if key is not None else [])}
    return replace(table, flags={**flags_of_tests(profile, taken), **table.flags})


def _customers(
    profile: TableProfile,
    key: Key | None,
    link: Link | None,
    profiles: Sequence[TableProfile],
    keys: Mapping[str, Key],
) -> pl.Series:
    """(rows,) whose each row is."""
    if key is not None:
        return as_keys(profile.columns[key.source])
    other = next((each for each in profiles if link is not None and each.name == link.other), None)
    if link is None or other is None or other.name not in keys:
        return pl.Series([None], dtype=pl.String).new_from_index(0, profile.rows)
    pairs = pl.DataFrame(
        {"key": as_keys(other.columns[link.other_source]), "customer": as_keys(other.columns[keys[other.name].source])}
    )
    rows = pl.DataFrame({"key": as_keys(profile.columns[link.source])})
    first = pairs.drop_nulls().unique("key", keep="first", maintain_order=True)
    return rows.join(first, on="key", how="left", maintain_order="left")["customer"]


def _terms_by_payments(
    profile: TableProfile, profiles: Sequence[TableProfile], keys: Mapping[str, Key]
) -> dict[float, str]:
    """Price -> its term, by the distance between payments of it in another table of the same customers."""
    terms: dict[float, str] = {}
    customers = as_keys(profile.columns[keys[profile.name].source]).drop_nulls().unique()
    for other in profiles:
        key, when = keys.get(other.name), None
        if other.name != profile.name and key is not None:
            when = happened_at(other, key)
        if key is None or when is None or when.choices:
            continue
        units = as_keys(other.columns[key.source])
        if share_of(units.is_in(customers.implode())) < _SAME_CUSTOMERS:
            continue
        for name, column in other.columns.items():
            if not column.is_number or name == key.source or not (says(name, AMOUNT_STRONG) or says(name, AMOUNT_WEAK)):
                continue
            rows = pl.DataFrame(
                {"unit": units, "price": column.all_numbers.cast(pl.Float64), "time": other.timestamps(when.source)}
            )
            paid = rows.drop_nulls().filter(pl.col("price") > 0).with_columns(plan=pl.lit(""))
            measured = terms_of_gaps(paid).drop_nulls("term")
            terms |= dict(measured.select("price", "term").iter_rows())
    return terms


def _holds_sales(table: TableProfile) -> bool:
    return any(column.is_number and says(name, AMOUNT_STRONG) for name, column in table.columns.items())


def _is_plain_customers(profile: TableProfile, key: Key | None, table: SubscriptionTable, *, sells: bool) -> bool:
    """Whether a table of customers, beside other tables, says no more than the end date of each.

    Args:
        profile: the table.
        key: its customer column.
        table: what it is as subscriptions.
        sells: whether one of the other tables holds sales, of which a plan with a fee says nothing.
    """
    if table.settings.rows != "periods" or key is None or not has_customers_only(profile, key):
        return False
    price = table.sources.get("price", "")
    ends = any(column.role == "ended_at" for column in customer_columns(profile, {key.source}).columns)
    is_recurring = says(price, MRR) and "plan" in table.sources and not sells
    return ends and set(table.sources) <= _SIMPLE and (not price or says_monthly(price)) and not is_recurring


def _has_attributes(profile: TableProfile, key: Key | None, table: SubscriptionTable) -> bool:
    if key is None or key.confidence <= NOBODYS or not has_customers_only(profile, key):
        return False
    used = {key.source, *table.sources.values(), *table.ignore, table.currency}
    free = [name for name, column in profile.columns.items() if name not in used and not constant_reason(column)]
    return len(free) > _MOST_ATTRIBUTES_OF_NOTHING


def _against_ends(
    best: Subscriptions, profiles: Sequence[TableProfile], keys: Mapping[str, Key]
) -> Subscriptions | None:
    """The table, doubted where end dates of customers in another table say otherwise."""
    for other in profiles:
        key = keys.get(other.name)
        if other.name == best.name or key is None or not has_customers_only(other, key):
            continue
        ended = next(
            (column.source for column in customer_columns(other, {key.source}).columns if column.role == "ended_at"), ""
        )
        if not ended:
            continue
        ends = pl.DataFrame(
            {"customer": as_keys(other.columns[key.source]), "ended": other.columns[ended].series.is_not_null()}
        )
        both = best.table.left.join(ends.drop_nulls(), on="customer", how="inner")
        agree = share_of(both["left"] == both["ended"])
        if agree >= AGREE and "price" not in best.table.sources:
            return None  # the end dates say the same, and nothing more is known of the subscriptions
        if agree < AGREE:
            doubt = f"{other.name}.{ended} agrees with it for {percent(agree)} of the customers only"
            return replace(best, table=replace(best.table, doubt=doubt))
    return best


def subscription_guess(
    result: Subscriptions, name: str, through: ThroughSettings | None, joining: Collection[str] = ()
) -> TableGuess:
    """The table's settings as a guess.

    Args:
        result: the table of subscriptions.
        name: its name in the project.
        through: the project's table that names the customer, and the columns that they are joined by.
        joining: source columns by which other tables are joined to it.
    """
    profile, table = result.profile, result.table
    columns: list[ColumnGuess] = []
    key = result.key
    if key is not None:
        nobody = named_nobody(profile, key)
        columns.append(
            ColumnGuess(
                key.source, "customer_id", Kind.TEXT, key.confidence, nobody.key.evidence, "customer_id",
                choices=key.choices, nobody=nobody.texts,
            )
        )  # fmt: skip
    sources = {**table.sources, **({"currency": table.currency} if table.currency else {})}
    columns += [
        _column(profile, table, column.name, column.kind, sources[column.name])
        for column in SUBSCRIPTIONS.columns
        if column.name in sources and column.name != "customer_id"
    ]
    columns += _prices_by_interval(profile, table, [column.source for column in columns])
    used = {column.source for column in columns}
    flags = []
    for source in sorted({*joining, *table.flags, *table.only, *([through.on] if through is not None else [])} - used):
        names = {column.name for column in columns} | {column.name for column in SUBSCRIPTIONS.columns}
        own = own_column(profile.columns[source], profile.times.get(source), names)
        if source in {*table.flags, *table.only}:
            own = replace(own, kind=Kind.CATEGORY)
        if source in table.flags:
            flags.append(replace(table.flags[source], column=own.name))
        columns.append(own)
        used.add(source)
    names_of_sources = {column.source: column.name for column in columns}
    ignore = {source: reason for source, reason in table.ignore.items() if source not in used}
    for source, values in profile.columns.items():
        if source not in used and source not in ignore:
            ignore[source] = constant_reason(values) or _UNUSED
    numbers = {source: profile.columns[source] for source in used if source in profile.columns}
    about = f"{name}.holds"
    return TableGuess(
        name,
        profile.name,
        Guess(about, SUBSCRIPTIONS.name, max(0.7, table.confidence), table.evidence, f"tables.{name}.holds"),
        tuple(columns),
        ignore,
        through=through,
        decimal=decimal_of(numbers),
        missing=table.missing,
        statuses=(*table.statuses, *flags),
        money=MoneySettings(currency="currency") if table.currency else None,
        subscriptions=table.settings.model_copy(update={"prices": _names_of_prices(table, columns)}),
        only={names_of_sources[source]: values for source, values in table.only.items()},
        notes=(*table.notes, *_without_money(profile, table, name)),
        doubt=table.doubt,
        settings_guesses=tuple(
            replace(guess, about=f"{name}.{guess.about}", change=f"tables.{name}.{guess.change}")
            for guess in table.settings_guesses
        ),
    )


def _prices_by_interval(profile: TableProfile, table: SubscriptionTable, taken: Collection[str]) -> list[ColumnGuess]:
    """The columns of the prices of other intervals than that of `price`."""
    return [
        replace(
            own_column(profile.columns[source], None, ()),
            name=f"price_of_a_{interval}".replace(" ", "_"),
            kind=Kind.MONEY,
            evidence=f"what who pays by the {interval} pays",
        )
        for interval, source in table.prices.items()
        if source not in taken
    ]


def _names_of_prices(table: SubscriptionTable, columns: Sequence[ColumnGuess]) -> dict[str, str]:
    """Interval -> our column of the price that is paid for it."""
    names = {column.source: column.name for column in columns}
    return {interval: names[source] for interval, source in table.prices.items()}


def _without_money(profile: TableProfile, table: SubscriptionTable, name: str) -> list[str]:
    """In words, that some subscriptions cost nothing, where a column says what each costs."""
    price = table.sources.get("price", "")
    if not price or table.settings.rows != "periods" or price not in profile.columns:
        return []
    free = int((profile.columns[price].all_numbers == 0).sum())
    if not _FEWEST_FREE * profile.rows <= free < profile.rows:
        return []
    return [
        f"{name}: {free:,} of {plural(profile.rows, 'subscription')} cost nothing by {price}. They run and end as the "
        f"others do and bring no revenue; to count payers alone, name the plans that cost in tables.{name}.only."
    ]


def _column(profile: TableProfile, table: SubscriptionTable, name: str, kind: Kind, source: str) -> ColumnGuess:
    if kind is Kind.TIME:
        reading = profile.times[source]
        if name in table.unnamed:
            evidence = f"no name says what this day is; {_ROWS_SHOW[name]}"
            return ColumnGuess(source, name, kind, 0.5, evidence, name, time=reading, choices=(source,))
        return ColumnGuess(
            source, name, kind, 0.9, f"by its name and its order; {reading.evidence}", name, time=reading
        )
    less = table.less_percent.get(name, "")
    choices = table.choices.get(name, ())
    if choices:
        sums = "; ".join(f"{each}: {profile.columns[each].all_numbers.sum():,.2f} in all" for each in choices)
        evidence = f"{len(choices)} columns could each be what is paid: {sums}"
        return ColumnGuess(source, name, kind, 0.5, evidence, name, choices=choices, less_percent=less)
    evidence = f"the name and the values say so{f'; less the percents of {less}' if less else ''}"
    return ColumnGuess(source, name, kind, 0.9, evidence, name, less_percent=less)
