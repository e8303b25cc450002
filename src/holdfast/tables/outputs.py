"""The tables that a run leaves: columns, types, units and meanings, checked when a stage writes one.

OUTPUTS: every contract, by the path it is written to
outputs_page() -> str: docs/reference/predictions.md
"""

from dataclasses import replace

from holdfast.column_types import TIME
from holdfast.cutoffs.lifecycle import PREDICTED
from holdfast.cutoffs.standings import ACTIVE
from holdfast.tables.lifecycle_outputs import LAPSED, LIFECYCLE, LIFECYCLE_MOVES, STATE
from holdfast.tables.output_contract import (
    DAY,
    FLAG,
    ID,
    MONEY,
    NUMBER,
    SHARE,
    TEXT,
    WHOLE,
    OutputColumn,
    OutputContract,
    described,
)

_GAIN = "What it is expected to gain after its cost, by the share of leavers that `holdfast.yaml` assumes it keeps."
NO_PROMISE = "Empty while the offers are those that `init` wrote."
_PROBABILITY = OutputColumn(
    "churn_probability",
    NUMBER,
    "The probability of leaving within the horizon, calibrated on rows that the model was not trained on. If the "
    "records have no signal, the base rate for everyone.",
    SHARE,
    least=0,
    greatest=1,
)
_CUTOFF = OutputColumn(
    "cutoff",
    TIME,
    "The time that separates what was known from what came after; empty for a labelled snapshot.",
    nullable=True,
)
_STANDING = (
    OutputColumn(
        "standing",
        TEXT,
        "How the customer stands. `notice given`: the end is booked, so the probability is 1 where it lies within the "
        "horizon, else 0. `past due`: the subscription runs though the last payment failed or is overdue.",
        optional=True,
        values=tuple(standing.value for standing in ACTIVE),
    ),
    OutputColumn("ends_at", TIME, "When it ends, where notice was given.", nullable=True, optional=True),
)
_REASONS = tuple(
    OutputColumn(f"reason_{rank}", TEXT, f"{text} Correlation, not cause.", nullable=True)
    for rank, text in (
        (1, "What raises the probability of leaving most: a fact and what is usual; empty if nothing does."),
        (2, "The next strongest."),
        (3, "The third."),
    )
)
# What every column called revenue holds, as the key figure `total_revenue` does.
REVENUE = "What was sold, less what was given back, failed or was cancelled; sales whose payment is pending count"
_WORTH_FIXING = OutputColumn(
    "worth_fixing",
    TEXT,
    "What the business could put right among what raises the probability: an open ticket, a failed payment. Whether "
    "the customer then stays is not known.",
    nullable=True,
)
_CONTRIBUTIONS = (
    *(
        OutputColumn(
            f"reason_{rank}_contribution",
            NUMBER,
            f"How much {'everything about' if rank == 1 else 'the same of'} reason {rank} moves the model's score.",
            "score",
            nullable=True,
        )
        for rank in (1, 2, 3)
    ),
    OutputColumn(
        "other_contributions",
        NUMBER,
        "What everything else adds: with the three and `base_score` it makes the score before calibration, exactly.",
        "score",
        nullable=True,
    ),
    OutputColumn("base_score", NUMBER, "The model's score without any feature.", "score", nullable=True),
)
_VALUES = (
    OutputColumn(
        "expected_value",
        NUMBER,
        "What the customer is expected to bring within the value horizon (`value.horizon_days`), times the margin, "
        "discounted to the cutoff: `churn_probability` x `value_if_leaves` + (1 - `churn_probability`) x "
        "`value_if_stays`. Empty if not known.",
        MONEY,
        nullable=True,
    ),
    OutputColumn("value_low", NUMBER, "Low end of its 80 % interval.", MONEY, nullable=True),
    OutputColumn("value_high", NUMBER, "High end of its 80 % interval.", MONEY, nullable=True),
)
_BY_OUTCOME = (
    OutputColumn(
        "value_if_stays",
        NUMBER,
        "The same if the customer stays through the churn horizon; after it the hazard of leaving goes on.",
        MONEY,
        nullable=True,
    ),
    OutputColumn(
        "value_if_leaves",
        NUMBER,
        "The same if the customer leaves within the churn horizon: what comes before that, and from who comes back. "
        "Never above `value_if_stays`.",
        MONEY,
        nullable=True,
    ),
)
_NEXT_DATE = OutputColumn(
    "expected_next_date",
    DAY,
    "The day by which the next purchase has happened with a probability of one half; empty beyond the value horizon, "
    "without purchases, and where the churn probability contradicts it.",
    nullable=True,
)
_SEGMENT = OutputColumn("segment", TEXT, "The named segment; `segments.csv` says what it means and what to do.")
_CLUSTER = OutputColumn(
    "cluster", WHOLE, "The group by behaviour (K-means); 0 is the largest.", "number of the group", least=0
)

PREDICTIONS = OutputContract(
    "predictions.parquet",
    "a customer who has not left at the cutoff; first priority first",
    (
        ID,
        _CUTOFF,
        _PROBABILITY,
        *_STANDING,
        replace(STATE, values=tuple(state.value for state in PREDICTED), optional=True),
        OutputColumn(
            "risk_band",
            TEXT,
            "Medium begins at the base rate, high at twice the base rate (at most half way to 1), unless `decisions` "
            "in the settings says otherwise. `notice given`: the end is booked, so there is no risk to be grouped by.",
            values=("low", "medium", "high", "notice given"),
        ),
        *_VALUES,
        *_BY_OUTCOME,
        OutputColumn(
            "revenue_at_risk",
            NUMBER,
            "What leaving costs on average: `churn_probability` x (`value_if_stays` - `value_if_leaves`).",
            MONEY,
            nullable=True,
        ),
        OutputColumn(
            "priority",
            WHOLE,
            "1 is the first to contact: the plan by the expected gain of its offers, then everyone else by revenue at "
            "risk, then by churn probability. A rank in this list.",
            "rank",
            least=1,
        ),
        _SEGMENT,
        _CLUSTER,
        _NEXT_DATE,
        OutputColumn(
            "next_best_action",
            TEXT,
            "What to do: the plan's offer; who gave notice is to be won back by the end; everyone else is left alone.",
        ),
        OutputColumn("action_owner", TEXT, "Who does it."),
        OutputColumn("action_days", WHOLE, "Within how many days; empty: no deadline.", "days", nullable=True),
        OutputColumn("action_by", DAY, "By which day; empty: no deadline, or no cutoff.", nullable=True),
        OutputColumn("action_why", TEXT, "Why this action, or why no offer."),
        OutputColumn("offer", TEXT, "The plan's offer; empty outside the plan.", nullable=True),
        OutputColumn("offer_cost", NUMBER, "What the offer costs.", MONEY, nullable=True, least=0),
        OutputColumn("offer_gain", NUMBER, f"{_GAIN} {NO_PROMISE}", MONEY, nullable=True),
        OutputColumn(
            "outside_plan", TEXT, "The rule that keeps the customer out of the plan; empty in the plan.", nullable=True
        ),
        *_REASONS,
        _WORTH_FIXING,
    ),
)

WHY = "Why this customer: the first of the reasons; where nothing raises the probability, what is at stake."

PLAN = OutputContract(
    "plan.parquet",
    "a customer who gets an offer; what the offer could keep, less its cost, the most first",
    (
        ID,
        OutputColumn("reason", TEXT, WHY, nullable=True),
        OutputColumn("offer", TEXT, "The offer, by its name in `holdfast.yaml`."),
        OutputColumn("owner", TEXT, "Who makes it.", nullable=True),
        OutputColumn("due_on", DAY, "By which day; empty for a labelled snapshot.", nullable=True),
        OutputColumn("cost", NUMBER, "What it costs.", MONEY, least=0),
        OutputColumn("expected_gain", NUMBER, f"{_GAIN} {NO_PROMISE}", MONEY, nullable=True, least=0),
        OutputColumn(
            "saves_needed",
            NUMBER,
            "The share of such leavers that the offer must keep to earn its cost back: cost / revenue at risk.",
            SHARE,
            nullable=True,
            least=0,
        ),
        OutputColumn("why", TEXT, "The numbers behind it, in a sentence."),
    ),
)

CHURN = OutputContract(
    "churn.parquet",
    "a customer at the cutoff, also who a label says has left; sorted as in features.parquet",
    (
        ID,
        _CUTOFF,
        _PROBABILITY,
        OutputColumn("has_left", FLAG, "Whether the label says that the customer has left already."),
        *_STANDING,
        *_REASONS,
        _WORTH_FIXING,
        *_CONTRIBUTIONS,
    ),
)

VALUE = OutputContract(
    "value.parquet", "a customer of churn.parquet, in its order", (ID, *_VALUES, *_BY_OUTCOME, _NEXT_DATE)
)

_SCORE = "score, 1 to 5"
SEGMENT_ASSIGNMENTS = OutputContract(
    "segment_assignments.parquet",
    "a customer of churn.parquet, in its order",
    (
        ID,
        *(
            OutputColumn(name, dtype, meaning, unit, nullable=True, optional=True)
            for name, dtype, meaning, unit in (
                ("recency_days", NUMBER, "Days since the last purchase; empty: never bought.", "days"),
                ("purchases", NUMBER, "Days with a purchase.", "days"),
                ("spent", NUMBER, "Money spent, net of returns.", MONEY),
                ("recency_score", WHOLE, "How lately, against all customers.", _SCORE),
                ("frequency_score", WHOLE, "How often.", _SCORE),
                ("monetary_score", WHOLE, "For how much.", _SCORE),
                ("rfm", TEXT, "The three scores in a row.", ""),
            )
        ),
        OutputColumn(
            "value_tier",
            TEXT,
            "Which third of the monthly amounts, where segments follow from contracts.",
            optional=True,
            values=("low", "middle", "high"),
        ),
        OutputColumn("settled", FLAG, "Whether a customer for at least 6 months.", optional=True),
        _SEGMENT,
        _PROBABILITY,
        OutputColumn("monthly_amount", NUMBER, "What is paid in a month.", MONEY, nullable=True, optional=True),
        OutputColumn("tenure_months", NUMBER, "How long a customer.", "months", nullable=True, optional=True),
        _CLUSTER,
        OutputColumn("cluster_name", TEXT, "In which measures the group differs most from the average customer."),
        OutputColumn("revenue", NUMBER, f"{REVENUE}, before the cutoff.", MONEY, optional=True),
    ),
)

SEGMENTS = OutputContract(
    "segments.csv",
    "a segment; the most revenue first",
    (
        OutputColumn("segment", TEXT, "Its name."),
        OutputColumn("customers", WHOLE, "How many customers.", "customers", least=1),
        OutputColumn(
            "revenue",
            NUMBER,
            f"{REVENUE}, before the cutoff; in a snapshot, and of subscriptions whose payments are not on record, what "
            "they pay a month.",
            MONEY,
            nullable=True,
            optional=True,
        ),
        OutputColumn("mean_churn_probability", NUMBER, "Their mean probability of leaving.", SHARE),
        OutputColumn("mean_expected_value", NUMBER, "Their mean expected value.", MONEY, nullable=True),
        OutputColumn("revenue_at_risk", NUMBER, "Their revenue at risk together.", MONEY, nullable=True),
        OutputColumn("in_plan", WHOLE, "How many of them get an offer.", "customers", nullable=True, least=0),
        OutputColumn("share_of_customers", NUMBER, "Of all customers.", SHARE, least=0, greatest=1),
        OutputColumn("share_of_revenue", NUMBER, "Of all revenue.", SHARE, nullable=True, optional=True),
        OutputColumn("meaning", TEXT, "What the segment means.", optional=True),
        OutputColumn("strategy", TEXT, "What to aim at.", optional=True),
        OutputColumn("action", TEXT, "What to do.", optional=True),
    ),
    key="segment",
)

KPIS = OutputContract(
    "bi/kpis.csv",
    "a key figure; in the order of docs/reference/kpis.md",
    (
        OutputColumn("name", TEXT, "Its name for machines."),
        OutputColumn("label", TEXT, "Its name for people."),
        OutputColumn("value", NUMBER, "The figure; empty: not known.", nullable=True),
        OutputColumn("unit", TEXT, "What one is: customers, a share, the currency."),
        OutputColumn("definition", TEXT, "What it says."),
        OutputColumn("formula", TEXT, "How it is computed."),
        OutputColumn("period", TEXT, "Over which days."),
        OutputColumn("simulated", FLAG, "Whether the records are simulated."),
    ),
    key="name",
)

OUTPUTS: dict[str, OutputContract] = {
    contract.path: contract
    for contract in (
        PREDICTIONS,
        PLAN,
        SEGMENTS,
        CHURN,
        VALUE,
        SEGMENT_ASSIGNMENTS,
        LIFECYCLE,
        LIFECYCLE_MOVES,
        LAPSED,
        KPIS,
    )
}


def outputs_page() -> str:
    """Every table that a run leaves with its columns, as Markdown."""
    lines = [
        "# Predictions and the other tables of a run",
        "",
        "Column by column, from the contracts that a run checks when it writes a table. Generated: `make docs`.",
        "An optional column is left out where the records hold no such thing; an empty cell means not known.",
        "How the same numbers stand in CSV files for BI tools: [files for BI](bi-files.md).",
        "",
    ]
    for contract in OUTPUTS.values():
        lines += [f"## {contract.path}", "", f"One row is {contract.row}.", ""]
        lines += ["| column | type | unit | may be empty | meaning |", "|---|---|---|---|---|"]
        lines += [described(column) for column in contract.columns]
        lines.append("")
    return "\n".join(lines)
