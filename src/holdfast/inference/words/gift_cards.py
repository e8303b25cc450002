"""Gift cards that a file both sells and takes as payment: their money came in when they were sold."""

from collections.abc import Collection

from holdfast.inference.guesses import StatusGuess
from holdfast.inference.profiles.columns import Profile
from holdfast.inference.profiles.tables import TableProfile
from holdfast.inference.words.names import says, whole_words
from holdfast.meanings import Meaning

_CARD = whole_words(
    r"gift ?(?:cards?|certificates?|vouchers?)|vouchers?|gutscheine?|geschenk(?:karten?|gutscheine?)",
    r"(?:carte|bon|cheque)s? cadeaux?|tarjetas? (?:de )?regalo|(?:buoni?|carte?) regalo|(?:vale|cartao) presente",
    r"cadeau(?:bon|kaart)(?:nen|en)?|presentkort|gavekort|kart[ay] podarunkow[ae]",
)
_TENDER = whole_words(
    r"tender|payment|paid (?:by|with|via)|pay(?:ment)? (?:method|type)|zahlung\w*|zahlart|bezahlt mit|paiement",
    r"reglement|mode de (?:paiement|reglement)",
    r"(?:forma|metodo|modo|medio) (?:de|di) pag\w+|pagamento|pago|betaal\w*|betaling\w*|betalning\w*|platnosc\w*",
)
_MOST_VALUES = 40  # of a column of kinds or tenders


def cards_spent(table: TableProfile, taken: Collection[str]) -> tuple[str, StatusGuess] | None:
    """The column that says how rows were paid, and that those paid by gift card count already; None where none do.

    A card that the same file sells counts on the day that it is sold. Of a file that sells none, what is paid by card
    is all that is known of that money, and counts.

    Args:
        table: of sales.
        taken: columns that mean something else.
    """
    kinds = {
        name: column
        for name, column in table.columns.items()
        if name not in table.times and not column.is_number and 1 < column.distinct <= _MOST_VALUES
    }
    for name, column in kinds.items():
        spent = _cards(column) if says(name, _TENDER) and name not in taken else ()
        if not spent:
            continue
        is_paid_by_card = column.series.is_in(list(spent)).fill_null(value=False)
        others = (other for source, other in kinds.items() if source != name and not says(source, _TENDER))
        if any(
            (other.series.is_in(list(_cards(other))).fill_null(value=False) & ~is_paid_by_card).any()
            for other in others
        ):
            return name, StatusGuess("", {Meaning.SETTLEMENT: spent, Meaning.NEUTRAL: ("*",)})
    return None


def _cards(column: Profile) -> tuple[str, ...]:
    return tuple(sorted(text for text in column.values.unique() if says(text, _CARD)))
