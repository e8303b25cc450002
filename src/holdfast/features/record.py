"""The features as features.json holds them."""

from collections.abc import Mapping, Sequence
from typing import Any

from holdfast.features.facts import TableFacts, facts_of, facts_record
from holdfast.features.spec import Feature


def features_record(
    features: Sequence[Feature], facts: Mapping[str, TableFacts], left_out: Mapping[str, str]
) -> dict[str, Any]:
    """Each feature's record in the order of their columns, what they were chosen by, and what was left out."""
    return {
        "features": [feature.record() for feature in features],
        "facts": facts_record(facts),
        "left_out": dict(left_out),
    }


def facts_in(record: Mapping[str, Any]) -> dict[str, TableFacts]:
    """The facts in a features.json, from which `features_for` makes the same features again."""
    return facts_of(record["facts"])
