"""Pipedrive's export of deals."""

from holdfast.column_types import Kind
from holdfast.inference.recipes.record import FREE_TEXT, LATER, SELLER, Field, Recipe, Row, left_out
from holdfast.meanings import Meaning
from holdfast.table_settings import MoneySettings

_DEALS = Recipe(
    key="pipedrive/deals",
    title="Pipedrive deals export",
    row=Row.DEAL,
    holds="transactions",
    sources=(
        "https://support.pipedrive.com/en/article/exporting-data-from-pipedrive",
        "https://support.pipedrive.com/en/article/importing-data-into-pipedrive-with-spreadsheets",
    ),
    fields=(
        Field(("Deal - ID", "Deal - Pipedrive System ID"), "order_id"),
        Field(("Deal - Won time",), "happened_at", rare=True),
        Field(
            ("Deal - Deal closed on", "Deal - Closed on"),
            "closed_on",
            rare=True,
            out="the same as the won time of won deals",
            instead_of="happened_at",
        ),
        Field(
            ("Deal - Status", "Obchod - Stav"),
            "status",
            needed=True,
            rare=True,
        ),
        Field(
            (
                "Deal - Value",
                "Deal - Deal value",
                "Deal - Wert",
                "Obchod - Hodnota",
                "Negócio - Valor",
                "Trato - Valor",
            ),
            "amount",
            needed=True,
            rare=True,
        ),
        Field(("Deal - Currency of Value", "Deal - Currency"), "currency", rare=True),
        Field(("Organization - ID",), "organization_key", kind=Kind.TEXT),
        Field(("Deal - Organization", "Organization"), "organization", kind=Kind.TEXT, rare=True),
        Field(("Person - Email - Work", "Person - Email"), "person_email", kind=Kind.TEXT, rare=True),
        Field(("Deal - Contact person", "Contact person"), "contact_person", kind=Kind.TEXT, rare=True),
        Field(("Deal - Pipeline",), "category", rare=True),
        Field(
            ("Deal - Stage", "Deal - Stage (pipeline)"),
            "stage",
            rare=True,
            out="where the deal stood when it was won or lost, not the outcome",
        ),
        Field(
            ("Deal - Title", "Deal - Titel", "Obchod - Název", "Negócio - Título", "Trato - Título"),
            "title",
            needed=True,
            rare=True,
            out=FREE_TEXT,
        ),
        Field(
            ("Deal - Deal created", "Deal - Deal created on", "Deal - Add time", "Deal - Created"),
            "entered_at",
            rare=True,
            out="when the deal was entered, before it was won",
        ),
        Field(("Deal - Label",), kind=Kind.CATEGORY),
        *left_out("of lost deals, which are no sales", "Deal - Lost time", "Deal - Lost reason", rare=True),
        *left_out(SELLER, "Deal - Owner", "Deal - Expected close date", "Deal - Last activity date", rare=True),
        *left_out(SELLER, "Deal - Next activity date", "Deal - Total activities", rare=True),
        *left_out(LATER, "Deal - Update time", rare=True),
    ),
    any_of=(("happened_at", "closed_on"),),
    customer=("organization_key", "organization", "person_email", "contact_person"),
    statuses={
        "status": {
            Meaning.SALE: ("Won", "Gewonnen", "Ganado", "Gagné", "Ganho"),
            Meaning.LOST: ("Lost", "Verloren", "Perdido", "Perdu"),
            Meaning.OPEN: ("Open", "Offen", "Abierto", "Ouvert", "Aberto"),
            Meaning.VOID: ("Deleted", "Gelöscht"),
        },
    },
    money=MoneySettings(currency="currency"),
    row_id=("order_id",),
    notes=(
        "Only won deals are sales, when they were won; lost, open and deleted ones bring nothing.",
        "Without Organization - ID the customer is the organisation's name: two spellings are two customers.",
    ),
)

RECIPES = (_DEALS,)
