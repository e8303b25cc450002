"""Features of purchases: recency, frequency, money, baskets, returns, rhythm."""

from collections.abc import Iterator
from dataclasses import replace

from holdfast.cutoffs.purchase_words import PAYMENTS
from holdfast.features.library.event_table import EVER, EventTable
from holdfast.features.operators import Formula, Operator
from holdfast.features.spec import Aggregate, Composite, Feature, Window

PURCHASE_COLUMNS = frozenset({"amount", "quantity", "unit_price", "discount", "is_return"})
_SOLD = (("is_return", "false"),)
_RETURNED = (("is_return", "true"),)


def purchase_features(events: EventTable) -> Iterator[Feature]:
    """Features of a table of transactions; an order is a distinct order_id where lines carry one."""
    yield from _frequency(events)
    yield from _rhythm(events)
    if events.facts.has("amount"):
        yield from _money(events)
    yield from _goods(events)
    if events.facts.has("is_return"):
        yield from _returns(events)
    yield from _scores(events)


def orders(events: EventTable, window: Window = EVER) -> Aggregate:
    """The number of orders, not of their lines."""
    per = _per(events)
    operator, column = (Operator.DISTINCT, per) if per else (Operator.COUNT, "")
    return events.of(
        events.words.many.capitalize(),
        operator,
        column,
        window=window,
        where=_sold(events),
        per=per,
        unit=events.words.many,
        called=f"{events.prefix}orders",
    )


def spend(events: EventTable, window: Window = EVER) -> Aggregate:
    """Money paid less money given back."""
    spent, back = ("paid", "refunds") if events.words is PAYMENTS else ("spent", "returns")
    says = f"Money {spent} net of {back}" if events.facts.has("is_return") else f"Money {spent}"
    return events.of(says, Operator.SUM, "amount", window=window, unit="currency", called=f"{events.prefix}spend")


def _sold(events: EventTable) -> tuple[tuple[str, str], ...]:
    return _SOLD if events.facts.has("is_return") else ()


def _per(events: EventTable) -> str:
    return "order_id" if events.facts.has("order_id") else ""


def _frequency(events: EventTable) -> Iterator[Feature]:
    yield from events.over(orders(events))
    days = events.of(
        f"Days with {events.words.a}",
        Operator.DAYS_ACTIVE,
        where=_sold(events),
        unit="days",
        called=f"{events.prefix}order_days",
    )
    yield from events.over(days)
    yield from events.trends(orders(events), events.words.many.capitalize())


def recency(events: EventTable) -> Aggregate:
    """Days since the last order."""
    called = f"{events.prefix}days_since_last_order"
    return events.of(
        f"Days since the last {events.words.singular}",
        Operator.DAYS_SINCE_LAST,
        where=_sold(events),
        unit="days",
        called=called,
    )


def _rhythm(events: EventTable) -> Iterator[Feature]:
    def timed(says: str, operator: Operator, called: str) -> Aggregate:
        return events.of(says, operator, where=_sold(events), unit="days", called=f"{events.prefix}{called}")

    last, words = recency(events), events.words
    first = timed(f"Days since the first {words.singular}", Operator.DAYS_SINCE_FIRST, "days_since_first_order")
    gap = timed(f"Mean days from one day with {words.many} to the next", Operator.GAP_MEAN, "mean_order_gap")
    spread = timed(f"How much the days between {words.many} vary", Operator.GAP_STD, "order_gap_spread")
    yield from (last, first, gap, spread)
    yield timed(f"Longest pause between two {words.many}, in days", Operator.GAP_MAX, "longest_order_gap")
    yield Composite(
        f"{events.prefix}order_span",
        Formula.DIFFERENCE,
        (first, last),
        "days",
        f"Days from the first {words.singular} to the last one.",
        events.table,
    )
    yield events.ratio(
        "order_overdue",
        last,
        gap,
        "ratio",
        f"Days since the last {words.singular}, as a multiple of the customer's usual pause between {words.many}.",
    )
    regular = f"How irregularly the customer {words.does}: 0 is like clockwork."
    yield events.ratio("order_irregularity", spread, gap, "ratio", regular)
    often = f"{words.many.capitalize()} a day since the first {words.singular}."
    yield events.ratio("orders_a_day", orders(events), first, f"{words.many} a day", often)


def _money(events: EventTable) -> Iterator[Feature]:
    sold, words = _sold(events), events.words

    def basket(says: str, operator: Operator, called: str, window: Window = EVER) -> Aggregate:
        return events.of(
            says,
            operator,
            "amount",
            window=window,
            where=sold,
            per=_per(events),
            unit="currency",
            called=f"{events.prefix}{called}",
        )

    yield from events.over(spend(events))
    for window in events.windows:
        paid = basket(f"Value of all {words.many}", Operator.SUM, "order_value", window)
        meaning = f"Mean value of {words.a} {window.words}."
        yield events.ratio(f"mean_basket_{window.name}", paid, orders(events, window), "currency", meaning)
    yield from events.over(basket(f"Value of the largest {words.singular}", Operator.MAX, "largest_basket"))
    yield basket(f"Value of the smallest {words.singular}", Operator.MIN, "smallest_basket")
    yield basket(f"Value of a typical (median) {words.singular}", Operator.MEDIAN, "median_basket")
    yield basket(f"How much the value of {words.many} varies", Operator.STD, "basket_spread")
    yield basket(f"Value of the first {words.singular}", Operator.FIRST, "first_basket")
    last = basket(f"Value of the last {words.singular}", Operator.LAST, "last_basket")
    yield last
    paid = basket(f"Value of all {words.many}", Operator.SUM, "order_value")
    meaning = f"Mean value of {words.a} {EVER.words}."
    mean = events.ratio("mean_basket_ever", paid, orders(events), "currency", meaning)
    yield events.ratio(
        "last_basket_to_mean",
        last,
        mean,
        "ratio",
        f"Value of the last {words.singular}, as a multiple of the customer's mean {words.singular}.",
    )
    yield from events.trends(spend(events), "Money paid" if events.words is PAYMENTS else "Money spent")


def _goods(events: EventTable) -> Iterator[Feature]:
    facts, sold = events.facts, _sold(events)
    if facts.has("quantity"):
        units = events.of(
            "Units bought", Operator.SUM, "quantity", where=sold, unit="units", called=f"{events.prefix}units"
        )
        yield from events.over(units, *dict.fromkeys((*events.windows[1:2], events.detail, EVER)))
        yield events.ratio(
            "units_per_order", units, orders(events), "units", f"Units in a mean {events.words.singular} so far."
        )
    for column, noun in (("product", "products"), ("category", "categories")):
        if facts.has(column):
            called = f"{events.prefix}{noun}"
            yield from events.over(
                events.of(f"Different {noun} bought", Operator.DISTINCT, column, where=sold, unit=noun, called=called)
            )
    if facts.has("unit_price"):
        price = events.of("Mean price of a unit", Operator.MEAN, "unit_price", where=sold, unit="currency")
        yield from events.over(replace(price, called=f"{events.prefix}mean_price"), events.detail, EVER)
    if facts.has("discount", "amount"):
        discounts = events.of("Discounts taken", Operator.SUM, "discount", where=sold, unit="currency")
        discounts = replace(discounts, called=f"{events.prefix}discounts")
        yield from events.over(discounts, *dict.fromkeys((*events.windows[1:2], events.detail)))
        paid = events.of(
            "Money paid", Operator.SUM, "amount", where=sold, unit="currency", called=f"{events.prefix}paid"
        )
        for window in dict.fromkeys((*events.windows[1:2], events.detail)):
            whole = Composite(
                f"{events.prefix}list_value_{window.name}",
                Formula.TOTAL,
                (replace(paid, window=window), replace(discounts, window=window)),
                "currency",
                f"Value before discounts {window.words}.",
                events.table,
            )
            meaning = f"Share of the price that discounts took off {window.words}."
            yield events.ratio(
                f"discount_share_{window.name}", replace(discounts, window=window), whole, "share", meaning
            )


def _returns(events: EventTable) -> Iterator[Feature]:
    returned = events.of(
        "Returned lines", Operator.COUNT, where=_RETURNED, unit="returns", called=f"{events.prefix}returns"
    )
    yield from events.over(returned, *dict.fromkeys((*events.windows[1:2], events.detail, EVER)))
    yield events.ratio(
        "return_rate",
        returned,
        orders(events),
        "share",
        f"Returned lines for each {events.words.singular} so far: above 1 where {events.words.a} came back in several.",
    )
    called = f"{events.prefix}days_since_last_return"
    yield events.of("Days since the last return", Operator.DAYS_SINCE_LAST, where=_RETURNED, unit="days", called=called)
    if events.facts.has("amount"):
        sold = events.of(
            "Money taken", Operator.SUM, "amount", where=_SOLD, unit="currency", called=f"{events.prefix}taken"
        )
        for window in dict.fromkeys((events.detail, EVER)):
            inputs = replace(sold, window=window), spend(events, window)
            name, meaning = f"{events.prefix}given_back_{window.name}", f"Money given back for returns {window.words}."
            yield Composite(name, Formula.DIFFERENCE, inputs, "currency", meaning, events.table)


def _scores(events: EventTable) -> Iterator[Feature]:
    def score(name: str, formula: Formula, feature: Feature, meaning: str) -> Composite:
        return Composite(f"{events.prefix}{name}", formula, (feature,), "score 1-5", meaning, events.table)

    scores = [
        score(
            "recency_score",
            Formula.SCORE_LEAST,
            recency(events),
            f"How lately the customer {events.words.did}, from 1 to 5 (5: latest).",
        ),
        score(
            "frequency_score",
            Formula.SCORE,
            orders(events),
            f"How often the customer {events.words.did}, from 1 to 5 (5: most).",
        ),
    ]
    if events.facts.has("amount"):
        scores.append(
            score("monetary_score", Formula.SCORE, spend(events), "How much the customer spent, from 1 to 5 (5: most).")
        )
    yield from scores
    meaning = "Recency, frequency and money together: the sum of their scores from 1 to 5."
    yield Composite(f"{events.prefix}rfm_score", Formula.TOTAL, tuple(scores), "score", meaning, events.table)
