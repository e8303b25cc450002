"""The amount and the units of a log whose file has no header: by what the numbers look like."""

from collections.abc import Mapping

from holdfast.column_types import Kind
from holdfast.inference.money.word_roles import RoleGuess
from holdfast.inference.profiles.columns import Profile, middle_of


def unnamed_money(numbers: Mapping[str, Profile]) -> list[RoleGuess]:
    """The roles of the columns of numbers.

    Args:
        numbers: by source, those of dates and ids not among them.
    """
    decimals = [name for name, column in numbers.items() if not column.is_written_whole]
    counts = [
        name
        for name, column in numbers.items()
        if column.is_written_whole and column.distinct <= 1000 and middle_of(column.numbers) <= 100
    ]
    guesses = []
    if len(decimals) == 1:
        guesses.append(RoleGuess("amount", decimals[0], Kind.MONEY, 0.75, "the only column with decimals"))
    elif decimals:
        guesses.append(
            RoleGuess("amount", decimals[0], Kind.MONEY, 0.4, "several columns have decimals", tuple(decimals))
        )
    if len(counts) == 1:
        guesses.append(RoleGuess("quantity", counts[0], Kind.NUMBER, 0.72, "the only column of small whole numbers"))
    return guesses
