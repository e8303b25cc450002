"""Tables of subscriptions without a recipe: recognised by words of several languages and by their values."""

import random
from collections.abc import Sequence
from datetime import date, timedelta

import polars as pl
import pytest

from holdfast.inference.guesses import ProjectGuess, Sample, TableGuess
from holdfast.inference.infer import infer
from holdfast.meanings import Meaning

FIRST, LAST = date(2023, 1, 1), date(2025, 6, 30)
Value = str | float | int | date | None


def later(day: date, months: int) -> date:
    month = day.month - 1 + months
    return date(day.year + month // 12, month % 12 + 1, min(day.day, 28))


def subscriptions() -> list[tuple[str, date, date | None, float, int]]:
    """Customer, begin, end, price a month, finished months: 150 customers, some of whom come back."""
    draw = random.Random(5)
    rows: list[tuple[str, date, date | None, float, int]] = []
    for number in range(150):
        day = FIRST + timedelta(days=draw.randrange(700))
        while day < LAST:
            months, end = 0, None
            while end is None and later(day, months + 1) < LAST:
                months += 1
                end = later(day, months) if draw.random() < 0.06 else None
            rows.append((f"C{number:04}", day, end, draw.choice([9.0, 19.0, 49.0]), months))
            if end is None or draw.random() > 0.3:
                break
            day = end + timedelta(days=draw.randrange(20, 150))
    return rows


SUBSCRIPTIONS = subscriptions()


def orders() -> list[tuple[str, date, float, str]]:
    """Customer, day, amount, state of purchases at irregular times."""
    draw = random.Random(6)
    rows = []
    for number in range(200):
        day = FIRST + timedelta(days=draw.randrange(500))
        while day < LAST and draw.random() < 0.85:
            state = draw.choice(["completed", "completed", "completed", "cancelled", "refunded"])
            rows.append((f"C{number}", day, round(draw.uniform(5, 200), 2), state))
            day += timedelta(days=draw.randrange(3, 120))
    return rows


ORDERS = orders()


def sample(name: str, columns: str, rows: Sequence[Sequence[Value]]) -> Sample:
    """A table of texts, as a CSV file holds it; the names of its columns stand between blanks."""
    names = columns.split()
    texts = {
        column: ["" if row[position] is None else str(row[position]) for row in rows]
        for position, column in enumerate(names)
    }
    return Sample(name, pl.DataFrame(texts), len(rows))


def german(day: date | None) -> str:
    return f"{day:%d.%m.%Y}" if day else ""


def subscription_table(guess: ProjectGuess) -> TableGuess:
    table = next((table for table in guess.tables if table.subscriptions is not None), None)
    assert table is not None
    return table


PERIODS = {
    "German": sample(
        "vertraege", "Vertragsnr Kundennr Beginn Ende Monatsbeitrag",
        [(f"V{n}", c, german(b), german(e), f"{p:.2f}".replace(".", ","))
         for n, (c, b, e, p, _) in enumerate(SUBSCRIPTIONS)],
    ),
    "French": sample(
        "abonnements", "client_id date_debut date_fin prix periodicite",
        [(c, b, e, p, "mensuel") for c, b, e, p, _ in SUBSCRIPTIONS],
    ),
    "Spanish, in another order": sample(
        "suscripciones", "precio fecha_baja fecha_alta cliente_id frecuencia",
        [(p, e and f"{e:%d/%m/%Y}", f"{b:%d/%m/%Y}", c, "mensual") for c, b, e, p, _ in SUBSCRIPTIONS],
    ),
    "Portuguese, with a state": sample(
        "assinaturas", "id_cliente data_inicio data_cancelamento valor_mensal status",
        [(c, b, e, p, "cancelada" if e else "ativa") for c, b, e, p, _ in SUBSCRIPTIONS],
    ),
    "without an end as 9999": sample(
        "contracts", "customer_id valid_from valid_to price_per_month",
        [(c, b, e or "9999-12-31", p) for c, b, e, p, _ in SUBSCRIPTIONS],
    ),
    "without prices": sample("memberships", "member_id joined left", [row[:3] for row in SUBSCRIPTIONS]),
}  # fmt: skip


@pytest.mark.parametrize("table", PERIODS.values(), ids=PERIODS)
def test_periods_are_recognised(table: Sample) -> None:
    guess = infer([table])
    found = subscription_table(guess)
    assert found.subscriptions is not None
    assert found.subscriptions.rows == "periods"
    assert (guess.shape.value, guess.rule.written) == ("subscriptions", "subscription_end")
    assert not guess.questions()
    assert found.column("ended_at") is not None
    assert (found.column("price") is None) == (table.name == "memberships")
    assert found.missing == (("9999-12-31",) if table.name == "contracts" else ())


def test_a_price_without_an_interval_is_a_question_with_the_month_first() -> None:
    guess = infer([sample("subscriptions", "customer_id start_date end_date price", [r[:4] for r in SUBSCRIPTIONS])])
    (question,) = guess.questions()
    assert question.about == "subscriptions.subscriptions.interval"
    assert (question.value, question.choices[0]) == ("month", "month")


def test_revenue_a_month_of_yearly_payers_is_not_divided_by_twelve() -> None:
    rows = [(c, b, e, p, "annual" if p > 20 else "monthly") for c, b, e, p, _ in SUBSCRIPTIONS]
    table = subscription_table(infer([sample("subs", "account_id start_date end_date mrr billing_frequency", rows)]))
    assert table.subscriptions is not None
    assert (table.subscriptions.interval, table.subscriptions.price_per) == ("interval", "month")


def test_terms_that_follow_each_other_are_renewals() -> None:
    terms = [
        (c, later(b, term), later(b, term + 1), p) for c, b, e, p, n in SUBSCRIPTIONS for term in range(n + (e is None))
    ]
    guess = infer([sample("memberships", "member_id valid_from valid_until fee", terms)])
    rule = subscription_table(guess).subscriptions
    assert rule is not None
    assert (rule.rows, rule.interval, rule.grace_days) == ("periods", "month", 2)
    assert guess.exported_on is None  # the end of a term is no end of the subscription


def events(start: str, renewal: str, end: str) -> list[tuple[str, date, str, float | None]]:
    rows: list[tuple[str, date, str, float | None]] = []
    for customer, begin, ended, price, months in SUBSCRIPTIONS:
        rows.append((customer, begin, start, price))
        if renewal:
            rows += [(customer, later(begin, n), renewal, price) for n in range(1, months + (ended is None))]
        if ended:
            rows.append((customer, ended, end, None))
    return sorted(rows, key=lambda row: row[1])


@pytest.mark.parametrize(
    ("columns", "start", "renewal", "end", "means"),
    [
        ("customer_id event_date event_type mrr", "subscribed", "renewed", "unsubscribed", Meaning.RENEWAL),
        ("Kundennummer Datum Ereignis Betrag", "Vertragsabschluss", "Abbuchung", "Kündigung", Meaning.SALE),
        ("cliente_id fecha tipo importe", "alta", "cobro", "baja", Meaning.SALE),
        ("id_client date evenement montant", "abonnement", "prélèvement", "résiliation", Meaning.SALE),
        ("usuario_id data evento valor", "assinou", "renovação", "cancelou", Meaning.RENEWAL),
        ("customer created type amount", "customer.subscription.created", "invoice.payment_succeeded",
         "customer.subscription.deleted", Meaning.SALE),
    ],
    ids=["English", "German", "Spanish", "French", "Portuguese", "webhooks"],
)  # fmt: skip
def test_events_are_recognised(columns: str, start: str, renewal: str, end: str, means: Meaning) -> None:
    guess = infer([sample("log", columns, events(start, renewal, end))])
    table = subscription_table(guess)
    assert table.subscriptions is not None
    assert (table.subscriptions.rows, table.subscriptions.interval) == ("events", "month")
    assert not guess.questions()
    assert table.statuses[0].means == {means: (renewal,), Meaning.START: (start,), Meaning.END: (end,)}


@pytest.mark.parametrize(
    ("start", "end"),
    [("abonné", "désabonné"), ("alta", "baja"), ("assinou", "cancelou"), ("abonniert", "gekündigt")],
)
def test_begins_and_ends_alone_are_enough(start: str, end: str) -> None:
    rows = [row[:3] for row in events(start, "", end)]
    guess = infer([sample("log", "usuario_id data evento", rows)])
    assert guess.rule.written == "subscription_end"
    assert subscription_table(guess).column("price") is None


def test_words_that_others_use_too_are_a_question() -> None:
    rows = [row[:3] for row in events("angemeldet", "", "abgemeldet")]
    guess = infer([sample("log", "nutzer_id zeitpunkt aktion", rows)])
    (question,) = guess.questions()
    assert (question.about, question.choices) == ("churn.rule", ("subscription_end", "inactivity"))


def test_a_kind_that_is_always_the_last_is_asked_about() -> None:
    guess = infer([sample("log", "customer_id date event amount", events("subscription_started", "charge", "KDG"))])
    (question,) = guess.questions()
    assert question.about == "subscriptions.kind.status"
    assert question.choices[0] == "end"
    assert "KDG" in question.evidence


def months() -> list[tuple[str, date, float]]:
    rows = []
    for customer, begin, end, price, _ in SUBSCRIPTIONS:
        month = begin.replace(day=1)
        while month < (end or LAST):
            rows.append((customer, month, price))
            month = later(month, 1)
    return rows


@pytest.mark.parametrize("written", ["%Y-%m-%d", "%Y-%m", "%d.%m.%Y"])
def test_revenue_by_month_is_recognised(written: str) -> None:
    rows = [(customer, month.strftime(written), price) for customer, month, price in months()]
    guess = infer([sample("revenue", "Kundennr Monat MRR", rows)])
    rule = subscription_table(guess).subscriptions
    assert rule is not None
    assert rule.rows == "months"
    assert not guess.questions()


def test_equal_amounts_each_month_under_plain_names_are_a_question() -> None:
    guess = infer([sample("log", "customer_id month amount", months())])
    (question,) = guess.questions()
    assert (question.about, question.value) == ("churn.rule", "subscription_end")


def invoices() -> list[tuple[str, date, date, float]]:
    return [
        (c, later(b, term), later(b, term + 1), p) for c, b, e, p, n in SUBSCRIPTIONS for term in range(n + (e is None))
    ]


def test_invoices_are_recognised_by_their_periods() -> None:
    rows = [(f"I{n}", *row, "failed" if n % 10 == 0 else "paid") for n, row in enumerate(invoices())]
    table = subscription_table(infer([sample("inv", "number customer_id period_start period_end amount status", rows)]))
    assert table.subscriptions is not None
    assert table.subscriptions.rows == "invoices"
    assert table.column("paid_until") is not None
    assert table.statuses[0].means == {Meaning.SALE: ("paid",), Meaning.FAILED: ("failed",)}


@pytest.mark.parametrize(("name", "asks"), [("lastschriften", False), ("log", True)])
def test_regular_and_equal_payments_are_a_subscription_or_a_question(name: str, asks: bool) -> None:
    rows = [(customer, german(begin), f"{price:.2f}".replace(".", ",")) for customer, begin, _, price in invoices()]
    guess = infer([sample(name, "Mitglied Datum Betrag", rows)])
    rule = subscription_table(guess).subscriptions
    assert rule is not None
    assert (rule.rows, rule.interval) == ("invoices", "month")
    assert guess.rule.is_question == asks


def test_weekly_payments_wait_a_month_at_least() -> None:
    draw = random.Random(7)
    rows = [
        (f"C{number}", date(2024, 1, 1) + timedelta(days=first + 7 * week), 12.5)
        for number in range(100)
        for first in [draw.randrange(100)]
        for week in range(draw.randrange(3, 60))
    ]
    guess = infer([sample("charges", "customer_id charged_at amount", rows)])
    rule = subscription_table(guess).subscriptions
    assert rule is not None
    assert (rule.rows, rule.interval) == ("invoices", "week")
    assert guess.horizon.value == "30"


OTHERS = {
    "orders with a state": sample(
        "orders", "order_id customer_id order_date status amount",
        [(f"O{n}", c, day, state, amount) for n, (c, day, amount, state) in enumerate(ORDERS)],
    ),
    "orders that were cancelled at a time": sample(
        "orders", "order_id customer_id created_at cancelled_at total",
        [(f"O{n}", c, day, day + timedelta(days=2) if state == "cancelled" else None, amount)
         for n, (c, day, amount, state) in enumerate(ORDERS)],
    ),
    "German orders": sample(
        "bestellungen", "Bestellnummer Kundennummer Datum Betrag Zustand",
        [(f"O{n}", c, german(day), f"{amount:.2f}", "storniert" if state == "cancelled" else "bezahlt")
         for n, (c, day, amount, state) in enumerate(ORDERS)],
    ),
    "events of orders": sample(
        "order_events", "customer_id time event amount",
        sorted([(c, day, "order_created", amount) for c, day, amount, _ in ORDERS]
               + [(c, day + timedelta(days=1), "order_cancelled" if state == "cancelled" else "order_shipped", 0.0)
                  for c, day, _, state in ORDERS], key=lambda row: row[1]),
    ),
    "bookings": sample(
        "bookings", "customer_id check_in check_out price status",
        [(c, day, day + timedelta(days=1 + n % 14), amount, state) for n, (c, day, amount, state) in enumerate(ORDERS)],
    ),
    "rentals": sample(
        "rentals", "customer_id start_date end_date price",
        [(c, day, day + timedelta(days=7 + n % 30) if n % 20 else None, amount)
         for n, (c, day, amount, _) in enumerate(ORDERS)],
    ),
    "tickets": sample(
        "support_tickets", "ticket_id customer_id opened_at closed_at priority",
        [(f"T{n}", c, day, day + timedelta(days=1 + n % 30) if n % 10 else None, "high")
         for n, (c, day, _, _) in enumerate(ORDERS)],
    ),
    "mails": sample(
        "email_events", "customer_id time event",
        [(c, day, ("sent", "open", "click", "unsubscribed", "subscribed")[n % 5])
         for n, (c, day, _, _) in enumerate(ORDERS)],
    ),
    "sales by month": sample(
        "sales", "customer_id month revenue", [(c, day.replace(day=1), amount) for c, day, amount, _ in ORDERS]
    ),
    "deals": sample(
        "deals", "account_id created_date close_date amount stage",
        [(c, day, day + timedelta(days=30), amount, ("closed won", "closed lost", "proposal")[n % 3])
         for n, (c, day, amount, _) in enumerate(ORDERS)],
    ),
    "use by month": sample(
        "usage", "customer_id month minutes", [(c, month, (7 * n) % 500) for n, (c, month, _) in enumerate(months())]
    ),
}  # fmt: skip


@pytest.mark.parametrize("table", OTHERS.values(), ids=OTHERS)
def test_other_businesses_are_no_subscriptions(table: Sample) -> None:
    guess = infer([table])
    assert all(each.subscriptions is None for each in guess.tables)
    assert guess.rule.value != "subscription_end"


def test_purchases_beside_subscriptions_are_a_question() -> None:
    plans = sample(
        "plans", "customer_id start_date end_date monthly_fee", [row[:4] for row in SUBSCRIPTIONS]
    )  # fmt: skip
    bought = sample(
        "orders", "order_id customer_id order_date amount",
        [(f"O{n}", f"C{n % 150:04}", day, amount) for n, (_, day, amount, _) in enumerate(ORDERS)],
    )  # fmt: skip
    guess = infer([plans, bought])
    (question,) = guess.questions()
    assert (question.about, question.choices) == ("churn.rule", ("subscription_end", "inactivity"))
    assert "orders holds purchases" in question.evidence


def test_one_row_a_customer_is_a_subscription_and_a_customer_with_attributes() -> None:
    one = {row[0]: row for row in SUBSCRIPTIONS}.values()
    rows = [(c, b, e, p, ("DE", "FR")[n % 2], 20 + n % 50) for n, (c, b, e, p, _) in enumerate(one)]
    guess = infer([sample("members", "member_id start_date end_date monthly_fee country age", rows)])
    assert not guess.questions()
    customers = next(table for table in guess.tables if table.holds.value == "customers")
    assert [column.name for column in customers.columns] == ["customer_id", "country", "age"]
    assert subscription_table(guess).sample == customers.sample


def test_ends_that_are_booked_propose_the_day_of_the_export() -> None:
    """A customer begins each day until 31 May, and some ends lie in June and July."""
    rows: list[tuple[Value, ...]] = [
        (
            f"C{n}",
            date(2025, 5, 31) - timedelta(days=n),
            None if n % 3 else date(2025, 6, 1) + timedelta(days=n % 50),
            9,
        )
        for n in range(300)
    ]
    guess = infer([sample("subscriptions", "customer_id start_date end_date monthly_fee", rows)])
    assert guess.exported_on is not None
    assert (guess.exported_on.written, guess.exported_on.confidence) == ("2025-06-01", 0.8)
    ended = [(c, b, e and min(e, date(2025, 5, 30)), p) for c, b, e, p in rows]  # type: ignore[type-var]
    assert infer([sample("subscriptions", "customer_id start_date end_date monthly_fee", ended)]).exported_on is None


def test_terms_of_different_lengths_follow_the_gaps_of_each_price() -> None:
    """120 of the customers pay by the year; by the month they would have left eleven times."""
    yearly = [(f"Y{n}", later(FIRST, n % 12 + 12 * year), 90.0) for n in range(120) for year in range(2)]
    rows = [(c, begin, price) for c, begin, _, price in invoices()] + yearly
    guess = infer([sample("invoices", "customer_id invoice_date total", rows)])
    assert not guess.questions()
    rule = subscription_table(guess).subscriptions
    assert rule is not None
    assert rule.interval == "listed"
    listed = {term.interval: set(term.when["price"]) for term in rule.terms}
    assert listed == {"month": {"9", "19", "49"}, "year": {"90"}}
    named = [(*row, "annual" if str(row[0]).startswith("Y") else "monthly") for row in rows]
    assert not infer([sample("invoices", "customer_id invoice_date total billing", named)]).questions()


def test_terms_of_different_lengths_for_the_same_price_are_a_question() -> None:
    yearly = [(f"Y{n}", later(FIRST, n % 12 + 12 * year), 19.0) for n in range(120) for year in range(2)]
    rows = [(c, begin, 19.0) for c, begin, _, _ in invoices()] + yearly
    (question,) = infer([sample("invoices", "customer_id invoice_date total", rows)]).questions()
    assert question.about == "subscriptions.subscriptions.interval"
    assert "by the year" in question.evidence


def memberships(end_of_active: str) -> Sample:
    rows = [
        (c, b, e or (end_of_active if n % 3 == 0 else None), p, "active" if e is None else "cancelled")
        for n, (c, b, e, p, _) in enumerate(SUBSCRIPTIONS)
    ]
    return sample("memberships", "member_id start_date end_date monthly_fee status", rows)


def test_an_end_that_has_passed_beside_an_active_status_is_a_question() -> None:
    guess = infer([memberships("2025-01-02")])
    question = guess.questions()[0]
    assert question.about == "subscriptions.subscriptions.contradicted_end"
    assert set(question.choices) == {"counts", "ignored"}


def test_an_end_that_everybody_active_has_is_that_of_the_term() -> None:
    rows = [
        (c, b, e or date(2025, 7, 15), p, "active" if e is None else "cancelled") for c, b, e, p, _ in SUBSCRIPTIONS
    ]
    guess = infer([sample("memberships", "member_id start_date end_date monthly_fee status", rows)])
    table = subscription_table(guess)
    assert not guess.questions()
    assert table.column("ended_at") is None
    assert table.column("paid_until") is not None


def test_a_cancellation_of_who_is_active_still_is_a_notice() -> None:
    rows = [
        (c, b, e or (date(2025, 4, 1) if n % 5 == 0 else None), "active" if e is None else "canceled", "month", p)
        for n, (c, b, e, p, _) in enumerate(SUBSCRIPTIONS)
    ]
    table = subscription_table(
        infer([sample("subs", "customer_id created canceled_at state billing_cycle price", rows)])
    )
    assert table.subscriptions is not None
    assert table.subscriptions.end_takes_effect == "at_term_end"
    assert table.column("notice_at") is not None


def months_across(written: str) -> Sample:
    by_customer: dict[str, dict[date, float]] = {}
    for customer, month, price in months():
        by_customer.setdefault(customer, {})[month] = price
    headers = sorted({month for paid in by_customer.values() for month in paid})
    columns = " ".join(month.strftime(written) for month in headers)
    rows = [(customer, *(paid.get(month, 0) for month in headers)) for customer, paid in by_customer.items()]
    return sample("mrr", f"account_id {columns}", rows)


@pytest.mark.parametrize("written", ["%Y-%m", "%b-%Y", "%m/%Y"])
def test_one_column_a_month_is_read_as_one_row_a_month(written: str) -> None:
    table = subscription_table(infer([months_across(written)]))
    assert table.subscriptions is not None
    assert table.subscriptions.rows == "months"
    assert table.month_columns is not None
    assert table.month_columns.format == written
    assert [table.column(name).source for name in ("happened_at", "price")] == ["month", "mrr"]  # type: ignore[union-attr]


def test_an_end_for_a_failed_payment_is_an_end() -> None:
    rows = events("started", "charged", "cancelled")
    ends = [n for n, row in enumerate(rows) if row[2] == "cancelled"]
    for n in ends[::3]:
        rows[n] = (rows[n][0], rows[n][1], "ended for failed payment", None)
    rows.append((rows[0][0], LAST, "payment failed", None))
    table = subscription_table(infer([sample("subscriptions", "user_id event_date event price", rows)]))
    means = table.statuses[0].means
    assert set(means[Meaning.END]) == {"cancelled", "ended for failed payment"}
    assert means[Meaning.PAYMENT_FAILED] == ("payment failed",)
