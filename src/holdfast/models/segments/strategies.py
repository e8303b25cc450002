"""Segment strategies: names of segments in; what each means and what to do with it out (segment_strategies.json)."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import polars as pl

from holdfast.stats.sums import steady_sum


@dataclass(frozen=True)
class Strategy:
    """A plan for one segment; `weight` is its claim on the retention budget, shared out in proportion."""

    segment: str
    meaning: str
    strategy: str
    action: str
    weight: float


STRATEGIES: tuple[Strategy, ...] = (
    Strategy("Champions", "The best customers: here lately, often, and for the most money.",
             "Keep the relation; do not buy what you already have.",
             "Thank them, ask for reviews and referrals, show them new things first. Offers only by plan.", 8),
    Strategy("Loyal", "They come back again and again.",
             "Reward coming back, and sell one step up.",
             "Loyalty benefits, products that go with what they have.", 8),
    Strategy("Potential Loyalists", "Lately here, with a few purchases: the next Loyal.",
             "Make a habit of it.",
             "A membership or a reason to come back within their usual gap.", 10),
    Strategy("New", "They bought for the first time, not long ago.",
             "Make the second purchase happen: it decides.",
             "A welcome, help with the first product, a second-purchase offer.", 8),
    Strategy("Promising", "Few contacts so far, and fairly fresh.",
             "Build trust before asking for more.",
             "Show the product's use; a small trial offer.", 6),
    Strategy("Settling In", "New customers whose stay is open.",
             "Bring them to the first success.",
             "Onboarding call, check that everything works.", 10),
    Strategy("Need Attention", "Middling in all: neither lost nor safe.",
             "Find out what is missing before they drift.",
             "A short survey, a limited offer on what they bought before.", 12),
    Strategy("Valuable but Wavering", "They pay well and have begun to waver.",
             "Speak to them while it is cheap.",
             "A review of their contract with someone who can decide.", 18),
    Strategy("At Risk", "They used to come; they have not for long, or are likely to leave.",
             "Win them back soon: each week makes it more expensive.",
             "A personal message with an offer on what they used to buy.", 18),
    Strategy("Cannot Lose", "Much money in the past or every month, and on the way out.",
             "Personal attention first, money second.",
             "A call from a person; solve the problem, then offer.", 24),
    Strategy("Shaky Start", "New customers who are likely to leave already.",
             "Fix the start: something was promised and not met.",
             "A call within a week, fix set-up and expectations, an exit without pain if it does not fit.", 12),
    Strategy("Slipping Away", "Likely to leave, and small.",
             "Cheap contact only.",
             "An automatic message with a smaller plan.", 4),
    Strategy("Hibernating", "Long gone and small; a few will wake.",
             "Cheap reminders at their usual season.",
             "An automatic e-mail; stop when it is not opened.", 4),
    Strategy("Lost", "Gone for longest, with the least.",
             "Spend nothing on them but one last honest question.",
             "One win-back e-mail a year, else leave alone.", 2),
    Strategy("No Purchase Yet", "On the list, but never bought.",
             "This is acquisition, not retention.",
             "Leave to marketing.", 0),
)  # fmt: skip


def strategies_for(segments: Sequence[str]) -> list[dict[str, Any]]:
    """Records of the segments named, each with its share of the retention budget; the shares sum to 1.

    Returns:
        [{"segment", "meaning", "strategy", "action", "budget_share"}], in the order of STRATEGIES.
    """
    present = [strategy for strategy in STRATEGIES if strategy.segment in set(segments)]
    whole = sum(strategy.weight for strategy in present)
    records = []
    for strategy in present:
        record = asdict(strategy)
        weight = record.pop("weight")
        records.append({**record, "budget_share": weight / whole if whole else 0.0})
    return records


def segment_summary(assigned: pl.DataFrame) -> pl.DataFrame:
    """Size and revenue of each segment, biggest revenue first: the content of segments.csv's summary.

    Args:
        assigned: segment; further columns are averaged where they are there: revenue, spent,
            monthly_amount, churn_probability, expected_value, revenue_at_risk.

    Returns:
        segment, customers, share_of_customers; revenue, share_of_revenue (sum of revenue: money received; else spent,
        else monthly_amount, else left out); mean_churn_probability, mean_expected_value, revenue_at_risk where known.
    """
    money = next((name for name in ("revenue", "spent", "monthly_amount") if name in assigned.columns), None)
    columns = [pl.len().cast(pl.Int64).alias("customers")]
    if money:
        columns.append(steady_sum(money).alias("revenue"))
    columns += [
        (steady_sum(name) / pl.col(name).is_not_null().sum()).fill_nan(None).alias(f"mean_{name}")
        for name in ("churn_probability", "expected_value")
        if name in assigned.columns
    ]
    if "revenue_at_risk" in assigned.columns:
        columns.append(steady_sum("revenue_at_risk").alias("revenue_at_risk"))
    # Sorted before anything is summed over it: groups come in another order in every run.
    order = ["revenue" if money else "customers", "segment"]
    table = assigned.group_by("segment").agg(columns).sort(order, descending=[True, False])
    table = table.with_columns((pl.col("customers") / pl.col("customers").sum()).alias("share_of_customers"))
    if money:
        whole = pl.col("revenue").sum()
        share = pl.when(whole > 0).then(pl.col("revenue") / whole).otherwise(0.0)
        table = table.with_columns(share.alias("share_of_revenue"))
    return table
