"""Guesses the label column and the text that means yes; recognises columns that repeat the label."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from holdfast.formatting import percent
from holdfast.inference.profiles.columns import Profile, greatest_of, least_of
from holdfast.inference.words import vocabulary
from holdfast.inference.words.names import exactly, plain, says, spaced
from holdfast.inference.words.states import Purpose, meaning_of
from holdfast.meanings import Meaning

_LEFT = re.compile(
    r"\b(?:churn(?:ed|er)?|attrited|left|leaver|lost|gone|cancell?ed|exited|inactive|lapsed|terminated|defected|closed|departed|abgewandert|gekundigt|resilie|baja|cancelado|evadiu|opgezegd|ушел|流失|解約)\b"
)
_YES = ("yes", "true", "1", "1.0", "y", "t", "ja", "oui", "si", "sí", "sì", "sim", "да", "是", "はい", "tak")
_BEST_NAMES = (
    exactly("churn|churned|exited|attrition|left|label"),
    exactly("churn label|is churn(?:ed)?|churn flag|attrition flag|has churned"),
    exactly("churn value|churn yn|target churn"),
)
_STATUS = exactly("customer status|status|client status|account status|kundenstatus|attrition flag|membership status")
_MOST_STATES = 12
_EXPERIMENT_FEWEST = 2
_EXPERIMENT_MOST = 6


@dataclass(frozen=True)
class LabelColumn:
    """The column that says who left."""

    source: str
    true: tuple[str, ...]
    confidence: float
    evidence: str
    choices: tuple[str, ...] = ()
    answers_an_offer: bool = False  # its yes is a sale, so that it can be meant at most as what else is predicted


def label_column(columns: Mapping[str, Profile], *, experiment: bool) -> LabelColumn | None:
    """The label among a customer table's columns; a question where several could be, None where none does.

    Args:
        columns: the columns that may be it.
        experiment: whether the rows are an experiment's; its outcomes are no churn by themselves.
    """
    strong = [
        column for column in columns.values() if _is_binary(column) and says(column.source, vocabulary.LABEL_STRONG)
    ]
    strong = [column for column in strong if _yes_of(column) is not None or _worded(column)]
    if strong:
        best = min(strong, key=lambda column: (_name_rank(column.source), column.source))
        true = _worded(best) or _yes_of(best) or "?"
        others = sorted(column.source for column in strong if column is not best)
        also = f"; {', '.join(others)} says it again" if others else ""
        return LabelColumn(
            best.source,
            (true,),
            0.95,
            f'the name says so; "{true}" in {percent(_share(best, true))} of the rows{also}',
            tuple(others),
        )
    status = [
        column
        for column in columns.values()
        if says(column.source, _STATUS) and 2 <= column.distinct <= _MOST_STATES and _leaving(column)
    ]
    if len(status) == 1:
        leaving = _leaving(status[0])
        shown = " and ".join(f'"{text}"' for text in leaving)
        share = sum(_share(status[0], text) for text in leaving)
        verb = "says" if len(leaving) == 1 else "say"
        return LabelColumn(
            status[0].source,
            leaving,
            0.8,
            f"{shown} among its {status[0].distinct} texts {verb} that a customer left ({percent(share)} of the rows)",
        )
    weak = sorted(
        (column for column in columns.values() if _is_binary(column) and says(column.source, vocabulary.LABEL_WEAK)),
        key=lambda column: column.source,
    )
    if not weak:
        return None
    names = tuple(column.source for column in weak)
    if len(weak) == 1 and not experiment and not says(names[0], vocabulary.STAYS) and _yes_of(weak[0]) is not None:
        yes = _yes_of(weak[0]) or "?"
        if says(names[0], vocabulary.ANSWERS_AN_OFFER):
            evidence = (
                f"{names[0]} seems to answer an offer, which says nothing of leaving; take it only if its "
                f'"{yes}" ({percent(_share(weak[0], yes))} of the rows) is what is to be predicted, and say in '
                "leaving_means what that is"
            )
            return LabelColumn(names[0], (yes,), 0.5, evidence, (names[0],), answers_an_offer=True)
        return LabelColumn(
            names[0],
            (yes,),
            0.75,
            f'the only column named as an outcome; "{yes}" in {percent(_share(weak[0], yes))} of the rows',
        )
    why = "an experiment's outcomes are not churn by themselves" if experiment else "no column says plainly who left"
    if says(names[0], vocabulary.STAYS):
        why = f"{names[0]} seems to say who stayed; its no would be a yes"
    return LabelColumn(names[0], ("?",), 0.4, f"{why}; {', '.join(names)} could be meant", names)


def _is_binary(column: Profile) -> bool:
    return column.distinct == 2 or column.flag is not None


def _yes_of(column: Profile) -> str | None:
    if column.flag is not None:
        return "true" if column.series.dtype == pl.Boolean else column.flag
    values = [value for value in column.values if plain(value).strip(" .!") in _YES]
    return values[0] if len(values) == 1 else None


def _worded(column: Profile) -> str:
    values = [
        value for value in column.values if _LEFT.search(plain(value)) and not plain(value).startswith(("no", "not"))
    ]
    return values[0] if len(values) == 1 and not column.is_number else ""


def _leaving(column: Profile) -> tuple[str, ...]:
    """The texts of a column of states that say that a customer left; none where all of them do."""
    if column.is_number or column.flag is not None:
        return ()
    values = [
        value
        for value in column.values
        if (_LEFT.search(plain(value)) or meaning_of(value, Purpose.STATES, whole=True) is Meaning.ENDED)
        and not plain(value).startswith(("no", "not"))
    ]
    return tuple(values) if len(values) < column.distinct else ()


def _share(column: Profile, true: str) -> float:
    texts = column.series.cast(pl.String)
    if column.series.dtype.is_float():
        texts = column.series.cast(pl.Int64, strict=False).cast(pl.String)
    return float((texts == true).sum()) / max(column.filled, 1)


def _name_rank(name: str) -> int:
    return next((rank for rank, pattern in enumerate(_BEST_NAMES) if pattern.search(spaced(name))), len(_BEST_NAMES))


def means_leaving(source: str, true: tuple[str, ...]) -> bool:
    """Whether the name of a label, or what it says of those who are meant, speaks of leaving: Churn, "Closed"."""
    return says(source, vocabulary.LABEL_STRONG) or any(_LEFT.search(plain(value)) for value in true)


def label_values(column: Profile, true: tuple[str, ...]) -> pl.Series:
    """The label of every row, null where the column is empty."""
    texts = column.series.cast(pl.String)
    if column.series.dtype.is_float():
        texts = column.series.cast(pl.Int64, strict=False).cast(pl.String)
    return texts.is_in([*true])


def treatment_column(columns: Mapping[str, Profile]) -> tuple[str, str] | None:
    """The column that says in which arm of an experiment a customer was, with what shows it."""
    for pattern, need_words in ((vocabulary.TREATMENT, False), (vocabulary.TREATMENT_WEAK, True)):
        for name, column in columns.items():
            few = _EXPERIMENT_FEWEST <= column.distinct <= _EXPERIMENT_MOST
            if not says(name, pattern) or not few or column.share_filled < 0.99:
                continue
            sizes = column.series.value_counts(name="customers")["customers"]
            even = least_of(sizes) / greatest_of(sizes) > 0.8
            arms = sum(bool(vocabulary.ARM_VALUE.search(value)) for value in column.values)
            control = any(vocabulary.CONTROL_VALUE.search(value) for value in column.values)
            if (arms == column.distinct and (even or control)) or (not need_words and (even or arms)):
                shown = ", ".join(column.values)
                return name, f"{column.distinct} arms{' of nearly one size' if even else ''}: {shown}"
    return None
