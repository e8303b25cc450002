"""Zoho CRM's export of deals (Potentials in older accounts)."""

from holdfast.column_types import Kind
from holdfast.inference.recipes.record import FREE_TEXT, LATER, NUMBER, OUTCOME, SELLER, Field, Recipe, Row, left_out
from holdfast.meanings import Meaning
from holdfast.table_settings import MoneySettings

_DEALS = Recipe(
    key="zoho/deals",
    title="Zoho CRM deals export",
    row=Row.DEAL,
    holds="transactions",
    sources=(
        "https://help.zoho.com/portal/en/kb/crm/data-administration/export-data/articles/export-data",
        "https://www.zoho.com/crm/developer/docs/api/v8/modules-fields.html",
    ),
    fields=(
        Field(("Record Id", "Deal Id"), "order_id"),
        Field(("Closing Date",), "happened_at", needed=True, rare=True),
        Field(("Stage",), "stage", needed=True),
        Field(("Amount",), "amount", needed=True),
        Field(("Currency",), "currency"),
        Field(("Account Name.id", "Company Name.id"), "account_key", kind=Kind.TEXT, rare=True),
        Field(("Account Name", "Company Name"), "account_name", kind=Kind.TEXT),
        Field(("Contact Name.id",), "contact_key", kind=Kind.TEXT, rare=True),
        Field(("Contact Name",), "contact_name", kind=Kind.TEXT),
        Field(("Pipeline", "Sub-Pipeline"), "category"),
        Field(("Lead Source",), "channel"),
        Field(("Type",), "deal_type", kind=Kind.CATEGORY),
        Field(("Deal Name", "Potential Name"), "deal_name", rare=True, out=FREE_TEXT),
        Field(("Deal Owner", "Potential Owner", "Deal Owner Name"), "deal_owner", rare=True, out=SELLER),
        Field(("Deal Owner.id", "Potential Owner.id"), "deal_owner_key", rare=True, out=SELLER),
        Field(("Probability (%)",), "probability", out=OUTCOME),
        Field(("Expected Revenue",), out="the amount times its probability"),
        *left_out("when the deal was entered, before it was won", "Created Time"),
        *left_out(LATER, "Modified Time", "Last Activity Time"),
        *left_out(SELLER, "Created By.id", "Created By", "Modified By.id", "Modified By", "Next Step"),
        *left_out(NUMBER, "Exchange Rate", "Pipeline.id"),
        *left_out(FREE_TEXT, "Description"),
    ),
    any_of=(("deal_name", "deal_owner", "deal_owner_key"),),
    customer=("account_key", "account_name", "contact_key", "contact_name"),
    statuses={
        "stage": {
            Meaning.SALE: ("Closed Won", "Fermée gagnée", "Cerrado Ganado", "Abgeschlossen (gewonnen)"),
            Meaning.LOST: (
                *("Closed Lost", "Closed-Lost to Competition", "Closed Lost to Competition"),
                *("Fermée perdue", "Cerrado Perdido", "Abgeschlossen (verloren)"),
            ),
            Meaning.OPEN: (
                *("Qualification", "Needs Analysis", "Value Proposition", "Identify Decision Makers"),
                *("Id. Decision Makers", "Proposal/Price Quote", "Negotiation/Review"),
            ),
        },
    },
    money=MoneySettings(currency="currency"),
    row_id=("order_id",),
    notes=(
        "Only won deals are sales, on their closing date; an open deal's closing date and amount are hopes.",
        "Stages of your own are asked about: which of them are won, which lost?",
    ),
)

RECIPES = (_DEALS,)
