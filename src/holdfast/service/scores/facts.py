"""What the churn model looks at: a run in, the facts that it uses, what is usual of each, and checked values, out."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import polars as pl

from holdfast.errors import HoldfastError
from holdfast.features.build import Fact
from holdfast.features.changed_events import is_made_of_events
from holdfast.features.operators import OPERATORS, Operator
from holdfast.features.spec import Aggregate, Composite, Feature
from holdfast.models.churn.trained import TrainedChurn
from holdfast.service.scores.what_if_answers import Kind, ModelFact, UsualRange

_LOOKED_AT = 100_000  # customers at most, evenly spread, whose values say what is usual
_MOST_LEVELS = 50  # shown of a category
_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
_MOST_EVENTS = 10_000  # that a changed count may ask for
_MOST_DAYS = 36_500.0
_LARGEST = 1e15
_WHOLE = frozenset({Operator.COUNT, Operator.DISTINCT, Operator.DAYS_ACTIVE})


@dataclass(frozen=True)
class ModelFacts:
    """All facts that the churn model of a run looks at, those first on which most of it rests."""

    by_name: Mapping[str, ModelFact]
    features: Mapping[str, Feature]  # of the same
    levels: Mapping[str, frozenset[str]]  # of those that are categories
    computed: Mapping[str, tuple[str, ...]]  # composite -> the facts it is computed from
    others: frozenset[str]  # features that the model does not look at

    @classmethod
    def of(cls, run: Path, features: Sequence[Feature], churn: TrainedChurn) -> "ModelFacts":
        """The facts of a run: reads its feature rows.

        Args:
            run: its folder.
            features: of the run.
            churn: its model.
        """
        rests = _shares(features, churn)
        names = {feature.name for feature in features}
        used = sorted((each for each in rests if each.name in names), key=lambda each: (-rests[each], each.name))
        described: dict[str, ModelFact] = {}
        levels: dict[str, frozenset[str]] = {}
        for each in used:
            values = pl.read_parquet(run / "features.parquet", columns=[each.name])[each.name]
            described[each.name] = _described(each, rests[each], values)
            if values.dtype == pl.String:
                levels[each.name] = frozenset(values.drop_nulls().unique())
        composites = [each for each in features if isinstance(each, Composite)]
        computed = {each.name: tuple(sorted({inner.name for inner in _facts_below(each)})) for each in composites}
        others = names - set(described) - set(computed)
        return cls(described, {each.name: each for each in used}, levels, computed, frozenset(others))

    def checked(self, changes: Mapping[str, object]) -> dict[str, Fact]:
        """The values of changed facts, each of its type.

        Raises:
            HoldfastError: a fact that there is not or that the model does not look at, or a value that makes no sense.
        """
        return {name: self._checked(self._fact(name), value) for name, value in changes.items()}

    def _fact(self, name: str) -> ModelFact:
        if name in self.by_name:
            return self.by_name[name]
        if name in self.computed:
            inner = [each for each in self.computed[name] if each in self.by_name]
            raise HoldfastError(
                f"changes: {name} is computed from other facts.",
                fix=f"Change {' or '.join(inner) or 'others'} instead.",
            )
        near = get_close_matches(name, self.by_name, n=1, cutoff=0.4) or list(self.by_name)[:1]
        fix = f"Use {near[0]}." if near else "This model looks at no fact."
        if name in self.others:
            raise HoldfastError(f"changes: the model does not look at {name}, so nothing would change.", fix=fix)
        raise HoldfastError(f"changes: there is no fact {name!r}.", fix=fix)

    def _checked(self, fact: ModelFact, value: object) -> Fact:
        where = f"changes.{fact.name}"
        if value is None:
            if not fact.may_be_unknown:
                raise HoldfastError(f"{where}: it is known of every customer.", fix="Send a value.")
            return None
        if fact.kind == "yes or no":
            if isinstance(value, bool):
                return value
            raise HoldfastError(f"{where}: {value!r} is neither yes nor no.", fix="Send true or false.")
        if fact.kind == "category":
            return _level(self.levels[fact.name], value, where)
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise HoldfastError(f"{where}: {value!r} is no number.", fix="Send a number.")
        return _number(fact, float(value), where)


def _shares(features: Sequence[Feature], churn: TrainedChurn) -> dict[Feature, float]:
    """Fact -> how much of the model's importance rests on it."""
    by_name = {feature.name: feature for feature in features}
    shares: dict[Feature, float] = {}
    for name, share in churn.importance().items():
        if share > 0 and name in by_name:
            for fact in dict.fromkeys(_facts_below(by_name[name])):
                shares[fact] = shares.get(fact, 0.0) + share
    return shares


def _facts_below(feature: Feature) -> Iterator[Feature]:
    if isinstance(feature, Composite):
        for inner in feature.inputs:
            yield from _facts_below(inner)
    else:
        yield feature


def _described(feature: Feature, share: float, values: pl.Series) -> ModelFact:
    """A fact with what is usual of it; `values` are those of the customers of the run."""
    present = values.gather_every(max(1, values.len() // _LOOKED_AT)).drop_nulls()
    kind: Kind = "category" if values.dtype == pl.String else "yes or no" if values.dtype == pl.Boolean else "number"
    levels = present.value_counts(sort=True)[feature.name].to_list() if kind == "category" else []
    usual, least = None, None
    if kind == "number" and present.len():
        usual = UsualRange(*(float(present.quantile(each, "nearest") or 0.0) for each in _QUANTILES))
        lowest = values.min()
        least = 0.0 if isinstance(lowest, float) and lowest >= 0 else None
    return ModelFact(
        name=feature.name,
        label=feature.meaning.removesuffix("."),
        unit=feature.unit,
        table=feature.table,
        kind=kind,
        is_whole=isinstance(feature, Aggregate) and feature.operator in _WHOLE,
        least=least,
        may_be_unknown=values.null_count() > 0 and not _is_always_known(feature),
        share=min(share, 1.0),
        changes_events=is_made_of_events(feature),
        usual=usual,
        levels=tuple(levels[:_MOST_LEVELS]),
    )


def _is_always_known(feature: Feature) -> bool:
    return isinstance(feature, Aggregate) and OPERATORS[feature.operator].is_always_known


def _level(levels: frozenset[str], value: object, where: str) -> str:
    if isinstance(value, str) and value in levels:
        return value
    near = get_close_matches(str(value), sorted(levels), n=1, cutoff=0.0)
    fix = f"Use {near[0]!r}." if near else "No value of it is known."
    raise HoldfastError(f"{where}: the run knows no value {value!r}.", fix=fix)


def _number(fact: ModelFact, value: float, where: str) -> float:
    if fact.is_whole and value != int(value):
        raise HoldfastError(f"{where}: {value:g} is no whole number.", fix=f"Send {round(value)}.")
    if fact.least is not None and value < fact.least:
        raise HoldfastError(f"{where}: {value:g} is below {fact.least:g}.", fix=f"Send {fact.least:g} or more.")
    most = _MOST_DAYS if fact.unit == "days" else _MOST_EVENTS if fact.changes_events else _LARGEST
    if abs(value) > most:
        raise HoldfastError(f"{where}: {value:g} is more than can be looked at.", fix=f"Send {most:,.0f} or less.")
    return value
