"""The unit and the sentence of a custom feature that gives none of its own."""

from collections.abc import Sequence

from holdfast.column_types import Kind
from holdfast.features.library.event_table import EventTable, column_words
from holdfast.features.library.events import plural_noun, singular_noun, title_noun
from holdfast.features.operators import FORMULAS, OPERATORS, Formula, Operator
from holdfast.features.spec import Aggregate, Feature

_LONGEST_INPUTS = 240  # letters; with more, inputs are named instead of explained
_OF_FLAGS = {Operator.MEAN: "Share of {events} marked “{column}”", Operator.SUM: "{Events} marked “{column}”"}


def unit_of(aggregate: Aggregate, events: EventTable) -> str:
    """The unit of an aggregate."""
    if aggregate.is_category:
        return "category"
    kind = events.facts.kinds.get(aggregate.column)
    if kind is Kind.FLAG and aggregate.operator in (Operator.MEAN, Operator.SUM):
        return "share" if aggregate.operator is Operator.MEAN else "events"
    return OPERATORS[aggregate.operator].unit or events.facts.units.get(aggregate.column, "") or "number"


def sentence_of(aggregate: Aggregate, events: EventTable) -> str:
    """The meaning of an aggregate, without its window."""
    condition = _condition(aggregate, events)
    words = {
        "Events": title_noun(events) + condition,
        "events": plural_noun(events) + condition,
        "event": singular_noun(events) + condition,
        "column": column_words(aggregate.column),
    }
    template = OPERATORS[aggregate.operator].sentence
    if aggregate.column and events.facts.kinds[aggregate.column] is Kind.FLAG:
        template = _OF_FLAGS.get(aggregate.operator, template)
    if aggregate.column and aggregate.operator is Operator.COUNT:
        template = "{Events} with a known {column}"
    return template.format(**words)


def sentence_of_formula(formula: Formula, inputs: Sequence[Feature]) -> str:
    """The meaning of a formula over some features."""
    sentences = [feature.meaning.rstrip(".") for feature in inputs]
    if sum(map(len, sentences)) > _LONGEST_INPUTS:
        sentences = [feature.name for feature in inputs]
    inner = [sentence[:1].lower() + sentence[1:] for sentence in sentences]
    inputs_listed = "; ".join(inner)
    return FORMULAS[formula].sentence.format(first=sentences[0], inner=inner[0], last=inner[-1], inputs=inputs_listed)


def _condition(aggregate: Aggregate, events: EventTable) -> str:
    conditions = []
    for column, value in aggregate.where:
        words = column_words(column)
        if events.facts.kinds.get(column) is Kind.FLAG:
            conditions.append(f"{'' if value == 'true' else 'not '}marked “{words}”")
        else:
            conditions.append(f"with {words} “{value}”")
    together = f" (rows of one {column_words(aggregate.per)} together)" if aggregate.per else ""
    return (f" {' and '.join(conditions)}" if conditions else "") + together
