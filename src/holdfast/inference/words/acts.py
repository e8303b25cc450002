"""Which kinds of events are no act of the customer, by their words: ends, and what others did."""

# ruff: noqa: E501
import re
from collections.abc import Iterable

from holdfast.inference.words.names import plain, says, whole_words
from holdfast.meanings import Meaning

_WHAT = r"(?:subscription|membership|account|contract|plan|user|customer|client|profile|abo|abonnement|mitgliedschaft|vertrag|konto|kunde|suscripcion|assinatura|cuenta|conta)"
_ENDS = r"(?:cancel\w*|terminat\w*|delet\w*|clos(?:ed?|ure)|deactivat\w*|expir\w*|end(?:ed)?|gekundigt|kundigung|beendet|geloscht|resili\w*|annul\w*|cancelad\w*|cancelacion|cancelamento)"
_MESSAGE = r"(?:e ?mails?|mails?|sms|text|push(?: notification)?|notification|message|newsletter|whatsapp|letter|invoice|reminder|survey|nachricht|benachrichtigung|rechnung|mahnung)"
_SENT = r"(?:sent|send|delivered|received|bounced?|soft bounce|hard bounce|dropped|deferred|queued|scheduled|failed|undelivered|processed|spam(?: report)?|marked as spam|created|generated|issued|zugestellt|gesendet|versendet|versandt|unzustellbar)"
# In this order; the first that fits the whole text counts, without accents and case.
_KINDS: tuple[tuple[Meaning, re.Pattern[str]], ...] = tuple(
    (meaning, re.compile(rf"^(?:{words})$"))
    for meaning, words in (
        (Meaning.PAYMENT_FAILED, r"(?:payment|charge|renewal|invoice|card|zahlung|lastschrift) (?:\w+ )?(?:fail\w*|declin\w*|fehlgeschlagen|expired)|failed (?:payment|charge)|dunning|payment failure"),
        (Meaning.REFUND, r"(?:order |payment |purchase )?(?:refund(?:ed)?|chargeback|charged back|erstattet|gutschrift|credit note)|refund issued|order (?:cancell?ed|returned)|return"),
        (Meaning.NOTICE, rf"(?:{_WHAT} )?(?:cancel\w*|end) (?:requested|scheduled|pending|at period end)|cancellation request\w*|kundigung eingegangen"),
        (Meaning.END, rf"{_WHAT} (?:was |is )?{_ENDS}|{_ENDS} {_WHAT}|cancell?ed|cancell?ation|cancel|churn(?:ed)?|terminated|termination|deactivated|unsubscribed?|opt(?:ed)? out|(?:e ?mail |sms |push |newsletter )?(?:unsubscribed?|opt(?:ed)? out)(?: from [\w ]+)?|gekundigt|kundigung|abgemeldet|resiliation|resilie|baja|cancelado|cancelamento|disdetta|opgezegd|app(?:lication)? (?:uninstall\w*|remove\w*)|uninstall\w*|trial (?:ended|expired)|left"),
        (Meaning.PAUSE, rf"(?:{_WHAT} )?(?:paused?|frozen|suspended|suspension|pausiert)"),
        (Meaning.PASSIVE, rf"(?:points? )?(?:expire|expiry|expiration)(?: of points?)?|points? expired|{_MESSAGE} {_SENT}|{_SENT} {_MESSAGE}|bounced?|hard bounce|soft bounce|delivered|undelivered|spam(?: report| complaint)?|complaint|dropped|deferred|identif(?:y|ied)|group ?identify|alias|set user properties|(?:scheduled|background|cron|batch|nightly) (?:job|task|sync|run)|cron|sync(?:ed|hroni[sz]ed)?|system(?: event| update)?|auto(?:matic)? ?(?:renewal reminder|backup)|backup|heartbeat|data (?:import|export|sync)|import(?:ed)?|api sync|trial (?:ending|will end)|(?:payment|renewal) reminder|feature flag called|experiment (?:exposure|viewed|started)|session end(?:ed)?|app(?:lication)? (?:update\w*|background\w*|crash\w*)|page ?leave|no ?shows?|missed|absent|did not (?:show|attend)|(?:late|early) cancel(?:l?ed|lation)?|(?:booking|class|visit|appointment|reservation) (?:cancel\w*|missed)|cancel(?:l?ed|lation)? by \w+|nicht erschienen|abwesend|ausente"),
    )
)  # fmt: skip
_OF_MESSAGES = re.compile(
    r"^(?:sent|send|sends|impression|served|targeted|contacted|processed|gesendet|versendet|envoye|enviado)$"
)
_KIND_NAMES = whole_words(
    r"type|kind|event|events|event type|event name|action|activity|metric|typ|art|tipo|ereignis|evenement|evento|status|response"
)


def is_kind_of_event(name: str) -> bool:
    """Whether the name of a column says that it tells what happened."""
    return says(name, _KIND_NAMES)


def passive_kinds(texts: Iterable[str], holds: str) -> dict[Meaning, tuple[str, ...]]:
    """The kinds that are no sign of life by what they mean; all others may be acts of the customer.

    Args:
        texts: the kinds of a table's events, as written.
        holds: its contract; where the rows are messages, "sent" is what the business did.
    """
    kinds: dict[Meaning, tuple[str, ...]] = {}
    for text in texts:
        meaning = _meaning(text, holds)
        if meaning is not None:
            kinds[meaning] = (*kinds.get(meaning, ()), text)
    return kinds


def _meaning(text: str, holds: str) -> Meaning | None:
    words = " ".join(re.split(r"[\s_\-./:;,()\[\]$]+", plain(text))).strip()
    if holds == "marketing" and _OF_MESSAGES.match(words):
        return Meaning.PASSIVE
    return next((meaning for meaning, pattern in _KINDS if pattern.match(words)), None)
