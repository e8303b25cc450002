"""Made-up exports with known truth, drawn by seed: read right at once, or asked with the right answer first.

Any other seed is another business in another layout, language and house style (`renderings.py`), to be tried when
`init` changes.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.cases.simulated_exports.renderings import render

SEEDS = (
    1, 4, 5, 6, 7, 10, 12, 13, 14, 15, 16, 18, 19, 20, 21,
    22, 23, 24, 25, 28, 29, 30, 31, 32, 34, 37, 39, 41, 46, 58, 313, 476, 512,
)  # fmt: skip


def _is_near(value: float, right: list[float], share: float) -> bool:
    return any(abs(value - each) <= max(0.02, abs(each) * share) for each in right)


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_read_is_what_was_made(seed: int, begin: Callable[..., Any], tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    files, truth = render(seed, folder)
    begun = begin(*files)
    asks = any(guess.is_question for guess in begun.draft.guesses)
    begun.with_first_answers()
    if truth.customers:
        cleaned, kinds = begun.cleaned(), begun.settings.tables
        right = [cents / 100 for cents in [*truth.net, *(truth.net_if_asked if asks else [])]]
        assert _is_near(sum(line.amount for line in cleaned.money if line.line == "net"), right, 0.001)
        sales = [rows for name, rows in cleaned.tables.items() if name in kinds and kinds[name].holds == "transactions"]
        buyers = pl.concat([rows.filter(pl.col("amount") > 0).select("customer_id") for rows in sales]).drop_nulls()
        least, most = truth.customers
        assert least <= buyers.n_unique() <= most
    if truth.running:
        standing, mrr = begun.stood()
        assert sum(standing.get(each, 0) for each in ("running", "past due", "notice given")) in truth.running
        assert _is_near(mrr, [cents / 100 for cents in truth.mrr], 0.005)
