"""Zendesk's export of tickets: CSV, Explore and JSON lines."""

from holdfast.column_types import Kind
from holdfast.inference.recipes.record import FREE_TEXT, LATER, NAME, Field, Recipe, Row, left_out
from holdfast.meanings import Meaning

_MINUTES = "known only after the ticket was answered"
_ENDS = ("", " within business hours")

_TICKETS = Recipe(
    key="zendesk/tickets",
    title="Zendesk tickets export",
    row=Row.TICKET,
    holds="support",
    sources=(
        "https://support.zendesk.com/hc/en-us/articles/4408886165402",
        "https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/",
    ),
    fields=(
        Field(("Id", "Ticket ID"), "ticket_id", kind=Kind.TEXT),
        Field(("Created at", "Ticket created - Date"), "happened_at", needed=True),
        Field(("Requester external id",), kind=Kind.TEXT, rare=True),
        Field(("Requester id",), kind=Kind.TEXT, rare=True),
        Field(("Requester email",), kind=Kind.TEXT, rare=True),
        Field(("Status",), "ticket_status", kind=Kind.TEXT, needed=True),
        Field(("Tags",), "tags", kind=Kind.TEXT),
        Field(("Ticket type", "Type"), "kind"),
        Field(("Priority",), "priority"),
        Field(("Via",), "channel", kind=Kind.CATEGORY),
        Field(
            ("Satisfaction Score", "satisfaction_rating"), "score", rare=True, out="given after the ticket: " + LATER
        ),
        *left_out("always 1", "Summation column", rare=True),
        *left_out(NAME, "Requester", "Requester domain", "Organization", "organization_id"),
        *left_out("who of the business wrote or solved it", "Submitter", "Assignee", "Group"),
        *left_out("who of the business wrote or solved it", "submitter_id", "assignee_id", "group_id"),
        *left_out(FREE_TEXT, "Subject", "url", "external_id", "is_public"),
        *left_out(LATER, "Updated at", "Assigned at", "Due date", "Initially assigned at", "Solved at"),
        *left_out(LATER, "Resolution time", "Reopens", "Replies"),
        *left_out(LATER, "Group stations", "Assignee stations", rare=True),
        *left_out(_MINUTES, *(f"First reply time in minutes{end}" for end in _ENDS), rare=True),
        *left_out(_MINUTES, *(f"First resolution time in minutes{end}" for end in _ENDS), rare=True),
        *left_out(_MINUTES, *(f"Full resolution time in minutes{end}" for end in _ENDS), rare=True),
        *left_out(_MINUTES, *(f"Agent wait time in minutes{end}" for end in _ENDS), rare=True),
        *left_out(_MINUTES, *(f"Requester wait time in minutes{end}" for end in _ENDS), rare=True),
        *left_out(_MINUTES, *(f"On hold time in minutes{end}" for end in _ENDS), rare=True),
        *left_out(_MINUTES, "First reply time (min)", rare=True),
    ),
    customer=("requester_external_id", "requester_id", "requester_email"),
    fold_case=True,
    statuses={
        "ticket_status": {
            Meaning.NEUTRAL: ("New", "Open", "Pending", "On-hold", "Hold", "Solved", "Closed"),
            Meaning.VOID: ("Deleted",),
            Meaning.TEST: ("Suspended", "Spam"),
        },
        "tags": {Meaning.VOID: ("closed_by_merge",), Meaning.TEST: ("test", "spam"), Meaning.NEUTRAL: ("*",)},
    },
    row_id=("ticket_id",),
    notes=(
        "Deleted, suspended and merged tickets, spam and tests are set aside.",
        "Where a cell holds several tags, `test`, `spam` and `closed_by_merge` among them are not recognised.",
        "The status is that of the day of the export: it decides which rows count, no more.",
        "Tickets are no purchases: bring orders or subscriptions as well to learn who leaves.",
    ),
)

RECIPES = (_TICKETS,)
