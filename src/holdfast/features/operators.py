"""The closed sets in words: what each operator and formula tells, of which columns, in which unit."""

from collections.abc import Sequence
from dataclasses import dataclass

from holdfast.column_types import Kind
from holdfast.features.library.event_table import Source, column_words
from holdfast.features.library.events import one, plural_noun, title_noun
from holdfast.features.spec import ZERO_WHEN_EMPTY, Aggregate, Feature, Formula, Operator

NUMBERS = (Kind.NUMBER, Kind.MONEY, Kind.FLAG)
_WORDS = (Kind.CATEGORY, Kind.TEXT, Kind.FLAG)
_ANY = (Kind.NUMBER, Kind.MONEY, Kind.FLAG, Kind.CATEGORY, Kind.TEXT)
_ONE_A_CUSTOMER = (Kind.NUMBER, Kind.MONEY, Kind.FLAG, Kind.CATEGORY)
WHERE = (Kind.CATEGORY, Kind.TEXT, Kind.FLAG)  # columns whose values a condition may name
PER = (Kind.CATEGORY, Kind.TEXT)


@dataclass(frozen=True)
class Measure:
    """One operator in words."""

    tells: str
    says: str  # the default meaning: {column} of {events}; {event} is one of them
    of: tuple[Kind, ...] = ()  # the kinds of column that it measures; none: it measures no column
    unit: str = ""  # empty: the column's own
    needs: str = ""  # what must be there for an answer, beyond one event


MEASURES: dict[Operator, Measure] = {
    Operator.COUNT: Measure("events; with a column, those where it is known", "{Events}", _ANY, "events"),
    Operator.SUM: Measure("the sum", "Total {column} of {events}", NUMBERS),
    Operator.MEAN: Measure("the mean; of a flag, the share that is yes", "Mean {column} of {events}", NUMBERS),
    Operator.STD: Measure(
        "the standard deviation, n - 1 in the denominator",
        "How much the {column} of {events} varies",
        NUMBERS,
        needs="two values",
    ),
    Operator.MIN: Measure("the least", "Lowest {column} of {events}", NUMBERS),
    Operator.MAX: Measure("the greatest", "Highest {column} of {events}", NUMBERS),
    Operator.MEDIAN: Measure(
        "the median, the mean of the middle two", "Typical (median) {column} of {events}", NUMBERS
    ),
    Operator.DISTINCT: Measure(
        "different values, exactly", "Different values of {column} in {events}", _WORDS, "values"
    ),
    Operator.FIRST: Measure("the first known value", "First known {column} of {events}", _ONE_A_CUSTOMER),
    Operator.LAST: Measure("the last known value", "Last known {column} of {events}", _ONE_A_CUSTOMER),
    Operator.DAYS_ACTIVE: Measure("different days (UTC) with an event", "Days with {events}", unit="days"),
    Operator.DAYS_SINCE_FIRST: Measure(
        "days from the first event to the cutoff", "Days since the first {event}", unit="days"
    ),
    Operator.DAYS_SINCE_LAST: Measure(
        "days from the last event to the cutoff", "Days since the last {event}", unit="days"
    ),
    Operator.GAP_MEAN: Measure(
        "mean days from one day with events to the next",
        "Mean days from one day with {events} to the next",
        unit="days",
        needs="two days with events",
    ),
    Operator.GAP_STD: Measure(
        "standard deviation of these gaps",
        "How much the days between {events} vary",
        unit="days",
        needs="three days with events",
    ),
    Operator.GAP_MAX: Measure(
        "the longest of these gaps",
        "Longest pause between {events}, in days",
        unit="days",
        needs="two days with events",
    ),
}


@dataclass(frozen=True)
class FormulaRecord:
    """One formula in words."""

    tells: str
    least: int  # the fewest inputs
    most: int | None  # None: as many as you like
    unit: str  # empty: that of the inputs, where they share one
    null_when: str
    takes_words: bool = False  # whether categories may go in


FORMULAS: dict[Formula, FormulaRecord] = {
    Formula.RATIO: FormulaRecord("first / second", 2, 2, "ratio", "an input is not known, or the second not above 0"),
    Formula.DIFFERENCE: FormulaRecord("first - second", 2, 2, "", "an input is not known"),
    Formula.LEFT_OF_TERM: FormulaRecord(
        "second - (first % second): what is left of a term of so many days",
        2,
        2,
        "days",
        "an input is not known, or the second not above 0",
    ),
    Formula.TOTAL: FormulaRecord("the sum; what is not known counts as 0", 2, None, "", "never"),
    Formula.BAND: FormulaRecord(
        "a category: below, between and above the `edges`", 1, 1, "category", "the input is not known"
    ),
    Formula.COUNT_HAVING: FormulaRecord(
        "how many are yes: true, a number that is not 0, a text that does not begin with no, none or false",
        2,
        None,
        "number",
        "never",
        takes_words=True,
    ),
    Formula.SCORE: FormulaRecord(
        "1 to 5 among all customers at the same cutoff, 5 for the greatest fifth",
        1,
        1,
        "score 1-5",
        "the input is not known",
    ),
    Formula.SCORE_LEAST: FormulaRecord(
        "1 to 5 among all customers at the same cutoff, 5 for the least fifth",
        1,
        1,
        "score 1-5",
        "the input is not known",
    ),
}


def when_empty(operator: Operator) -> str:
    """What a window without events gives, or with too few."""
    if operator in ZERO_WHEN_EMPTY:
        return "0"
    needs = MEASURES[operator].needs
    return f"not known below {needs}" if needs else "not known"


def unit_of(aggregate: Aggregate, source: Source) -> str:
    """The unit of a measure that names none."""
    if aggregate.is_category:
        return "category"
    kind = source.facts.kinds.get(aggregate.column)
    if kind is Kind.FLAG and aggregate.operator in (Operator.MEAN, Operator.SUM):
        return "share" if aggregate.operator is Operator.MEAN else "events"
    return MEASURES[aggregate.operator].unit or source.facts.units.get(aggregate.column, "") or "number"


def says_of(aggregate: Aggregate, source: Source) -> str:
    """The meaning of a measure that names none, without its window."""
    which = _which(aggregate, source)
    told = {
        "Events": title_noun(source) + which,
        "events": plural_noun(source) + which,
        "event": one(source) + which,
        "column": column_words(aggregate.column),
    }
    template = MEASURES[aggregate.operator].says
    if aggregate.column and source.facts.kinds[aggregate.column] is Kind.FLAG:
        flag = {Operator.MEAN: "Share of {events} marked “{column}”", Operator.SUM: "{Events} marked “{column}”"}
        template = flag.get(aggregate.operator, template)
    if aggregate.column and aggregate.operator is Operator.COUNT:
        template = "{Events} with a known {column}"
    return template.format(**told)


def meaning_of(formula: Formula, inputs: Sequence[Feature]) -> str:
    """The meaning of a formula that names none."""
    told = [one.meaning.rstrip(".") for one in inputs]
    if sum(map(len, told)) > 240:
        told = [one.name for one in inputs]
    within = [words[:1].lower() + words[1:] for words in told]
    return {
        Formula.RATIO: f"{told[0]}, divided by {within[-1]}.",
        Formula.DIFFERENCE: f"{told[0]}, less {within[-1]}.",
        Formula.LEFT_OF_TERM: f"What is left of the term: {within[0]}, in terms of {within[-1]}.",
        Formula.TOTAL: f"Sum of: {'; '.join(within)}.",
        Formula.BAND: f"{told[0]}, in groups.",
        Formula.COUNT_HAVING: f"How many of these the customer has: {'; '.join(within)}.",
        Formula.SCORE: f"{told[0]}, from 1 to 5 among all customers (5: greatest).",
        Formula.SCORE_LEAST: f"{told[0]}, from 1 to 5 among all customers (5: least).",
    }[formula]


def _which(aggregate: Aggregate, source: Source) -> str:
    told = []
    for column, value in aggregate.where:
        words = column_words(column)
        if source.facts.kinds.get(column) is Kind.FLAG:
            told.append(f"{'' if value == 'true' else 'not '}marked “{words}”")
        else:
            told.append(f"with {words} “{value}”")
    together = f" (rows of one {column_words(aggregate.per)} together)" if aggregate.per else ""
    return (f" {' and '.join(told)}" if told else "") + together
