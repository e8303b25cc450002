"""A split and limits in; findings where sides are out of order in time, or limits saw other rows than training's."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import polars as pl

from holdfast.formatting import day, plural
from holdfast.leakage.evidence import KEYS, Evidence, shown
from holdfast.leakage.findings import Finding, Grade, Leak

_OURS = "This is a fault of Holdfast, not of your records: please report it with reports/leakage.json."
_EARLIER = ("train", "val")


def sides_in_order(evidence: Evidence) -> Iterator[Finding]:
    """Label windows of the earlier sides close before the test begins; the test's closes before the scoring."""
    horizon = timedelta(days=evidence.settings.churn.horizon_days)
    sides, schedule = evidence.sides, evidence.schedule
    is_by_time = schedule is not None
    test = sides.filter(side="test")["cutoff"].min()
    if (
        is_by_time
        and isinstance(test, datetime)
        and sides.filter(pl.col("side").is_in(_EARLIER), pl.col("cutoff") < test).height
    ):
        late = sides.filter(pl.col("side").is_in(_EARLIER), pl.col("cutoff") + horizon > test)
        if late.height:
            yield _finding(
                "splits",
                f"{late.height:,} of {sides.height:,} rows to learn from have label windows that end after "
                f"the test begins on {day(test)}.",
                late,
            )
    else:
        yield from _customers_apart(sides)
    if schedule is not None:
        late = sides.filter(pl.col("cutoff") + horizon > pl.lit(schedule.scoring).cast(sides.schema["cutoff"]))
        if late.height:
            yield _finding(
                "splits",
                f"{late.height:,} of {sides.height:,} labelled rows have label windows that end after the "
                f"scoring cutoff {day(schedule.scoring)}.",
                late,
            )
    repeated = sides.filter(sides.select(KEYS).is_duplicated())
    if repeated.height:
        yield _finding("splits", f"{plural(repeated.height, 'row')} of one customer and cutoff met twice.", repeated)
    choosing = sides.filter(side="val")["customer_id"].unique()
    both = sides.filter(pl.col("side") == "train", pl.col("customer_id").is_in(choosing.implode()))
    if both.height and is_by_time:
        yield _finding(
            "splits", f"{plural(both.height, 'row')} to learn from, of customers who choose the model.", both
        )


def _customers_apart(sides: pl.DataFrame) -> Iterator[Finding]:
    several = sides.group_by("customer_id").agg(pl.col("side").n_unique()).filter(pl.col("side") > 1)
    if several.height:
        yield _finding("splits", f"{plural(several.height, 'customer')} on several sides of the split.", several)


def _finding(where: str, says: str, rows: pl.DataFrame) -> Finding:
    return Finding(
        Leak.TIME_ORDER, where, Grade.SEVERE, says, _OURS, {"rows": rows.height}, (), shown(rows["customer_id"])
    )


def limits_of_train(evidence: Evidence) -> Iterator[Finding]:
    """Limits (quality.cap_outliers) are those of the training rows, to the last bit."""
    if evidence.caps is None or evidence.caps_of_train is None:
        return
    names = sorted(evidence.caps.keys() | evidence.caps_of_train.keys())
    differing = [name for name in names if evidence.caps.get(name) != evidence.caps_of_train.get(name)]
    if differing:
        yield Finding(
            Leak.TIME_ORDER,
            "splits/caps.json",
            Grade.SEVERE,
            f"The limits of {len(differing):,} of {len(names):,} features are not those of the training rows: "
            f"{', '.join(differing[:5])}. They were fitted to test rows too.",
            _OURS,
            {"features": len(differing)},
            tuple(differing),
        )
