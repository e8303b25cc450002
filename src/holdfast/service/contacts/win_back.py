"""The win-back list of a run: the customers who have lapsed, and who of them may return."""

from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from holdfast.formatting import count, plural
from holdfast.service.results import AS_RUN, NOT_IN_JSON, Result
from holdfast.settings import Settings
from holdfast.store.artifacts import read_json
from holdfast.store.runs import prove
from holdfast.tables.lifecycle_outputs import LAPSED


@dataclass(frozen=True)
class WinBackList(Result):
    """The customers who have lapsed, the first to win back first."""

    folder: Path = field(metadata=AS_RUN)
    """the folder of the run"""
    lapsed: int
    """how many there are"""
    expected_returns: float
    """the sum of their return probabilities"""
    words: tuple[str, ...]
    """who counts as lapsed and how well returns were predicted before, in sentences"""
    table: pl.DataFrame = field(metadata={"json": "customers"})
    """one entry a customer; columns as in docs/reference/predictions.md#lapsedparquet"""
    currency: str = field(metadata=NOT_IN_JSON)
    within_days: int = field(metadata=NOT_IN_JSON)
    """returns and what they bring are within so many days"""

    @property
    def sentence(self) -> str:
        if not self.lapsed:
            return "No customer has lapsed."
        return (
            f"{plural(self.lapsed, 'customer')} lapsed; about {count(self.expected_returns)} are expected to return "
            f"in the next {self.within_days} days if nothing is done."
        )


def win_back_list(run: Path, settings: Settings, most: int | None) -> WinBackList:
    """The win-back list of a run.

    Args:
        run: its folder.
        settings: of the project: its currency and churn horizon are read.
        most: how many customers at most; None: all.

    Raises:
        HoldfastError: a file of the run was changed or is damaged.
    """
    prove(run, LAPSED.path, "reports/lapsed.json", "timeline.json")
    table, record = pl.read_parquet(run / LAPSED.path), read_json(run / "reports" / "lapsed.json")
    rule = read_json(run / "timeline.json")["active_window"]["words"]
    words = tuple(text for text in (rule, record["words"]) if text)
    listed = table if most is None else table.head(most)
    days = settings.churn.horizon_days
    return WinBackList(run, table.height, record["expected_returns"], words, listed, settings.currency, days)
