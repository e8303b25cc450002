"""Pipedrive's export of deals."""

from holdfast.column_types import Kind
from holdfast.inference.recipes.record import FREE_TEXT, LATER, SELLER, Field, Recipe, Row, left_out
from holdfast.meanings import Meaning
from holdfast.table_settings import MoneySettings

_OF_LOST = "of lost deals, which are no sales"


def _spanish(*names: str) -> tuple[str, ...]:
    """What Spanish exports call columns of a deal; without accents, Portuguese ones begin with `Negocio` as well."""
    return tuple(f"{deal} - {name}" for deal in ("Negocio", "Trato") for name in names)


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
        Field(("Deal - ID", "Deal - Pipedrive System ID", *_spanish("ID"), "Affaire - ID"), "order_id"),
        Field(
            (
                "Deal - Won time",
                "Deal - Won on",
                "Deal - Gewonnen am",
                "Deal - Zeitpunkt des Gewinns",
                *_spanish("Fecha de ganado", "Hora del negocio ganado"),
                "Negócio - Ganho em",
                "Negócio - Data de ganho",
                "Affaire - Date de gain",
            ),
            "happened_at",
            rare=True,
        ),
        Field(
            (
                "Deal - Deal closed on",
                "Deal - Closed on",
                "Deal - Deal abgeschlossen am",
                "Negócio - Negócio fechado em",
            ),
            "closed_on",
            rare=True,
            out="the same as the won time of won deals",
            instead_of="happened_at",
        ),
        Field(
            ("Deal - Status", *_spanish("Estado"), "Negócio - Status", "Affaire - Statut", "Obchod - Stav"),
            "status",
            needed=True,
            rare=True,
        ),
        Field(
            (
                "Deal - Value",
                "Deal - Deal value",
                "Deal - Wert",
                *_spanish("Valor", "Valor del negocio"),
                "Affaire - Valeur",
                "Obchod - Hodnota",
            ),
            "amount",
            needed=True,
            rare=True,
        ),
        Field(
            (
                "Deal - Currency of Value",
                "Deal - Currency",
                "Deal - Währung",
                "Affaire - Devise",
                *_spanish("Divisa de Valor", "Moneda"),
            ),
            "currency",
            rare=True,
        ),
        Field(
            ("Organization - ID", "Organización - ID", "Organização - ID", "Organisation - ID"),
            "organization_key",
            kind=Kind.TEXT,
        ),
        Field(
            (
                "Deal - Organization",
                "Organization",
                "Deal - Organisation",
                "Organization - Name",
                "Organisation - Name",
                *_spanish("Organización"),
                "Negócio - Organização",
                "Affaire - Organisation",
            ),
            "organization",
            kind=Kind.TEXT,
            rare=True,
        ),
        Field(
            (
                "Person - Email - Work",
                "Person - Email",
                "Persona - Correo electrónico",
                "Pessoa - Email - Work",
                "Personne - E-mail - Travail",
            ),
            "person_email",
            kind=Kind.TEXT,
            rare=True,
        ),
        Field(
            (
                "Deal - Contact person",
                "Contact person",
                "Deal - Kontaktperson",
                "Person - Name",
                *_spanish("Persona de contacto"),
                "Negócio - Pessoa de contato",
                "Affaire - Personne à contacter",
            ),
            "contact_person",
            kind=Kind.TEXT,
            rare=True,
        ),
        Field(
            ("Deal - Pipeline", *_spanish("Embudo"), "Negócio - Funil", "Affaire - Pipeline"),
            "category",
            rare=True,
        ),
        Field(
            ("Deal - Stage", "Deal - Stage (pipeline)", "Deal - Phase", *_spanish("Etapa"), "Affaire - Étape"),
            "stage",
            rare=True,
            out="where the deal stood when it was won or lost, not the outcome",
        ),
        Field(
            ("Deal - Title", "Deal - Titel", *_spanish("Título"), "Affaire - Titre", "Obchod - Název"),
            "title",
            needed=True,
            rare=True,
            out=FREE_TEXT,
        ),
        Field(
            (
                "Deal - Deal created",
                "Deal - Deal created on",
                "Deal - Add time",
                "Deal - Created",
                "Deal - Deal erstellt",
                "Deal - Deal erstellt am",
                "Negocio - Negocio creado",
                "Trato - Trato creado",
                "Negócio - Negócio criado em",
                "Negócio - Data de criação do negócio",
                "Affaire - Affaire créée",
            ),
            "entered_at",
            rare=True,
            out="when the deal was entered, before it was won",
        ),
        Field(("Deal - Label",), kind=Kind.CATEGORY),
        Field(
            (
                "Deal - Lost time",
                "Deal - Verloren am",
                "Deal - Datum des verlorenen Deals",
                *_spanish("Fecha de pérdida", "Hora del negocio perdido"),
                "Negócio - Data de perda",
                "Affaire - Date de perte",
            ),
            rare=True,
            out=_OF_LOST,
        ),
        Field(
            (
                "Deal - Lost reason",
                "Deal - Verlustgrund",
                "Deal - Grund für Verlust",
                "Deal - Grund des Verlusts",
                *_spanish("Motivo de la pérdida"),
                "Negócio - Motivo da perda",
                "Affaire - Raison de la perte",
            ),
            rare=True,
            out=_OF_LOST,
        ),
        Field(
            (
                "Deal - Owner",
                "Deal - Besitzer",
                *_spanish("Propietario"),
                "Negócio - Proprietário",
                "Affaire - Propriétaire",
            ),
            rare=True,
            out=SELLER,
        ),
        Field(
            (
                "Deal - Expected close date",
                "Deal - Erwartetes Abschlussdatum",
                *_spanish("Fecha prevista de cierre", "Fecha de cierre prevista"),
                "Negócio - Data de fechamento esperada",
                "Affaire - Date de clôture prévue",
            ),
            rare=True,
            out=SELLER,
        ),
        Field(
            (
                "Deal - Last activity date",
                "Deal - Datum der letzten Aktivität",
                *_spanish("Fecha de la última actividad", "Hora de la última actividad"),
            ),
            rare=True,
            out=SELLER,
        ),
        Field(("Deal - Probability", *_spanish("Probabilidad"), "Negócio - Probabilidade"), out=SELLER),
        *left_out(SELLER, "Deal - Next activity date", "Deal - Total activities", rare=True),
        *left_out(LATER, "Deal - Update time", rare=True),
    ),
    any_of=(("happened_at", "closed_on"),),
    customer=("organization_key", "organization", "person_email", "contact_person"),
    statuses={
        "status": {
            Meaning.SALE: ("Won", "Gewonnen", "Ganado", "Gagné", "Gagnée", "Ganho"),
            Meaning.LOST: ("Lost", "Verloren", "Perdido", "Perdu", "Perdue"),
            Meaning.OPEN: ("Open", "Offen", "Abierto", "Ouvert", "Ouverte", "En cours", "Aberto"),
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
