"""Salesforce's exports: opportunities and accounts, as reports and as Data Loader and the Bulk API write them."""

from holdfast.column_types import Kind
from holdfast.inference.recipes.record import (
    ADDRESS,
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
from holdfast.inference.words.names import words
from holdfast.meanings import Meaning
from holdfast.table_settings import MoneySettings

_OBJECTS = "https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference"
_REPORTS = "https://help.salesforce.com/s/articleView?id=analytics.reports_export.htm"
_DELETED: Statuses = {Meaning.VOID: ("true", "1"), Meaning.NEUTRAL: ("false", "0")}


def _spellings(name: str) -> tuple[str, ...]:
    """A field as the Bulk API writes it, and in the capitals of Data Loader where that makes other words."""
    return (name,) if words(name) == words(name.upper()) else (name, name.upper())


def _api_fields(reason: str, *names: str, rare: bool = False) -> tuple[Field, ...]:
    return tuple(Field(_spellings(name), rare=rare, out=reason) for name in names)


_OPPORTUNITIES = Recipe(
    key="salesforce/opportunities",
    title="Salesforce opportunities export",
    row=Row.DEAL,
    holds="transactions",
    sources=(f"{_OBJECTS}/sforce_api_objects_opportunity.htm", _REPORTS),
    fields=(
        Field(("Opportunity ID", "Id"), "order_id"),
        Field(
            ("Close Date", "Schlusstermin", "Abschlussdatum", "Date de clôture", "Fecha de cierre"),
            "happened_at",
            needed=True,
        ),
        Field(
            ("Stage", "StageName", "Phase", "Opportunity-Phase", "Étape", "Etapa"),
            "stage",
            needed=True,
        ),
        Field(("Amount", "Total Amount", "Betrag", "Montant", "Importe"), "amount", needed=True),
        Field(("Amount Currency", "Total Amount Currency", *_spellings("CurrencyIsoCode")), "currency"),
        Field(("Account ID",), "account_key", kind=Kind.TEXT),
        Field(("Account Name", "Nom du compte", "Nombre de la cuenta"), "account_name", kind=Kind.TEXT),
        Field(("Won", *_spellings("IsWon")), "is_won"),
        Field(("Deleted", *_spellings("IsDeleted")), "is_deleted"),
        Field(("Lead Source", "LEADSOURCE"), "channel"),
        Field(("Type", "Typ"), "category"),
        Field(("Closed", *_spellings("IsClosed")), "is_closed", out=OUTCOME),
        Field(
            ("Opportunity Owner", "Opportunity-Inhaber", "Opportunityinhaber", "Owner Role"),
            "opportunity_owner",
            rare=True,
            out=SELLER,
        ),
        Field(
            ("Opportunity Name", "Nom de l'opportunité", "Nombre de la oportunidad"),
            "opportunity_name",
            rare=True,
            out=FREE_TEXT,
        ),
        Field(("Probability (%)",), "probability", out=OUTCOME),
        *left_out(OUTCOME, "Forecast Category"),
        Field(("FORECASTCATEGORY",), "forecast_capitals", rare=True, out=OUTCOME),
        Field(_spellings("ForecastCategoryName"), rare=True, out=OUTCOME),
        Field(("Expected Revenue", "EXPECTEDREVENUE"), rare=True, out="the amount times its probability"),
        Field(("Fiscal Period",), rare=True, out="the quarter of the close date"),
        *_api_fields("the quarter of the close date", "FiscalQuarter", "FiscalYear", rare=True),
        *left_out("the quarter of the close date", "Fiscal"),
        Field(
            ("Created Date", "Create Date", "Erstelldatum", "Date de création"),
            "entered_at",
            out="when the deal was entered, before it was won",
        ),
        *left_out("days between entry and close, or the export", "Age", "Alter"),
        Field(("Next Step", "NEXTSTEP", "Opportunity Next Steps"), out=FREE_TEXT),
        *left_out(FREE_TEXT, "Description"),
        *left_out(NAME, "Name"),
        *left_out(SELLER, "Owner ID"),
        *_api_fields(SELLER, "LastActivityDate", "CreatedById", "LastModifiedById", "IsPrivate"),
        *_api_fields(LATER, "LastModifiedDate", "SystemModstamp"),
        *_api_fields(NUMBER, "CampaignId"),
        *_api_fields(NUMBER, "Pricebook2Id", rare=True),
        *_api_fields("says how the deal was entered", "HasOpportunityLineItem", rare=True),
        *_api_fields("units of the deal's products", "TotalOpportunityQuantity", rare=True),
    ),
    customer=("account_key", "account_name"),
    nobody=("", "Grand Totals", "Grand Total", "Total", "Summe", "Gesamtsumme"),
    statuses={
        "stage": {
            Meaning.SALE: (
                *(
                    "Closed Won",
                    "Geschlossen und gewonnen",
                    "Geschlossen/gewonnen",
                    "Geschlossen - gewonnen",
                    "Gewonnen",
                ),
                *("Fermée gagnée", "Fermée/Gagnée", "Cerrada ganada", "Cerrada/Ganada"),
            ),
            Meaning.LOST: (
                *("Closed Lost", "Geschlossen und verloren", "Geschlossen/verloren", "Geschlossen - verloren"),
                *("Verloren", "Fermée perdue", "Fermée/Perdue", "Cerrada perdida", "Cerrada/Perdida"),
            ),
            Meaning.OPEN: (
                *("Prospecting", "Qualification", "Needs Analysis", "Value Proposition", "Id. Decision Makers"),
                *("Perception Analysis", "Proposal/Price Quote", "Negotiation/Review"),
            ),
        },
        "is_won": {Meaning.SALE: ("true", "1"), Meaning.OPEN: ("false", "0")},
        "is_deleted": _DELETED,
    },
    money=MoneySettings(currency="currency"),
    row_id=("order_id",),
    notes=(
        "Only won opportunities are sales, on their close date; an open one's close date and amount are hopes.",
        "Stages of your own are asked about: which of them are won, which lost?",
        "Ids of 15 characters (reports) and of 18 (Data Loader) differ for the same account: bring one kind.",
    ),
)

_ACCOUNTS = Recipe(
    key="salesforce/accounts",
    title="Salesforce accounts export",
    row=Row.CUSTOMER,
    holds="customers",
    sources=(f"{_OBJECTS}/sforce_api_objects_account.htm", _REPORTS),
    fields=(
        Field(("Account ID", "Id"), "account_key", kind=Kind.TEXT, needed=True),
        Field(("Created Date",), "signed_up_at", needed=True),
        Field(("Industry",), kind=Kind.CATEGORY),
        Field(("Billing Country", "BILLINGCOUNTRY"), kind=Kind.CATEGORY, rare=True),
        Field(("Billing City", "BILLINGCITY"), kind=Kind.TEXT, rare=True),
        Field(("Billing State/Province", "BillingState", "BILLINGSTATE"), "billing_state", kind=Kind.TEXT, rare=True),
        Field(("Account Source", "ACCOUNTSOURCE"), kind=Kind.CATEGORY, rare=True),
        Field(("Deleted", *_spellings("IsDeleted")), "is_deleted"),
        Field(("Account Name", "Name"), needed=True, out=NAME),
        Field(("Account Owner", "Account-Inhaber"), rare=True, out=SELLER),
        Field(
            ("Annual Revenue", "ANNUALREVENUE"),
            rare=True,
            out="the turnover of the customer's own firm, not paid to you",
        ),
        *_api_fields("as of the day of the export, not of a cutoff", "NumberOfEmployees", rare=True),
        Field(("Type", "Account Type"), "account_type", out="as of the day of the export: a former customer says it"),
        *left_out("as of the day of the export, not of a cutoff", "Rating", "Ownership", "Clean Status"),
        *_api_fields("the account that this one was merged into", "MasterRecordId", rare=True),
        Field(("Parent Account ID", *_spellings("ParentId")), "parent_account", out="the mother firm: see roll_up"),
        *left_out(SELLER, "Owner ID", "Last Activity", "Last Viewed Date", "Last Referenced Date"),
        *_api_fields(SELLER, "LastActivityDate", "CreatedById", "LastModifiedById"),
        *_api_fields(LATER, "LastModifiedDate", "SystemModstamp"),
        *_api_fields(ADDRESS, "BillingStreet", "BillingPostalCode", "BillingLatitude", "BillingLongitude"),
        *_api_fields(ADDRESS, "BillingGeocodeAccuracy", "BillingAddress", "ShippingStreet", "ShippingCity"),
        *_api_fields(ADDRESS, "ShippingState", "ShippingPostalCode", "ShippingCountry", "ShippingLatitude"),
        *_api_fields(ADDRESS, "ShippingLongitude", "ShippingGeocodeAccuracy", "ShippingAddress"),
        *left_out(ADDRESS, "Phone", "Fax", "Website", "Site"),
        *_api_fields(NUMBER, "AccountNumber", "PhotoUrl", "Sic", "TickerSymbol", "Jigsaw", "JigsawCompanyId"),
        *_api_fields(NUMBER, "DunsNumber", "NaicsCode", "DandbCompanyId", "OperatingHoursId"),
        *_api_fields(FREE_TEXT, "Description", "Tradestyle", "NaicsDesc", "SicDesc", "YearStarted"),
    ),
    customer=("account_key",),
    statuses={"is_deleted": _DELETED},
    row_id=("account_key",),
    notes=("A list of accounts is no log of sales: bring the opportunities export as well to learn who leaves.",),
)

RECIPES = (_OPPORTUNITIES, _ACCOUNTS)
