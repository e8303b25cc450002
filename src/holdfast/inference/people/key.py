"""The column that names the customer, as guessed."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Key:
    """The column that names the customer, in one table."""

    source: str
    confidence: float
    evidence: str
    choices: tuple[str, ...] = ()
