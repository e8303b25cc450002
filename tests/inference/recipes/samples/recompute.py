"""Right totals of each sample of money, from its file alone, in exact decimals: writes expected.json beside it.

Run by hand after a sample changed: `python tests/inference/recipes/samples/recompute.py`. Nothing of the product is
used here; the rules are those of the platform's documentation and of docs/reference/exports.md.
"""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
CENT = Decimal("0.01")
LINES = (
    "missing_customer",
    "nobody",
    "other_currency",
    "test",
    "failed",
    "void",
    "reversed",
    "draft",
    "lost",
    "open",
    "transfer",
    "settlement",
)
Row = dict[str, str]
Event = dict[str, Any]


@dataclass(frozen=True)
class Sample:
    """One file: how its rows become money received."""

    folder: str
    file: str
    amount: Callable[[Row], Decimal]
    who: Callable[[Row], str]
    when: Callable[[Row], str]  # ISO, with its offset where the file has one
    line: Callable[[Row], str]  # sale, pending, refund, or one of LINES
    refund: Callable[[Row], Decimal] = lambda _: Decimal(0)
    owed: Callable[[Row], Decimal] | None = None  # of what is pending, the part still to come; None: all of it
    order: str = ""  # its fields stand on the first line only, and its amount counts once
    answers: tuple[tuple[str, str], ...] = ()  # question -> the obvious answer
    skip: int = 0  # lines above the header
    is_of_subscriptions: bool = False  # each row pays for a term


def number(text: str, decimal: str = ".") -> Decimal:
    kept = re.sub(r"[^0-9,.\-]", "", text)
    kept = kept.replace(".", "").replace(",", ".") if decimal == "," else kept.replace(",", "")
    return Decimal(kept) if kept not in {"", "-"} else Decimal(0)


def rows_of(path: Path, skip: int = 0) -> Iterator[Row]:
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    text = text.split("\n", skip)[skip]
    if path.suffix == ".txt":
        yield from csv.DictReader(io.StringIO(text, newline=""), delimiter="\t", quoting=csv.QUOTE_NONE)
    else:
        delimiter = ";" if text.partition("\n")[0].count(";") > text.partition("\n")[0].count(",") else ","
        yield from csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)


def received(sample: Sample) -> dict[str, object]:
    """What was received for subscriptions, and from how many customers."""
    rows = [row for row in rows_of(HERE / sample.folder / sample.file, sample.skip) if sample.line(row) == "sale"]
    payers = {sample.who(row) for row in rows if sample.amount(row) > 0}
    total = sum((sample.amount(row) for row in rows), Decimal(0)).quantize(CENT)
    return {"received": str(total), "payers": len(payers), "answers": dict(sample.answers)}


def totals(sample: Sample) -> dict[str, object]:
    sums = dict.fromkeys(("gross", "refunds", *LINES, "net", "pending"), Decimal(0))
    rows, remaining = 0, 0
    customers: set[str] = set()
    days: list[str] = []
    first: Row = {}
    is_undone = False
    for raw in rows_of(HERE / sample.folder / sample.file, sample.skip):
        rows += 1
        row = {key: (value or "").strip() for key, value in raw.items()}
        again = bool(sample.order) and row[sample.order] == first.get(sample.order)
        if again:
            row = {key: value or first[key] for key, value in row.items()}
        else:
            first = row
        amount = Decimal(0) if again else sample.amount(row)
        refund = Decimal(0) if again else sample.refund(row)
        line = "missing_customer" if not sample.who(row) else sample.line(row)
        if line == "other_currency":
            continue  # never added to amounts of the currency that is kept
        is_given_back = line not in LINES and amount < 0  # a row of its own
        sums["gross"] += 0 if is_given_back else amount
        sums["refunds"] += -amount if is_given_back else refund
        if line in LINES:
            sums[line] += amount - refund
            continue
        sums["net"] += amount - refund
        if not again:
            is_undone = amount > 0 and refund == amount
        if is_undone:  # nothing is left of it: no purchase
            continue
        remaining += 1
        if line == "pending":
            sums["pending"] += sample.owed(row) if sample.owed is not None and not again else amount - refund
        customers.add(sample.who(row))
        days.append(day_of(sample.when(row)))
    return {
        "rows": rows,
        "rows_kept": remaining,
        "customers": len(customers),
        "first_day": min(days),
        "last_day": max(days),
        "money": {name: str(value.quantize(CENT)) for name, value in sums.items() if value or name in {"gross", "net"}},
        "answers": dict(sample.answers),
    }


def day_of(text: str) -> str:
    moment = datetime.fromisoformat(text)
    return (moment.astimezone(UTC) if moment.tzinfo else moment).date().isoformat()


def by(column: str, meanings: dict[str, str]) -> Callable[[Row], str]:
    return lambda row: meanings[row[column]]


def shopify(row: Row) -> str:
    if row["Payment Method"] == "bogus":
        return "test"
    meanings = {
        "paid": "sale",
        "refunded": "sale",
        "partially_refunded": "sale",
        "pending": "pending",
        "partially_paid": "pending",
        "authorized": "open",
        "voided": "void",
        "expired": "void",
    }
    return meanings[row["Financial Status"]]


def stripe(row: Row) -> str:
    if row["Mode"] == "Test":
        return "test"
    status = {"Failed": "failed", "requires_payment_method": "failed", "canceled": "void"}.get(row["Status"])
    if status:
        return status
    if row["Dispute Status"] == "lost":
        return "reversed"
    return "sale" if row["Captured"] == "true" else "open"


def charge(row: Row) -> str:
    if row["currency"] != "usd":
        return "other_currency"
    if row["livemode"] == "false":
        return "test"
    if row["status"] == "failed":
        return "failed"
    return "sale" if row["captured"] == "true" and row["status"] == "succeeded" else "open"


def paypal(row: Row, names: tuple[str, ...], home: str) -> str:
    kind, status, impact, currency, _, _ = names
    transfers = {
        *("General Withdrawal", "General Currency Conversion", "General Authorization"),
        *("PreApproved Payment Bill User Payment", "Allgemeine Abbuchung", "Allgemeine Währungsumrechnung"),
        *("Allgemeine Autorisierung", "Zahlung im Einzugsverfahren mit Zahlungsrechnung"),
    }
    if row[currency] != home:
        return "other_currency"
    if row[status] in {"Denied", "Abgelehnt"}:
        return "failed"
    if row[status] in {"Pending", "Ausstehend"}:
        return "open"
    return "transfer" if row[kind] in transfers or row[impact] == "Memo" else "sale"


def paypal_customer(row: Row, names: tuple[str, ...]) -> str:
    """The payer; on refunds the recipient. Where only the shop itself is named, nobody is."""
    addresses = [row[name].lower() for name in names[4:]]
    return next((address for address in addresses if address not in {"", "shop@example.net"}), "")


ENGLISH = ("Type", "Status", "Balance Impact", "Currency", "From Email Address", "To Email Address")
GERMAN = (
    *("Typ", "Status", "Auswirkung auf Guthaben", "Währung"),
    *("Absender E-Mail-Adresse", "Empfänger E-Mail-Adresse"),
)
MAGENTO = {
    **dict.fromkeys(("complete", "processing", "closed"), "sale"),
    **dict.fromkeys(("pending", "pending_payment", "payment_review", "holded", "on hold", "pending payment"), "open"),
    "canceled": "void",
    "fraud": "failed",
    "suspected fraud": "failed",
    "payment review": "open",
}


AMAZON = ("item-price", "shipping-price", "gift-wrap-price", "item-promotion-discount", "ship-promotion-discount")


def iso(layout: str) -> Callable[[str], str]:
    return lambda text: datetime.strptime(text, layout).isoformat()  # noqa: DTZ007


WON_OR_NOT = {
    **dict.fromkeys(("Closed Won", "Checkout Completed", "Fermée gagnée"), "sale"),
    **dict.fromkeys(("Closed Lost", "Closed-Lost to Competition", "Checkout Abandoned", "Fermée perdue"), "lost"),
}


def deal(column: str) -> Callable[[Row], str]:
    """By the stage without the pipeline in brackets; a stage that is neither won nor lost is open."""
    return lambda row: WON_OR_NOT.get(row[column].partition(" (")[0], "open")


def ebay(names: tuple[str, ...], decimal: str, month: Callable[[str], str]) -> dict[str, Any]:
    """The transaction report in one language: what buyers paid, without eBay's fees, payouts and holds."""
    kind, amount, buyer, day, sales = names[0], names[1], names[2], names[3], names[4:]
    return {
        "amount": lambda row: number(row[amount].replace("--", ""), decimal),
        "who": lambda row: row[buyer].replace("--", ""),
        "when": lambda row: month(row[day]),
        "line": lambda row: "sale" if row[kind] in sales else "transfer",
        "skip": 5,
    }


def gumroad(row: Row) -> str:
    if row["Fully Refunded?"] == "1" or (row["Disputed?"] == "1" and row["Dispute Won?"] != "1"):
        return "reversed"
    return "open" if "1" in {row["Free trial purchase?"], row["Pre-order authorization?"]} else "sale"


def wix(row: Row) -> str:
    if row["Fulfillment status"] == "Canceled":
        return "void"
    sale = dict.fromkeys(("Paid", "Refunded", "Partially refunded"), "sale")
    return ({"Unpaid": "pending", "Declined": "failed"} | sale)[row["Payment status"]]


def givewp(row: Row) -> str:
    if row["Payment Mode"] == "test":
        return "test"
    meanings = {
        **dict.fromkeys(("Complete", "Renewal"), "sale"),
        **dict.fromkeys(("Failed", "Abandoned", "Revoked"), "failed"),
        "Refunded": "reversed",
        "Pending": "open",
        "Cancelled": "void",
    }
    return meanings[row["Donation Status"]]


BRAINTREE = {
    **dict.fromkeys(("settled", "settling", "submitted_for_settlement"), "sale"),
    **dict.fromkeys(("processor_declined", "gateway_rejected", "settlement_declined", "failed"), "failed"),
    **dict.fromkeys(("voided", "authorization_expired"), "void"),
    "authorized": "open",
}


def braintree(row: Row) -> str:
    return "other_currency" if row["Currency ISO Code"] != "USD" else BRAINTREE[row["Transaction Status"]]


def xero(row: Row) -> str:
    if row["Type"] == "Sales overpayment":
        return "settlement"
    undone = {"Voided": "void", "Draft": "draft", "Awaiting Approval": "draft"}
    return undone.get(row["Status"], "sale")


def odoo(row: Row) -> str:
    if row["Type"] == "Vendor Bill":
        return "transfer"
    return {"Posted": "sale", "Draft": "draft", "Cancelled": "void"}[row["Status"]]


EBAY_ENGLISH = ebay(
    (
        *("Type", "Gross transaction amount", "Buyer username", "Transaction creation date"),
        *("Order", "Refund", "Claim"),
    ),
    ".",
    iso("%b %d, %Y"),
)
EBAY_GERMAN = ebay(
    (
        *("Typ", "Transaktionsbetrag (inkl. Kosten)", "Nutzername des Käufers", "Datum der Transaktionserstellung"),
        *("Bestellung", "Rückerstattung", "Fall"),
    ),
    ",",
    lambda text: iso("%b %d, %Y")(
        text.replace("Mär", "Mar").replace("Mai", "May").replace("Okt", "Oct").replace("Dez", "Dec")
    ),
)


def lemonsqueezy(row: Row) -> str:
    if row["test_mode"] == "true":
        return "test"
    return {"pending": "open", "failed": "failed", "void": "void"}.get(row["status"], "sale")


def tiendanube(folder: str, file: str, names: tuple[str, ...], decimal: str) -> Sample:
    """Orders of one language: what is refused or cancelled counts nothing, else the payment's state decides."""
    number_name, email, day, state, payment, total = names
    refused = ("Rechazado", "Recusado")
    meanings = {"Recibido": "sale", "Confirmado": "sale", "Pendiente": "open", "Pendente": "open"}
    return Sample(
        folder,
        file,
        amount=lambda row: number(row[total], decimal),
        who=lambda row: row[email].lower(),
        when=lambda row: iso("%d/%m/%Y %H:%M:%S")(row[day]),
        line=lambda row: (
            "failed"
            if row[payment] in refused
            else "void"
            if row[state].startswith("Cancelad")
            else meanings[row[payment]]
        ),
        order=number_name,
    )


TIENDANUBE = (
    tiendanube(
        "tiendanube/spanish",
        "ventas.csv",
        ("Número de orden", "Email", "Fecha", "Estado de la orden", "Estado del pago", "Total"),
        ",",
    ),
    tiendanube(
        "tiendanube/portuguese",
        "vendas.csv",
        ("Número do Pedido", "E-mail", "Data", "Status do Pedido", "Status do Pagamento", "Total"),
        ".",
    ),
)


def prestashop(folder: str, file: str, names: tuple[str, ...], states: tuple[str, ...], decimal: str) -> Sample:
    """Orders of one language; `states` are those that wait, failed, are cancelled and refunded, all others are sold."""
    customer, day, state = names
    waiting, failed, void, back = states
    return Sample(
        folder,
        file,
        amount=lambda row: number(row["Total"], decimal),
        who=lambda row: row[customer],
        when=lambda row: row[day],
        line=lambda row: (
            "open"
            if row[state].startswith(waiting)
            else {failed: "failed", void: "void", back: "reversed"}.get(row[state], "sale")
        ),
    )


def shopware(row: Row) -> str:
    """What a row is by the numbers of its order's state and of its payment's."""
    if row["status"] in {"4", "-1"}:
        return "void"
    states = {"12": "sale", "17": "open", "20": "reversed", "35": "void"}
    return states[row["cleared"]]


PRESTASHOP = (
    prestashop(
        "prestashop/english",
        "order_2026-01-02.csv",
        ("Customer", "Date", "Status"),
        ("Awaiting", "Payment error", "Canceled", "Refunded"),
        ".",
    ),
    prestashop(
        "prestashop/spanish",
        "order_2026-01-03.csv",
        ("Cliente", "Fecha", "Estado"),
        ("En espera", "Error en pago", "Cancelado", "Reembolsado"),
        ",",
    ),
)


SAMPLES = (
    Sample(
        "shopify/orders",
        "orders_export_1.csv",
        amount=lambda row: number(row["Total"]),
        refund=lambda row: number(row["Refunded Amount"]),
        who=lambda row: row["Email"].lower(),
        when=lambda row: row["Created at"],
        line=shopify,
        owed=lambda row: number(row["Outstanding Balance"]),
        order="Name",
    ),
    Sample(
        "woocommerce/orders",
        "order_export.csv",
        amount=lambda row: number(row["order_total"]),
        who=lambda row: row["billing_email"].lower(),
        when=lambda row: row["order_date"],
        line=by(
            "status",
            {"completed": "sale", "processing": "sale", "refunded": "reversed", "failed": "failed"}
            | {"cancelled": "void", "pending": "open", "on-hold": "open"},
        ),
    ),
    Sample(
        "stripe/payments",
        "unified_payments.csv",
        amount=lambda row: number(row["Converted Amount"]),
        refund=lambda row: number(row["Converted Amount Refunded"]),
        who=lambda row: row["Customer ID"] or row["Customer Email"].lower(),
        when=lambda row: row["Created date (UTC)"],
        line=stripe,
    ),
    Sample(
        "stripe/charges",
        "charges.csv",
        amount=lambda row: number(row["amount"]) / 100,
        refund=lambda row: number(row["amount_refunded"]) / 100,
        who=lambda row: row["customer_id"] or row["receipt_email"].lower(),
        when=lambda row: datetime.fromtimestamp(int(row["created"]), UTC).isoformat(),
        line=charge,
        answers=(("currencies.keep", "USD"),),
    ),
    Sample(
        "stripe/invoices",
        "invoices.csv",
        amount=lambda row: number(row["Amount Paid"]),
        who=lambda row: row["Customer"],
        when=lambda row: row["Date (UTC)"],
        line=by(
            "Status", {"paid": "sale", "open": "open", "draft": "draft", "void": "void", "uncollectible": "failed"}
        ),
        is_of_subscriptions=True,
    ),
    Sample(
        "square/transactions",
        "transactions-2023-07-01-2026-01-01.csv",
        amount=lambda row: number(row["Total Collected"]),
        who=lambda row: row["Customer ID"],
        when=lambda row: f"{row['Date']} {row['Time']}",
        line=lambda _: "sale",
    ),
    Sample(
        "square/items",
        "items-2023-07-01-2026-01-01.csv",
        amount=lambda row: number(row["Net Sales"]) + number(row["Tax"]),
        who=lambda row: row["Customer ID"],
        when=lambda row: f"{row['Date']} {row['Time']}",
        line=lambda _: "sale",
    ),
    Sample(
        "paypal/english",
        "Download_en.CSV",
        amount=lambda row: number(row["Gross"]),
        who=lambda row: paypal_customer(row, ENGLISH),
        when=lambda row: iso("%m/%d/%Y %H:%M:%S")(f"{row['Date']} {row['Time']}"),
        line=lambda row: paypal(row, ENGLISH, "USD"),
        answers=(("currencies.keep", "USD"),),
    ),
    Sample(
        "paypal/german",
        "Download_de.CSV",
        amount=lambda row: number(row["Brutto"], ","),
        who=lambda row: paypal_customer(row, GERMAN),
        when=lambda row: iso("%d.%m.%Y %H:%M:%S")(f"{row['Datum']} {row['Uhrzeit']}"),
        line=lambda row: paypal(row, GERMAN, "EUR"),
        answers=(("currencies.keep", "EUR"),),
    ),
    Sample(
        "magento/orders",
        "sales_order.csv",
        amount=lambda row: number(row["base_grand_total"]),
        refund=lambda row: number(row["base_total_refunded"]),
        who=lambda row: row["customer_email"].lower(),
        when=lambda row: row["created_at"],
        line=by("status", MAGENTO),
    ),
    Sample(
        "magento/grid",
        "export.csv",
        amount=lambda row: number(row["Grand Total (Base)"]),
        refund=lambda row: number(row["Total Refunded"]),
        who=lambda row: row["Customer Email"].lower(),
        when=lambda row: iso("%b %d, %Y %I:%M:%S %p")(row["Purchase Date"]),
        line=lambda row: MAGENTO[row["Status"].lower()],
    ),
    Sample(
        "bigcommerce/orders",
        "orders.csv",
        amount=lambda row: number(row["Order Total (inc tax)"]),
        refund=lambda row: number(row["Refund Amount"]),
        who=lambda row: row["Customer Email"].lower(),
        when=lambda row: iso("%d/%m/%Y")(row["Order Date"]),
        line=lambda row: (
            "test"
            if row["Payment Method"] == "Test Payment Gateway"
            else {
                **dict.fromkeys(("Pending", "Awaiting Payment", "Manual Verification Required"), "open"),
                "Declined": "failed",
                "Cancelled": "void",
                "Incomplete": "draft",
            }.get(row["Order Status"], "sale")
        ),
    ),
    Sample(
        "etsy/orders",
        "EtsySoldOrders.csv",
        amount=lambda row: (
            number(row["Order Value"])
            + number(row["Shipping"])
            - number(row["Discount Amount"])
            - number(row["Shipping Discount"])
        ),
        who=lambda row: row["Buyer User ID"].lower() or row["Full Name"].lower(),
        when=lambda row: iso("%m/%d/%y")(row["Sale Date"]),
        line=lambda _: "sale",
    ),
    Sample(
        "etsy/items",
        "EtsySoldOrderItems.csv",
        amount=lambda row: number(row["Item Total"]) - number(row["Discount Amount"]),
        who=lambda row: row["Buyer"].lower(),
        when=lambda row: iso("%m/%d/%y")(row["Sale Date"]),
        line=lambda _: "sale",
    ),
    Sample(
        "amazon/shipments",
        "fba_shipments.txt",
        amount=lambda row: sum((number(row[name]) for name in AMAZON), Decimal(0)),
        who=lambda row: row["buyer-email"].lower(),
        when=lambda row: row["purchase-date"],
        line=lambda _: "sale",
    ),
    Sample(
        "paddle/transactions",
        "transactions.csv",
        amount=lambda row: number(row["details.totals.grand_total"]) / 100,
        who=lambda row: row["customer_id"],
        when=lambda row: row["created_at"],
        line=by(
            "status",
            {"completed": "sale", "paid": "sale", "billed": "open", "draft": "draft", "ready": "draft"}
            | {"past_due": "failed", "canceled": "void"},
        ),
        answers=(("subscriptions.subscriptions.interval", "listed"),),
        is_of_subscriptions=True,
    ),
    Sample(
        "hubspot/deals",
        "hubspot-crm-exports-all-deals.csv",
        amount=lambda row: number(row["Amount in company currency"]),
        who=lambda row: row["Associated Company IDs"] or row["Associated Contact IDs"],
        when=lambda row: row["Close Date"],
        line=deal("Deal Stage"),
    ),
    Sample(
        "hubspot/own_currency",
        "hubspot-deals-fr.csv",
        amount=lambda row: number(row["Montant"]),
        who=lambda row: row["Associated Company IDs"] or row["Associated Company (Primary)"],
        when=lambda row: row["Date de fermeture"],
        line=deal("Phase de la transaction"),
    ),
    Sample(
        "salesforce/report",
        "report1717000000000.csv",
        amount=lambda row: number(row["Amount"]),
        who=lambda row: row["Account ID"],
        when=lambda row: iso("%m/%d/%Y")(row["Close Date"]),
        line=deal("Stage"),
    ),
    Sample(
        "salesforce/data_loader",
        "opportunities.csv",
        amount=lambda row: number(row["AMOUNT"]),
        who=lambda row: row["ACCOUNTID"],
        when=lambda row: row["CLOSEDATE"],
        line=lambda row: "void" if row["ISDELETED"] == "true" else deal("STAGENAME")(row),
    ),
    Sample(
        "pipedrive/deals",
        "deals-11111111-1.csv",
        amount=lambda row: number(row["Deal - Value"]),
        who=lambda row: row["Organization - ID"] or row["Deal - Organization"] or row["Deal - Contact person"],
        when=lambda row: row["Deal - Won time"],
        line=by("Deal - Status", {"Won": "sale", "Lost": "lost", "Open": "open", "Deleted": "void"}),
    ),
    Sample(
        "pipedrive/deals_spanish",
        "deals-12345-1.csv",
        amount=lambda row: number(row["Negocio - Valor"]),
        who=lambda row: row["Negocio - Organización"] or row["Negocio - Persona de contacto"],
        when=lambda row: row["Negocio - Hora del negocio ganado"],
        line=by("Negocio - Estado", {"Ganado": "sale", "Perdido": "lost", "Abierto": "open"}),
    ),
    Sample(
        "zoho/deals",
        "Deals_2025_06_01.csv",
        amount=lambda row: number(row["Amount"]),
        who=lambda row: row["Account Name.id"] or row["Contact Name.id"],
        when=lambda row: row["Closing Date"],
        line=deal("Stage"),
    ),
    Sample(
        "courses/sales_data_sample",
        "sales_data_sample.csv",
        amount=lambda row: number(row["SALES"]),
        who=lambda row: row["CUSTOMERNAME"],
        when=lambda row: iso("%m/%d/%Y %H:%M")(row["ORDERDATE"]),
        line=by(
            "STATUS",
            {"Shipped": "sale", "Resolved": "sale", "In Process": "sale", "On Hold": "open", "Disputed": "open"}
            | {"Cancelled": "void"},
        ),
    ),
    Sample("ebay/english", "Transaction_report.csv", **EBAY_ENGLISH),
    Sample("ebay/german", "Transaktionsbericht.csv", **EBAY_GERMAN),
    Sample(
        "squarespace/orders",
        "orders.csv",
        amount=lambda row: number(row["Total"]),
        refund=lambda row: number(row["Amount Refunded"]),
        who=lambda row: row["Email"].lower(),
        when=lambda row: row["Created at"],
        line=by(
            "Financial Status",
            {
                "PAID": "sale",
                "REFUNDED": "sale",
                "PARTIALLY_REFUNDED": "sale",
                "PENDING": "pending",
                "CANCELED": "void",
            },
        ),
        order="Order ID",
    ),
    Sample(
        "wix/orders",
        "Orders.csv",
        amount=lambda row: number(row["Total"]),
        refund=lambda row: number(row["Refunded amount"]),
        who=lambda row: row["Contact email"],
        when=lambda row: iso("%b %d, %Y %I:%M:%S %p")(f"{row['Date created']} {row['Time']}"),
        line=wix,
        order="Order number",
    ),
    Sample(
        "gumroad/sales",
        "Sales.csv",
        amount=lambda row: number(row["Sale Price ($)"]),
        refund=lambda row: number(row["Partial Refund ($)"]),
        who=lambda row: row["Purchase Email"],
        when=lambda row: row["Purchase Date"],
        line=gumroad,
    ),
    Sample(
        "givewp/donations",
        "give-export-donations.csv",
        amount=lambda row: number(row["Donation Total"]),
        who=lambda row: row["Email Address"].lower(),
        when=lambda row: iso("%B %d, %Y %H:%M")(f"{row['Donation Date']} {row['Donation Time']}"),
        line=givewp,
    ),
    Sample(
        "braintree/transactions",
        "transaction_search.csv",
        amount=lambda row: (
            number(row["Amount Submitted For Settlement"]) * (-1 if row["Transaction Type"] == "credit" else 1)
        ),
        who=lambda row: row["Customer ID"] or row["PayPal Payer Email"],
        when=lambda row: iso("%m/%d/%Y %H:%M:%S")(row["Created Datetime"]),
        line=braintree,
        answers=(("currencies.keep", "USD"),),
    ),
    Sample(
        "gocardless/payments",
        "payments-export.csv",
        amount=lambda row: number(row["amount"]),
        refund=lambda row: number(row["amount_refunded"]),
        who=lambda row: row["customers.id"],
        when=lambda row: row["charge_date"],
        line=by(
            "status",
            {"paid_out": "sale", "confirmed": "sale", "submitted": "open", "pending_submission": "open"}
            | {"pending_customer_approval": "open", "failed": "failed", "customer_approval_denied": "failed"}
            | {"cancelled": "void", "charged_back": "reversed"},
        ),
    ),
    Sample(
        "xero/sales_invoices",
        "SalesInvoices.csv",
        amount=lambda row: number(row["Total"]) - number(row["InvoiceAmountDue"]),
        who=lambda row: row["ContactName"],
        when=lambda row: iso("%d/%m/%Y")(row["InvoiceDate"]),
        line=xero,
        order="InvoiceNumber",
    ),
    Sample(
        "odoo/invoices",
        "Journal Entry (account.move).csv",
        amount=lambda row: number(row["Total Signed"]) - number(row["Amount Due Signed"]),
        who=lambda row: row["Partner"],
        when=lambda row: row["Invoice/Bill Date"],
        line=odoo,
    ),
    *TIENDANUBE,
    *PRESTASHOP,
    Sample(
        "mollie/payments",
        "mollie-export.csv",
        amount=lambda row: number(row["Amount"]),
        who=lambda row: row["Consumer bank account"],
        when=lambda row: row["Date"],
        line=by(
            "Status",
            {"paid": "sale", "paidout": "sale", "refunded": "sale", "open": "open", "canceled": "void"}
            | dict.fromkeys(("failed", "expired"), "failed"),
        ),
    ),
    Sample(
        "mollie/refunded_amount",
        "mollie-payments.csv",
        amount=lambda row: number(row["Amount"]),
        refund=lambda row: number(row["Amount refunded"]),
        who=lambda row: row["Consumer bank account"],
        when=lambda row: row["Date"],
        line=by(
            "Status",
            {"paid": "sale", "open": "open", "canceled": "void"} | dict.fromkeys(("failed", "expired"), "failed"),
        ),
    ),
    Sample(
        "adyen/settlement",
        "settlement_detail_report_batch_2.csv",
        amount=lambda row: number(row["Gross Credit (GC)"]) - number(row["Gross Debit (GC)"]),
        who=lambda row: row["Shopper Reference"],
        when=lambda row: row["Creation Date"],
        line=by(
            "Type",
            dict.fromkeys(("Settled", "Refunded", "Chargeback"), "sale")
            | dict.fromkeys(("Fee", "MerchantPayout"), "transfer"),
        ),
    ),
    Sample(
        "shopware/orders",
        "export.orders.csv",
        amount=lambda row: number(row["invoiceAmount"]),
        who=lambda row: row["email"].lower(),
        when=lambda row: row["orderTime"],
        line=shopware,
    ),
    Sample(
        "ebay/orders",
        "eBay-OrdersReport.csv",
        amount=lambda row: number(row["Total Price"]) - number(row["eBay Collected Tax"]),
        who=lambda row: row["Buyer Username"],
        when=lambda row: iso("%b-%d-%y")(row["Paid On Date"]),
        line=lambda _: "sale",
        order="Order Number",
        skip=1,
    ),
    Sample(
        "lemonsqueezy/orders",
        "orders.csv",
        amount=lambda row: number(row["total"]) / 100,
        who=lambda row: row["user_email"].lower(),
        when=lambda row: row["created_at"],
        line=lemonsqueezy,
        refund=lambda row: number(row["refunded_amount"]) / 100,
    ),
    Sample(
        "lemonsqueezy/subscription_invoices",
        "subscription_invoices.csv",
        amount=lambda row: (number(row["total"]) - number(row["refunded_amount"])) / 100,
        who=lambda row: row["user_email"].lower(),
        when=lambda row: row["created_at"],
        line=lemonsqueezy,
        is_of_subscriptions=True,
    ),
    Sample(
        "chargebee/invoices",
        "Invoices.csv",
        amount=lambda row: number(row["invoices.amount_paid"]),
        who=lambda row: row["invoices.customer_id"],
        when=lambda row: iso("%d-%b-%Y %H:%M")(row["invoices.date"]),
        line=lambda row: "sale" if row["invoices.status"] == "paid" else "open",
        is_of_subscriptions=True,
    ),
    Sample(
        "chargebee/api_invoices",
        "invoices.csv",
        amount=lambda row: number(row["amount_paid"]) / 100,
        who=lambda row: row["customer_id"],
        when=lambda row: row["date"],
        line=lambda row: "sale" if row["status"] == "paid" else "open",
        is_of_subscriptions=True,
    ),
    Sample(
        "eventbrite/orders",
        "Cross-Event_Orders.csv",
        amount=lambda row: number(row["Gross sales"]),
        who=lambda row: row["Buyer email"],
        when=lambda row: row["Order date"],
        line=by("Payment status", {"Completed": "sale", "Refunded": "reversed", "Deleted": "void", "Unpaid": "open"}),
    ),
    Sample(
        "eventbrite/attendees",
        "report-attendees.csv",
        amount=lambda row: number(row["Total Paid"]),
        who=lambda row: row["Email"],
        when=lambda row: iso("%m/%d/%y %H:%M")(row["Order Date"]),
        line=by(
            "Attendee Status",
            {"Attending": "sale", "Checked In": "sale", "Not Attending": "reversed", "Deleted": "void"}
            | {"Unpaid": "open"},
        ),
    ),
)


def olist() -> dict[str, object]:
    """Each order's payments added up; the person of an order stands in the customers file."""
    folder = HERE / "courses/olist"
    people = {row["customer_id"]: row["customer_unique_id"] for row in rows_of(folder / "olist_customers_dataset.csv")}
    paid: dict[str, Decimal] = {}
    for row in rows_of(folder / "olist_order_payments_dataset.csv"):
        paid[row["order_id"]] = paid.get(row["order_id"], Decimal(0)) + number(row["payment_value"])
    orders = list(rows_of(folder / "olist_orders_dataset.csv"))
    undone = [row for row in orders if row["order_status"] in {"canceled", "unavailable"}]
    sold = [row for row in orders if row["order_status"] not in {"canceled", "unavailable", "created"}]
    days = sorted(row["order_purchase_timestamp"][:10] for row in sold)

    def money(rows: list[Row]) -> str:
        return str(sum((paid.get(row["order_id"], Decimal(0)) for row in rows), Decimal(0)).quantize(CENT))

    return {
        "rows": len(orders),
        "rows_kept": len(sold),
        "customers": len({people[row["customer_id"]] for row in sold}),
        "first_day": days[0],
        "last_day": days[-1],
        "money": {"gross": money(orders), "void": money(undone), "net": money(sold)},
        "answers": {},
    }


def quickbooks() -> dict[str, object]:
    """Lines below the heading of their customer; totals, blank rows and titles are none."""
    text = (HERE / "quickbooks/sales_by_customer/Sales by Customer Detail.csv").read_text(encoding="utf-8")
    heading, lines = "", []
    for row in list(csv.reader(io.StringIO(text, newline="")))[5:]:
        heading = row[0] or heading
        if row[1]:
            lines.append((heading, iso("%m/%d/%Y")(row[1])[:10], number(row[8])))
    days = sorted(day for _, day, _ in lines)
    back = -sum((amount for *_, amount in lines if amount < 0), Decimal(0))
    net = sum((amount for *_, amount in lines), Decimal(0))
    money = {"gross": net + back, "refunds": back, "net": net}
    return {
        "rows": len(lines),
        "rows_kept": len(lines),
        "customers": len({name for name, *_ in lines}),
        "first_day": days[0],
        "last_day": days[-1],
        "money": {name: str(amount.quantize(CENT)) for name, amount in money.items()},
        "answers": {},
    }


def ends_of_subscriptions(folder: str, file: str, end: str) -> dict[str, object]:
    """How many subscriptions have ended, or will by a notice."""
    return {"ended_subscriptions": sum(bool(row[end]) for row in rows_of(HERE / folder / file)), "answers": {}}


def totals_of_customers(folder: str, file: str, names: tuple[str, ...], *, dated: bool = False) -> dict[str, object]:
    """One row a customer with totals: how many, and the sum of what they paid; without a last order a rule is asked."""
    rows = list(rows_of(HERE / folder / file))
    paid = sum((number(row[name]) for row in rows for name in names), Decimal(0))
    answers = {} if dated else {"churn.rule": "inactivity"}
    return {"customers": len(rows), "total": str(paid.quantize(CENT)), "answers": answers}


@dataclass(frozen=True)
class Events:
    """A file of events: which are purchases, and whose."""

    folder: str
    file: str
    kind: Callable[[Event], str]
    amount: Callable[[Event], object]
    who: Callable[[Event], str | None]  # of a purchase
    known: Callable[[Event], str | None]  # of any other event
    when: Callable[[Event], object]
    name: Callable[[Event], object]  # an event of the same name is the same event sent again
    sale: str
    refund: str
    passive: tuple[str, ...]  # kinds that are no act of the customer, ends among them
    holds: str = "usage"
    purchase_name: Callable[[Event], object] | None = None
    again: tuple[str, ...] = ()  # kinds that carry the money of a purchase once more


def events_of(events: Events) -> dict[str, object]:
    """Purchases once each, refunds taken off; the events of known customers, and how many are none of their acts."""
    path = HERE / events.folder / events.file
    rows: list[Event] = (
        [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        if path.suffix != ".csv"
        else [dict(row) for row in rows_of(path)]
    )
    name_of = events.purchase_name or events.name
    money = {name_of(row): row for row in rows if events.kind(row) in {events.sale, events.refund}}
    paid = {name: row for name, row in money.items() if events.who(row)}
    signs = {events.sale: 1, events.refund: -1}
    amounts = [signs[events.kind(row)] * Decimal(str(events.amount(row))) for row in paid.values()]
    nobody = sum((Decimal(str(events.amount(row))) for name, row in money.items() if name not in paid), Decimal(0))
    net = sum(amounts, Decimal(0))
    others = {events.name(row): row for row in rows if events.known(row)}
    days = [moment(events.when(row)).date().isoformat() for row in paid.values()]
    again = sum((Decimal(str(events.amount(row))) for row in rows if events.kind(row) in events.again), Decimal(0))
    back = -sum((amount for amount in amounts if amount < 0), Decimal(0))
    lines = {"gross": net + back + nobody + again, "refunds": back, "net": net}
    lines |= {"missing_customer": nobody, "does_not_count": again}
    return {
        "rows": len(rows),
        "rows_kept": len(paid),
        "customers": len({events.who(row) for row in paid.values()}),
        "first_day": min(days),
        "last_day": max(days),
        "money": {line: str(value.quantize(CENT)) for line, value in lines.items() if value},
        "rest": {
            "table": events.holds,
            "rows_kept": len(others),
            "customers": len({events.known(row) for row in others.values()}),
            "passive": sum(events.kind(row) in {*events.passive, events.refund} for row in others.values()),
        },
        "answers": {},
    }


def moment(value: object) -> datetime:
    """Seconds, microseconds or ISO texts as a moment."""
    text = str(value)
    if text.isdigit():
        return datetime.fromtimestamp(int(text[:10]), UTC)
    read = datetime.fromisoformat(text)
    return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)


ENDED = ("Subscription Cancelled", "subscription_cancelled", "Account Deleted", "app_remove", "Unsubscribed")
EVENTS = (
    Events(
        "segment/raw",
        "events.jsonl",
        kind=lambda row: row["event"] or row["type"],
        amount=lambda row: row["properties"]["revenue"],
        who=lambda row: row["userId"] or row["anonymousId"],
        known=lambda row: row["userId"],
        when=lambda row: row["timestamp"],
        name=lambda row: row["messageId"],
        sale="Order Completed",
        refund="Order Refunded",
        passive=(*ENDED, "identify", "Email Delivered"),
    ),
    Events(
        "segment/warehouse",
        "order_completed.csv",
        kind=lambda row: row["event"],
        amount=lambda row: row["revenue"],
        who=lambda row: row["user_id"] or row["anonymous_id"],
        known=lambda row: row["user_id"],
        when=lambda row: row["timestamp"],
        name=lambda row: row["id"],
        sale="order_completed",
        refund="order_refunded",
        passive=ENDED,
    ),
    Events(
        "amplitude/events",
        "export.jsonl",
        kind=lambda row: row["event_type"],
        amount=lambda row: row["event_properties"]["$revenue"],
        who=lambda row: row["user_id"] or str(row["amplitude_id"]),
        known=lambda row: row["user_id"],
        when=lambda row: row["event_time"],
        name=lambda row: row["$insert_id"],
        sale="revenue_amount",
        refund="Order Refunded",
        passive=(*ENDED, "$identify", "Push Received", "session_end", "unverified_revenue"),
        again=("unverified_revenue",),
    ),
    Events(
        "mixpanel/lines",
        "mixpanel.jsonl",
        kind=lambda row: row["event"],
        amount=lambda row: row["properties"]["$amount"],
        who=lambda row: row["properties"]["distinct_id"],
        known=lambda row: None if "$device" in (text := row["properties"]["distinct_id"]) else text,
        when=lambda row: row["properties"]["time"],
        name=lambda row: (row["properties"]["$insert_id"], row["properties"]["distinct_id"]),
        sale="Order Completed",
        refund="Order Refunded",
        passive=(*ENDED, "$identify", "$campaign_delivery"),
    ),
    Events(
        "mixpanel/flat",
        "events.csv",
        kind=lambda row: row["event"],
        amount=lambda row: row["revenue"],
        who=lambda row: row["$user_id"] or row["distinct_id"],
        known=lambda row: row["$user_id"],
        when=lambda row: row["time"],
        name=lambda row: (row["$insert_id"], row["distinct_id"]),
        sale="Order Completed",
        refund="Order Refunded",
        passive=(*ENDED, "$identify", "Push Received"),
    ),
    Events(
        "posthog/sql",
        "posthog.csv",
        kind=lambda row: row["event"],
        amount=lambda row: json.loads(row["properties"])["revenue"],
        who=lambda row: row["person_id"] if "p-" in row["person_id"] else row["distinct_id"],
        known=lambda row: row["person_id"] if "p-" in row["person_id"] else row["distinct_id"],
        when=lambda row: row["timestamp"],
        name=lambda row: row["uuid"],
        sale="order_completed",
        refund="order_refunded",
        passive=(*ENDED, "$identify", "$set", "$pageleave"),
    ),
    Events(
        "ga4/bigquery",
        "events.jsonl",
        kind=lambda row: row["event_name"],
        amount=lambda row: row["ecommerce"]["purchase_revenue"] or row["ecommerce"]["refund_value"],
        who=lambda row: row["user_id"] or row["user_pseudo_id"],
        known=lambda row: row["user_id"],
        when=lambda row: row["event_timestamp"],
        name=lambda row: json.dumps(row, sort_keys=True),
        sale="purchase",
        refund="refund",
        passive=(*ENDED, "notification_receive", "app_update"),
        purchase_name=lambda row: (row["event_name"], *row["ecommerce"].values()),
    ),
    Events(
        "klaviyo/events",
        "events.csv",
        kind=lambda row: row["metric"],
        amount=lambda row: row["$value"],
        who=lambda row: row["profile_id"],
        known=lambda row: row["profile_id"],
        when=lambda row: row["datetime"],
        name=lambda row: row["event_id"],
        sale="Placed Order",
        refund="Refunded Order",
        passive=(*ENDED, "Received Email", "Bounced Email"),
        holds="marketing",
        again=("Ordered Product", "Checkout Started"),
    ),
)


if __name__ == "__main__":
    for events in EVENTS:
        target = HERE / events.folder / "expected.json"
        target.write_text(json.dumps(events_of(events), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    for sample in SAMPLES:
        target = HERE / sample.folder / "expected.json"
        target.write_text(
            json.dumps(received(sample) if sample.is_of_subscriptions else totals(sample), indent=1, ensure_ascii=False)
            + "\n",
            encoding="utf-8",
        )
    others = {
        "courses/olist": olist(),
        "quickbooks/sales_by_customer": quickbooks(),
        "lemonsqueezy/subscriptions": ends_of_subscriptions(
            "lemonsqueezy/subscriptions", "subscriptions.csv", "ends_at"
        ),
        "courses/flo": totals_of_customers(
            "courses/flo",
            "flo_data_20k.csv",
            ("customer_value_total_ever_online", "customer_value_total_ever_offline"),
            dated=True,
        ),
        "shopify/customers": totals_of_customers("shopify/customers", "customers_export.csv", ("Total Spent",)),
        "stripe/customers": totals_of_customers("stripe/customers", "customers.csv", ("Total Spend",)),
        "klaviyo/profiles": totals_of_customers(
            "klaviyo/profiles", "profiles.csv", ("Historic Customer Lifetime Value",)
        ),
        "hubspot/contacts": totals_of_customers(
            "hubspot/contacts", "hubspot-crm-exports-all-contacts.csv", ("Total Revenue",)
        ),
    }
    for folder, expected in others.items():
        text = json.dumps(expected, indent=1, ensure_ascii=False) + "\n"
        (HERE / folder / "expected.json").write_text(text, encoding="utf-8")
