"""Eventbrite: the orders report of all events and the attendees report."""

from holdfast.column_types import Kind
from holdfast.inference.recipes.record import (
    ADDRESS,
    IN_TOTAL,
    NAME,
    NUMBER,
    Field,
    Join,
    Recipe,
    Row,
    left_out,
)
from holdfast.meanings import Meaning
from holdfast.table_settings import MoneySettings

_FEE = "Eventbrite's fee, no revenue"
_EVENT = "says what the event is"
_STATES = "https://www.eventbrite.com/help/en-us/articles/291888/"

_ORDERS = Recipe(
    key="eventbrite/orders",
    title="Eventbrite orders report",
    row=Row.ORDER,
    holds="transactions",
    sources=(f"{_STATES}glossary-of-order-and-attendee-statuses-in-event-reports/",),
    fields=(
        Field(("Order ID",), "order_id", needed=True),
        Field(("Order date",), "happened_at", needed=True),
        Field(("Buyer email",), needed=True),
        Field(("Gross sales",), "amount", needed=True),
        Field(("Payment status",), "status", needed=True),
        Field(("Currency",), "currency"),
        Field(("Event name",), "product", needed=True),
        Field(("Ticket quantity",), "quantity", rare=True),
        Field(("Payment type",), "payment_method"),
        Field(("Event location",), kind=Kind.TEXT),
        Field(("Purchaser city",), kind=Kind.TEXT, rare=True),
        Field(("Purchaser country",), kind=Kind.CATEGORY, rare=True),
        *left_out("after Eventbrite's fees", "Net sales"),
        *left_out(_FEE, "Eventbrite service fee", "Eventbrite payment processing fee", rare=True),
        *left_out("a tax on Eventbrite's fees", "Eventbrite tax", rare=True),
        *left_out(IN_TOTAL, "Ticket revenue", "Add-ons revenue", "Ticket + add-ons revenue", rare=True),
        *left_out(IN_TOTAL, "Organizer tax", "Organiser tax", "Royalty"),
        *left_out("counted with the tickets", "Add-ons quantity", rare=True),
        *left_out(_EVENT, "Event start date", "Event start time", "Event timezone", rare=True),
        *left_out(NUMBER, "Event ID", "Payment details"),
        *left_out(NAME, "Buyer first name", "Buyer last name", "Guest"),
        *left_out(ADDRESS, "Phone number", "Purchaser state", "Billing zip code", "Billing country"),
    ),
    customer=("buyer_email",),
    fold_case=True,
    statuses={
        "status": {
            Meaning.SALE: ("Completed", "Paid", "Free"),
            Meaning.REVERSED: ("Refunded/Canceled", "Refunded/Cancelled", "Refunded", "Canceled", "Cancelled"),
            Meaning.VOID: ("Deleted",),
            Meaning.DRAFT: ("Abandoned",),
            Meaning.OPEN: ("Pending", "Unpaid"),
        }
    },
    money=MoneySettings(currency="currency"),
    row_id=("order_id",),
    notes=(
        "Gross sales are what buyers paid, with the fees and taxes on top of the tickets.",
        "How much of an order was refunded is not in the report: partially refunded orders are asked about.",
    ),
)

_ATTENDEES = Recipe(
    key="eventbrite/attendees",
    title="Eventbrite attendees report",
    row=Row.LINE,
    holds="transactions",
    sources=(f"{_STATES}glossary-of-order-and-attendee-statuses-in-event-reports/",),
    fields=(
        Field(("Order #",), "order_id", needed=True),
        Field(("Order Date",), "happened_at", needed=True, formats=("%m/%d/%y %H:%M", "%d/%m/%Y %H:%M")),
        Field(("Attendee #",), "line_id", needed=True, rare=True, kind=Kind.TEXT),
        Field(("Total Paid",), "amount", needed=True),
        Field(("Attendee Status",), "status", needed=True, rare=True),
        Field(("Buyer Email",)),
        Field(("Email",)),
        Field(("Currency",), "currency"),
        Field(("Ticket Type",), "product", needed=True),
        Field(("Quantity",), "quantity"),
        Field(("Price Tier",), kind=Kind.CATEGORY, rare=True),
        Field(("Order Type",), "payment_method"),
        Field(("Event Name",), kind=Kind.CATEGORY),
        Field(("Group",), kind=Kind.CATEGORY),
        Field(("Home City",), kind=Kind.TEXT),
        Field(("Home Country",), kind=Kind.CATEGORY),
        *left_out(_FEE, "Fees Paid", "Eventbrite Fees", "Eventbrite Payment Processing", rare=True),
        *left_out(NUMBER, "Event ID"),
        *left_out(NAME, "Prefix", "First Name", "Last Name", "Surname", "Buyer First Name", "Buyer Last Name"),
        *left_out(ADDRESS, "Home Address 1", "Home Address 2", "Home State", "Home Zip", "County of Residence"),
        *left_out(ADDRESS, "Home Postcode", "Mobile Phone", "Cell Phone", "Job Title", "Company", "Website"),
        *left_out(
            ADDRESS,
            *(
                f"{side} {word}"
                for side in ("Billing", "Shipping")
                for word in ("Address 1", "Address 2", "City", "State", "Zip", "County", "Postcode", "Country")
            ),
            "Billing State/Province/County",
        ),
    ),
    any_of=(("buyer_email", "email"),),
    customer=("buyer_email", "email"),
    fold_case=True,
    statuses={
        "status": {
            Meaning.SALE: ("Attending", "Checked In"),
            Meaning.REVERSED: ("Not Attending", "Refunded"),
            Meaning.VOID: ("Deleted",),
            Meaning.OPEN: ("Unpaid",),
        }
    },
    money=MoneySettings(currency="currency"),
    row_id=("line_id",),
    joins=(Join("order_id", "eventbrite/orders", "order_id", is_part=True),),
    notes=("Without Buyer Email each attendee is a customer, also those for whom somebody else paid.",),
)

RECIPES = (_ORDERS, _ATTENDEES)
