"""GiveWP's export of donations."""

from holdfast.column_types import Kind
from holdfast.inference.recipes.record import (
    ADDRESS,
    FREE_TEXT,
    NAME,
    NUMBER,
    Field,
    Recipe,
    Row,
    left_out,
)
from holdfast.meanings import Meaning
from holdfast.table_settings import MoneySettings

_CODE = "https://github.com/impress-org/givewp/blob/master/includes"

_DONATIONS = Recipe(
    key="givewp/donations",
    title="GiveWP donations export",
    row=Row.CHARGE,
    holds="transactions",
    sources=(
        f"{_CODE}/admin/tools/export/class-give-export-donations-csv.php",
        f"{_CODE}/payments/functions.php",
    ),
    fields=(
        Field(("Donation ID",), "order_id", needed=True),
        Field(("Donation Date",), "happened_at", needed=True, joined_with=("donation_time",)),
        Field(("Donation Time",), rare=True, out="contained in happened_at"),
        Field(("Donation Total",), "amount", needed=True, rare=True),
        Field(("Donation Status",), "status", needed=True, rare=True),
        Field(("Email Address",)),
        Field(("Donor ID",)),
        Field(("Payment Mode",), rare=True),
        Field(("Currency Code",), "currency"),
        Field(("Payment Gateway",), "payment_method"),
        Field(("Form Title",), "product"),
        Field(("Level Title",), kind=Kind.CATEGORY),
        Field(("Donation Type",), kind=Kind.CATEGORY),
        Field(("City",), kind=Kind.TEXT),
        Field(("Country",), kind=Kind.CATEGORY),
        *left_out(NUMBER, "Donation Number", "Form ID", "Level ID", "User ID"),
        *left_out("a sign for Currency Code", "Currency Symbol"),
        *left_out("the donor's device", "Donor IP Address", rare=True),
        *left_out(NAME, "First Name", "Last Name", "Title Prefix"),
        *left_out(ADDRESS, "Company Name", "Address 1", "Address 2", "State", "Zip"),
        *left_out(FREE_TEXT, "Donor Comment", "Donation Note (private)", "Donation Note (to donor)", rare=True),
        *left_out(FREE_TEXT, "Note"),
    ),
    any_of=(("email_address", "donor_id"),),
    customer=("email_address", "donor_id"),
    fold_case=True,
    statuses={
        "status": {
            Meaning.SALE: ("Complete", "Completed", "Renewal", "publish", "give_subscription"),
            Meaning.REVERSED: ("Refunded",),
            Meaning.FAILED: ("Failed", "Abandoned", "Revoked"),
            Meaning.VOID: ("Cancelled", "Canceled"),
            Meaning.OPEN: ("Pending", "Processing", "Pre-Approval", "Preapproval"),
        },
        "payment_mode": {Meaning.TEST: ("test",), Meaning.NEUTRAL: ("live",)},
    },
    money=MoneySettings(currency="currency"),
    row_id=("order_id",),
    notes=("A refunded donation was given back in full: the file has no part of it.",),
)

RECIPES = (_DONATIONS,)
