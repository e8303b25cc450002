"""Odoo's export of invoices and credit notes (journal entries, account.move)."""

from holdfast.column_types import Kind
from holdfast.inference.recipes.record import (
    BUSINESS,
    FREE_TEXT,
    IN_TOTAL,
    LATER,
    NUMBER,
    Field,
    Recipe,
    Row,
    left_out,
)
from holdfast.meanings import Meaning

_CODE = "https://github.com/odoo/odoo/blob/17.0/addons/account"
_SIGNED = "the signed total, in the company's currency, is used"

_INVOICES = Recipe(
    key="odoo/invoices",
    title="Odoo invoices export",
    row=Row.INVOICE,
    holds="transactions",
    sources=(f"{_CODE}/models/account_move.py", f"{_CODE}/views/account_move_views.xml"),
    fields=(
        Field(("Number",), "order_id", needed=True),
        Field(("Invoice/Bill Date", "Invoice Date"), "happened_at", needed=True),
        Field(("Partner", "Customer"), kind=Kind.TEXT),
        Field(("Invoice Partner Display Name",), rare=True),
        # What was paid or credited; the credit notes, with their minus sign, take the credited part off again.
        Field(("Total Signed",), "amount", needed=True, rare=True, minus=("amount_due",)),
        Field(("Amount Due Signed",), "amount_due", needed=True, rare=True, out="taken off the total"),
        Field(("Status",), "status", needed=True),
        Field(("Type", "Move Type"), "kind"),
        Field(("Salesperson",), kind=Kind.CATEGORY),
        Field(("Sales Team",), kind=Kind.CATEGORY),
        *left_out(IN_TOTAL, "Untaxed Amount Signed", "Tax Signed", rare=True),
        *left_out(_SIGNED, "Total", "Tax", "Untaxed Amount", "Currency"),
        Field(("Amount Due",), "due_in_currency", out=_SIGNED),
        *left_out(_SIGNED, "Total in Currency Signed", "Untaxed Amount Signed Currency", rare=True),
        *left_out("says what the amount due says", "Payment Status", "Status In Payment"),
        *left_out(LATER, "Due Date", "Next Activity Deadline", "Activities"),
        *left_out("the day it was booked", "Date", "Accounting Date"),
        *left_out(NUMBER, "Reference", "Origin", "Source Document", "Payment Reference", "Reversal of", "External ID"),
        *left_out(BUSINESS, "Company", "Journal", "Fiscal Position"),
        *left_out(FREE_TEXT, "Terms and Conditions", "Tags"),
    ),
    any_of=(("partner", "invoice_partner_display_name"),),
    customer=("partner", "invoice_partner_display_name"),
    statuses={
        "status": {
            Meaning.SALE: ("Posted", "posted"),
            Meaning.DRAFT: ("Draft",),
            Meaning.VOID: ("Cancelled", "Canceled", "cancel"),
        },
        "kind": {
            Meaning.SALE: ("Customer Invoice", "Sales Receipt", "out_invoice", "out_receipt"),
            Meaning.REFUND: ("Customer Credit Note", "out_refund"),
            Meaning.TRANSFER: (
                *("Vendor Bill", "Vendor Credit Note", "Purchase Receipt", "Journal Entry"),
                *("in_invoice", "in_refund", "in_receipt", "entry"),
            ),
        },
    },
    row_id=("order_id",),
    notes=(
        "The amount is what was paid of an invoice so far, on the day of the invoice; credit notes are taken off.",
        "Amounts are in the company's currency, whatever the invoice was written in.",
    ),
)

RECIPES = (_INVOICES,)
