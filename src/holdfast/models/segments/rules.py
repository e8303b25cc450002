"""The rules of named segments: which RFM scores, or which risk, value and tenure, have which name."""

from dataclasses import dataclass
from itertools import product


@dataclass(frozen=True)
class RfmRule:
    """A box of scores, each 1 (worst) to 5 (best)."""

    segment: str
    recency: tuple[int, ...]
    frequency: tuple[int, ...]
    monetary: tuple[int, ...]


_ANY = (1, 2, 3, 4, 5)

# Every one of the 125 cells lies in exactly one box; a test counts them.
RFM_RULES: tuple[RfmRule, ...] = (
    RfmRule("Champions", (4, 5), (4, 5), (4, 5)),
    RfmRule("Loyal", (4, 5), (4, 5), (1, 2, 3)),
    RfmRule("Loyal", (4, 5), (3,), (4, 5)),
    RfmRule("Loyal", (3,), (4, 5), _ANY),
    RfmRule("Potential Loyalists", (4, 5), (3,), (1, 2, 3)),
    RfmRule("Potential Loyalists", (4, 5), (2,), _ANY),
    RfmRule("New", (5,), (1,), _ANY),
    RfmRule("Promising", (4,), (1,), _ANY),
    RfmRule("Promising", (3,), (1,), (4, 5)),
    RfmRule("Need Attention", (3,), (2, 3), _ANY),
    RfmRule("Cannot Lose", (1, 2), (4, 5), (4, 5)),
    RfmRule("At Risk", (1, 2), (4, 5), (1, 2, 3)),
    RfmRule("At Risk", (2,), (3,), _ANY),
    RfmRule("At Risk", (1,), (3,), (3, 4, 5)),
    RfmRule("At Risk", (2,), (2,), (4, 5)),
    RfmRule("Hibernating", (3,), (1,), (1, 2, 3)),
    RfmRule("Hibernating", (2,), (2,), (1, 2, 3)),
    RfmRule("Hibernating", (2,), (1,), _ANY),
    RfmRule("Hibernating", (1,), (3,), (1, 2)),
    RfmRule("Hibernating", (1,), (2,), (4, 5)),
    RfmRule("Lost", (1,), (2,), (1, 2, 3)),
    RfmRule("Lost", (1,), (1,), _ANY),
)


@dataclass(frozen=True)
class ContractRule:
    """A box of churn risk, value tier and age of the contract, for records without purchases."""

    segment: str
    risk: tuple[str, ...]
    value: tuple[str, ...]
    settled: tuple[bool, ...]


RISKS = ("low", "medium", "high")
TIERS = ("low", "middle", "high")

# Every one of the 18 cells lies in exactly one box.
CONTRACT_RULES: tuple[ContractRule, ...] = (
    ContractRule("Champions", ("low",), ("high",), (True,)),
    ContractRule("Loyal", ("low",), ("low", "middle"), (True,)),
    ContractRule("Promising", ("low",), TIERS, (False,)),
    ContractRule("Settling In", ("medium",), TIERS, (False,)),
    ContractRule("Valuable but Wavering", ("medium",), ("high",), (True,)),
    ContractRule("Need Attention", ("medium",), ("low", "middle"), (True,)),
    ContractRule("Cannot Lose", ("high",), ("high",), (True,)),
    ContractRule("At Risk", ("high",), ("middle",), (True,)),
    ContractRule("Slipping Away", ("high",), ("low",), (True,)),
    ContractRule("Shaky Start", ("high",), TIERS, (False,)),
)


def rfm_cells() -> dict[tuple[int, int, int], str]:
    """The segment of each of the 125 (recency, frequency, monetary) cells."""
    return {cell: rule.segment for rule in RFM_RULES for cell in product(rule.recency, rule.frequency, rule.monetary)}


def contract_cells() -> dict[tuple[str, str, bool], str]:
    """The segment of each of the 18 (risk, value tier, settled) cells."""
    return {cell: rule.segment for rule in CONTRACT_RULES for cell in product(rule.risk, rule.value, rule.settled)}
