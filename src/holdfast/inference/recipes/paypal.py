"""PayPal's activity download, with headers and words in several languages."""

from holdfast.column_types import Kind
from holdfast.inference.recipes.record import (
    ADDRESS,
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
from holdfast.status_settings import UnlessSettings
from holdfast.table_settings import MoneySettings

_OPTION = "an option of the item"

_TYPES = {
    Meaning.SALE: (
        *("Express Checkout Payment", "Website Payment", "Mobile Payment", "Subscription Payment", "General Payment"),
        *("eBay Auction Payment", "Donation Payment", "Payment Received", "Invoice Payment", "Shopping Cart Payment"),
        *("Virtual Terminal Payment", "Direct Credit Card Payment", "Mass Pay Payment", "PayPal Checkout Payment"),
        *("PayPal Express-Zahlung", "Website-Zahlung", "Handyzahlung", "Abonnementzahlung", "Allgemeine Zahlung"),
        *("Spendenzahlung", "Rechnungszahlung", "eBay-Auktionszahlung", "Warenkorbzahlung"),
        *("Paiement Express Checkout", "Paiement sur site marchand", "Paiement mobile", "Paiement d'abonnement"),
        *("Paiement général", "Paiement par don", "Pago exprés", "Pago en sitio web", "Pago móvil"),
        *("Pago de suscripción", "Pago general", "Pago de Pago exprés"),
    ),
    Meaning.REFUND: (
        *("Payment Refund", "Payment Reversal", "Chargeback", "Refund", "Partial Refund", "Dispute"),
        *("Rückzahlung", "Zahlungsstornierung", "Rückbuchung", "Remboursement de paiement", "Reembolso de pago"),
        *("Rembourser un paiement", "Annulation de paiement", "Reversión de pago"),
    ),
    Meaning.TRANSFER: (
        *("General Withdrawal", "General Withdrawal - Bank Transfer", "General Currency Conversion"),
        *("Bank Deposit to PP Account", "PreApproved Payment Bill User Payment", "Account Hold for Open Authorization"),
        *("General Authorization", "Invoice Sent", "Shopping Cart Item", "Reversal of General Account Hold"),
        *("General Card Deposit", "General Credit Card Deposit", "User Initiated Withdrawal", "Payment Hold"),
        *(
            "Payment Release",
            "Hold on Balance for Dispute Investigation",
            "Cancellation of Hold for Dispute Resolution",
        ),
        *("Payment Review Hold", "Payment Review Release", "Reserve Hold", "Reserve Release", "Chargeback Fee"),
        *("Request Received", "Request Sent", "Order", "Void of Authorization", "Fee Reversal", "Payment Fee"),
        *("Allgemeine Abbuchung", "Allgemeine Währungsumrechnung", "Bankgutschrift auf PayPal-Konto"),
        *("Zahlung im Einzugsverfahren mit Zahlungsrechnung", "Einbehaltung für offene Autorisierung"),
        *("Allgemeine Autorisierung", "Rechnung gesendet", "Warenkorbartikel", "Von Nutzer eingeleitete Abbuchung"),
        *("Rückbuchung allgemeiner Kontoeinbehaltung", "Virement standard", "Conversion de devise standard"),
        *("Conversion de devises générale", "Retiro general", "Conversión de divisas general"),
    ),
}

_ACTIVITY = Recipe(
    key="paypal/activity",
    title="PayPal activity download",
    row=Row.CHARGE,
    holds="transactions",
    sources=(
        "https://www.paypal.com/us/cshelp/article/how-do-i-view-and-download-statements-and-reports-help145",
        "https://developer.paypal.com/docs/reports/online-reports/activity-download/",
    ),
    fields=(
        Field(("Date", "Datum", "Fecha"), "happened_at", needed=True, joined_with=("time", "time_zone")),
        Field(("Time", "Uhrzeit", "Heure", "Hora"), needed=True, out="contained in happened_at"),
        Field(
            ("TimeZone", "Zeitzone", "Fuseau horaire", "Zona horaria"),
            needed=True,
            rare=True,
            out="contained in happened_at",
        ),
        Field(("Type", "Typ", "Tipo", "Description", "Beschreibung", "Descripción"), "kind", needed=True),
        Field(("Status", "État", "Estado"), "status"),
        Field(("Balance Impact", "Auswirkung auf Guthaben", "Impact sur le solde"), rare=True),
        Field(("Currency", "Währung", "Devise", "Divisa"), "currency", needed=True),
        Field(("Gross", "Brutto", "Avant commission", "Bruto"), "amount", needed=True),
        Field(
            (
                "From Email Address",
                "Absender E-Mail-Adresse",
                "De l'adresse email",
                "Correo electrónico del remitente",
                "Remitente",
            ),
            rare=True,
        ),
        Field(("To Email Address", "Empfänger E-Mail-Adresse", "À l'adresse email", "Destinatario"), rare=True),
        Field(
            ("Transaction ID", "Transaktionscode", "Numéro de transaction", "Id. de transacción"),
            "order_id",
            needed=True,
        ),
        Field(("Item Title", "Artikelbezeichnung", "Titre de l'objet"), "product", rare=True),
        Field(("Quantity", "Anzahl", "Quantité"), "quantity"),
        Field(("Country", "Land", "Pays"), kind=Kind.CATEGORY),
        Field(("Town/City", "Ort", "Ville"), kind=Kind.TEXT),
        Field(("Fee", "Gebühr", "Entgelt", "Commission", "Tarifa", "Comisión"), out="PayPal's fee, no revenue"),
        Field(("Net", "Netto", "Neto"), needed=True, rare=True, out="after PayPal's fee"),
        Field(("Balance", "Guthaben", "Solde", "Saldo"), out="a running balance"),
        Field(("Name", "Nom", "Nombre"), out=NAME),
        Field(("Shipping Address", "Lieferadresse"), out=ADDRESS),
        Field(("Address Status", "Adress-Status", "CounterParty Status"), rare=True, out=ADDRESS),
        Field(("Address Line 1", "Adresszeile 1"), out=ADDRESS),
        Field(("Address Line 2/District/Neighborhood", "Adresszusatz"), rare=True, out=ADDRESS),
        Field(
            ("State/Province/Region/County/Territory/Prefecture/Republic", "Bundesland"),
            "region",
            rare=True,
            out=ADDRESS,
        ),
        Field(("Zip/Postal Code", "PLZ"), out=ADDRESS),
        Field(("Contact Phone Number", "Telefon"), out=ADDRESS),
        Field(("Country Code", "Ländervorwahl"), out=ADDRESS),
        Field(("Item ID", "Artikelnummer"), out=NUMBER),
        Field(("Invoice Number", "Rechnungsnummer"), out=NUMBER),
        Field(("Custom Number", "Zollnummer"), rare=True, out=NUMBER),
        Field(("Receipt ID", "Empfangsnummer"), out=NUMBER),
        Field(("Reference Txn ID", "Zugehöriger Transaktionscode"), rare=True, out=NUMBER),
        Field(("Shipping and Handling Amount", "Versand- und Bearbeitungsgebühr"), rare=True, out=IN_TOTAL),
        Field(("Insurance Amount", "Versicherungsbetrag"), rare=True, out=IN_TOTAL),
        Field(("Sales Tax", "Umsatzsteuer"), out=IN_TOTAL),
        *left_out(_OPTION, "Option 1 Name", "Option 2 Name", rare=True),
        Field(("Option 1 Value", "Option 1 Wert"), rare=True, out=_OPTION),
        Field(("Option 2 Value", "Option 2 Wert"), rare=True, out=_OPTION),
        Field(("Subject", "Betreff"), out=FREE_TEXT),
        Field(("Note", "Hinweis"), out=FREE_TEXT),
        *left_out(NUMBER, "Auction Site", "Buyer ID", "Item URL", "Escrow Id"),
        *left_out(LATER, "Closing Date"),
        *left_out("the bank of a withdrawal", "Name der Bank", "Bankkonto"),
    ),
    any_of=(("from_email_address",),),
    customer=("from_email_address", "to_email_address"),
    own_address="to_email_address",
    fold_case=True,
    statuses={
        "kind": _TYPES,
        "status": {
            Meaning.SALE: (
                *("Completed", "Abgeschlossen", "Completado", "Terminé", "Effectué", "Refunded", "Partially Refunded"),
                *("Reversed", "Erstattet", "Teilweise erstattet", "Zurückgezahlt", "Remboursé", "Reembolsado"),
            ),
            Meaning.OPEN: ("Pending", "Ausstehend", "En attente", "Pendiente", "Held", "Uncleared", "On Hold"),
            Meaning.FAILED: ("Denied", "Abgelehnt", "Refusé", "Denegado", "Failed"),
            Meaning.VOID: ("Canceled", "Cancelled", "Expired", "Storniert", "Annulé", "Cancelado", "Voided", "Removed"),
        },
        "balance_impact": {
            Meaning.TRANSFER: ("Memo", "Mémo", "Debit", "Soll", "Débit", "Débito"),
            Meaning.NEUTRAL: ("*",),
        },
    },
    # What leaves the account is what the business pays others, unless it is given back.
    unless={"balance_impact": UnlessSettings(column="kind", says=_TYPES[Meaning.REFUND])},
    money=MoneySettings(currency="currency"),
    row_id=("order_id",),
    notes=(
        "Gross is before PayPal's fee. A refund is a row of its own, whose buyer is the recipient.",
        "Withdrawals, conversions, holds and purchases of the business's own are set aside.",
    ),
)

RECIPES = (_ACTIVITY,)
