"""New rows beside those of a run: in its notation, refused where they are too strange, with what is to be said."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from holdfast.errors import HoldfastError
from holdfast.formatting import plural
from holdfast.quality.checks.findings import Severity
from holdfast.quality.checks.wrong_numbers import ABSURD_VALUE_RULES, WRONG_NUMBER_RULES
from holdfast.quality.clean import Cleaned
from holdfast.quality.new_rows import ColumnCount, NewRows, in_training_notation
from holdfast.quality.training_columns import TrainingColumns
from holdfast.settings import FILE_NAME, Settings
from holdfast.settings_file import accept_line
from holdfast.tables.mapping import contract_of

MAY_LACK = ("label", "ended_at")  # what is known of nobody who could still leave
RULES = frozenset(rule.slug for rule in (*WRONG_NUMBER_RULES, *ABSURD_VALUE_RULES))  # that would have stopped the run


def rows_in_training_notation(
    frames: Mapping[str, Sequence[pl.DataFrame]], trained_on: TrainingColumns, settings: Settings
) -> dict[str, NewRows]:
    """The new rows of each table, in the notation of the run; a table of several files is one."""
    result = {}
    for name, several in frames.items():
        rows = pl.concat(several, how="diagonal_relaxed") if len(several) > 1 else several[0]
        training = trained_on.tables.get(name)
        if training is None:
            result[name] = NewRows(rows, ())
            continue
        has_events = contract_of(settings, name).is_events
        result[name] = in_training_notation(rows, name, training, has_events=has_events)
    return result


def refuse_wrong_numbers(cleaned: Cleaned, settings: Settings) -> None:
    """New rows bring what would have stopped the run: a status without a meaning, an absurd cell, eaten ids."""
    severe = [
        finding
        for finding in cleaned.findings
        if finding.severity is Severity.SEVERE and finding.slug in RULES and finding.id not in settings.accept
    ]
    if severe:
        broken = " ".join(f"{each.table}.{each.column}: {each.rows_failed:,} break: {each.rule}" for each in severe)
        accept = accept_line([*settings.accept, *(each.id for each in severe)])
        raise HoldfastError(
            f"With the new rows, numbers would be wrong: {broken}",
            fix=f"{severe[0].fix} Or, if it is right as it is, in {FILE_NAME}: {accept}",
        )


def breaks_a_rule(cleaned: Cleaned, settings: Settings) -> bool:
    """Whether any row breaks a rule that could stop the scoring, be it too few rows among these to do so."""
    return any(
        finding.rows_failed and finding.slug in RULES and finding.id not in settings.accept
        for finding in cleaned.findings
    )


def notes_of(set_aside: int, counts: Sequence[ColumnCount]) -> tuple[str, ...]:
    """What a reader of the scores should know: how many rows were set aside, values that the models do not know."""
    aside = (f"{plural(set_aside, 'row')} set aside in cleaning.",) if set_aside else ()
    return (*aside, *_sentences(counts))


def _sentences(counts: Sequence[ColumnCount]) -> list[str]:
    """A sentence for each column with strange values; one for all that were only spelt otherwise."""
    respelt = [count for count in counts if count.is_only_respelt]
    sentences = [count.sentence for count in counts if not count.is_only_respelt]
    if respelt:
        named = ", ".join(f"{count.column} ({plural(count.respelt, 'value')})" for count in respelt)
        sentences.append(f"Spelt otherwise than in the run, written as the run wrote them: {named}.")
    return sentences


def column_record(count: ColumnCount) -> dict[str, Any]:
    """One column's count as plain values."""
    counts = ("filled", "unread", "unseen", "implausible", "respelt")
    names = ("table", "column", "source", *counts, "decimal", "time_format")
    return {name: getattr(count, name) for name in names} | {"examples": list(count.examples)}
