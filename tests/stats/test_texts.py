"""Numbers put into words together read as those put into words one by one."""

from functools import partial

import numpy as np
import pytest

from holdfast.formatting import money, of_hundred, percent, short_money
from holdfast.stats.texts import texts_of


def numbers() -> np.ndarray:
    """Numbers of all sizes, on and beside the edges where texts turn, and those that nothing is known of."""
    dice = np.random.default_rng(3)
    edges = np.concatenate([np.arange(0, 3, 0.0005), np.arange(90, 1_200, 0.5), np.arange(980_000, 1_020_000, 500.0)])
    beside = [np.nextafter(edges, -np.inf), edges, np.nextafter(edges, np.inf)]
    drawn = [dice.gamma(0.5, scale, 1_000) for scale in (0.01, 1.0, 300.0, 1e6, 1e10)]
    every = np.concatenate([*beside, *drawn])
    return dice.permutation(np.concatenate([every, -every, [np.nan, np.inf, -np.inf, 0.0, -0.0]]))


@pytest.mark.parametrize(
    "write",
    [percent, of_hundred, partial(short_money, currency="EUR"), partial(money, currency="SEK")],
    ids=["percent", "of hundred", "short money", "money"],
)
def test_numbers_are_written_together_as_one_by_one(write) -> None:
    calls = 0

    def counted(number: float) -> str:
        nonlocal calls
        calls += 1
        return str(write(number))

    # Shares of a hundred are asked of numbers only.
    every = numbers() if write is not of_hundred else np.nan_to_num(numbers(), nan=0.5, posinf=2.0, neginf=-1.0)
    assert texts_of(every, counted) == [write(float(number) + 0.0) for number in every]
    assert calls < len(np.unique(every))


@pytest.mark.parametrize("few", [[], [0.25, -0.0], [0.5] * 40, [float("nan")] * 40])
def test_few_equal_or_unknown_numbers_are_written_too(few: list[float]) -> None:
    assert texts_of(np.array(few, dtype=float), percent) == [percent(number + 0.0) for number in few]
