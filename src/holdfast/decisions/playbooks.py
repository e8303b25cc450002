"""Next best actions by declared rules: the first rule that fits a customer is taken, and the last fits everyone."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from holdfast.cutoffs.standings import Standing

LEAVE_ALONE = "leave alone"


@dataclass(frozen=True)
class Play:
    """An action and the customers it is for; an empty condition fits everyone."""

    action: str
    owner: str
    deadline_days: int | None  # None: no deadline
    why: str
    risk: tuple[str, ...] = ()  # low, medium, high
    value: tuple[str, ...] = ()  # low, middle, high
    segments: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()  # family of the strongest reason: the table or theme it comes from

    def fits(self, columns: Sequence[str]) -> pl.Expr:
        """Whether each row meets every condition; a condition on a column that is not there is not met."""
        conditions = (
            ("risk_band", self.risk),
            ("value_tier", self.value),
            ("segment", self.segments),
            ("reason_family", self.reasons),
        )
        tests = [
            pl.col(name).is_in(allowed).fill_null(value=False) if name in columns else pl.lit(value=False)
            for name, allowed in conditions
            if allowed
        ]
        return pl.all_horizontal(tests) if tests else pl.lit(value=True)


PLAYS: tuple[Play, ...] = (
    Play("solve the open problem, then call", "support", 2, "High risk, and the strongest reason is a service problem.",
         risk=("high",), value=("high", "middle"), reasons=("support", "interactions", "crashes")),
    Play("fix the payment and offer another way to pay", "billing", 3,
         "The strongest reason is about payments: such customers leave without wanting to.",
         risk=("high", "medium"), reasons=("payments",)),
    Play("personal call", "account manager", 3, "High risk and high value: worth a person's time.",
         risk=("high",), value=("high",)),
    Play("call and set expectations right", "onboarding", 7, "New and about to leave: the start went wrong.",
         risk=("high",), segments=("Shaky Start", "New")),
    Play("training or a use-case session", "customer success", 14, "Use is falling; value has to be shown again.",
         risk=("high", "medium"), value=("high", "middle"), reasons=("usage", "sessions")),
    Play("personal offer", "marketing", 7, "High risk, middling value: an offer, no call.",
         risk=("high",), value=("middle",)),
    Play("automatic reminder with a smaller plan or offer", "marketing automation", 14,
         "High risk but little value: only what costs next to nothing.",
         risk=("high",)),
    Play("check-in by a person", "account manager", 14, "Valuable and wavering: cheap to keep now, expensive later.",
         risk=("medium",), value=("high",)),
    Play("second-purchase offer", "marketing", 14, "Few purchases so far: the next one decides.",
         risk=("medium", "low"), segments=("New", "Promising", "Potential Loyalists")),
    Play("welcome series", "onboarding", 14, "New, and the stay is open.",
         risk=("medium", "low"), segments=("Settling In",)),
    Play("automatic reminder", "marketing automation", 30, "Medium risk: a light touch is enough.",
         risk=("medium",)),
    Play("thank and ask for a referral", "marketing", 60, "The best customers, and they stay: do not discount.",
         risk=("low",), segments=("Champions",)),
    Play(LEAVE_ALONE, "nobody", None, "Likely to stay: contact would cost more than it keeps."),
)  # fmt: skip


def next_best_actions(frame: pl.DataFrame, plays: Sequence[Play] = PLAYS) -> pl.DataFrame:
    """One action a row, in the order of the rows.

    Args:
        frame: risk_band; value_tier, segment, reason_family, standing, ends_at and cutoff where known.
        plays: in order of precedence; the last one must fit everyone.

    Returns:
        next_best_action, action_owner, action_days (null: no deadline), action_why.
    """
    index = pl.lit(len(plays) - 1)
    for earlier in range(len(plays) - 2, -1, -1):
        index = pl.when(plays[earlier].fits(frame.columns)).then(pl.lit(earlier)).otherwise(index)
    table = pl.DataFrame(
        {
            "play": range(len(plays)),
            "next_best_action": [play.action for play in plays],
            "action_owner": [play.owner for play in plays],
            "action_days": pl.Series([play.deadline_days for play in plays], dtype=pl.Int64),
            "action_why": [play.why for play in plays],
        },
        schema_overrides={"play": pl.Int32},
    )
    chosen = frame.select(index.cast(pl.Int32).alias("play"))
    actions = chosen.join(table, on="play", how="left", maintain_order="left").drop("play")
    return _win_back(frame, actions) if {"standing", "ends_at", "cutoff"} <= set(frame.columns) else actions


def _win_back(frame: pl.DataFrame, actions: pl.DataFrame) -> pl.DataFrame:
    """The actions, with the day to win a customer back by in place of those for customers who have given notice."""
    is_notice = pl.col("standing") == Standing.NOTICE
    day = pl.col("ends_at").dt.strftime("%Y-%m-%d")
    win_back = {
        "next_best_action": pl.format("win back before {}", day),
        "action_owner": pl.lit("account manager"),
        "action_days": (pl.col("ends_at") - pl.col("cutoff")).dt.total_days(),
        "action_why": pl.lit("Notice was given: the end is booked, and only a talk can change it."),
    }
    return pl.concat([frame.select("standing", "ends_at", "cutoff"), actions], how="horizontal").select(
        pl.when(is_notice).then(action).otherwise(name).alias(name) for name, action in win_back.items()
    )
