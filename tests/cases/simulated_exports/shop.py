"""Shops: one row an order, lines of orders, payments, and several tables of them."""

from tests.cases.simulated_exports.business import GOODS, Order
from tests.cases.simulated_exports.shapes import Case, Draw, Table, Truth, distract, name_customers, span, tax_of

STATES = {"paid": 0.6, "shipped": 0.25, "pending": 0.02, "cancelled": 0.06, "refunded": 0.05, "failed": 0.02}


def truth_of(orders: list[Order]) -> Truth:
    """The net revenue of orders; those that wait for their money may count on a line of their own."""
    net = sum(order.received for order in orders)
    waiting = sum(order.total for order in orders if order.state == "pending")
    kept = [order.customer for order in orders if order.received > 0]
    return Truth(net=sorted({net, net + waiting}), customers=span(kept, [order.customer for order in orders]))


def orders(draw: Draw) -> Case:
    """One row an order: total (with its parts), state, refunds by state or in a column, what was paid."""
    table = Table("f_orders")
    has_state = draw.chance(0.85)
    partial = has_state and draw.chance(0.4)
    states = dict(STATES) if has_state else {"paid": 1.0}
    if partial:
        states["part_refunded"] = 0.05
    made = draw.business.orders(states)
    people = [order.customer for order in made]
    totals = [order.total for order in made]
    table.add("order_no", "id", [order.number for order in made])
    table.add("order_date", "time", [order.at for order in made])
    name_customers(table, draw, people)
    parts = draw.rng.choice(("none", "net", "net", "list"))
    percent = draw.rng.choice((7, 19, 20, 21, 23))
    taxes = [tax_of(total, percent) for total in totals]
    if parts == "net":
        table.add("net_total", "money", [total - tax for total, tax in zip(totals, taxes, strict=True)])
        table.add("tax", "money", taxes)
    if parts == "list":
        table.add("discount", "money", [order.discount for order in made])
        table.add("shipping", "money", [order.shipping for order in made])
    table.add("total", "money", totals)
    if partial:
        table.add("refunded", "money", [order.refunded for order in made])
    elif has_state and draw.chance(0.3):
        paid = [order.total if order.state in ("paid", "shipped") else 0 for order in made]
        table.add("paid_amount", "money", paid)
    if has_state:
        table.add("status", "text", [draw.style.state(f"s_{order.state}") for order in made])
    distract(table, draw, totals, people)
    if draw.chance(0.3):
        table.add("method", "text", [draw.style.state(order.method) for order in made])
    return Case([table], truth_of(made))


def lines(draw: Draw) -> Case:
    """One row a line: order fields on the first line or on all, price and quantity, the product of both or not."""
    rng = draw.rng
    table = Table("f_lines")
    made = draw.business.orders({"paid": 0.7, "shipped": 0.17, "cancelled": 0.07, "refunded": 0.06}, several_lines=True)
    first_only = draw.chance(0.35)
    with_total = first_only or draw.chance(0.4)
    rows = [(order, i, line) for order in made for i, line in enumerate(order.lines)]
    if not with_total:
        for order in made:
            order.discount = order.shipping = 0
            order.refunded = order.total if order.refunded else 0

    def once(cells: list[object]) -> list[object]:
        return [cell if i == 0 or not first_only else None for cell, (_, i, _) in zip(cells, rows, strict=True)]

    table.add("order_no", "id", [order.number for order, _, _ in rows])
    table.add("order_date", "time", once([order.at for order, _, _ in rows]))
    people = [order.customer for order, _, _ in rows]
    name_customers(table, draw, people, ("id", "email", "name", "id_name", "id_email"))
    if first_only:
        for column in table.columns[2:]:
            column.cells = once(column.cells)
    table.add("product", "text", [GOODS[line[0]] for _, _, line in rows])
    if draw.chance(0.4):
        table.add("sku", "text", [f"{GOODS[line[0]][:3]}-{line[0]:03}" for _, _, line in rows])
    table.add("quantity", "int", [line[1] for _, _, line in rows])
    table.add("unit_price", "money", [line[2] for _, _, line in rows])
    if draw.chance(0.6) or with_total:
        table.add("line_total", "money", [line[1] * line[2] for _, _, line in rows])
    if with_total:
        if any(order.shipping for order in made):
            table.add("shipping", "money", once([order.shipping for order, _, _ in rows]))
        if any(order.discount for order in made):
            table.add("discount", "money", once([order.discount for order, _, _ in rows]))
        table.add("total", "money", once([order.total for order, _, _ in rows]))
    table.add("status", "text", once([draw.style.state(f"s_{order.state}") for order, _, _ in rows]))
    if draw.chance(0.4):
        table.add("weight", "num", [round(rng.uniform(0.2, 12), 2) for _ in rows])
    return Case([table], truth_of(made))


def payments(draw: Draw) -> Case:
    """One row a payment: refunds and chargebacks as rows, signed or with a kind, and tries that failed."""
    rng = draw.rng
    table = Table("f_payments")
    made = draw.business.orders(
        {"paid": 0.84, "failed": 0.06, "refunded": 0.05, "part_refunded": 0.03, "pending": 0.005}
    )
    with_kind = draw.chance(0.75)
    signed = not with_kind or draw.chance(0.6)
    rows = []
    for order in made:
        state = {"failed": "s_failed", "pending": "s_pending"}.get(order.state, "s_ok")
        rows.append((order.at, "k_sale", order.total, state, order))
        if order.refunded and order.refunded_at:
            kind = "k_chargeback" if order.state == "refunded" and rng.random() < 0.3 else "k_refund"
            rows.append((order.refunded_at, kind, -order.refunded if signed else order.refunded, "s_ok", order))
    rows.sort(key=lambda row: row[0])
    people = [row[4].customer for row in rows]
    table.add("payment_no", "id", [f"{rng.randrange(16**10):010x}" for _ in rows])
    table.add("payment_date", "time", [row[0] for row in rows])
    name_customers(table, draw, people, ("id", "email", "id_email", "email_name", "id_name"))
    if with_kind:
        table.add("kind", "text", [draw.style.state(row[1]) for row in rows])
    if draw.chance(0.5):
        table.add("order_no", "id", [row[4].number for row in rows])
    table.add("amount", "money", [row[2] for row in rows])
    if draw.chance(0.4):
        table.add(
            "commission", "money", [round(abs(row[2]) * 0.029 / 10) * 10 + 30 if row[2] > 0 else 0 for row in rows]
        )
    table.add("currency", "text", [draw.style.currency for _ in rows])
    table.add("status!", "text", [draw.style.state(row[3]) for row in rows])
    if draw.chance(0.4):
        table.add("method", "text", [draw.style.state(row[4].method) for row in rows])
    return Case([table], truth_of(made))


def several_tables(draw: Draw) -> Case:
    """A dump: customers, orders, their lines (or not), payments and refunds."""
    rng = draw.rng
    made = draw.business.orders(
        {"paid": 0.6, "shipped": 0.22, "cancelled": 0.07, "refunded": 0.06, "part_refunded": 0.03}, several_lines=True
    )
    people = draw.business.customers
    customers = Table("f_customers")
    customers.add("customer_id", "id", [person.number for person in people])
    customers.add("customer_name", "text", [person.name for person in people])
    customers.add("email", "text", [person.email for person in people])
    customers.add("city", "text", [("Lyon", "Porto", "Bern", "Graz", "Leeds")[person.city % 5] for person in people])
    head = Table("f_orders")
    head.add("order_no", "id", [order.number for order in made])
    head.add("customer_id", "id", [order.customer.number for order in made])
    head.add("order_date", "time", [order.at for order in made])
    with_total = draw.chance(0.6)
    if with_total:
        head.add("total", "money", [order.total for order in made])
    head.add("status", "text", [draw.style.state(f"s_{order.state}") for order in made])
    tables = [customers, head]
    if draw.chance(0.6):
        rows = [(order, line) for order in made for line in order.lines]
        items = Table("f_lines")
        items.add("order_no", "id", [order.number for order, _ in rows])
        items.add("product", "text", [GOODS[line[0]] for _, line in rows])
        items.add("quantity", "int", [line[1] for _, line in rows])
        items.add("unit_price", "money", [line[2] for _, line in rows])
        tables.append(items)
    paid = [order for order in made if order.received or order.refunded]
    receipts = Table("f_payments")
    receipts.add("payment_no", "id", [str(500_000 + i) for i in range(len(paid))])
    receipts.add("order_no", "id", [order.number for order in paid])
    receipts.add("payment_date", "time", [order.at for order in paid])
    receipts.add("amount", "money", [order.total for order in paid])
    receipts.add("method", "text", [draw.style.state(order.method) for order in paid])
    tables.append(receipts)
    back = [order for order in made if order.refunded]
    refunds = Table("f_refunds")
    refunds.add("order_no", "id", [order.number for order in back])
    refunds.add("refund_date", "time", [order.refunded_at for order in back])
    refunds.add("refunded", "money", [order.refunded for order in back])
    tables.append(refunds)
    rng.shuffle(tables)
    return Case(tables, truth_of(made))
