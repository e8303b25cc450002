"""What the kernel can measure and what a formula computes: two closed sets, with one record for each member.

A record holds all that docs, names, reasons, custom features and the kernel's plan need to know of a member;
docs/guides/extending.md lists what else a new operator takes.
"""

from dataclasses import dataclass
from enum import StrEnum, auto

from holdfast.column_types import Kind

NUMBERS = (Kind.NUMBER, Kind.MONEY, Kind.FLAG)
CONDITION_KINDS = (Kind.CATEGORY, Kind.TEXT, Kind.FLAG)  # columns whose values a condition may name
PER_KINDS = (Kind.CATEGORY, Kind.TEXT)
_ANY = (Kind.NUMBER, Kind.MONEY, Kind.FLAG, Kind.CATEGORY, Kind.TEXT)
_SINGLE_VALUES = (Kind.NUMBER, Kind.MONEY, Kind.FLAG, Kind.CATEGORY)


class Operator(StrEnum):
    """What the kernel can measure of a customer's events in a window. A closed set: no code of a user runs."""

    COUNT = "count"
    SUM = "sum"
    MEAN = "mean"
    STD = "std"
    MIN = "min"
    MAX = "max"
    MEDIAN = "median"
    DISTINCT = "distinct"
    FIRST = "first"
    LAST = "last"
    DAYS_ACTIVE = "days_active"  # distinct UTC days with an event
    DAYS_SINCE_FIRST = "days_since_first"
    DAYS_SINCE_LAST = "days_since_last"
    GAP_MEAN = "gap_mean"  # days between consecutive active days
    GAP_STD = "gap_std"
    GAP_MAX = "gap_max"


class Keeps(StrEnum):
    """How much the kernel must keep of the events that it passed; each of a column's levels keeps those before it too.

    The names are those of the constants in engine/accumulators.py.
    """

    TOTALS = auto()  # how many, and their sum
    EXTREMES = auto()  # the least, the greatest, the first and the last
    SPREAD = auto()  # the mean and the squared deviations from it
    ALL_NUMBERS = auto()  # every number, sorted
    DAYS = auto()  # of times: the days with events and the gaps between them


@dataclass(frozen=True)
class OperatorRecord:
    """All that is known of one operator outside the compiled code."""

    description: str  # in the reference
    sentence: str  # the default meaning, with {column}, {events} and {event}
    kinds: tuple[Kind, ...] = ()  # of the columns that it measures; none: it measures the times of events
    unit: str = ""  # empty: the column's own
    needs: str = ""  # what a result takes beyond one event
    keeps: Keeps = Keeps.TOTALS
    is_zero_when_empty: bool = False  # whether a window without events gives 0, else null
    is_always_known: bool = False  # whether every window gives a number
    names_all_time: bool = True  # whether the name says `ever` where the window is all time
    moves_with_cutoff: bool = False  # whether a later cutoff alone changes the result
    subject: str = ""  # what it says of a table's events; operators with the same subject give one reason
    synonyms: tuple[str, ...] = ()  # what users may call it


OPERATORS: dict[Operator, OperatorRecord] = {
    Operator.COUNT: OperatorRecord(
        "events; with a column, those where it is known",
        "{Events}",
        _ANY,
        "events",
        is_zero_when_empty=True,
        is_always_known=True,
        subject="how many",
        synonyms=("number", "n", "frequency"),
    ),
    Operator.SUM: OperatorRecord(
        "the sum", "Total {column} of {events}", NUMBERS, is_zero_when_empty=True, synonyms=("total",)
    ),
    Operator.MEAN: OperatorRecord(
        "the mean; of a flag, the share that is yes",
        "Mean {column} of {events}",
        NUMBERS,
        synonyms=("average", "avg"),
    ),
    Operator.STD: OperatorRecord(
        "the standard deviation, n - 1 in the denominator",
        "How much the {column} of {events} varies",
        NUMBERS,
        needs="two values",
        keeps=Keeps.SPREAD,
        synonyms=("stdev", "stddev", "deviation"),
    ),
    Operator.MIN: OperatorRecord(
        "the least", "Lowest {column} of {events}", NUMBERS, keeps=Keeps.EXTREMES, synonyms=("minimum", "least")
    ),
    Operator.MAX: OperatorRecord(
        "the greatest", "Highest {column} of {events}", NUMBERS, keeps=Keeps.EXTREMES, synonyms=("maximum", "greatest")
    ),
    Operator.MEDIAN: OperatorRecord(
        "the median, the mean of the middle two",
        "Typical (median) {column} of {events}",
        NUMBERS,
        keeps=Keeps.ALL_NUMBERS,
    ),
    Operator.DISTINCT: OperatorRecord(
        "different values, exactly",
        "Different values of {column} in {events}",
        CONDITION_KINDS,
        "values",
        is_zero_when_empty=True,
        is_always_known=True,
        subject="how many",  # orders are distinct ids
        synonyms=("unique", "nunique", "count_distinct"),
    ),
    Operator.FIRST: OperatorRecord(
        "the first known value", "First known {column} of {events}", _SINGLE_VALUES, keeps=Keeps.EXTREMES
    ),
    Operator.LAST: OperatorRecord(
        "the last known value",
        "Last known {column} of {events}",
        _SINGLE_VALUES,
        keeps=Keeps.EXTREMES,
        synonyms=("latest",),
    ),
    Operator.DAYS_ACTIVE: OperatorRecord(
        "different days (UTC) with an event",
        "Days with {events}",
        unit="days",
        keeps=Keeps.DAYS,
        is_zero_when_empty=True,
        is_always_known=True,
        subject="how many",
    ),
    Operator.DAYS_SINCE_FIRST: OperatorRecord(
        "days from the first event to the cutoff",
        "Days since the first {event}",
        unit="days",
        names_all_time=False,
        moves_with_cutoff=True,
        subject="how long",
    ),
    Operator.DAYS_SINCE_LAST: OperatorRecord(
        "days from the last event to the cutoff",
        "Days since the last {event}",
        unit="days",
        names_all_time=False,
        moves_with_cutoff=True,
        subject="how lately",
        synonyms=("recency", "days_since"),
    ),
    Operator.GAP_MEAN: OperatorRecord(
        "mean days from one day with events to the next",
        "Mean days from one day with {events} to the next",
        unit="days",
        needs="two days with events",
        keeps=Keeps.DAYS,
        names_all_time=False,
        subject="how regular",
    ),
    Operator.GAP_STD: OperatorRecord(
        "standard deviation of these gaps",
        "How much the days between {events} vary",
        unit="days",
        needs="three days with events",
        keeps=Keeps.DAYS,
        names_all_time=False,
        subject="how regular",
    ),
    Operator.GAP_MAX: OperatorRecord(
        "the longest of these gaps",
        "Longest pause between {events}, in days",
        unit="days",
        needs="two days with events",
        keeps=Keeps.DAYS,
        names_all_time=False,
        subject="how regular",
    ),
}
ZERO_WHEN_EMPTY = frozenset(operator for operator, record in OPERATORS.items() if record.is_zero_when_empty)
OF_TIMES = frozenset(operator for operator, record in OPERATORS.items() if not record.kinds)
OF_ONE_EVENT = frozenset({Operator.FIRST, Operator.LAST})  # the result is one of the column's own values
SUBJECTS = {operator.value: record.subject for operator, record in OPERATORS.items() if record.subject}
SYNONYMS = {synonym: operator.value for operator, record in OPERATORS.items() for synonym in record.synonyms}


def when_empty(operator: Operator) -> str:
    """What a window without events gives, or with too few, in words."""
    record = OPERATORS[operator]
    if record.is_zero_when_empty:
        return "0"
    return f"not known below {record.needs}" if record.needs else "not known"


class Formula(StrEnum):
    """What a composite computes from its inputs. A closed set, computed row by row but for the scores."""

    RATIO = "ratio"  # first / second; null where the second is not above 0
    DIFFERENCE = "difference"  # first - second
    LEFT_OF_TERM = "left_of_term"  # second - first % second: days until the next of terms of `second` days
    TOTAL = "total"  # sum of all, nulls as 0
    BAND = "band"  # a category by the edges in `values`
    COUNT_HAVING = "count_having"  # how many of the inputs are yes, or a text that does not begin with "no"
    SCORE = "score"  # 1..5 among the customers at the cutoff, 5 for the greatest
    SCORE_LEAST = "score_least"  # 1..5, 5 for the least


@dataclass(frozen=True)
class FormulaRecord:
    """All that is known of one formula beside how it is computed (formulas.py)."""

    description: str  # in the reference
    sentence: str  # the default meaning: {first} begins it, {inner} is the same within it, {last} input, all {inputs}
    fewest: int  # inputs
    most: int | None  # None: any number
    unit: str  # empty: that of the inputs, where they share one
    null_when: str
    name: str = ""  # the default name, with {0} and {1}; empty: a name must be given
    takes_categories: bool = False
    is_score: bool = False  # whether it ranks a customer among all customers of a cutoff


FORMULAS: dict[Formula, FormulaRecord] = {
    Formula.RATIO: FormulaRecord(
        "first / second",
        "{first}, divided by {last}.",
        2,
        2,
        "ratio",
        "an input is not known, or the second not above 0",
        "{0}_per_{1}",
    ),
    Formula.DIFFERENCE: FormulaRecord(
        "first - second", "{first}, less {last}.", 2, 2, "", "an input is not known", "{0}_less_{1}"
    ),
    Formula.LEFT_OF_TERM: FormulaRecord(
        "second - (first % second): what is left of a term of so many days",
        "What is left of the term: {inner}, in terms of {last}.",
        2,
        2,
        "days",
        "an input is not known, or the second not above 0",
        "left_of_{1}",
    ),
    Formula.TOTAL: FormulaRecord("the sum; what is not known counts as 0", "Sum of: {inputs}.", 2, None, "", "never"),
    Formula.BAND: FormulaRecord(
        "a category: below, between and above the `edges`",
        "{first}, in groups.",
        1,
        1,
        "category",
        "the input is not known",
        "{0}_band",
    ),
    Formula.COUNT_HAVING: FormulaRecord(
        "how many are yes: true, a number that is not 0, a text that does not begin with no, none or false",
        "How many of these the customer has: {inputs}.",
        2,
        None,
        "number",
        "never",
        takes_categories=True,
    ),
    Formula.SCORE: FormulaRecord(
        "1 to 5 among all customers at the same cutoff, 5 for the greatest fifth",
        "{first}, from 1 to 5 among all customers (5: greatest).",
        1,
        1,
        "score 1-5",
        "the input is not known",
        "{0}_score",
        is_score=True,
    ),
    Formula.SCORE_LEAST: FormulaRecord(
        "1 to 5 among all customers at the same cutoff, 5 for the least fifth",
        "{first}, from 1 to 5 among all customers (5: least).",
        1,
        1,
        "score 1-5",
        "the input is not known",
        "{0}_score_least",
        is_score=True,
    ),
}
OF_POPULATION = frozenset(formula for formula, record in FORMULAS.items() if record.is_score)
