"""A backtest for people: the record that `holdfast backtest` keeps in; the rows of one table and sentences out.

backtest_table(record, currency) -> BacktestTable       record: reports/backtest.json, or None where there is none
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from holdfast.formatting import about, count, day_of, percent, short_money, short_money_range

HOW_TO = (
    "How good would these forecasts have been before? `holdfast backtest` makes them again for past days, by what was "
    "known then, and sets what came beside them."
)
TEST_AND_BACKTEST = (
    "The test of a run and the backtest of the same day are two forecasts. The test is of the model before its last "
    "fit, trained without the customers kept apart to choose it, at the level of that training; its range is what luck "
    "alone explains (95 %). A backtest repeats the whole training as of that day and corrects the level by the newest "
    "outcome known then; its range (80 %) also counts how far levels moved before."
)
COLUMNS = ("Forecast of", "Customers", "Leavers expected", "80 % range", "Left", "Ranking right")
MONEY_COLUMNS = ("Money expected", "80 % range of money", "Came")


@dataclass(frozen=True)
class BacktestTable:
    """Headers, rows of cells as shown (oldest cutoff first), and sentences; no rows where nothing was tested."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    sentences: tuple[str, ...]


def backtest_table(record: Mapping[str, Any] | None, currency: str, tested_on: str | None = None) -> BacktestTable:
    """The rows and sentences of a backtest.

    Args:
        record: what `holdfast backtest` kept; None: it has not been run, and one sentence says how.
        currency: of the money.
        tested_on: the ISO day of the test cutoff of a run that is shown beside it.
    """
    if record is None:
        return BacktestTable((), (), (HOW_TO,))
    origins = record["origins"]
    has_money = any(origin["money"] for origin in origins)
    sentences = [
        *record["words"],
        *(f"{day_of(each['cutoff'])} was not evaluated: {each['why']}" for each in record["not_evaluated"]),
    ]
    if len(origins) > 1:
        sentences.append("Horizons of neighbouring days overlap, so the rows are no independent tests.")
    if tested_on is not None and any(origin["cutoff"] == tested_on for origin in origins):
        sentences.append(f"The run was tested on {day_of(tested_on)}, too. {TEST_AND_BACKTEST}")
    return BacktestTable(
        (*COLUMNS, *MONEY_COLUMNS) if has_money else COLUMNS,
        tuple(_row(origin, currency, has_money=has_money) for origin in origins),
        tuple(sentences),
    )


def _row(origin: Mapping[str, Any], currency: str, *, has_money: bool) -> tuple[str, ...]:
    leavers, brought = origin["leavers"], origin["money"]
    cells = [
        day_of(origin["cutoff"]),
        count(origin["customers"]),
        about(leavers["expected"]),
        f"{about(leavers['low'])} to {about(leavers['high'])}",
        _marked(count(leavers["observed"]), leavers, leavers["observed"]),
        percent(origin["roc_auc"], 0),
    ]
    if has_money and brought:
        cells += [
            short_money(brought["predicted"], currency),
            short_money_range(brought["low"], brought["high"], currency),
            _marked(short_money(brought["observed"], currency), brought, brought["observed"]),
        ]
    elif has_money:
        cells += [""] * len(MONEY_COLUMNS)
    return tuple(cells)


def _marked(shown: str, between: Mapping[str, float], observed: float) -> str:
    return shown if between["low"] <= observed <= between["high"] else f"{shown} (outside)"
