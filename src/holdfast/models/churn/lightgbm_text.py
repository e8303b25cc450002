"""LightGBM's own text format in; its trees as nodes out."""

from collections.abc import Iterator, Mapping

import numpy as np

from holdfast.models.churn.tree_model import Nodes

_DEFAULT_LOWER, _MISSING_KIND, _NAN = 2, 12, 8  # bits of `decision_type`, and the kind that means NaN


def nodes_of_text(text: str) -> list[Nodes]:
    """The trees of a booster, in order; no tree may split on native categories.

    Args:
        text: as `Booster.model_to_string` gives it.
    """
    return [_nodes(fields) for fields in _trees(text)]


def _trees(text: str) -> Iterator[Mapping[str, str]]:
    body = text.partition("\nend of trees")[0]
    for block in body.split("\nTree=")[1:]:
        yield dict(line.split("=", 1) for line in block.splitlines() if "=" in line)


def _nodes(fields: Mapping[str, str]) -> Nodes:
    leaf_value = np.array(fields["leaf_value"].split(), dtype=np.float64)
    if int(fields["num_leaves"]) == 1:
        none = np.zeros(1, dtype=np.int64)
        return Nodes(none - 1, np.zeros(1), none, none, none.astype(np.bool_), leaf_value, np.ones(1))

    def numbers(name: str, kind: type) -> np.ndarray:
        return np.array(fields[name].split(), dtype=kind)

    split, decision = numbers("split_feature", np.int64), numbers("decision_type", np.int64)
    threshold, inner, leaves = numbers("threshold", np.float64), len(split), len(leaf_value)
    rest = np.zeros(leaves)

    def children(name: str) -> np.ndarray:
        child = numbers(name, np.int64)
        positions = np.where(child >= 0, child, inner + ~child)  # leaves are numbered from -1 down
        return np.concatenate([positions, rest.astype(np.int64)])

    is_nan = (decision & _MISSING_KIND) == _NAN
    # Where training had no missing numbers, the library reads a missing one as 0.
    missing_lower = np.where(is_nan, (decision & _DEFAULT_LOWER) > 0, threshold >= 0)
    return Nodes(
        feature=np.concatenate([split, rest.astype(np.int64) - 1]),
        threshold=np.concatenate([threshold, rest]),
        lower=children("left_child"),
        upper=children("right_child"),
        missing_lower=np.concatenate([missing_lower, rest > 0]),
        leaf_value=np.concatenate([np.zeros(inner), leaf_value]),
        weight=np.concatenate([numbers("internal_count", np.float64), numbers("leaf_count", np.float64)]),
    )
