"""A known export of payments in; the same read as invoices of subscriptions out, where its rows show that it is one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from holdfast.column_types import Kind
from holdfast.formatting import percent, plural
from holdfast.inference.guesses import Guess, TableGuess
from holdfast.inference.profiles.columns import share_of
from holdfast.inference.profiles.tables import TableProfile, as_keys
from holdfast.inference.recipes.apply import from_recipe
from holdfast.inference.recipes.catalog import recipe_named
from holdfast.inference.recipes.export import Export
from holdfast.inference.recipes.match import RecipeMatch
from holdfast.inference.recipes.record import Field, Invoiced, Recipe
from holdfast.inference.subscriptions.invoices import terms_by_gaps
from holdfast.inference.subscriptions.late_payments import grace_of
from holdfast.meanings import Meaning
from holdfast.measured_terms import is_some_term, usual_term
from holdfast.table_settings import SubscriptionSettings, TermSettings
from holdfast.tables.contracts import SUBSCRIPTIONS

_MOSTLY = 0.5  # share of the payments that are of a subscription, from which on the file tells of subscriptions
_REGULAR = 0.8  # share of the terms, or of the gaps between payments of a subscription, that are as long as a term
_FEWEST = 20  # terms or gaps that it is measured on
_SHORTEST_DAYS = 2.0  # a payment so soon after another one is the same term's
_FEW_OTHERS = 0.02  # share of the customers who pay without a subscription, up to which they are no other business
_OTHER_DAY = "the day of the payment: its term says when it begins and ends"
_UNUSED = "says nothing of when a subscription runs or what it costs"
_COUNT = frozenset({Meaning.SALE, Meaning.NEUTRAL})


@dataclass(frozen=True)
class _Terms:
    """What the rows show of the terms that are paid."""

    evidence: str
    interval: str = ""
    listed: tuple[TermSettings, ...] = ()
    guesses: tuple[Guess, ...] = ()
    grace_days: int = 0
    has_periods: bool = False  # each row says its own term


def with_invoices(profiles: Sequence[TableProfile], matches: Mapping[str, RecipeMatch]) -> dict[str, RecipeMatch]:
    """The known exports; one of payments, where most of them come once a term, as an export of subscriptions.

    Beside a known export of subscriptions, or another one of money, payments are what they are: payments.

    Args:
        profiles: all tables.
        matches: the known exports among them, by table name.
    """
    money = [name for name, match in matches.items() if match.recipe.holds in {"transactions", SUBSCRIPTIONS.name}]
    if len(money) != 1 or matches[money[0]].recipe.invoiced is None:
        return dict(matches)
    (name,) = money
    export = Export(next(table for table in profiles if table.name == name), matches[name], name, {})
    terms = _terms(export)
    return dict(matches) if terms is None else {**matches, name: _as_invoices(export, terms)}


def is_invoiced(export: Export) -> bool:
    """Whether an export of payments is read as invoices of subscriptions."""
    return export.recipe.invoiced is not None and export.recipe.holds == SUBSCRIPTIONS.name


def invoice_tables(export: Export, name: str) -> tuple[TableGuess, ...]:
    """The invoices of subscriptions, and the payments without one as purchases of their own.

    Args:
        export: payments, read as invoices of subscriptions.
        name: what the table of the purchases is called, where there are any.
    """
    table = from_recipe(export)
    table = replace(
        table,
        holds=replace(table.holds, evidence=f"{table.holds.evidence}; {export.match.evidence}"),
        settings_guesses=tuple(
            replace(guess, about=f"{table.name}.{guess.about}", change=f"tables.{table.name}.{guess.change}")
            for guess in export.match.guesses
        ),
    )
    if not export.recipe.only:
        return (table,)
    payments = _as_payments(export)
    return (replace(table, doubt=_doubt(payments, name)), _singles(payments, name))


def _as_payments(export: Export) -> Export:
    recipe = recipe_named(export.recipe.key)
    by_header = {field.names: field for field in recipe.fields}
    fields = {source: by_header[field.names] for source, field in export.match.fields.items()}
    return replace(export, match=replace(export.match, recipe=recipe, fields=fields))


def _terms(export: Export) -> _Terms | None:
    """The terms that most payments are for; None where they come as purchases do."""
    invoiced = export.recipe.invoiced
    if invoiced is None or any(not _is_filled(export, name) for name in (invoiced.subscription, "amount")):
        return None
    rows = _payments(export, invoiced)
    paid = rows.drop_nulls("unit").sort("unit", "time")
    if paid.is_empty() or paid.height < _MOSTLY * rows.height:
        return None
    days = (pl.col("end") - pl.col("begin")).dt.total_seconds() / 86_400
    spans = paid.select(days.alias("days"))["days"].drop_nulls()
    if len(spans) >= max(_FEWEST, _REGULAR * paid.height):
        regular = share_of(is_some_term(spans))
        evidence = f"{percent(regular)} of the invoiced periods are a term of a subscription"
        if regular < _REGULAR:
            return None
        grace, shown = grace_of(paid.with_columns(time=pl.coalesce("begin", "time")))
        return _Terms(evidence, guesses=shown, grace_days=grace, has_periods=True)
    gaps = paid.select(pl.col("time").diff().over("unit").dt.total_seconds() / 86_400)["time"]
    gaps = gaps.filter(gaps >= _SHORTEST_DAYS)
    term, _ = usual_term(gaps)
    regular = share_of(is_some_term(gaps))
    if len(gaps) < _FEWEST or not term or regular < _REGULAR:
        return None
    interval, listed, guesses = terms_by_gaps(paid, term)
    evidence = f"{percent(regular)} of the payments of a subscription come one term after the one before"
    grace, shown = grace_of(paid)
    return _Terms(evidence, interval, listed, (*guesses, *shown), grace)


def _is_filled(export: Export, name: str) -> bool:
    source = export.fields.get(name)
    return source is not None and export.table.columns[source].filled > 0


def _payments(export: Export, invoiced: Invoiced) -> pl.DataFrame:
    """What was paid: unit (null where no subscription is named), customer, time, price, units, plan, begin, end."""

    def times(name: str) -> pl.Series:
        source = export.fields.get(name, "")
        if source in export.table.times:
            return export.table.timestamps(source)
        return pl.repeat(None, export.table.rows, dtype=pl.Datetime("us"), eager=True)

    columns = export.table.columns
    scale = export.recipe.money.scale if export.recipe.money is not None else 1.0
    rows = pl.DataFrame(
        {
            "unit": as_keys(columns[export.fields[invoiced.subscription]]),
            "customer": as_keys(columns[export.customers[0]]) if export.customers else None,
            "time": times("happened_at"),
            "price": columns[export.fields["amount"]].all_numbers.cast(pl.Float64) * scale,
            "units": 1.0,
            "plan": pl.repeat(None, export.table.rows, dtype=pl.String, eager=True),
            "begin": times(invoiced.begin),
            "end": times(invoiced.end),
        }
    )
    return rows.filter(_is_sold(export) & (rows["price"] > 0) & rows["time"].is_not_null())


def _is_sold(export: Export) -> pl.Series:
    """(rows,) whether every status that says what became of a row calls it a sale, or nothing."""
    sold = pl.repeat(True, export.table.rows, dtype=pl.Boolean, eager=True)
    for name, meanings in export.recipe.statuses.items():
        if name not in export.fields:
            continue
        undone = [text.lower() for meaning, texts in meanings.items() if meaning not in _COUNT for text in texts]
        values = export.table.columns[export.fields[name]].series.cast(pl.String).str.strip_chars().str.to_lowercase()
        sold &= ~values.is_in(undone).fill_null(value=False)
    return sold


def _as_invoices(export: Export, terms: _Terms) -> RecipeMatch:
    """The match with its recipe as it reads invoices of subscriptions."""
    recipe, invoiced = export.recipe, export.recipe.invoiced
    assert invoiced is not None
    roles = {invoiced.subscription: "subscription_id", "amount": "price"}
    if terms.has_periods:
        roles |= {invoiced.begin: "happened_at", invoiced.end: "paid_until"}
    fields = {source: _field(field, roles, recipe) for source, field in export.match.fields.items()}
    others = export.table.columns[export.fields[invoiced.subscription]].series.is_null().any()
    subscriptions = SubscriptionSettings(
        rows="invoices", interval=terms.interval, terms=terms.listed, grace_days=terms.grace_days
    )
    as_invoices = replace(
        recipe,
        holds=SUBSCRIPTIONS.name,
        fields=tuple(_field(field, roles, recipe) for field in recipe.fields),
        money=recipe.money.model_copy(update={"refunds": (), "once_per": ""}) if recipe.money is not None else None,
        only={"subscription_id": ("*",)} if others else {},
        subscriptions=subscriptions,
        joins=(),
        proofs=(),
    )
    return replace(export.match, recipe=as_invoices, fields=fields, evidence=terms.evidence, guesses=terms.guesses)


def _field(field: Field, roles: Mapping[str, str], recipe: Recipe) -> Field:
    role = roles.get(field.name)
    if role is not None:
        return replace(field, role=role, kind=None, out="")
    if field.name == "happened_at" and "happened_at" in roles.values():
        return replace(field, role="paid_at", out=_OTHER_DAY)
    says_something = SUBSCRIPTIONS.column(field.name) is not None or field.name in {*recipe.statuses, *recipe.row_id}
    if field.out or says_something or field.name in recipe.customer:
        return field
    return replace(field, out=_UNUSED)


def _singles(payments: Export, name: str) -> TableGuess:
    """The payments that name no subscription, by the recipe as it stands."""
    recipe = payments.recipe
    assert recipe.invoiced is not None
    naming = recipe.invoiced.subscription
    fields = {
        source: replace(field, out="", kind=Kind.TEXT) if field.name == naming else field
        for source, field in payments.match.fields.items()
    }
    match = replace(payments.match, recipe=replace(recipe, only={naming: ("",)}), fields=fields)
    return replace(from_recipe(replace(payments, match=match, name=name)), notes=())


def _doubt(payments: Export, name: str) -> str:
    """What the payments without a subscription say against subscriptions as the whole of the business."""
    assert payments.recipe.invoiced is not None
    rows = _payments(payments, payments.recipe.invoiced).drop_nulls("customer")
    by_customer = rows.group_by("customer").agg(pl.col("unit").is_not_null().any().alias("subscribes"))
    others = by_customer.height - int(by_customer["subscribes"].sum())
    if others <= _FEW_OTHERS * by_customer.height:
        return ""
    return f"{name} holds what {plural(others, 'customer')} without a subscription bought: they are then no customers"
