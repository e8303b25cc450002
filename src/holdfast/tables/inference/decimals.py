"""The decimal sign of a whole table."""

from collections.abc import Mapping

from holdfast.project import UNANSWERED
from holdfast.tables.inference.profile import Profile


def decimal_of(columns: Mapping[str, Profile]) -> str:
    """The decimal sign of a table; UNANSWERED where its columns disagree or nothing decides it."""
    signed = [
        column.decimal
        for column in columns.values()
        if column.is_text_typed and column.is_number and column.bare.str.contains(r"[.,]").any()
    ]
    sure = {sign for sign, confidence in signed if confidence >= 0.7}
    if len(sure) == 1:
        return sure.pop()
    return "." if not signed else UNANSWERED
