"""Rules about cleaned rows: completeness, ranges, keys, order in time, agreement between columns."""

from collections.abc import Iterator
from datetime import timedelta

import polars as pl

from holdfast.column_types import TIME
from holdfast.quality.checks.findings import Category, Severity
from holdfast.quality.checks.rule import Rule, RuleCount, View, count_filled, failing
from holdfast.stats.columns import distinct
from holdfast.status_settings import PLAIN_STATUS
from holdfast.tables.contracts import CUSTOMERS, TableContract

_NEARLY = 0.99  # distinct values of a column that names its rows
_FIRST_ROWS = 50_000  # enough to see that a column names no rows
# Texts are counted by hashes of 64 bits: ten times faster, and wrong once in 10^7 tables of a million rows.
_OLDEST = 110  # years; nobody on record lived past 122
_TAIL_DAYS, _TAIL_ROWS, _NEARLY_ALL = 92, 6, 0.95  # what still comes after a customer's end: a last bill or reading
_EXPECTED_EMPTY = {"ended_at", "returned_order"}
_EXPECTED_EMPTY_OF_MOVEMENTS = {"cause", "plan", "subscription_id"}
_LIGHTLY = Severity.NOTE


def _contract(view: View) -> TableContract:
    return view.state.contract if view.state else CUSTOMERS


def _known_values(view: View) -> Iterator[RuleCount]:
    may_be_empty = _EXPECTED_EMPTY | (_EXPECTED_EMPTY_OF_MOVEMENTS if "running_change" in view.schema else set())
    for name in view.schema.names():
        if not name.startswith("_") and name not in may_be_empty:
            yield RuleCount(pl.col(name).null_count(), column=name)


def _in_range(view: View) -> Iterator[RuleCount]:
    for column in _contract(view).columns:
        if column.name not in view.schema or (column.least is None and column.most is None):
            continue
        value, limits = pl.col(column.name), []
        if column.least is not None:
            limits.append(value < column.least)
        if column.most is not None:
            limits.append(value > column.most)
        yield RuleCount(failing(pl.any_horizontal(limits)), count_filled(column.name), column.name)


def _human_age(view: View) -> Iterator[RuleCount]:
    for name in view.of_type(pl.Float64()):
        words = name.lower().split("_")
        if "age" in words:
            yield RuleCount(failing((pl.col(name) < 0) | (pl.col(name) > _OLDEST)), count_filled(name), name)
        elif "birth" in words or "birthyear" in words or "born" in words:
            latest = pl.lit(float(view.span.last.year)) if view.span else pl.col(name).max() + 18
            odd = (pl.col(name) < latest - _OLDEST) | (pl.col(name) > latest)
            yield RuleCount(failing(odd), count_filled(name), name)


def _own_ids(view: View) -> Iterator[RuleCount]:
    for name in view.of_type(pl.String()):
        is_of_movements = name == "subscription_id" and "running_change" in view.schema
        if name in {"customer_id", "order_id", "returned_order", "product"} or is_of_movements or not view.height:
            continue
        values = view.table.select(name).drop_nulls()
        first = view.collect(values.head(_FIRST_ROWS)).to_series()
        if first.n_unique() < _NEARLY * len(first):
            continue
        hashes = view.collect(values.select(pl.col(name).hash(1))).to_series()
        different = distinct(hashes)
        if different >= _NEARLY * len(hashes):
            yield RuleCount(len(hashes) - different, len(hashes), name)


def _order_of_one_customer(view: View) -> Iterator[RuleCount]:
    if view.is_events and "order_id" in view.schema:
        rows = view.table.select("order_id", "customer_id").drop_nulls()
        hashes = view.collect(rows.select(pl.col("order_id").hash(1), pl.col("customer_id").hash(2)))
        orders, pairs = hashes["order_id"], hashes["order_id"] ^ hashes["customer_id"]
        count, shared = distinct(orders), 0
        if count < len(orders) and distinct(pairs) > count:
            owners = pl.DataFrame({"order": orders, "pair": pairs}).unique("pair").group_by("order").len()
            shared = int((owners["len"] > 1).sum())
        yield RuleCount(shared, count, "order_id")


def _total_fits_months(view: View) -> Iterator[RuleCount]:
    if {"total_amount", "monthly_amount", "tenure_months"} <= set(view.schema):
        expected = pl.col("tenure_months") * pl.col("monthly_amount")
        slack = pl.max_horizontal(0.25 * expected, 2 * pl.col("monthly_amount"))
        odd = (pl.col("total_amount") - expected).abs() > slack
        yield RuleCount(failing(odd), count_filled("total_amount", "monthly_amount", "tenure_months"), "total_amount")


def _order_of_amounts(view: View) -> str:
    """The column of the order whose amounts count once, on one of its rows; empty where each row has its own."""
    money = view.state.settings.money if view.state is not None else None
    return money.once_per if money is not None and money.once_per in view.schema else ""


def _amount_fits_price(view: View) -> Iterator[RuleCount]:
    if {"amount", "quantity", "unit_price"} <= set(view.schema) and not _order_of_amounts(view):
        expected = pl.col("quantity") * pl.col("unit_price")
        odd = (pl.col("amount") - expected).abs() > pl.max_horizontal(0.01 * expected.abs(), pl.lit(0.05))
        yield RuleCount(failing(odd), count_filled("amount", "quantity", "unit_price"), "amount")


def _discount_below_amount(view: View) -> Iterator[RuleCount]:
    if view.is_events and {"amount", "discount"} <= set(view.schema):
        yield RuleCount(
            failing(pl.col("discount").abs() > pl.col("amount").abs()), count_filled("amount", "discount"), "discount"
        )


def _amount_not_zero(view: View) -> Iterator[RuleCount]:
    if not view.is_events or "amount" not in view.schema:
        return
    is_free = pl.col("amount") == 0
    if "refunded_amount" in view.schema:  # a sale that was given back is none of a free item
        is_free &= pl.col("refunded_amount").fill_null(0.0) == 0
    if order := _order_of_amounts(view):
        orders = pl.col(order).n_unique()
        free = orders - pl.col(order).filter(~is_free.fill_null(value=True)).n_unique()
        yield RuleCount(free, orders, "amount", says="Orders are counted, for an amount is the order's.")
    else:
        yield RuleCount(failing(is_free), count_filled("amount"), "amount")


def _goods_not_fees(view: View) -> Iterator[RuleCount]:
    if view.is_events and view.schema.get("product") == pl.String and view.height:
        has_digit = pl.col("product").str.contains(r"\d")
        mostly = has_digit.mean() > 0.9
        yield RuleCount(pl.when(mostly).then(failing(~has_digit)).otherwise(0), count_filled("product"), "product")


def _status_of_a_sale(view: View) -> Iterator[RuleCount]:
    # Where the settings say what each status means, the rows that it undoes were set aside by it.
    has_meanings = view.state is not None and any(
        each.column == "status" and each != PLAIN_STATUS for each in view.state.settings.statuses
    )
    if view.is_events and view.schema.get("status") == pl.String and not has_meanings:
        undone = pl.col("status").str.contains(r"(?i)cancel|refund|return|void|storn|charge.?back")
        yield RuleCount(failing(undone), count_filled("status"), "status")


def _label_fits_end(view: View) -> Iterator[RuleCount]:
    if {"label", "ended_at"} <= set(view.schema):
        odd = pl.col("label") != pl.col("ended_at").is_not_null()
        yield RuleCount(failing(odd), count_filled("label"), "label")


def _customer_is_known(view: View) -> Iterator[RuleCount]:
    if "_is_known" in view.schema:
        yield RuleCount(failing(~pl.col("_is_known")), column="customer_id")


def _ids_in_other_case(view: View) -> Iterator[RuleCount]:
    if not view.is_events and view.name == "customers":
        ids = pl.col("customer_id")
        yield RuleCount(ids.n_unique() - ids.str.to_lowercase().n_unique(), column="customer_id")


def _customer_has_events(view: View) -> Iterator[RuleCount]:
    if "_has_events" in view.schema:
        yield RuleCount(failing(~pl.col("_has_events")), column="customer_id")


def _ends_after_start(view: View) -> Iterator[RuleCount]:
    if {"signed_up_at", "ended_at"} <= set(view.schema):
        yield RuleCount(
            failing(pl.col("ended_at") < pl.col("signed_up_at")), count_filled("signed_up_at", "ended_at"), "ended_at"
        )


def _events_after_start(view: View) -> Iterator[RuleCount]:
    if "_signed_up_at" in view.schema:
        # Either may be a bare date: what bears the day of the sign-up is not before it.
        odd = pl.col("happened_at") < pl.col("_signed_up_at").dt.truncate("1d")
        yield RuleCount(failing(odd), count_filled("_signed_up_at"), "happened_at")


def _events_before_end(view: View) -> Iterator[RuleCount]:
    if "_ended_at" in view.schema and view.beside is not None:
        # An end is often a bare date: what happens later on that day is not after it.
        odd = pl.col("happened_at") >= pl.col("_ended_at") + pl.duration(days=1)
        after = view.beside.filter(odd).select("customer_id", "happened_at", "_ended_at")
        is_tail = _is_tail(view.collect(after)) if view.name != "customers" else False
        says = f"They follow within {_TAIL_DAYS} days, few a customer: last bills and readings." if is_tail else ""
        yield RuleCount(failing(odd), count_filled("_ended_at"), "happened_at", says, is_named=is_tail)


def _is_tail(after: pl.DataFrame) -> bool:
    """Whether what comes after the ends of customers are their last bills and readings, not a life that goes on."""
    if after.is_empty():
        return False
    late = after["happened_at"] - after["_ended_at"] > timedelta(days=_TAIL_DAYS)
    rows = after.group_by("customer_id").len()["len"].quantile(_NEARLY_ALL, "lower")
    return int(late.sum()) <= (1 - _NEARLY_ALL) * after.height and rows is not None and rows <= _TAIL_ROWS


def _known_after_happened(view: View) -> Iterator[RuleCount]:
    if {"happened_at", "known_at"} <= set(view.schema) and "running_change" not in view.schema:  # ends are booked ahead
        yield RuleCount(failing(pl.col("known_at") < pl.col("happened_at")), column="known_at")


def _own_ends_after_start(view: View) -> Iterator[RuleCount]:
    if view.is_events:
        for name in view.of_type(TIME):
            if name not in {"happened_at", "known_at"} and name.startswith(("end", "closed", "finish", "resolved")):
                yield RuleCount(failing(pl.col(name) < pl.col("happened_at")), count_filled(name), name)


_R, _C = Rule, Category
TABLE_RULES: tuple[Rule, ...] = (
    _R("known values", _C.COMPLETENESS, "{column} is known.",
       "Nothing to do where empty has a meaning; else fill it in the source.", _known_values, _LIGHTLY),
    _R("values in range", _C.RANGES, "{column} lies in the range that makes sense for it.",
       "Correct the source, or check the sign and unit of {table}.{column}.", _in_range, severe_from=0.1),
    _R("human ages", _C.RANGES, f"{{column}} is an age of at most {_OLDEST} years.",
       "Correct the source: nobody is that old.", _human_age),
    _R("ids given once", _C.UNIQUENESS, "{column}, which names nearly every row once, names no two rows.",
       "Find out whether the rows with the same {column} are copies.", _own_ids),
    _R("ids differ by more than case", _C.UNIQUENESS, "No two customer ids differ only in upper and lower case.",
       "If A1 and a1 are one customer, write them alike in the source: they were not merged.", _ids_in_other_case),
    _R("an order has one customer", _C.UNIQUENESS, "An order belongs to one customer.",
       "Correct the source, or map order_id to a column that is unique over customers.", _order_of_one_customer),
    _R("total fits months", _C.BUSINESS_RULES, "The total lies near months times the monthly amount.",
       "A change of plan explains some; else check the three units.", _total_fits_months, _LIGHTLY, 0.25),
    _R("amount fits price", _C.BUSINESS_RULES, "The amount is quantity times unit price.",
       "Find out whether amounts are before or after discount and tax.", _amount_fits_price, _LIGHTLY),
    _R("discount below amount", _C.BUSINESS_RULES, "No discount is greater than the amount.",
       "Find out whether the amount is before or after the discount.", _discount_below_amount),
    _R("amount not zero", _C.BUSINESS_RULES, "Amounts are not zero.",
       "Nothing to do for free items: they are kept as orders that brought no money.", _amount_not_zero, _LIGHTLY),
    _R("goods, not fees", _C.BUSINESS_RULES, "Products are goods, not postage, fees or manual lines.",
       "Nothing to do if customers pay them; else leave them out in the source.", _goods_not_fees, _LIGHTLY),
    _R("status of a sale", _C.BUSINESS_RULES, "No purchase carries a status that undoes it.",
       "A status is often written later than the sale: give the undoing as a row of its own.", _status_of_a_sale),
    _R("label fits end", _C.BUSINESS_RULES, "A customer is labelled as gone exactly where an end is given.",
       "Decide which of the two is right, and leave the other out.", _label_fits_end),
    _R("known customers", _C.FOREIGN_KEYS, "Every customer of {table} stands in the customers table.",
       "Add them to the customers table; until then they have no attributes.", _customer_is_known, severe_from=0.95),
    _R("customers with events", _C.FOREIGN_KEYS, "Every customer has at least one event.",
       "Normal for new customers; else check that the event files are complete.", _customer_has_events, _LIGHTLY),
    _R("end after start", _C.TIME_ORDER, "No customer ends before signing up.",
       "Correct signed_up_at or ended_at in the source.", _ends_after_start, severe_from=0.01),
    _R("events after sign-up", _C.TIME_ORDER, "No event of a customer lies before the sign-up.",
       "Correct the dates, or map signed_up_at to the first contact.", _events_after_start, severe_from=0.05),
    _R("events before the end", _C.TIME_ORDER, "No event of a customer lies after the end.",
       "Find out what the end means: notice given, contract ended, or last payment.", _events_before_end,
       severe_from=0.05),
    _R("known after it happened", _C.TIME_ORDER, "Nothing is known before it happens.",
       "Bookings ahead are fine; else known_at and happened_at may be swapped.", _known_after_happened),
    _R("ends after it began", _C.TIME_ORDER, "{column} does not lie before the event begins.",
       "Correct the source.", _own_ends_after_start),
)  # fmt: skip
