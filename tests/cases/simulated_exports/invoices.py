"""Businesses that invoice: lists of invoices and credit notes with what was paid and what is open."""

import datetime as dt

from tests.cases.simulated_exports.shapes import Case, Draw, Table, Truth, distract, name_customers, span, tax_of


def invoices(draw: Draw) -> Case:
    """One row a document: invoices, credit notes (a kind, a sign), state, paid and open amounts."""
    rng, last = draw.rng, draw.business.last_day
    made = draw.business.orders({"paid": 0.93, "cancelled": 0.03, "refunded": 0.04})
    with_paid = draw.chance(0.5)
    with_notes = draw.chance(0.6)
    signed = draw.chance(0.6)
    rows = []
    for order in made:
        due = order.at.date() + dt.timedelta(days=30)
        state, paid = "s_paid!", order.total
        if order.state == "cancelled":
            state, paid = "s_void", 0
        elif ((last - order.at.date()).days < 40 and rng.random() < 0.5) or rng.random() < 0.02:
            state, paid = "s_open", 0
            if with_paid and rng.random() < 0.2:
                state, paid = "s_part_paid", order.total // 2
        rows.append((order.at.date(), "k_invoice", order.total, paid, state, due, order.customer))
        if with_notes and order.state == "refunded" and state == "s_paid!" and order.refunded_at:
            back = -order.total if signed else order.total
            rows.append((order.refunded_at.date(), "k_credit_note", back, back, "s_paid!", due, order.customer))
    rows.sort(key=lambda row: row[0])
    table = Table("f_invoices")
    start = rng.choice((1, 240, 10_001))
    table.add("invoice_no", "id", [f"{row[0].year}-{start + i:05}" for i, row in enumerate(rows)])
    table.add("invoice_date", "date", [row[0] for row in rows])
    if draw.chance(0.6):
        table.add("due_date", "date", [row[5] for row in rows])
    people = [row[6] for row in rows]
    name_customers(table, draw, people, ("id", "id_name", "name", "id_name_email"))
    if with_notes:
        table.add("kind", "text", [draw.style.state(row[1]) for row in rows])
    totals = [row[2] for row in rows]
    if draw.chance(0.6):
        taxes = [tax_of(total, 21) for total in totals]
        table.add("net_total", "money", [total - tax for total, tax in zip(totals, taxes, strict=True)])
        table.add("tax", "money", taxes)
    table.add("total", "money", totals)
    if with_paid:
        table.add("paid_amount", "money", [row[3] for row in rows])
        open_amounts = [row[2] - row[3] if row[4] != "s_void" else 0 for row in rows]
        table.add("open_amount", "money", open_amounts)
    table.add("pay_status", "text", [draw.style.state(row[4]) for row in rows])
    distract(table, draw, totals, people, 2)
    sign = {"k_invoice": 1, "k_credit_note": 1 if signed else -1}
    net = sum(row[3] * sign[row[1]] for row in rows)
    waiting = sum(row[2] - row[3] for row in rows if row[4] in ("s_open", "s_part_paid"))
    truth = Truth(net=[net] if with_paid else [net, net + waiting])
    truth.net_if_asked = [net + waiting]
    truth.customers = span([row[6] for row in rows if row[3] > 0 and row[1] == "k_invoice"], people)
    return Case([table], truth)


def ledger(draw: Draw) -> Case:
    """A customer ledger: invoices as debits, payments and credit notes as credits, with a balance."""
    rng, last = draw.rng, draw.business.last_day
    made = draw.business.orders({"paid": 1.0})
    rows = []
    for order in made:
        day = order.at.date()
        rows.append((day, "k_invoice", order.total, order.customer, order.number))
        paid = day + dt.timedelta(days=rng.randint(3, 40))
        if rng.random() < 0.03:
            back = min(paid, last)
            rows.append((back, "k_credit_note", -order.total, order.customer, order.number))
        elif paid <= last:
            rows.append((paid, "k_payment", -order.total, order.customer, order.number))
    rows.sort(key=lambda row: row[0])
    balances: dict[str, int] = {}
    table = Table("f_payments")
    table.add("date", "date", [row[0] for row in rows])
    name_customers(table, draw, [row[3] for row in rows], ("id", "id_name", "name"))
    table.add("kind", "text", [draw.style.state(row[1]) for row in rows])
    table.add("invoice_no", "id", [row[4] for row in rows])
    running = []
    for row in rows:
        balances[row[3].number] = balances.get(row[3].number, 0) + row[2]
        running.append(balances[row[3].number])
    if draw.chance(0.7):
        table.add("debit", "money", [row[2] if row[2] > 0 else None for row in rows])
        table.add("credit", "money", [-row[2] if row[2] < 0 else None for row in rows])
    else:
        table.add("amount", "money", [row[2] for row in rows])
    if draw.chance(0.6):
        table.add("balance", "money", running)
    received = -sum(row[2] for row in rows if row[1] == "k_payment")
    invoiced = sum(row[2] for row in rows if row[1] in ("k_invoice", "k_credit_note"))
    kept = [row[3] for row in rows if row[1] == "k_payment"]
    truth = Truth(net=[received, invoiced], customers=span(kept, [row[3] for row in rows]))
    return Case([table], truth)
