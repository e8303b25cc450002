"""LightGBM's own text format in; its trees as nodes out."""

from collections.abc import Iterator, Mapping

import numpy as np

from holdfast.models.trees.walks import Nodes

_CATEGORICAL, _DEFAULT_LOWER, _MISSING_KIND, _NAN = 1, 2, 12, 8  # bits of `decision_type`, and the kind that means NaN


def nodes_of_text(text: str) -> list[Nodes]:
    """The trees of a booster, in order.

    A split on a native category is several on its code: the nodes of a tree may then share children, so that means of
    leaves are not to be asked of it (`explains=False`).

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
    nodes = Nodes(
        feature=np.concatenate([split, rest.astype(np.int64) - 1]),
        threshold=np.concatenate([threshold, rest]),
        lower=children("left_child"),
        upper=children("right_child"),
        missing_lower=np.concatenate([missing_lower, rest > 0]),
        leaf_value=np.concatenate([np.zeros(inner), leaf_value]),
        weight=np.concatenate([numbers("internal_count", np.float64), numbers("leaf_count", np.float64)]),
    )
    categorical = np.flatnonzero(decision & _CATEGORICAL)
    if not categorical.size:
        return nodes
    bounds, words = numbers("cat_boundaries", np.int64), numbers("cat_threshold", np.uint32)
    return _on_codes(nodes, {int(node): words[slice(*bounds[int(threshold[node]) :][:2])] for node in categorical})


def _on_codes(nodes: Nodes, sets: Mapping[int, np.ndarray]) -> Nodes:
    """Splits on sets of codes as splits on numbers: below a run of codes, within it, above it.

    Args:
        nodes: of one tree, whose splits on categories go to `lower` for codes of the set, else (and for unknown ones)
            to `upper`.
        sets: node -> the codes of its set, as bits of 32-bit words.
    """
    feature, threshold, lower, upper, missing_lower = (
        getattr(nodes, name).tolist() for name in ("feature", "threshold", "lower", "upper", "missing_lower")
    )
    for node, words in sets.items():
        codes = np.flatnonzero(np.unpackbits(words.view(np.uint8), bitorder="little"))
        inside, outside, at = lower[node], upper[node], node
        runs = np.split(codes, np.flatnonzero(np.diff(codes) > 1) + 1)
        for position, run in enumerate(runs):
            is_last = position == len(runs) - 1
            within = len(feature)
            threshold[at], lower[at], upper[at], missing_lower[at] = run[0] - 0.5, outside, within, True
            feature.append(feature[node])
            threshold.append(run[-1] + 0.5)
            lower.append(inside)
            upper.append(outside if is_last else within + 1)
            missing_lower.append(False)
            if not is_last:
                at = within + 1
                for column, value in ((feature, feature[node]), (threshold, 0.0), (lower, 0), (upper, 0)):
                    column.append(value)
                missing_lower.append(True)
    rest = np.zeros(len(feature) - len(nodes.feature))
    return Nodes(
        np.array(feature),
        np.array(threshold),
        np.array(lower),
        np.array(upper),
        np.array(missing_lower),
        np.concatenate([nodes.leaf_value, rest]),
        np.concatenate([nodes.weight, rest]),
    )
