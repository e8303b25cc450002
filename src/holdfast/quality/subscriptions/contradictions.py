"""Prices whose stated term the records contradict: by the dates, by the plan's name, by its other prices."""

from collections.abc import Iterator, Mapping

import polars as pl

from holdfast.billing_intervals import DAYS_A_MONTH, billing_interval, without_interval
from holdfast.inference.words.names import says
from holdfast.inference.words.subscriptions import MRR
from holdfast.meanings import Meaning
from holdfast.measured_terms import YEAR_FOR_MONTH, terms_of_gaps, terms_of_spans
from holdfast.quality.subscriptions.terms import first_meaning
from holdfast.table_settings import THE_TERM, SubscriptionSettings, TableSettings

CONTRADICTED = "subscriptions_contradicted_term="  # fact: plan and price, what is stated and what is shown -> rows
CHECKED = "subscriptions_terms_checked"
_APART = 1.6  # times that a term must be longer than another one
_FEWEST = 5  # gaps, spans or rows of a price
_SAME_RATIO = 0.3
_PLANS = 2  # plans with two prices of one ratio, from which on it is no coincidence
_MOST_PRICES = 500
_NO_PAYMENT = frozenset(
    {
        Meaning.FAILED,
        Meaning.PAYMENT_FAILED,
        Meaning.VOID,
        Meaning.REFUND,
        Meaning.REVERSED,
        Meaning.DRAFT,
        Meaning.LOST,
    }
)


def contradicted_terms(rows: pl.DataFrame, table: TableSettings, rule: SubscriptionSettings) -> dict[str, int]:
    """Facts about prices whose stated term the records contradict.

    Args:
        rows: read by the contract `subscriptions`, with `months` and `plan` of `with_terms`.
        table: its settings; `statuses` say which rows are no payment.
        rule: what one row is, and where its term is stated.

    Returns:
        CHECKED: the rows with a price and a term; and for each price that is contradicted, in words, its rows.
    """
    if rule.rows == "months" or rule.price_per not in {"", THE_TERM} or "price" not in rows.columns:
        return {}
    identifier = pl.col("subscription_id") if "subscription_id" in rows.columns else pl.lit("")
    priced = rows.with_columns(
        first_meaning(rows, table, _NO_PAYMENT).is_not_null().alias("is_no_payment"),
        unit=pl.concat_str(pl.col("customer_id"), identifier.fill_null(""), separator="\x1f"),
        time=pl.col("happened_at"),
        plan=pl.col("plan").cast(pl.String).fill_null("").str.strip_chars(),
        end=_term_end(rows, rule),
    ).filter((pl.col("price") > 0) & pl.col("months").is_not_null() & ~pl.col("is_no_payment"))
    stated = (
        priced.group_by("plan", "price").agg(pl.len().alias("rows"), pl.col("months").median()).sort("plan", "price")
    )
    if not 0 < stated.height <= _MOST_PRICES:
        return {}
    facts = {CHECKED: priced.height}
    shown = _measured(priced, rule)
    is_fixed = bool(rule.interval) and rule.interval not in rows.columns
    # Of a column that says "a month" a price ten times another one is that of ten seats.
    price = table.columns.get("price")  # None: it stands in another table, and is looked up there
    is_monthly = price is not None and says(price.source, MRR)
    by_plan = _years_of_plans(stated) if is_fixed and not is_monthly else {}
    for plan, price, count, months in stated.iter_rows():
        named = billing_interval(plan) if is_fixed and plan else None
        measured = shown.get((plan, price))
        if measured is not None:
            actual, why = measured, "by its dates"
        elif named is not None:
            actual, why = named.months, "by its name"
        elif (plan, price) in by_plan:
            actual, why = 12.0, f"beside {by_plan[plan, price]:,.2f} for the same plan"
        else:
            continue
        if not 1 / _APART < actual / months < _APART:
            words = (
                f"{plan} {price:,.2f}".strip() + f" is paid for {_in_words(actual)} {why}, not for {_in_words(months)}"
            )
            facts[CONTRADICTED + words] = int(count)
    return facts


def contradictions(facts: Mapping[str, int]) -> Iterator[tuple[str, int]]:
    """Each contradicted price in words, with its rows; the most frequent first."""
    by_price = {name.removeprefix(CONTRADICTED): rows for name, rows in facts.items() if name.startswith(CONTRADICTED)}
    yield from sorted(by_price.items(), key=lambda item: (-item[1], item[0]))


def _term_end(rows: pl.DataFrame, rule: SubscriptionSettings) -> pl.Expr:
    """When what a row pays for ends; of a period that runs on, only the day to which it is paid says it."""
    names = ("paid_until", "ended_at") if rule.grace_days or rule.rows == "invoices" else ("paid_until",)
    ends = [pl.col(name) for name in names if name in rows.columns]
    return pl.coalesce(ends) if ends and rule.rows != "events" else pl.lit(None, rows.schema["happened_at"])


def _measured(priced: pl.DataFrame, rule: SubscriptionSettings) -> dict[tuple[str, float], float]:
    """Plan and price -> the months of their term, by their dates."""
    tables = [terms_of_spans(priced)]
    if rule.rows in {"invoices", "events"}:
        tables.append(terms_of_gaps(priced))
    return {
        (plan, price): days / DAYS_A_MONTH
        for table in tables
        for plan, price, days in table.filter(pl.col("term").is_not_null(), pl.col("measured") >= _FEWEST)
        .select("plan", "price", "days")
        .iter_rows()
    }


def _years_of_plans(stated: pl.DataFrame) -> dict[tuple[str, float], float]:
    """Plan and price that is that of a year, beside the price of a month of the same plan."""
    frequent = stated.filter(pl.col("rows") >= _FEWEST, pl.col("plan") != "")
    each = [(without_interval(plan), plan, price, months) for plan, price, _, months in frequent.iter_rows()]
    pairs = [
        (stem, (plan, high), low)
        for stem, plan, high, months in each
        for other, _, low, others_months in each
        if stem == other and months == others_months and YEAR_FOR_MONTH[0] <= high / low <= YEAR_FOR_MONTH[1]
    ]
    ratios = [key[1] / low for _, key, low in pairs]
    usual = max(ratios, key=lambda ratio: sum(abs(other - ratio) <= _SAME_RATIO for other in ratios), default=0.0)
    alike = [pair for pair, ratio in zip(pairs, ratios, strict=True) if abs(ratio - usual) <= _SAME_RATIO]
    if len({stem for stem, _, _ in alike}) < _PLANS:
        return {}
    return {key: low for _, key, low in alike}


def _in_words(months: float) -> str:
    if abs(months - round(months)) < 0.05 and round(months) >= 1:
        return {1: "a month", 12: "a year"}.get(round(months), f"{round(months)} months")
    return f"{months * DAYS_A_MONTH:.0f} days"
