"""What changed since the run before: each figure with its difference, and which customers the difference comes from."""

import polars as pl

from holdfast.formatting import count, day, listed, percent, plural, short_money
from holdfast.reports.inputs import PreviousRun, ReportInputs
from holdfast.reports.key_figures.kpis import Kpi
from holdfast.stats.sums import exact_total

FIRST_RUN = "There is no earlier run to compare with: what changed stands here from the next run on."


def since(previous: PreviousRun, inputs: ReportInputs) -> str:
    """When the figures before are of: since 1 June 2026; where the cutoff is the same, since the run of 3 June 2026."""
    if previous.cutoff is None or previous.cutoff == inputs.cutoff:
        return f"since the run of {day(previous.started_on)}"
    return f"since {day(previous.cutoff)}"


def change_in_words(kpi: Kpi, inputs: ReportInputs) -> str:
    """The difference of a figure to the run before: +12 (+4.6 %); empty where none can be said."""
    previous = inputs.previous
    before = previous.figures.get(kpi.name) if previous is not None and not previous.differs else None
    if before is None or kpi.value is None:
        return ""
    difference = kpi.value - before
    if kpi.unit == "share":
        points = round(100 * difference, 1)
        return f"{points:+.1f} points".replace("-", "−") if points else "no change"
    if kpi.unit.startswith(inputs.currency):
        shown = short_money(abs(difference), inputs.currency)
        is_same = shown == short_money(0, inputs.currency)
    else:
        shown, is_same = count(abs(difference)), round(difference) == 0
    if is_same:
        return "no change"
    sign = "+" if difference > 0 else "−"
    if before <= 0:
        return f"{sign}{shown}"
    share = percent(abs(difference / before))
    return f"{sign}{shown} ({share if share.startswith('under') else sign + share})"


def what_changed(inputs: ReportInputs) -> list[str]:
    """Which customers the differences come from, in sentences whose numbers add up."""
    previous = inputs.previous
    if previous is None:
        return [FIRST_RUN]
    when = since(previous, inputs)
    if previous.differs:
        return [
            f"The figures {when} cannot be compared with these: another {listed(previous.differs)} "
            f"{'was' if len(previous.differs) == 1 else 'were'} set then."
        ]
    both = inputs.standing.join(previous.customers, on="customer_id", suffix="_before")
    new = inputs.standing.join(previous.customers, on="customer_id", how="anti")
    old = previous.customers.join(inputs.standing, on="customer_id", how="anti")
    if not both.height:
        return [f"No customer of this list was on the one before, so nothing can be said of what changed {when}."]
    return [_leavers(inputs, previous, new, old, when), _moves(both), *_money(inputs, previous, new, old)]


def _leavers(inputs: ReportInputs, previous: PreviousRun, new: pl.DataFrame, old: pl.DataFrame, when: str) -> str:
    now, before, arrived, departed = (
        round(exact_total(customers["churn_probability"]))
        for customers in (inputs.standing, previous.customers, new, old)
    )
    rest = now - before - arrived + departed
    return (
        f"Expected leavers {when}: {count(before)}, now {count(now)}. {plural(new.height, 'customer')} new on the list "
        f"{'adds' if new.height == 1 else 'add'} {count(arrived)}, {plural(old.height, 'customer')} no longer on it "
        f"{'takes' if old.height == 1 else 'take'} {count(departed)} away, and "
        f"{_moved(count(abs(rest)), rest)} customers whose risk changed."
    )


def _moves(both: pl.DataFrame) -> str:
    is_high, was_high = pl.col("risk_band") == "high", pl.col("risk_band_before") == "high"
    up = both.filter(is_high & ~was_high).height
    down = both.filter(~is_high & was_high).height
    return (
        f"Of the {plural(both.height, 'customer')} on both lists, {count(up)} came into the high risk band and "
        f"{count(down)} left it."
    )


def _money(inputs: ReportInputs, previous: PreviousRun, new: pl.DataFrame, old: pl.DataFrame) -> list[str]:
    if not inputs.has_value or not previous.customers["revenue_at_risk"].drop_nulls().len():
        return []
    now, before, arrived, departed = (
        exact_total(customers["revenue_at_risk"]) for customers in (inputs.standing, previous.customers, new, old)
    )
    rest = now - before - arrived + departed
    currency = inputs.currency
    return [
        f"Revenue at risk: {short_money(before, currency)}, now {short_money(now, currency)}. New customers add "
        f"{short_money(arrived, currency)}, those no longer listed take {short_money(departed, currency)} away, and "
        f"{_moved(short_money(abs(rest), currency), rest)} customers whose risk or value changed."
    ]


def _moved(shown: str, number: float) -> str:
    return f"{_signed(shown, number)} comes from" if number else "nothing comes from"


def _signed(shown: str, number: float) -> str:
    return f"{'−' if number < 0 else '+'}{shown}"
