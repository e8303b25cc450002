"""eBay's transaction report, in English and German, and its orders report."""

from holdfast.column_types import Kind
from holdfast.inference.recipes.record import (
    ADDRESS,
    BUSINESS,
    FREE_TEXT,
    IN_TOTAL,
    LATER,
    NAME,
    NUMBER,
    Field,
    Recipe,
    Row,
    left_out,
)
from holdfast.meanings import Meaning
from holdfast.table_settings import MoneySettings

_FEE = "eBay's fee, no revenue"

_TRANSACTIONS = Recipe(
    key="ebay/transactions",
    title="eBay transaction report",
    row=Row.CHARGE,
    holds="transactions",
    sources=(
        "https://export.ebay.com/en/marketing/seller-hub/payments-tab/",
        "https://developer.ebay.com/api-docs/sell/finances/resources/transaction/methods/getTransactions",
    ),
    fields=(
        Field(("Transaction creation date", "Datum der Transaktionserstellung"), "happened_at", needed=True, rare=True),
        Field(("Type", "Typ"), "kind", needed=True),
        Field(("Order number", "Bestellnummer"), "order_id", needed=True),
        Field(("Buyer username", "Nutzername des Käufers"), needed=True, rare=True),
        Field(("Gross transaction amount", "Transaktionsbetrag (inkl. Kosten)"), "amount", needed=True, rare=True),
        Field(("Transaction currency", "Transaktionswährung"), "currency"),
        Field(("Item title", "Angebotstitel"), "product"),
        Field(("Quantity", "Stückzahl"), "quantity"),
        Field(("Ship to city", "Versandziel - Ort"), kind=Kind.TEXT),
        Field(("Ship to country", "Versandziel - Land"), kind=Kind.CATEGORY),
        Field(("Net amount", "Betrag abzügl. Kosten"), out="after eBay's fees"),
        Field(("Item subtotal", "Zwischensumme Artikel"), rare=True, out=IN_TOTAL),
        Field(("Shipping and handling", "Verpackung und Versand"), out=IN_TOTAL),
        Field(("Seller collected tax",), out=IN_TOTAL),
        Field(("Vom Verkäufer angegebener MwSt.-Satz",), rare=True, out="a rate of tax"),
        Field(
            ("eBay collected tax", "Von eBay eingezogene Steuer"), rare=True, out="a tax that eBay keeps: no revenue"
        ),
        Field(("Final Value Fee - fixed", "Fixer Anteil der Verkaufsprovision"), rare=True, out=_FEE),
        Field(("Final Value Fee - variable", "Variabler Anteil der Verkaufsprovision"), rare=True, out=_FEE),
        Field(("Regulatory operating fee", "Gebühr für gesetzliche Betriebskosten"), rare=True, out=_FEE),
        Field(
            (
                'Very high "item not as described" fee',
                "Gebühr für sehr hohe Quote an „nicht wie beschriebenen Artikeln“",
            ),
            rare=True,
            out=_FEE,
        ),
        Field(
            ("Below standard performance fee", "Gebühr für unterdurchschnittlichen Servicestatus"), rare=True, out=_FEE
        ),
        Field(("International fee", "Internationale Gebühr"), out=_FEE),
        Field(("Deposit processing fee",), rare=True, out=_FEE),
        Field(("Charity donation",), out=BUSINESS),
        Field(("Payout currency", "Auszahlungswährung"), rare=True, out=BUSINESS),
        Field(("Exchange rate", "Wechselkurs"), out=BUSINESS),
        Field(("Payout date", "Auszahlungsdatum"), out=LATER),
        Field(("Payout ID", "Auszahlung Nr."), out=LATER),
        Field(("Payout method", "Auszahlungsmethode"), out=LATER),
        Field(("Payout status", "Status der Auszahlung"), out=LATER),
        Field(("Reason for hold",), out=LATER),
        Field(("Legacy order ID", "Alte Bestellnummer"), rare=True, out=NUMBER),
        Field(("Item ID", "Artikelnr."), out=NUMBER),
        Field(("Transaction ID", "Transaktionsnummer"), out=NUMBER),
        Field(("Custom label", "Bestandseinheit"), out=NUMBER),
        Field(("Reference ID", "Referenznummer"), out=NUMBER),
        Field(("Buyer name", "Name des Käufers"), out=NAME),
        Field(("Ship to province/region/state",), out=ADDRESS),
        Field(("Ship to zip", "Versandziel - PLZ"), out=ADDRESS),
        Field(("Description", "Beschreibung"), out=FREE_TEXT),
    ),
    customer=("buyer_username",),
    nobody=("", "--"),
    statuses={
        "kind": {
            Meaning.SALE: ("Order", "Bestellung"),
            Meaning.REFUND: ("Refund", "Rückerstattung"),
            # Their own sign says whether the buyer or the seller got the money.
            Meaning.NEUTRAL: ("Claim", "Payment dispute", "Fall"),
            Meaning.TRANSFER: (
                *("Other fee", "Shipping label", "Payout", "Hold", "Transfer"),
                *("Andere Gebühr", "Versandetikett", "Auszahlung"),
            ),
        }
    },
    money=MoneySettings(currency="currency"),
    repeats_are_real=True,
    notes=(
        "Of an order with several items the first row holds the money; the rows of its items have no amount.",
        "The gross amount is before eBay's fees and without the tax that eBay collects.",
    ),
)

_COLLECTED = "a tax that eBay keeps: no revenue"

_ORDERS = Recipe(
    key="ebay/orders",
    title="eBay orders report",
    row=Row.LINE,
    holds="transactions",
    sources=(
        "https://github.com/randomecho/shifted-sales-report",
        "https://www.ebay.com/help/selling/selling-tools/downloading-orders-report?id=4095",
    ),
    fields=(
        Field(("Order Number",), "order_id", needed=True),
        Field(("Paid On Date",), "happened_at", needed=True, formats=("%b-%d-%y",)),
        *left_out("the day of the order, paid or not", "Sale Date"),
        Field(("Buyer Username",), needed=True, rare=True),
        Field(
            ("Total Price",), "amount", needed=True, rare=True, minus=("e_bay_collected_tax", "e_bay_collected_charges")
        ),
        Field(("Item Title",), "product"),
        Field(("Quantity",), "quantity"),
        Field(("Buyer Country",), kind=Kind.CATEGORY),
        Field(("Buyer City",), kind=Kind.TEXT),
        Field(("Payment Method",), "payment_method"),
        Field(("Sold For",), rare=True, out=IN_TOTAL),
        Field(("Shipping And Handling",), out=IN_TOTAL),
        Field(("Seller Collected Tax",), out=IN_TOTAL),
        Field(("eBay Collected Tax",), out=_COLLECTED),
        Field(("eBay Collected Charges",), rare=True, out=_COLLECTED),
        *left_out("says what the total contains", "eBay Collected Tax and Fees Included in Total", rare=True),
        *left_out("a tax or a fee", "eBay Collect And Remit Tax Rate", "eBay Collect And Remit Tax Type", rare=True),
        *left_out("a tax or a fee", "Electronic Waste Recycling Fee", "Mattress Recycling Fee", rare=True),
        *left_out("a tax or a fee", "Battery Recycling Fee", "White Goods Disposal Tax", "Tire Recycling Fee"),
        *left_out("a tax or a fee", "Additional Fee", "Lumber Fee", "Prepaid Wireless Fee", "Tax Status"),
        *left_out("a tax or a fee", "Road Improvement And Food Delivery Fee", "Tax City", "Tax State", "Tax Zip"),
        *left_out("a tax or a fee", "Tax Country", "Buyer Tax Identifier Name", "Buyer Tax Identifier Value"),
        *left_out(LATER, "Ship By Date", "Shipped On Date", "Feedback Left", "Feedback Received"),
        *left_out(LATER, "Minimum Estimated Delivery Date", "Maximum Estimated Delivery Date", "Tracking Number"),
        *left_out(NUMBER, "Sales Record Number", "Item Number", "Custom Label", "Transaction ID"),
        *left_out(NUMBER, "PayPal Transaction ID", "eBay Reference Name", "eBay Reference Value"),
        *left_out("an address of eBay's, another one for each order", "Buyer Email"),
        *left_out(NAME, "Buyer Name", "Ship To Name"),
        *left_out(ADDRESS, "Buyer Address 1", "Buyer Address 2", "Buyer State", "Buyer Zip", "Ship To Phone"),
        *left_out(ADDRESS, "Ship To Address 1", "Ship To Address 2", "Ship To City", "Ship To State", "Ship To Zip"),
        *left_out(ADDRESS, "Ship To Country"),
        *left_out(BUSINESS, "Sold Via Promoted Listings", "Item Location", "Item Zip Code", "Item Country"),
        *left_out(BUSINESS, "Shipping Service", "Variation Details", "Global Shipping Program", "Click And Collect"),
        *left_out(BUSINESS, "Global Shipping Reference ID", "Click And Collect Reference Number", "eBay Plus"),
        *left_out(BUSINESS, "Authenticity Verification Program", "Authenticity Verification Status"),
        *left_out(BUSINESS, "Authenticity Verification Outcome Reason", "PSA Vault Program", "Vault Fulfillment Type"),
        *left_out(BUSINESS, "eBay Fulfillment Program", "eBay International Shipping"),
        *left_out(FREE_TEXT, "Buyer Note", "My Item Note"),
    ),
    customer=("buyer_username",),
    carry_down="order_id",
    money=MoneySettings(once_per="order_id"),
    repeats_are_real=True,
    notes=(
        "Of an order with several items the first row holds the money; the rows of its items have no total.",
        "An order counts on the day on which it was paid; what was not paid has no such day and does not count.",
        "Refunds are not in this report: the transaction report has them.",
    ),
)

RECIPES = (_TRANSACTIONS, _ORDERS)
