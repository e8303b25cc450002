"""HubSpot's exports: deals and contacts, with labels of several languages or internal names."""

from holdfast.column_types import Kind
from holdfast.inference.recipes.record import (
    FREE_TEXT,
    LATER,
    NAME,
    NUMBER,
    OUTCOME,
    SELLER,
    Field,
    Recipe,
    Row,
    Statuses,
    left_out,
)
from holdfast.meanings import Meaning
from holdfast.table_settings import MoneySettings

_EXPORTS = "https://developers.hubspot.com/docs/api/crm/exports"
_STAGES: Statuses = {
    Meaning.SALE: (
        *("Closed Won", "closedwon", "Checkout Completed", "checkout_completed"),
        *("Abgeschlossen und gewonnen", "Fermé gagné", "Fermée gagnée", "Cierre ganado", "Cerrada ganada"),
    ),
    Meaning.LOST: (
        *("Closed Lost", "closedlost", "Checkout Abandoned", "checkout_abandoned"),
        *("Abgeschlossen und verloren", "Fermé perdu", "Fermée perdue", "Cierre perdido", "Cerrada perdida"),
    ),
    Meaning.OPEN: (
        *("Appointment Scheduled", "Qualified To Buy", "Presentation Scheduled", "Decision Maker Bought-In"),
        *("Contract Sent", "Checkout Pending", "checkout_pending", "appointmentscheduled", "qualifiedtobuy"),
        *("presentationscheduled", "decisionmakerboughtin", "contractsent"),
    ),
    Meaning.VOID: ("Cancelled",),
}
# Where an account has several pipelines, HubSpot writes the stage's pipeline in brackets behind it.
_IN_PIPELINE: Statuses = {
    meaning: (
        *texts,
        *(f"{text} ({pipeline})" for text in texts for pipeline in ("Sales Pipeline", "Ecommerce Pipeline")),
    )
    for meaning, texts in _STAGES.items()
}

_DEALS = Recipe(
    key="hubspot/deals",
    title="HubSpot deals export",
    row=Row.DEAL,
    holds="transactions",
    sources=(_EXPORTS, "https://knowledge.hubspot.com/crm-deals/hubspots-default-deal-properties"),
    fields=(
        Field(
            ("Record ID", "hs_object_id", "ID de fiche d'informations", "Datensatz-ID", "ID de registro"), "order_id"
        ),
        Field(
            (
                *("Close Date", "Closed Date", "Date de fermeture", "Abschlussdatum", "Sluitingsdatum"),
                *("Lukningsdato", "Fecha de cierre", "Data de fechamento"),
            ),
            "happened_at",
            needed=True,
            formats=("%Y-%m-%d %H:%M", "%Y-%m-%d"),
        ),
        Field(
            (
                "Deal Stage",
                "dealstage",
                "Phase de la transaction",
                "Etapa do negócio",
                "Deal-Phase",
                "Etapa del negocio",
            ),
            "stage",
            needed=True,
            rare=True,
        ),
        Field(
            ("Amount in company currency", "amount_in_home_currency", "Betrag in Firmenwährung"), "amount", rare=True
        ),
        Field(
            ("Amount", "Montant", "Betrag", "Valor"),
            "deal_amount",
            out="the same money in the deal's own currency",
            instead_of="amount",
        ),
        Field(("Currency", "deal_currency_code", "Devise", "Währung"), "currency", unless="amount"),
        Field(
            ("Associated Company IDs", "Associated Company IDs (Primary)", "Primary Associated Company ID"),
            "company_id",
            kind=Kind.TEXT,
            rare=True,
        ),
        Field(
            ("Associated Company", "Associated Company (Primary)", "Company Name"),
            "company_name",
            kind=Kind.TEXT,
        ),
        Field(("Associated Contact IDs",), "contact_id", kind=Kind.TEXT, rare=True),
        Field(("Associated Contact",), "contact_name", kind=Kind.TEXT, rare=True),
        Field(("Pipeline",), "category"),
        Field(("Deal Type",), kind=Kind.CATEGORY, rare=True),
        Field(("Is Closed Won", "hs_is_closed_won"), rare=True, out=OUTCOME),
        Field(("Is closed lost", "hs_is_closed_lost"), rare=True, out=OUTCOME),
        Field(("Deal probability", "hs_deal_stage_probability"), rare=True, out=OUTCOME),
        Field(("Last Activity Date",), out=SELLER),
        Field(
            ("Deal owner", "hubspot_owner_id", "Propriétaire de la transaction", "Collaborateur de transaction"),
            "deal_owner",
            rare=True,
            out=SELLER,
        ),
        Field(
            ("Create Date", "Date de création", "Data de criação", "Erstelldatum"),
            "entered_at",
            out="when the deal was entered, before it was won",
        ),
        Field(
            ("Deal Name", "Nom de la transaction", "Nombre del negocio", "Nome do negócio"),
            "deal_name",
            needed=True,
            rare=True,
            out=FREE_TEXT,
        ),
    ),
    any_of=(("amount", "deal_amount"),),
    customer=("company_id", "company_name", "contact_id", "contact_name"),
    statuses={"stage": _IN_PIPELINE},
    money=MoneySettings(currency="currency"),
    row_id=("order_id",),
    notes=(
        "Only won deals are sales, on their close date; an open deal's close date and amount are hopes.",
        "Stages of your own pipelines are asked about: which of them are won, which lost?",
        "A deal without a company and a contact belongs to nobody; of several companies the list as a whole is the id.",
    ),
)

_CONTACTS = Recipe(
    key="hubspot/contacts",
    title="HubSpot contacts export",
    row=Row.TOTALS,
    holds="customers",
    sources=(_EXPORTS, "https://knowledge.hubspot.com/properties/hubspots-default-contact-properties"),
    fields=(
        Field(
            ("Record ID", "hs_object_id", "ID de fiche d'informations", "Datensatz-ID", "ID de registro"),
            "contact_id",
            kind=Kind.TEXT,
            needed=True,
        ),
        Field(("Email", "Email Address", "E-mail", "Correo"), needed=True, out="the customer is named by id"),
        Field(("Create Date", "Date de création", "Erstelldatum"), "signed_up_at", needed=True),
        Field(("Total Revenue",), "total_amount", rare=True),
        Field(
            ("Recent Deal Close Date",),
            rare=True,
            out="of a firm's deals, which its contacts share: the deals export has each one",
        ),
        Field(("Primary Associated Company ID",), "company_id", kind=Kind.TEXT, rare=True),
        Field(("Country/Region",), "country", kind=Kind.CATEGORY),
        Field(("City",), kind=Kind.TEXT),
        Field(("Industry",), kind=Kind.CATEGORY),
        Field(
            (
                "Unsubscribed from all email",
                "Unsubscribed from all emails",
                "Opted out of all email",
                "hs_email_optout",
            ),
            "unsubscribed",
            rare=True,
            out="as of the day of the export, not of a cutoff",
        ),
        Field(
            (
                "Lifecycle Stage",
                "lifecyclestage",
                "Phase du cycle de vie",
                "Lifecycle-Phase",
                "Etapa del ciclo de vida",
            ),
            "lifecycle_stage",
            rare=True,
            out="as of the day of the export; it does not go back when a customer leaves",
        ),
        Field(("Recent Deal Amount",), rare=True, out="as of the day of the export, not of a cutoff"),
        Field(
            ("Associated Deals", "Number of Associated Deals"),
            "associated_deals",
            out="deals of any stage, also lost and open ones: no count of sales",
        ),
        Field(("First Deal Created Date",), rare=True, out="of a deal of any stage, also a lost one: no first sale"),
        Field(("Last Activity Date",), out=SELLER),
        Field(("Lead Status",), rare=True, out=SELLER),
        Field(
            ("Contact owner", "HubSpot Owner", "hubspot_owner_id", "Propriétaire du contact"),
            "contact_owner",
            rare=True,
            out=SELLER,
        ),
        Field(("Marketing contact status",), rare=True, out="how HubSpot bills the contact; it is no consent"),
        Field(("First Name", "Prénom", "Vorname", "Nombre"), out=NAME),
        Field(("Last Name", "Nom", "Nachname", "Apellidos"), out=NAME),
        Field(("Associated Company", "Company name"), out=NAME),
        Field(("Phone Number", "phone", "Numéro de téléphone"), out=NUMBER),
        *left_out(NUMBER, "Office Number", "Cell Number", "Record ID - Company"),
        *left_out(LATER, "Last Modified Date", "Associated Note IDs"),
    ),
    any_of=(("lifecycle_stage", "contact_owner", "lead_status", "marketing_contact_status"),),
    customer=("contact_id",),
    row_id=("contact_id",),
    notes=(
        "A list of contacts is no log of sales: bring the deals export as well to learn who leaves.",
        "Contacts of one firm share its deals, so their Total Revenue adds up to more than was received.",
    ),
)

RECIPES = (_DEALS, _CONTACTS)
