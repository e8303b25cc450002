"""Which columns of which tables a set of features needs."""

from collections.abc import Iterable, Sequence

from holdfast.features.spec import Aggregate, Attribute, Composite, DaysSince, Feature


def columns_needed(features: Iterable[Feature]) -> dict[str, tuple[str, ...]]:
    """The tables that features are measured from, and of each the columns beside customer and times, in their order.

    Args:
        features: records; what composites are made of is looked at too.
    """
    found: dict[str, dict[str, None]] = {}
    for feature in _parts(features):
        columns = found.setdefault(feature.table, {})
        columns.update(dict.fromkeys(_columns(feature)))
    return {table: tuple(sorted(columns)) for table, columns in sorted(found.items())}


def _parts(features: Iterable[Feature]) -> Iterable[Feature]:
    for feature in features:
        if isinstance(feature, Composite):
            yield from _parts(feature.inputs)
        else:
            yield feature


def _columns(feature: Feature) -> Sequence[str]:
    if isinstance(feature, Aggregate):
        named = (feature.column, feature.per, *(column for column, _ in feature.where))
        return [column for column in named if column]
    return [feature.column] if isinstance(feature, Attribute | DaysSince) else []
