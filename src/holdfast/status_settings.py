"""What the values of a column of states or kinds mean."""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from pydantic import model_validator

from holdfast.meanings import Meaning
from holdfast.section import SettingsPart


class UnlessSettings(SettingsPart):
    """Rows of which another column takes back what a status says: a dispute that was won."""

    column: str
    """Our name of that column."""
    says: tuple[str, ...]
    """Its texts on these rows; upper and lower case, blanks around do not matter."""


class StatusSettings(SettingsPart):
    """What the values of one status or kind column mean; upper and lower case, blanks around do not matter."""

    column: str
    """Our name of the column."""
    sale: tuple[str, ...] = ()
    """Money was received."""
    pending: tuple[str, ...] = ()
    """A sale whose money has not arrived yet: counted as revenue from the day of the order, on a line of its own."""
    refund: tuple[str, ...] = ()
    """The row itself is money given back."""
    reversed: tuple[str, ...] = ()
    """The whole sale was undone: refunded in full, returned, charged back."""
    failed: tuple[str, ...] = ()
    void: tuple[str, ...] = ()
    test: tuple[str, ...] = ()
    draft: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    """Not decided or not paid yet: authorised only, a deal in progress, an order that waits for its payment."""
    transfer: tuple[str, ...] = ()
    """The business's own money: a payout, a conversion, a fee, a purchase of its own."""
    settlement: tuple[str, ...] = ()
    """Counts already in another row: the payment of an invoice, the lines beside their total."""
    start: tuple[str, ...] = ()
    trial: tuple[str, ...] = ()
    renewal: tuple[str, ...] = ()
    upgrade: tuple[str, ...] = ()
    downgrade: tuple[str, ...] = ()
    notice: tuple[str, ...] = ()
    """Cancelled, but running until the end of the term."""
    end: tuple[str, ...] = ()
    pause: tuple[str, ...] = ()
    resume: tuple[str, ...] = ()
    payment_failed: tuple[str, ...] = ()
    running: tuple[str, ...] = ()
    trialing: tuple[str, ...] = ()
    past_due: tuple[str, ...] = ()
    paused: tuple[str, ...] = ()
    ended: tuple[str, ...] = ()
    never_started: tuple[str, ...] = ()
    passive: tuple[str, ...] = ()
    """No act of the customer: a message delivered or bounced, a job of the server. Kept, and no sign of life."""
    neutral: tuple[str, ...] = ()
    """Says nothing of the above; the row counts as any other. "*" stands for every other value."""
    unless: UnlessSettings | None = None
    """Rows that this column does not speak of."""
    unknown: tuple[str, ...] = ()
    """Values that `init` could give no meaning: nothing runs until each is moved to one."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Our columns that it reads."""
        return (self.column,) if self.unless is None else (self.column, self.unless.column)

    def meaning_of(self) -> Mapping[str, Meaning]:
        """Value, lower case and trimmed -> what it means."""
        return _meanings(self)

    @model_validator(mode="after")
    def _one_meaning_a_value(self) -> "StatusSettings":
        # failed and FAILED are one text, and no contradiction under one meaning.
        texts = [
            text for meaning in Meaning for text in {each.strip().lower() for each in getattr(self, meaning.value)}
        ]
        twice = sorted({text for text in texts if texts.count(text) > 1})
        if twice:
            raise ValueError(f"{self.column}: {', '.join(twice)} stands under more than one meaning")
        if self.unknown:
            listed = ", ".join(self.unknown)
            raise ValueError(
                f"{self.column}: move each from unknown to its meaning (sale, open, neutral ...): {listed}"
            )
        return self


@lru_cache(maxsize=256)  # every rule of cleaning asks
def _meanings(status: StatusSettings) -> Mapping[str, Meaning]:
    texts = {text.strip().lower(): meaning for meaning in Meaning for text in getattr(status, meaning.value)}
    return MappingProxyType(texts)


# Of sales whose column `status` has no meanings in the settings: what undoes a sale in plain words.
PLAIN_STATUS = StatusSettings(
    column="status",
    failed=("failed", "declined", "rejected"),
    void=("cancelled", "canceled", "void", "voided"),
    test=("test",),
    draft=("draft",),
    neutral=("*",),
)
