"""Mailchimp's export of an audience: subscribed, unsubscribed and cleaned members."""

from holdfast.column_types import Kind
from holdfast.inference.recipes.record import ADDRESS, FREE_TEXT, LATER, NAME, NUMBER, Field, Recipe, Row, left_out

_GUESSED = "guessed from the member's network address"

_MEMBERS = Recipe(
    key="mailchimp/members",
    title="Mailchimp audience export",
    row=Row.CUSTOMER,
    holds="customers",
    sources=("https://mailchimp.com/help/view-export-contacts/", "https://mailchimp.com/help/export-back-up-data/"),
    fields=(
        Field(
            (
                *("Email Address", "Email", "E-Mail-Adresse", "Adresse e-mail", "Dirección de correo electrónico"),
                *("Correo electrónico", "Indirizzo email", "Endereço de e-mail"),
            ),
            "member_email",
            kind=Kind.TEXT,
            needed=True,
        ),
        Field(("CONFIRM_TIME",), "signed_up_at", needed=True, rare=True),
        Field(("UNSUB_TIME",), "ended_at", rare=True, joined_with=("cleaned_at",)),
        Field(
            ("CLEAN_TIME",),
            "cleaned_at",
            rare=True,
            out="when the address was given up after bounces",
            instead_of="ended_at",
        ),
        Field(("CC",), "country", kind=Kind.CATEGORY),
        Field(("OPTIN_TIME",), rare=True, out="blank for imported members: CONFIRM_TIME is always there"),
        Field(("MEMBER_RATING",), rare=True, out="from opens and clicks up to the export, not to a cutoff"),
        Field(("Status",), "member_status", out="as of the day of the export, not of a cutoff"),
        *left_out(NUMBER, "EUID", "LEID", "OPTIN_IP", "CONFIRM_IP", rare=True),
        *left_out(LATER, "LAST_CHANGED"),
        *left_out("known only when the member left", "UNSUB_CAMPAIGN_TITLE", "UNSUB_CAMPAIGN_ID", rare=True),
        *left_out("known only when the member left", "UNSUB_REASON", "UNSUB_REASON_OTHER", rare=True),
        *left_out("known only when the member left", "CLEAN_CAMPAIGN_TITLE", "CLEAN_CAMPAIGN_ID", rare=True),
        *left_out(_GUESSED, "LATITUDE", "LONGITUDE", "REGION", "TIMEZONE"),
        *left_out(_GUESSED, "GMTOFF", "DSTOFF", rare=True),
        *left_out(FREE_TEXT, "NOTES", "TAGS"),
        Field(("First Name", "FNAME", "Vorname", "Prénom", "Nombre", "Nome"), out=NAME),
        Field(("Last Name", "LNAME", "Nachname", "Nom", "Apellidos", "Cognome"), out=NAME),
        *left_out(NAME, "Name"),
        *left_out(ADDRESS, "Address", "Phone Number", "Telefonnummer"),
    ),
    customer=("member_email",),
    fold_case=True,
    notes=(
        "The subscribed file alone hides all who left: bring the unsubscribed and the cleaned one as well.",
        "A cleaned member ends when the address was given up after bounces, which is no decision of the member.",
        "Members are no buyers: bring orders as well to learn who stops buying.",
    ),
)

RECIPES = (_MEMBERS,)
