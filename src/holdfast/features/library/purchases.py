"""Purchases: recency, frequency, money, baskets, returns, rhythm."""

from collections.abc import Iterator
from dataclasses import replace

from holdfast.features.library.event_table import EVER, Source
from holdfast.features.spec import Aggregate, Composite, Feature, Formula, Operator, Window

PURCHASE_COLUMNS = frozenset({"amount", "quantity", "unit_price", "discount", "is_return"})
_SOLD = (("is_return", "false"),)
_RETURNED = (("is_return", "true"),)


def purchase_features(source: Source) -> Iterator[Feature]:
    """Features of a table that holds transactions; orders are told by order_id where lines carry one."""
    yield from _frequency(source)
    yield from _rhythm(source)
    if source.facts.has("amount"):
        yield from _money(source)
    yield from _goods(source)
    if source.facts.has("is_return"):
        yield from _returns(source)
    yield from _scores(source)


def orders(source: Source, window: Window = EVER) -> Aggregate:
    """The number of orders, not of their lines."""
    per = _per(source)
    operator, column = (Operator.DISTINCT, per) if per else (Operator.COUNT, "")
    return source.of(
        "Orders",
        operator,
        column,
        window=window,
        where=_sold(source),
        per=per,
        unit="orders",
        called=f"{source.prefix}orders",
    )


def spend(source: Source, window: Window = EVER) -> Aggregate:
    """Money paid less money given back."""
    says = "Money spent net of returns" if source.facts.has("is_return") else "Money spent"
    return source.of(says, Operator.SUM, "amount", window=window, unit="currency", called=f"{source.prefix}spend")


def _sold(source: Source) -> tuple[tuple[str, str], ...]:
    return _SOLD if source.facts.has("is_return") else ()


def _per(source: Source) -> str:
    return "order_id" if source.facts.has("order_id") else ""


def _frequency(source: Source) -> Iterator[Feature]:
    yield from source.over(orders(source))
    days = source.of(
        "Days with an order",
        Operator.DAYS_ACTIVE,
        where=_sold(source),
        unit="days",
        called=f"{source.prefix}order_days",
    )
    yield from source.over(days)
    yield from source.trends(orders(source), "Orders")


def recency(source: Source) -> Aggregate:
    """Days since the last order."""
    called = f"{source.prefix}days_since_last_order"
    return source.of(
        "Days since the last order", Operator.DAYS_SINCE_LAST, where=_sold(source), unit="days", called=called
    )


def _rhythm(source: Source) -> Iterator[Feature]:
    def timed(says: str, operator: Operator, called: str) -> Aggregate:
        return source.of(says, operator, where=_sold(source), unit="days", called=f"{source.prefix}{called}")

    last = recency(source)
    first = timed("Days since the first order", Operator.DAYS_SINCE_FIRST, "days_since_first_order")
    gap = timed("Mean days from one day with orders to the next", Operator.GAP_MEAN, "mean_order_gap")
    spread = timed("How much the days between orders vary", Operator.GAP_STD, "order_gap_spread")
    yield from (last, first, gap, spread)
    yield timed("Longest pause between two orders, in days", Operator.GAP_MAX, "longest_order_gap")
    yield Composite(
        f"{source.prefix}order_span",
        Formula.DIFFERENCE,
        (first, last),
        "days",
        "Days from the first order to the last one.",
        source.table,
    )
    yield source.ratio(
        "order_overdue",
        last,
        gap,
        "ratio",
        "Days since the last order, as a multiple of the customer's usual pause between orders.",
    )
    yield source.ratio(
        "order_irregularity", spread, gap, "ratio", "How irregularly the customer orders: 0 is like clockwork."
    )
    yield source.ratio("orders_a_day", orders(source), first, "orders a day", "Orders a day since the first order.")


def _money(source: Source) -> Iterator[Feature]:
    sold = _sold(source)

    def basket(says: str, operator: Operator, called: str, window: Window = EVER) -> Aggregate:
        return source.of(
            says,
            operator,
            "amount",
            window=window,
            where=sold,
            per=_per(source),
            unit="currency",
            called=f"{source.prefix}{called}",
        )

    yield from source.over(spend(source))
    for window in source.windows:
        paid = basket("Value of all orders", Operator.SUM, "order_value", window)
        meaning = f"Mean value of an order {window.words}."
        yield source.ratio(f"mean_basket_{window.name}", paid, orders(source, window), "currency", meaning)
    yield from source.over(basket("Value of the largest order", Operator.MAX, "largest_basket"))
    yield basket("Value of the smallest order", Operator.MIN, "smallest_basket")
    yield basket("Value of a typical (median) order", Operator.MEDIAN, "median_basket")
    yield basket("How much the value of orders varies", Operator.STD, "basket_spread")
    yield basket("Value of the first order", Operator.FIRST, "first_basket")
    last = basket("Value of the last order", Operator.LAST, "last_basket")
    yield last
    paid = basket("Value of all orders", Operator.SUM, "order_value")
    mean = source.ratio("mean_basket_ever", paid, orders(source), "currency", f"Mean value of an order {EVER.words}.")
    yield source.ratio(
        "last_basket_to_mean",
        last,
        mean,
        "ratio",
        "Value of the last order, as a multiple of the customer's mean order.",
    )
    yield from source.trends(spend(source), "Money spent")


def _goods(source: Source) -> Iterator[Feature]:
    facts, sold = source.facts, _sold(source)
    if facts.has("quantity"):
        units = source.of(
            "Units bought", Operator.SUM, "quantity", where=sold, unit="units", called=f"{source.prefix}units"
        )
        yield from source.over(units, *dict.fromkeys((*source.windows[1:2], source.detail, EVER)))
        yield source.ratio("units_per_order", units, orders(source), "units", "Units in a mean order so far.")
    for column, word in (("product", "products"), ("category", "categories")):
        if facts.has(column):
            called = f"{source.prefix}{word}"
            yield from source.over(
                source.of(f"Different {word} bought", Operator.DISTINCT, column, where=sold, unit=word, called=called)
            )
    if facts.has("unit_price"):
        price = source.of("Mean price of a unit", Operator.MEAN, "unit_price", where=sold, unit="currency")
        yield from source.over(replace(price, called=f"{source.prefix}mean_price"), source.detail, EVER)
    if facts.has("discount", "amount"):
        given = source.of("Discounts taken", Operator.SUM, "discount", where=sold, unit="currency")
        given = replace(given, called=f"{source.prefix}discounts")
        yield from source.over(given, *dict.fromkeys((*source.windows[1:2], source.detail)))
        paid = source.of(
            "Money paid", Operator.SUM, "amount", where=sold, unit="currency", called=f"{source.prefix}paid"
        )
        for window in dict.fromkeys((*source.windows[1:2], source.detail)):
            whole = Composite(
                f"{source.prefix}list_value_{window.name}",
                Formula.TOTAL,
                (replace(paid, window=window), replace(given, window=window)),
                "currency",
                f"Value before discounts {window.words}.",
                source.table,
            )
            meaning = f"Share of the price that discounts took off {window.words}."
            yield source.ratio(f"discount_share_{window.name}", replace(given, window=window), whole, "share", meaning)


def _returns(source: Source) -> Iterator[Feature]:
    back = source.of(
        "Returned lines", Operator.COUNT, where=_RETURNED, unit="returns", called=f"{source.prefix}returns"
    )
    yield from source.over(back, *dict.fromkeys((*source.windows[1:2], source.detail, EVER)))
    yield source.ratio(
        "return_rate",
        back,
        orders(source),
        "share",
        "Returned lines for each order so far: above 1 where an order came back in several.",
    )
    called = f"{source.prefix}days_since_last_return"
    yield source.of("Days since the last return", Operator.DAYS_SINCE_LAST, where=_RETURNED, unit="days", called=called)
    if source.facts.has("amount"):
        sold = source.of(
            "Money taken", Operator.SUM, "amount", where=_SOLD, unit="currency", called=f"{source.prefix}taken"
        )
        for window in dict.fromkeys((source.detail, EVER)):
            inputs = replace(sold, window=window), spend(source, window)
            name, meaning = f"{source.prefix}given_back_{window.name}", f"Money given back for returns {window.words}."
            yield Composite(name, Formula.DIFFERENCE, inputs, "currency", meaning, source.table)


def _scores(source: Source) -> Iterator[Feature]:
    def score(name: str, formula: Formula, feature: Feature, meaning: str) -> Composite:
        return Composite(f"{source.prefix}{name}", formula, (feature,), "score 1-5", meaning, source.table)

    told = [
        score(
            "recency_score",
            Formula.SCORE_LEAST,
            recency(source),
            "How lately the customer ordered, from 1 to 5 (5: latest).",
        ),
        score(
            "frequency_score", Formula.SCORE, orders(source), "How often the customer ordered, from 1 to 5 (5: most)."
        ),
    ]
    if source.facts.has("amount"):
        told.append(
            score("monetary_score", Formula.SCORE, spend(source), "How much the customer spent, from 1 to 5 (5: most).")
        )
    yield from told
    meaning = "Recency, frequency and money together: the sum of their scores from 1 to 5."
    yield Composite(f"{source.prefix}rfm_score", Formula.TOTAL, tuple(told), "score", meaning, source.table)
