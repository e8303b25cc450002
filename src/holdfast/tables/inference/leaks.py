"""Columns of a customer table that were learnt after the outcome, or with it."""

# ruff: noqa: E501
from collections.abc import Mapping

import polars as pl

from holdfast.tables.inference import vocabulary as said
from holdfast.tables.inference.names import says, whole_words
from holdfast.tables.inference.profile import Profile
from holdfast.tables.inference.shares import share_of
from holdfast.tables.ranking import roc_auc

ALONE_TOO_GOOD = 0.97  # AUC of one column alone that no honest attribute reaches
SCORE_TOO_GOOD = 0.75  # the same for a column whose name says that it is a score or an answer at the exit
_FEWEST = 20  # leavers and stayers needed before values are evidence
_MOST_GROUPS = 50
_HONEST = whole_words(r"tenure|contract|months?|age|gender|recency")
_SOMEBODYS_SCORE = whole_words(
    r"cltv|clv|ltv|churn score|risk score|propensity(?: score)?|attrition score|(?:churn|attrition) (?:risk|probability|prob|prediction)|predicted \w+|naive bayes(?: \w+)*"
)


def leaks(columns: Mapping[str, Profile], label: pl.Series) -> dict[str, str]:
    """Columns to leave out, each with the reason.

    Args:
        columns: the candidates, rows as in `label`.
        label: whether each customer left; null where not known.
    """
    left = label.fill_null(False)
    enough = int(left.sum()) >= _FEWEST and int((~left & label.is_not_null()).sum()) >= _FEWEST
    found: dict[str, str] = {}
    for name, column in columns.items():
        reason = _reason(name, column, label, measured=enough)
        if reason:
            found[name] = reason
    return found


def _reason(name: str, column: Profile, label: pl.Series, *, measured: bool) -> str:
    auc = separation(column, label) if measured else 0.5
    alone = f"; alone it tells leavers from stayers with AUC {auc:.2f}" if auc >= 0.6 else ""
    if says(name, _SOMEBODYS_SCORE):
        return f"possible leak: a score that somebody computed, perhaps with the outcome in hand{alone}"
    if says(name, said.AFTER_THE_FACT):
        return f"leak: by its name known only once the customer had left{alone}"
    if measured and (only := _filled_for_leavers(column, label)):
        return only
    if says(name, said.LEARNT_AT_EXIT) and auc >= SCORE_TOO_GOOD:
        return f"likely leak: asked or computed at the exit{alone}"
    if auc >= 0.9999:
        return "leak: says the same as the label"
    if auc >= ALONE_TOO_GOOD and not says(name, _HONEST):
        return f"likely leak: no honest column tells leavers from stayers alone with AUC {auc:.2f}"
    return ""


def _filled_for_leavers(column: Profile, label: pl.Series) -> str:
    filled = column.series.is_not_null()
    known = label.is_not_null()
    leavers, stayers = filled.filter(known & label), filled.filter(known & ~label)
    of_leavers, of_stayers = share_of(leavers), share_of(stayers)
    if of_leavers >= 0.5 and of_stayers <= 0.01:
        return f"leak: filled for {of_leavers:.0%} of those who left and {of_stayers:.0%} of those who stayed"
    return ""


def separation(column: Profile, label: pl.Series) -> float:
    """AUC of one column alone against the label, 0.5 to 1; categories by their share of leavers.

    Categories of fewer than ten rows count as one, so that rare values do not look like knowledge.
    """
    if column.is_time_typed or column.distinct < 2:
        return 0.5
    if column.is_number and column.distinct > _MOST_GROUPS:
        scored = pl.DataFrame({"score": column.all_numbers, "left": label}).drop_nulls()
        return _auc(scored)
    groups = pl.DataFrame({"value": column.series.cast(pl.String), "left": label}).filter(pl.col("left").is_not_null())
    sizes = groups.group_by("value").agg(pl.len().alias("rows"), pl.col("left").mean().alias("score"))
    if sizes.height > max(_MOST_GROUPS, groups.height // 20):
        return 0.5
    rare = sizes.filter(pl.col("rows") < 10)
    pooled = float((rare["rows"] * rare["score"]).sum() / max(int(rare["rows"].sum()), 1))
    sizes = sizes.with_columns(pl.when(pl.col("rows") < 10).then(pooled).otherwise(pl.col("score")).alias("score"))
    return _auc(groups.join(sizes, on="value", how="left", nulls_equal=True).select("score", "left"))


def _auc(scored: pl.DataFrame) -> float:
    leavers = int(scored["left"].sum())
    stayers = scored.height - leavers
    if leavers < _FEWEST or stayers < _FEWEST:
        return 0.5
    area = roc_auc(scored["left"].to_numpy(), scored["score"].cast(pl.Float64).to_numpy())
    return max(area, 1 - area)
