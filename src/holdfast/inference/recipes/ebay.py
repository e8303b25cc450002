"""eBay's transaction report, in English and German."""

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

RECIPES = (_TRANSACTIONS,)
