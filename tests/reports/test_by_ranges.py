"""What reports say of all customers does not depend on how many of them are read at a time."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import polars as pl
import pytest

from holdfast.quality.records import Columns, WholeTables
from holdfast.reports.bi import bi_tables
from holdfast.reports.exploration.times import monthly, time_patterns
from holdfast.reports.inputs import ReportInputs
from holdfast.stats.sums import from_steps, sum_in_steps


@dataclass(frozen=True)
class FewAtATime(WholeTables):
    """The same tables in ranges of customers."""

    ranges: int = 7

    def in_turn(self, columns: Columns | None = None) -> Iterator[dict[str, pl.DataFrame]]:
        for number in range(self.ranges):
            is_here = pl.col("customer_id").hash(1) % self.ranges == number
            some = {name: frame.filter(is_here) for name, frame in self.frames.items()}
            yield WholeTables(some).whole(columns)


def test_files_and_patterns_are_those_of_all_customers_at_once(world: Callable[..., ReportInputs]) -> None:
    whole = world(150)
    assert isinstance(whole.cleaned_tables, WholeTables)
    few = replace(whole, cleaned_tables=FewAtATime(whole.cleaned_tables.frames))
    ours, theirs = dict(bi_tables(few)), dict(bi_tables(whole))
    assert theirs["monthly"]["revenue"].sum() > 0
    for name, table in theirs.items():
        assert ours[name].equals(table), name
    months = [monthly(each.cleaned_tables, each.settings, each.cutoff) for each in (few, whole)]
    assert months[0].equals(months[1])
    assert months[0].equals(whole.months)
    patterns = [time_patterns(whole.months, each.cleaned_tables, each.settings, each.cutoff) for each in (few, whole)]
    assert patterns[0] == patterns[1]


def test_steps_of_parts_add_up_to_those_of_all() -> None:
    amounts = [0.1, 0.2, 1e12, -1e12, 19.99, None, float("nan"), float("inf"), 1e-9]
    rows = pl.DataFrame({"paid": amounts})
    sums = pl.concat([rows[:3].select(sum_in_steps("paid")), rows[3:].select(sum_in_steps("paid"))]).sum()
    assert sums.equals(rows.select(sum_in_steps("paid")))
    assert sums.select(from_steps("paid")).item() == pytest.approx(20.290000001, abs=1e-11)
