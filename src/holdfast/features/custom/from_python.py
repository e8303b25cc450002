"""Own features written in Python: the same records, as entries of the settings."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from holdfast.errors import HoldfastError
from holdfast.features.custom.names import nearest
from holdfast.features.spec import Aggregate, Composite, Feature
from holdfast.settings import OwnFeature

FeatureLike = Feature | OwnFeature | Mapping[str, Any]


def to_entries(features: Iterable[FeatureLike]) -> tuple[OwnFeature, ...]:
    """Entries that ask for the same features.

    Args:
        features: records (`Aggregate`, `Composite`), or what stands in holdfast.yaml as a dict. A composite names its
            inputs: those that are measures or formulas become features too.

    Raises:
        HoldfastError: a record that the settings cannot hold.
    """
    found: dict[str, OwnFeature] = {}
    for place, feature in enumerate(features, 1):
        if isinstance(feature, OwnFeature):
            found[f" {place}"] = feature  # its name may not be known yet, so it stands by its place
        elif isinstance(feature, Mapping):
            found[f" {place}"] = _read(place, feature)
        else:
            _write(feature, found)
    return tuple(found.values())


def _write(feature: Feature, found: dict[str, OwnFeature]) -> None:
    if isinstance(feature, Aggregate):
        window = feature.window
        entry = OwnFeature(
            name=feature.name,
            table=feature.table,
            measure=feature.operator.value,
            of=feature.column,
            where=dict(feature.where),
            per=feature.per,
            days=window.days,
            ends_days_ago=window.ends_days_ago,
            unit=feature.unit,
            meaning=feature.says,
        )
    elif isinstance(feature, Composite):
        for part in feature.inputs:
            if isinstance(part, Aggregate | Composite):
                _write(part, found)
        names = tuple(part.name for part in feature.inputs)
        given: dict[str, Any] = {feature.formula.value: names, "edges": feature.values}
        entry = OwnFeature(name=feature.name, unit=feature.unit, meaning=feature.meaning, **given)
    else:
        raise HoldfastError(
            f"{feature.name} is a column of the customers table, which is a feature already.",
            fix=f"Name {feature.name} in a formula, or leave it out.",
        )
    if found.get(feature.name, entry) != entry:
        raise HoldfastError(
            f"Two different features are called {feature.name}.", fix="Give one of the two another name."
        )
    found[feature.name] = entry


def _read(place: int, given: Mapping[str, Any]) -> OwnFeature:
    known = [*OwnFeature.model_fields]
    for name in given:
        if name not in known:
            raise HoldfastError(
                f"features.own, entry {place}: there is no setting {name}. {nearest(str(name), known)}",
                fix=f"Use: {', '.join(known)}.",
            )
    try:
        return OwnFeature.model_validate(given)
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(map(str, fault["loc"]))
        raise HoldfastError(
            f"features.own, entry {place}: {where}: {fault['msg']}.",
            fix="docs/guides/own-features.md shows how an entry is written.",
        ) from error
