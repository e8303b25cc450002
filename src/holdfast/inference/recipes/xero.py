"""Xero's export of sales invoices and credit notes."""

from holdfast.column_types import Kind
from holdfast.inference.recipes.record import (
    ADDRESS,
    BUSINESS,
    IN_TOTAL,
    LATER,
    NUMBER,
    Field,
    Recipe,
    Row,
    left_out,
)
from holdfast.meanings import Meaning
from holdfast.table_settings import MoneySettings

_OF_LINE = "of a line, without tax: the invoice's total says what was paid"

_INVOICES = Recipe(
    key="xero/sales_invoices",
    title="Xero sales invoices export",
    row=Row.LINE,
    holds="transactions",
    sources=(
        "https://docs.moment.team/help/moment-by-topic/integrations/file-exports/file-export-accounting-system/xero",
        "https://developer.xero.com/documentation/api/accounting/invoices",
    ),
    fields=(
        Field(("InvoiceNumber",), "order_id", needed=True),
        Field(("InvoiceDate",), "happened_at", needed=True),
        Field(("ContactName",), needed=True),
        # What was paid or credited; the credit notes take the credited part off again.
        Field(("Total",), "amount", needed=True, minus=("amount_due",)),
        Field(("InvoiceAmountDue",), "amount_due", needed=True, rare=True, out="taken off the total"),
        Field(("InvoiceAmountPaid",), rare=True, out="the total less what is due, which is used"),
        Field(("Type",), "kind", needed=True),
        Field(("Status",), "status", needed=True),
        Field(("Currency",), "currency"),
        Field(("Description",), "product"),
        Field(("Quantity",), "quantity"),
        Field(("UnitAmount",), "unit_price"),
        Field(("POCity",), kind=Kind.TEXT),
        Field(("POCountry",), kind=Kind.CATEGORY),
        Field(("TrackingOption1",), kind=Kind.CATEGORY, rare=True),
        Field(("TrackingOption2",), kind=Kind.CATEGORY, rare=True),
        *left_out(IN_TOTAL, "TaxTotal"),
        *left_out(_OF_LINE, "LineAmount", "TaxAmount", "Discount"),
        *left_out(LATER, "DueDate", "PlannedDate", "Sent"),
        *left_out(NUMBER, "Reference", "InventoryItemCode"),
        *left_out(BUSINESS, "AccountCode", "TaxType", "TrackingName1", "TrackingName2"),
        *left_out("the customer is the contact, whose name is unique", "EmailAddress"),
        *left_out(
            ADDRESS,
            *(f"{side}AddressLine{n}" for side in ("PO", "SA") for n in range(1, 5)),
            *("PORegion", "POPostalCode", "SACity", "SARegion", "SAPostalCode", "SACountry"),
        ),
    ),
    customer=("contact_name",),
    statuses={
        "kind": {
            Meaning.SALE: ("Sales invoice",),
            Meaning.REFUND: ("Sales credit note",),
            # Paid ahead: it counts in the invoices that it was used for.
            Meaning.SETTLEMENT: ("Sales overpayment", "Sales prepayment"),
            Meaning.TRANSFER: ("Bill", "Bill credit note", "Bill overpayment", "Bill prepayment"),
        },
        "status": {
            Meaning.SALE: ("Paid", "Awaiting Payment"),
            Meaning.DRAFT: ("Draft", "Awaiting Approval", "Submitted"),
            Meaning.VOID: ("Voided", "Deleted"),
        },
    },
    money=MoneySettings(currency="currency", once_per="order_id"),
    row_id=("order_id",),
    repeats_are_real=True,
    notes=(
        "The amount is what was paid of an invoice so far, on the day of the invoice; credit notes are taken off.",
        "An invoice that waits for its payment is a purchase of nothing until it is paid.",
    ),
)

RECIPES = (_INVOICES,)
