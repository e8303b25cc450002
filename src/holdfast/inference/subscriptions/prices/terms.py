"""For how long each price of a table is paid: by the dates, by the names of the plans, by prices of the same plan."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from types import MappingProxyType

import polars as pl

from holdfast.billing_intervals import DAYS_A_MONTH, billing_interval, without_interval
from holdfast.formatting import plural
from holdfast.inference.guesses import Guess
from holdfast.inference.subscriptions.columns import interval_question
from holdfast.measured_terms import TERMS, YEAR_FOR_MONTH, days_of, terms_of_gaps, terms_of_spans
from holdfast.table_settings import LISTED, TermSettings

_MOST_PRICES = 400
_SURE = 0.97  # share of rows whose term is shown, from which on no question is asked
_SAME_RATIO = 0.3
_MANY = 0.03  # share of subscriptions with another term that makes one term for all a wrong number
_LATE = 1.3  # terms after the last payment from which on nothing runs
_SHOWN = 6
_DATES, _WORDS, _RATIO = "by the dates", "by the names", "by prices of a month and of a year that go together"
_PAYMENTS = "by the distance between payments"
_PARTS = (("quarter", 2.2, 3.1), ("6 months", 4.4, 6.1))  # what it costs, in prices of a month of the same plan
_PART_RATIO = "by prices of a month and of a part of the year that go together"
_ENDS = "by how long they run, which may be in several terms"


@dataclass(frozen=True)
class PriceTerms:
    """The settings of what a price is paid for."""

    interval: str  # "month" for all, or "listed"
    listed: tuple[TermSettings, ...] = ()
    guesses: tuple[Guess, ...] = ()
    is_shown: bool = True  # whether anything shows the term of any price


@dataclass(frozen=True)
class _Price:
    """One price of one plan, and for how long it is paid."""

    plan: str
    price: float
    rows: int
    term: str = ""  # empty: nothing shows it
    shown_by: str = ""
    is_sure: bool = False

    def paid(self, term: str, shown_by: str, *, is_sure: bool) -> "_Price":
        return replace(self, term=term, shown_by=shown_by, is_sure=is_sure)


def price_terms(
    rows: pl.DataFrame,
    today: pl.DataFrame,
    *,
    spans_are_paid: bool = False,
    payments: Mapping[float, str] = MappingProxyType({}),
) -> PriceTerms | None:
    """For how long each price is paid; None where there are no prices, or too many.

    Args:
        rows: unit, plan, price, time, end: rows with a price; `end` where the row or its term ends, else null.
        today: plan, price, units, idle_days: what each subscription that may run paid last, for how many seats, and how
            long ago; null where dates say that it runs.
        spans_are_paid: whether an end is that of what is paid; a contract of a year may be paid by the month.
        payments: price -> its term, by the distance between the payments of the same customers in another table.
    """
    rows = rows.filter(pl.col("price") > 0).with_columns(pl.col("plan").fill_null("").str.strip_chars())
    by_price = rows.group_by("plan", "price").agg(pl.len().alias("rows")).sort("plan", "price")
    if not 0 < by_price.height <= _MOST_PRICES:
        return None
    gaps, spans = _by_price(terms_of_gaps(rows)), _by_price(terms_of_spans(rows))
    paid, run = (spans, {}) if spans_are_paid else ({}, spans)
    prices = [_shown(_Price(plan, price, count), {**gaps, **paid}, run) for plan, price, count in by_price.iter_rows()]
    prices = [
        each if each.is_sure or each.price not in payments else each.paid(payments[each.price], _PAYMENTS, is_sure=True)
        for each in prices
    ]
    prices = _by_ratio(prices)
    is_shown = any(each.shown_by for each in prices)
    prices = _all_paid(prices) if is_shown else [replace(each, term="month") for each in prices]
    is_sure = sum(each.rows for each in prices if each.is_sure) >= _SURE * sum(each.rows for each in prices)
    terms = list(dict.fromkeys(each.term for each in prices))
    shown = _in_words(prices) if is_shown else "nothing says for how long these prices are paid"
    evidence = f"{shown}; revenue a month today: {_readings(prices, today, terms)}"
    if len(terms) == 1:
        guess = interval_question(0.85 if is_sure else 0.4, evidence, terms[0])
        return PriceTerms(terms[0], (), (guess,), is_shown)
    choices = tuple(dict.fromkeys((LISTED, *terms, "month", "year")))
    guess = Guess(
        "subscriptions.interval", LISTED, 0.85 if is_sure else 0.5, evidence, "subscriptions.interval", choices
    )
    return PriceTerms(LISTED, _listed(prices), (guess,))


def _by_price(measured: pl.DataFrame) -> dict[tuple[str, float], str]:
    rows = measured.filter(pl.col("term").is_not_null()).select("plan", "price", "term")
    return {(plan, price): str(term) for plan, price, term in rows.iter_rows()}


def _shown(price: _Price, paid: Mapping[tuple[str, float], str], run: Mapping[tuple[str, float], str]) -> _Price:
    """The price with its term by its dates or by the plan's name.

    Args:
        price: a price whose term is not known.
        paid: terms by the dates of what is paid.
        run: terms of which whole numbers run; a contract of a year may be paid by the month.
    """
    key = (price.plan, price.price)
    named = billing_interval(price.plan) if price.plan else None
    if key in paid:
        return price.paid(paid[key], _DATES, is_sure=True)
    if named is not None:
        return price.paid(_term_of(named.months), _WORDS, is_sure=True)
    return price.paid(run[key], _ENDS, is_sure=False) if key in run else price


def _term_of(months: float) -> str:
    days = months * DAYS_A_MONTH
    named = next((name for name, length, _ in TERMS if abs(length - days) < 0.01 * length), "")
    return named or (f"{months:g} months" if abs(months - round(months)) < 1e-9 else f"{round(days)} days")


def _by_ratio(prices: Sequence[_Price]) -> list[_Price]:
    """The prices, those of a year recognised by those of a month of the same plan."""
    plans = sorted(prices, key=lambda each: (without_interval(each.plan), each.price))
    result: list[_Price] = []
    for stem, group in groupby(plans, key=lambda each: without_interval(each.plan)):
        several = _of_one_plan(list(group), is_named=bool(stem))
        result += _of_parts(several) if stem else several
    return result


def _of_parts(prices: list[_Price]) -> list[_Price]:
    """Prices of one plan, those of a quarter and of half a year recognised by the one of a month."""
    months = [each.price for each in prices if each.term == "month"] or [min(each.price for each in prices)]
    if len(months) != 1:
        return prices
    result = []
    for each in prices:
        ratio = each.price / months[0]
        term = next((name for name, least, most in _PARTS if least <= ratio <= most), "")
        is_open = not each.is_sure and each.term in {"", term}
        # The dates say a quarter as well: two things that could each be a coincidence.
        result.append(each.paid(term, _PART_RATIO, is_sure=bool(each.term)) if term and is_open else each)
    return result


def _of_one_plan(prices: list[_Price], *, is_named: bool) -> list[_Price]:
    """Prices of one plan; without names of plans, all prices, of which several then have the same ratio."""
    pairs = [
        (low, high)
        for low in prices
        for high in prices
        if YEAR_FOR_MONTH[0] <= high.price / low.price <= YEAR_FOR_MONTH[1]
        and low.term in {"", "month"}
        and high.term in {"", "year"}
    ]
    if not is_named and len(prices) > 2:
        ratios = [high.price / low.price for low, high in pairs]
        usual = max(ratios, key=lambda ratio: sum(abs(other - ratio) <= _SAME_RATIO for other in ratios), default=0.0)
        pairs = [pair for pair, ratio in zip(pairs, ratios, strict=True) if abs(ratio - usual) <= _SAME_RATIO]
        if len(pairs) < 2:  # one pair of many prices is a coincidence
            pairs = [pair for pair in pairs if pair[0].is_sure or pair[1].is_sure]
    lows, highs = {low.price for low, _ in pairs}, {high.price for _, high in pairs}
    if lows & highs:
        return prices
    sure = {each.price for pair in pairs if pair[0].is_sure or pair[1].is_sure for each in pair}
    result = []
    for each in prices:
        if not each.is_sure and each.price in lows | highs:
            # Two things that say the same, each of which could be a coincidence.
            is_sure = (is_named and each.price in sure) or bool(each.term)
            result.append(each.paid("year" if each.price in highs else "month", _RATIO, is_sure=is_sure))
        else:
            result.append(each)
    return result


def _all_paid(prices: Sequence[_Price]) -> list[_Price]:
    """The prices, those whose term nothing shows with the most likely one."""
    rows: dict[str, int] = {}
    for each in prices:
        if each.term:
            rows[each.term] = rows.get(each.term, 0) + each.rows
    months = [each.price for each in prices if each.term == "month"]
    years = [each.price for each in prices if each.term == "year"]

    def likely(price: float) -> str:
        if months and years:
            return "year" if price > max(months) and price >= min(years) else "month"
        named_year_only = all(each.shown_by == _WORDS for each in prices if each.term == "year")
        if years and named_year_only:
            return "month"  # a plan that says nothing beside plans that say "year"
        return max(rows, key=lambda term: rows[term])

    return [each if each.term else replace(each, term=likely(each.price)) for each in prices]


def _listed(prices: Sequence[_Price]) -> tuple[TermSettings, ...]:
    """The terms as the settings list them: by plan where that tells them apart, else by price, else by both."""
    terms = list(dict.fromkeys(each.term for each in sorted(prices, key=lambda each: -each.rows)))

    def is_settled_by(key: str) -> bool:
        by_value: dict[object, set[str]] = {}
        for each in prices:
            by_value.setdefault(getattr(each, key), set()).add(each.term)
        return all(len(several) == 1 for several in by_value.values())

    if all(each.plan for each in prices) and is_settled_by("plan"):
        plans = [(term, sorted({each.plan for each in prices if each.term == term})) for term in terms]
        return tuple(TermSettings(interval=term, when={"plan": tuple(names)}) for term, names in plans)
    if is_settled_by("price"):
        values = [(term, sorted({each.price for each in prices if each.term == term})) for term in terms]
        return tuple(TermSettings(interval=term, when={"price": _texts(several)}) for term, several in values)
    both: dict[tuple[str, str], list[float]] = {}
    for each in prices:
        both.setdefault((each.term, each.plan), []).append(each.price)
    return tuple(
        TermSettings(interval=term, when={"plan": (plan,), "price": _texts(sorted(several))})
        for (term, plan), several in both.items()
    )


def _texts(values: Sequence[float]) -> tuple[str, ...]:
    return tuple(f"{value:.2f}".removesuffix(".00") for value in values)


def _in_words(prices: Sequence[_Price]) -> str:
    """Which prices are paid for which term, and what shows it."""
    parts = []
    for term in dict.fromkeys(each.term for each in prices):
        several = [each for each in prices if each.term == term]
        shown = ", ".join(f"{each.plan} {each.price:,.2f}".strip() for each in several[:_SHOWN])
        more = f" and {len(several) - _SHOWN:,} more" if len(several) > _SHOWN else ""
        reasons = [each for each in dict.fromkeys(price.shown_by for price in several) if each]
        parts.append(f"by the {term}: {shown}{more} ({', '.join(reasons) or 'nothing shows it'})")
    unshown = sum(each.rows for each in prices if not each.is_sure)
    return "; ".join(parts) + (f"; not certain for {plural(unshown, 'row')}" if unshown else "")


def _readings(prices: Sequence[_Price], today: pl.DataFrame, terms: Sequence[str]) -> str:
    """What runs costs a month, by each way to read it."""
    own = pl.DataFrame(
        {
            "plan": [each.plan for each in prices],
            "price": [each.price for each in prices],
            "own": [_days(each.term) for each in prices],
        }
    )
    rows = today.with_columns(pl.col("plan").fill_null("").str.strip_chars()).join(own, on=["plan", "price"])

    def a_month(days: pl.Expr) -> float:
        runs = (pl.col("idle_days") <= _LATE * days).fill_null(value=True)
        return float(rows.filter(runs).select((pl.col("price") * pl.col("units") / (days / DAYS_A_MONTH)).sum()).item())

    fixed = [f"{a_month(pl.lit(_days(term))):,.2f} if all are paid by the {term}" for term in _fixed(terms)]
    listed = [f"{a_month(pl.col('own')):,.2f} as listed"] if len(terms) > 1 else []
    return ", ".join((*listed, *fixed))


def _fixed(terms: Sequence[str]) -> list[str]:
    return list(dict.fromkeys((*terms, "month", "year")))


def _days(term: str) -> float:
    interval = billing_interval(term)
    return days_of(term) if interval is None else interval.days


def own_terms(rows: pl.DataFrame) -> dict[str, int]:
    """The term of each subscription, by the middle of its gaps, and how many have it; the most frequent first.

    Args:
        rows: unit, time of payments.
    """
    gaps = rows.sort("unit", "time").with_columns(
        gap=(pl.col("time").diff().over("unit").dt.total_seconds() / 86_400)
    ).filter(pl.col("gap") > 0)  # fmt: skip
    middle = gaps.group_by("unit").agg(pl.col("gap").median())["gap"]
    counts = {name: int(((middle - length).abs() <= slack).sum()) for name, length, slack in TERMS}
    return {name: counts[name] for name in sorted(counts, key=lambda name: -counts[name]) if counts[name]}


def several_terms(terms: Mapping[str, int]) -> str:
    """In words, that subscriptions are paid in different terms; empty where nearly all are paid in one."""
    total = sum(terms.values())
    others = {name: count for name, count in list(terms.items())[1:] if count >= _MANY * total}
    if not others:
        return ""
    shown = ", ".join(f"{count:,} by the {name}" for name, count in {**dict(list(terms.items())[:1]), **others}.items())
    return f"subscriptions are paid in different terms ({shown}), and no column says which is which"
