"""The offers of a project as its file has them, read and written; every line outside the list stays as it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from holdfast.decisions.offers import are_placeholders
from holdfast.errors import HoldfastError, NotFoundError
from holdfast.formatting import plural
from holdfast.service.results import Result
from holdfast.service.setup.yaml_entries import end_of, entry_of, is_flow
from holdfast.service.yaml_text import as_value
from holdfast.settings import OfferSettings, Settings
from holdfast.settings_file import load_settings, settings_node
from holdfast.store.artifacts import write_text
from holdfast.store.locks import exclusive_lock


@dataclass(frozen=True)
class BusinessSettings(Result):
    """What stands in the project file about offers, money and time."""

    project: str
    """its name"""
    currency: str
    """of every amount"""
    time_zone: str
    """of times that carry none"""
    placeholders: bool
    """whether an offer is still the one that `init` wrote: no gain is promised then"""
    offers: tuple[OfferSettings, ...]
    """what may be offered"""

    @property
    def sentence(self) -> str:
        return f"{plural(len(self.offers), 'offer')}; amounts in {self.currency}."

    @classmethod
    def of(cls, settings: Settings) -> "BusinessSettings":
        """Those of a project file."""
        offers = settings.decisions.offers
        return cls(settings.name, settings.currency, settings.time_zone, are_placeholders(offers), offers)


def business_settings(file: Path) -> BusinessSettings:
    """What a project file says about offers, money and time.

    Raises:
        NotFoundError: there is no such file.
        HoldfastError: it cannot be read, or questions are open in it.
    """
    if not file.is_file():
        raise NotFoundError("Nothing was set up yet.", fix="Add files first: the page Add files.")
    return BusinessSettings.of(load_settings(file))


def set_offers(file: Path, wanted: Sequence[Mapping[str, Any]]) -> BusinessSettings:
    """Write other offers into a project file; the next run plans with them.

    Args:
        file: the project file.
        wanted: all offers in order, each with the fields of `OfferSettings`; those left out are gone.

    Raises:
        NotFoundError: there is no such file.
        HoldfastError: two offers of one name, or a file that cannot be read; it stays as it was.
    """
    business_settings(file)
    offers = [OfferSettings(**each) for each in wanted]
    repeated = sorted({offer.name for offer in offers if [other.name for other in offers].count(offer.name) > 1})
    if repeated:
        raise HoldfastError(f"Two offers are called {repeated[0]!r}.", fix="Give each its own name.")
    with exclusive_lock(file.parent / ".setup.lock", f"{file.parent.name}: it is being set up by another request"):
        before = file.read_text(encoding="utf-8")
        write_text(file, _with_offers(before, offers))
        try:
            return business_settings(file)
        except HoldfastError:
            write_text(file, before)
            raise


def _with_offers(text: str, offers: Sequence[OfferSettings]) -> str:
    decisions = entry_of(settings_node(text), "decisions")
    if decisions is None:
        return f"{text.rstrip()}\ndecisions:\n  offers:{_block(offers, '    ')}\n"
    value = decisions[1]
    listed = entry_of(value, "offers")
    if listed is None:
        at = value.value[0][0].start_mark if value.value else None
        if is_flow(value) or at is None:
            at_index = value.start_mark.index + 1
            return f"{text[:at_index]}offers: {_flow(offers)}{', ' if value.value else ''}{text[at_index:]}"
        indent = " " * at.column
        return f"{text[: at.index]}offers:{_block(offers, f'{indent}  ')}\n{indent}{text[at.index :]}"
    name, old = listed
    new = f" {_flow(offers)}" if is_flow(value) else _block(offers, " " * (name.start_mark.column + 2))
    return f"{text[: name.end_mark.index]}:{new}{text[end_of(old) :]}"


def _block(offers: Sequence[OfferSettings], indent: str) -> str:
    return "".join(f"\n{indent}- {_line(offer)}" for offer in offers) or " []"


def _flow(offers: Sequence[OfferSettings]) -> str:
    return f"[{', '.join(_line(offer) for offer in offers)}]"


def _line(offer: OfferSettings) -> str:
    values = offer.model_dump(exclude_none=True)
    return f"{{{', '.join(f'{name}: {as_value(value)}' for name, value in values.items())}}}"
