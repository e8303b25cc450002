"""Subscriptions: periods, events, revenue a month; what runs on the last day and what it brings a month."""

import datetime as dt

from tests.cases.simulated_exports.business import Customer, Subscription, add_months
from tests.cases.simulated_exports.shapes import Case, Draw, Table, Truth, name_customers

TERMS = {1: "i_month", 3: "i_quarter", 12: "i_year"}
PLANS = ("Basic", "Plus", "Premium")


def truth_of(subs: list[Subscription]) -> Truth:
    """Running customers (with or without trials and pauses) and what those who pay bring a month."""
    paying = [sub for sub in subs if sub.state == "active"]
    counts = {
        len({sub.customer.number for sub in subs if sub.state in states})
        for states in (("active",), ("active", "paused"), ("active", "trial"), ("active", "paused", "trial"))
    }
    return Truth(running=sorted(counts), mrr=[sum(sub.monthly for sub in paying)])


def periods(draw: Draw) -> Case:
    """One row a subscription: begin, end, plan, price with its interval, state, next bill."""
    rng, last = draw.rng, draw.business.last_day
    intervals = rng.choice(((1,), (1, 12), (1, 12), (1, 3, 12)))
    extra = rng.choice(((), (), ("paused",), ("trial",), ("paused", "trial")))
    subs = draw.business.subscriptions(intervals, states=extra)
    subs.sort(key=lambda sub: sub.start)
    table = Table("f_subscriptions")
    table.add("sub_no", "id", [sub.number for sub in subs])
    name_customers(table, draw, [sub.customer for sub in subs], ("id", "id_name", "email", "id_email", "email_name"))
    table.add("plan", "text", [PLANS[sub.plan] for sub in subs])
    if len(intervals) > 1 or draw.chance(0.6):
        table.add("interval", "text", [draw.style.state(TERMS[sub.months]) for sub in subs])
        table.add("price", "money", [sub.price for sub in subs])
    else:
        table.add("monthly_price", "money", [sub.price for sub in subs])
    table.add("start", "date", [sub.start for sub in subs])
    end_concept = rng.choice(("end", "end", "cancelled_on"))
    table.add(end_concept, "date", [sub.end for sub in subs])
    if draw.chance(0.75) or extra:
        table.add("status!", "text", [draw.style.state(f"u_{sub.state}") for sub in subs])
    if draw.chance(0.4):
        table.add("next_billing", "date", [next_bill(sub, last) for sub in subs])
    return Case([table], truth_of(subs))


def next_bill(sub: Subscription, last: dt.date) -> dt.date | None:
    """The first bill after the last day, of those who pay."""
    if sub.state != "active":
        return None
    terms = 1
    while add_months(sub.start, terms * sub.months) <= last:
        terms += 1
    return add_months(sub.start, terms * sub.months)


def events(draw: Draw) -> Case:
    """One row an event: begun, renewed with its payment, upgraded, paused, resumed, cancelled."""
    rng, last = draw.rng, draw.business.last_day
    subs = draw.business.subscriptions((1,))
    with_pause = draw.chance(0.4)
    rows: list[tuple[dt.date, int, str, Subscription, int | None]] = []
    prices: dict[str, int] = {}
    paused: set[str] = set()
    steps = sorted({sub.price for sub in subs})
    for sub in subs:
        price, day, term = sub.price, sub.start, 0
        rows.append((day, 0, "e_start", sub, price))
        while True:
            term += 1
            day = add_months(sub.start, term)
            if day > last or (sub.end is not None and day >= sub.end):
                break
            if rng.random() < 0.02 and price != steps[-1]:
                price = steps[steps.index(price) + 1]
                rows.append((day - dt.timedelta(days=1), 1, "e_upgrade", sub, None))
            rows.append((day, 2, "e_renew", sub, price))
        if sub.end is not None:
            rows.append((sub.end, 3, "e_cancel", sub, None))
        elif with_pause and rng.random() < 0.08 and sub.start < last - dt.timedelta(days=9):
            rows.append((max(rows[-1][0], last - dt.timedelta(days=4)), 4, "e_pause", sub, None))
            paused.add(sub.number)
        prices[sub.number] = price
    rows.sort(key=lambda row: (row[0], row[1]))
    table = Table("f_events")
    moments = [draw.business.moment(row[0]) for row in rows]
    for i in range(1, len(moments)):  # in order within a day, too
        moments[i] = max(moments[i], moments[i - 1])
    table.add("event_date", "time", moments)
    name_customers(table, draw, [row[3].customer for row in rows], ("id", "email", "id_email"))
    table.add("event", "text", [draw.style.state(row[2]) for row in rows])
    if draw.chance(0.4):
        table.add("sub_no", "id", [row[3].number for row in rows])
    table.add("amount", "money", [row[4] for row in rows])
    on = [sub for sub in subs if sub.end is None]
    paying = [sub for sub in on if sub.number not in paused]
    truth = Truth(running=sorted({len(on), len(paying)}), mrr=[sum(prices[sub.number] for sub in paying)])
    truth.net = []
    return Case([table], truth)


def months(draw: Draw) -> Case:
    """MRR by month: a row for each customer and month, or a column for each month."""
    last = draw.business.last_day
    subs = draw.business.subscriptions((1,))
    first = draw.business.first_day.replace(day=1)
    heads = []
    day = first
    while day <= last:
        heads.append(day)
        day = add_months(day, 1)
    amounts: dict[tuple[str, dt.date], int] = {}
    people: dict[str, Customer] = {}
    for sub in subs:
        people[sub.customer.number] = sub.customer
        for head in heads:
            if sub.start <= add_months(head, 1) - dt.timedelta(days=1) and (sub.end is None or sub.end > head):
                amounts[sub.customer.number, head] = sub.price
    current = [amounts[number, heads[-1]] for number in people if (number, heads[-1]) in amounts]
    truth = Truth(running=[len(current)], mrr=[sum(current)])
    table = Table("f_mrr")
    if draw.chance(0.5):
        rows = sorted(amounts, key=lambda pair: (pair[1], pair[0]))
        zero = draw.chance(0.4)
        if zero:
            ends = {(number, add_months(head, 1)) for number, head in amounts}
            rows = sorted(
                {*rows, *(pair for pair in ends if pair not in amounts and pair[1] <= last)}, key=lambda p: p[::-1]
            )
        table.add("month", "month", [row[1] for row in rows])
        name_customers(table, draw, [people[row[0]] for row in rows], ("id", "id_name", "email"))
        table.add("mrr", "money", [amounts.get(row, 0) for row in rows])
        return Case([table], truth)
    numbers = sorted(people)
    name_customers(table, draw, [people[number] for number in numbers], ("id", "id_name", "name"))
    form = draw.rng.choice(("%Y-%m", "%m/%Y", "MRR %Y-%m"))
    if draw.style.money_form == "cents":
        draw.style.money_form = "plain"
    for head in heads:
        table.add(head.strftime(form), "money", [amounts.get((number, head)) for number in numbers])
        table.columns[-1].name = head.strftime(form)
    return Case([table], truth)
