"""Custom features written in Python, as entries of the settings."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from holdfast.errors import HoldfastError
from holdfast.features.custom.names import nearest
from holdfast.features.custom.parse import read_entries
from holdfast.features.spec import Aggregate, Composite, Feature
from holdfast.settings import FeatureSettings, OwnFeature

FeatureLike = Feature | OwnFeature | Mapping[str, Any]


def with_entries(settings: FeatureSettings, features: Iterable["FeatureLike"]) -> FeatureSettings:
    """The settings with further own features.

    Raises:
        HoldfastError: an entry that cannot be read, or two of one name.
    """
    own = (*settings.own, *to_entries(features))
    read_entries(own)
    return settings.model_copy(update={"own": own})


def to_entries(features: Iterable[FeatureLike]) -> tuple[OwnFeature, ...]:
    """Entries of the settings that declare the same features.

    Args:
        features: records (`Aggregate`, `Composite`), or an entry of holdfast.yaml as a dict. A composite names its
            inputs: those that are measures or formulas become features too.

    Raises:
        HoldfastError: a record that the settings cannot hold.
    """
    entries: dict[str, OwnFeature] = {}
    for number, feature in enumerate(features, 1):
        if isinstance(feature, OwnFeature):
            entries[f" {number}"] = feature  # its name may not be known yet, so it stands by its place
        elif isinstance(feature, Mapping):
            entries[f" {number}"] = _read(number, feature)
        else:
            _write(feature, entries)
    return tuple(entries.values())


def _write(feature: Feature, entries: dict[str, OwnFeature]) -> None:
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
        for input_ in feature.inputs:
            if isinstance(input_, Aggregate | Composite):
                _write(input_, entries)
        names = tuple(input_.name for input_ in feature.inputs)
        formula: dict[str, Any] = {feature.formula.value: names, "edges": feature.values}
        entry = OwnFeature(name=feature.name, unit=feature.unit, meaning=feature.meaning, **formula)
    else:
        raise HoldfastError(
            f"{feature.name} is a column of the customers table, which is a feature already.",
            fix=f"Name {feature.name} in a formula, or leave it out.",
        )
    if entries.get(feature.name, entry) != entry:
        raise HoldfastError(
            f"Two different features are called {feature.name}.", fix="Give one of the two another name."
        )
    entries[feature.name] = entry


def _read(number: int, values: Mapping[str, Any]) -> OwnFeature:
    settings = [*OwnFeature.model_fields]
    for name in values:
        if name not in settings:
            raise HoldfastError(
                f"features.own, entry {number}: there is no setting {name}. {nearest(str(name), settings)}",
                fix=f"Use: {', '.join(settings)}.",
            )
    try:
        return OwnFeature.model_validate(values)
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(map(str, fault["loc"]))
        raise HoldfastError(
            f"features.own, entry {number}: {where}: {fault['msg']}.",
            fix="docs/guides/own-features.md shows how an entry is written.",
        ) from error
