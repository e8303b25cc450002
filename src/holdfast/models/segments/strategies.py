"""Segment strategies: segments and how likely their customers are to leave in; what to do with each out."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import polars as pl

from holdfast.stats.sums import shares_to_the_cent, steady_sum

_LOW, _MEDIUM, _HIGH = "low", "medium", "high"


@dataclass(frozen=True)
class Strategy:
    """What a segment means, and what to do with it at some risks of leaving; offers come from the plan alone."""

    segment: str
    meaning: str  # by what the customers did, whatever their risk
    strategy: str
    action: str
    risks: tuple[str, ...] = (_LOW, _MEDIUM, _HIGH)  # bands of the segment's mean probability that the texts fit
    of_contracts: bool = False  # said of contracts and subscriptions alone, where nobody comes back to buy
    without_plan: str = ""  # the action where nobody of the segment is in the plan; empty: the same


# The first that fits is taken. Where the texts speak of staying or leaving, there is one for each.
STRATEGIES: tuple[Strategy, ...] = (
    Strategy("Champions", "They pay the most and are not likely to leave.",
             "Most stay by themselves: keep the relation.",
             "Thank them, ask for reviews and referrals, show them new things first.", (_LOW,), of_contracts=True),
    Strategy("Loyal", "Customers of some time who are not likely to leave.",
             "Most stay by themselves: nothing urgent.",
             "Show what else would help them, and ask for referrals.", (_LOW,), of_contracts=True),
    Strategy("Promising", "New customers who are not likely to leave.",
             "Help them to make it a habit.",
             "Show the product's use, answer the first questions.", of_contracts=True),
    Strategy("Cannot Lose", "They pay the most a month and are likely to leave, or gave notice.",
             "Personal attention first, money second.",
             "Solve the problem, then offer; those of the plan first.", of_contracts=True,
             without_plan="Ask what went wrong, and solve it; no offer is planned."),
    Strategy("At Risk", "They pay a medium amount a month and are likely to leave, or gave notice.",
             "Act soon: each week makes it more expensive.",
             "Ask what changed; offers where the plan has one.", of_contracts=True,
             without_plan="Ask what changed; no offer is planned."),
    Strategy("Need Attention", "Neither safe nor likely to leave.",
             "Find out what is missing before they drift.",
             "A short survey; help with what they do not use yet.", of_contracts=True),
    Strategy("Champions", "The best customers so far: here lately, often, and for the most money.",
             "Most stay by themselves: keep the relation.",
             "Thank them, ask for reviews and referrals, show them new things first.", (_LOW,)),
    Strategy("Champions", "The best customers so far: here lately, often, and for the most money.",
             "Do not take them for granted.",
             "Speak to those of the plan first, and ask what changed.",
             without_plan="Ask what changed; no offer is planned."),
    Strategy("Loyal", "They came back again and again.",
             "Reward coming back, and sell one step up.",
             "Loyalty benefits, products that go with what they have.", (_LOW,)),
    Strategy("Loyal", "They came back again and again.",
             "Their habit is breaking: find out why.",
             "Speak to those of the plan first; a reason to come back within their usual gap.",
             without_plan="A reason to come back within their usual gap; no offer is planned."),
    Strategy("Potential Loyalists", "Lately here, with a few purchases.",
             "Make a habit of it.",
             "A membership or a reason to come back within their usual gap."),
    Strategy("New", "They bought for the first time, not long ago.",
             "Make the second purchase happen: it decides.",
             "A welcome, help with the first product, a reason for a second purchase."),
    Strategy("Promising", "Few purchases so far, not long ago.",
             "Build trust before asking for more.",
             "Show the product's use, answer the first questions."),
    Strategy("Settling In", "New customers who may as well leave as stay.",
             "Bring them to the first success.",
             "Onboarding, check that everything works."),
    Strategy("Need Attention", "Average in everything: how lately they bought, how often, and how much.",
             "Find out what is missing before they drift.",
             "A short survey; what they bought before, shown again."),
    Strategy("Valuable but Wavering", "They pay well and have begun to waver.",
             "Speak to them while it is cheap.",
             "A review of their contract with someone who can decide."),
    Strategy("At Risk", "They used to come and have been silent for long, or are likely to leave.",
             "Most are expected to come back by themselves.",
             "A reminder at their usual season.", (_LOW,)),
    Strategy("At Risk", "They used to come and have been silent for long, or are likely to leave.",
             "Act soon: each week makes it more expensive.",
             "A personal message about what they used to buy; offers where the plan has one.",
             without_plan="A personal message about what they used to buy; no offer is planned."),
    Strategy("Cannot Lose", "Much money in the past or every month, and not here lately or likely to leave.",
             "Most are expected to stay: keep in touch.",
             "A person who knows them stays in touch.", (_LOW,)),
    Strategy("Cannot Lose", "Much money in the past or every month, and not here lately or likely to leave.",
             "Personal attention first, money second.",
             "Solve the problem, then offer; those of the plan first.",
             without_plan="Ask what went wrong, and solve it; no offer is planned."),
    Strategy("Shaky Start", "New customers who are likely to leave already.",
             "Fix the start: they did not get what they expected.",
             "Help with the set-up, and say what to expect; an easy way out if it does not fit."),
    Strategy("Slipping Away", "Likely to leave, and they pay little.",
             "Beyond the plan, nothing that costs people's time.",
             "A smaller product where there is one."),
    Strategy("Hibernating", "Silent for long, and they spent little.",
             "Beyond the plan, nothing that costs people's time.",
             "News at their usual season."),
    Strategy("Lost", "Silent the longest, and they spent the least.",
             "The plan alone says whom to contact.",
             "Leave alone whoever is not in the plan."),
    Strategy("No Purchase Yet", "On the list, but never bought.",
             "A first purchase comes before anything else.",
             "Help with a first purchase; ask what is missing."),
)  # fmt: skip


_CHOICE = ("risks", "of_contracts", "without_plan")  # by what a text is chosen
_WITHOUT_PLAN = {strategy.action: strategy.without_plan for strategy in STRATEGIES if strategy.without_plan}


def strategies_for(risk_of: Mapping[str, str], *, of_contracts: bool = False) -> list[dict[str, Any]]:
    """Records of the segments named, with the texts that fit how likely their customers are to leave.

    Args:
        risk_of: segment -> the risk band (low, medium, high) of its customers' mean probability of leaving; one that
            is more likely than not is never low, because the texts of low risk say that most stay.
        of_contracts: the segments are named by contracts or subscriptions, not by purchases.

    Returns:
        [{"segment", "meaning", "strategy", "action"}], in the order of STRATEGIES.
    """
    chosen: dict[str, Strategy] = {}
    for strategy in STRATEGIES:
        if strategy.of_contracts and not of_contracts:
            continue
        if risk_of.get(strategy.segment) in strategy.risks:
            chosen.setdefault(strategy.segment, strategy)
    return [
        {name: value for name, value in asdict(strategy).items() if name not in _CHOICE} for strategy in chosen.values()
    ]


def segment_summary(assigned: pl.DataFrame) -> pl.DataFrame:
    """Size and revenue of each segment, biggest revenue first: the content of segments.csv's summary.

    Args:
        assigned: segment; further columns are averaged where they are there: revenue, spent,
            monthly_amount, churn_probability, expected_value, revenue_at_risk;
            offer is counted.

    Returns:
        segment, customers, share_of_customers; revenue, share_of_revenue (sum of revenue: money received; else spent,
        else monthly_amount, else left out); mean_churn_probability, mean_expected_value, revenue_at_risk where known;
        in_plan.
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
        columns.append(steady_sum("revenue_at_risk").round(2).alias("revenue_at_risk"))
    if "offer" in assigned.columns:
        columns.append(pl.col("offer").is_not_null().sum().cast(pl.Int64).alias("in_plan"))
    # Sorted before anything is summed over it: groups come in another order in every run.
    order = ["revenue" if money else "customers", "segment"]
    table = assigned.group_by("segment").agg(columns).sort(order, descending=[True, False])
    table = table.with_columns((pl.col("customers") / pl.col("customers").sum()).alias("share_of_customers"))
    if money and not table["revenue"].null_count():
        # Whole cents that add up: files, pages and answers all show these amounts.
        table = table.with_columns(pl.Series("revenue", shares_to_the_cent(table["revenue"].to_list()), pl.Float64))
    if money:
        whole = pl.col("revenue").sum()
        share = pl.when(whole > 0).then(pl.col("revenue") / whole).otherwise(0.0)
        table = table.with_columns(share.alias("share_of_revenue"))
    return table


def with_strategies(summary: pl.DataFrame, strategies: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """The summary of segments with the texts of each; of a segment without anybody in the plan none speaks of it.

    Args:
        summary: of `segment_summary`.
        strategies: records of `strategies_for`.
    """
    if not strategies:
        return summary
    joined = summary.join(pl.DataFrame(strategies), on="segment", how="left", maintain_order="left")
    if "in_plan" not in joined.columns:
        return joined
    action = pl.when(pl.col("in_plan") == 0).then(pl.col("action").replace(_WITHOUT_PLAN)).otherwise("action")
    return joined.with_columns(action.alias("action"))
