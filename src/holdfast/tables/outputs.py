"""The tables that a run leaves: columns, types, units and meanings, checked when a stage writes one.

OUTPUTS: every contract, by the path it is written to
OutputContract.check(table): raises where a table breaks its contract, which is our bug
outputs_page() -> str: docs/reference/predictions.md
"""

from dataclasses import dataclass, replace

import polars as pl

from holdfast.column_types import TIME
from holdfast.cutoffs.lifecycle import PREDICTED, STATES

_TEXT, _NUMBER, _WHOLE, _FLAG, _DAY = pl.String(), pl.Float64(), pl.Int64(), pl.Boolean(), pl.Date()
_TYPE_NAMES = {
    _TEXT: "text",
    _NUMBER: "number",
    _WHOLE: "whole number",
    _FLAG: "true or false",
    _DAY: "day",
    TIME: "time, UTC",
}
_SHARE, _MONEY = "share", "currency"


@dataclass(frozen=True)
class OutputColumn:
    """One column of a table that a run leaves."""

    name: str
    dtype: pl.DataType
    meaning: str
    unit: str = ""
    nullable: bool = False
    optional: bool = False  # left out where the records hold no such thing
    values: tuple[str, ...] = ()  # the only ones there are; empty: any
    least: float | None = None
    greatest: float | None = None

    def problem(self, column: pl.Series) -> str | None:
        """What breaks the contract, in words; None where nothing does."""
        if column.dtype != self.dtype:
            return f"is {column.dtype}, not {self.dtype}"
        if not self.nullable and column.null_count():
            return f"has {column.null_count():,} nulls"
        if self.values and (unknown := set(column.drop_nulls().unique()) - set(self.values)):
            return f"holds {min(unknown)!r}"
        if column.dtype == _NUMBER and not column.drop_nulls().is_finite().all():
            return "holds a number that is not finite"
        if self.least is not None and (column < self.least).any():
            return f"lies below {self.least:g}"
        if self.greatest is not None and (column > self.greatest).any():
            return f"lies above {self.greatest:g}"
        return None


@dataclass(frozen=True)
class OutputContract:
    """A table that a run leaves: where, what one row is, and its columns in their order."""

    path: str  # in the run's folder
    row: str  # what one row is, and the order of the rows
    columns: tuple[OutputColumn, ...]
    key: str = "customer_id"  # no two rows share its value

    @property
    def names(self) -> tuple[str, ...]:
        """The columns in their order."""
        return tuple(column.name for column in self.columns)

    @property
    def schema(self) -> dict[str, pl.DataType]:
        """Column -> type."""
        return {column.name: column.dtype for column in self.columns}

    def names_for(self, table: pl.DataFrame) -> list[str]:
        """The columns in their order, optional ones only where the table has them."""
        return [column.name for column in self.columns if not column.optional or column.name in table.columns]

    def check(self, table: pl.DataFrame) -> None:
        """See that a table is what this contract says.

        Raises:
            ValueError: a column is absent, unknown, out of order, of another type or out of range; or a key repeats.
        """
        expected = self.names_for(table)
        if table.columns != expected:
            different = sorted(set(table.columns) ^ set(expected)) or table.columns
            raise ValueError(f"{self.path}: columns that are not those of its contract: {', '.join(different)}")
        for column in self.columns:
            problem = column.problem(table[column.name]) if column.name in table.columns else None
            if problem:
                raise ValueError(f"{self.path}: {column.name} {problem}")
        if table[self.key].n_unique() != table.height:
            raise ValueError(f"{self.path}: two rows share a {self.key}")


_ID = OutputColumn("customer_id", _TEXT, "The customer, as in the records.")
_PROBABILITY = OutputColumn(
    "churn_probability",
    _NUMBER,
    "The probability of leaving within the horizon, calibrated on rows that the model was not trained on. If the "
    "records have no signal, the base rate for everyone.",
    _SHARE,
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
        _TEXT,
        "How the customer stands. `notice given`: the end is booked, so the probability is 1 where it lies within the "
        "horizon, else 0.",
        optional=True,
        values=("running", "trial", "notice given"),
    ),
    OutputColumn("ends_at", TIME, "When it ends, where notice was given.", nullable=True, optional=True),
)
_LIFECYCLE = OutputColumn(
    "lifecycle",
    _TEXT,
    "Where the customer stands at the cutoff, by what was known then; `docs/methods/active-customers.md` defines each.",
    values=STATES,
)
_REASONS = tuple(
    OutputColumn(f"reason_{rank}", _TEXT, f"{text} Correlation, not cause.", nullable=True)
    for rank, text in (
        (1, "What raises the probability of leaving most, in plain words; empty if nothing does."),
        (2, "The next strongest."),
        (3, "The third."),
    )
)
_VALUES = (
    OutputColumn(
        "expected_value",
        _NUMBER,
        "What the customer is expected to bring within the value horizon (`value.horizon_days`), times the margin, "
        "discounted to the cutoff: `churn_probability` x `value_if_leaves` + (1 - `churn_probability`) x "
        "`value_if_stays`. Empty if not known.",
        _MONEY,
        nullable=True,
    ),
    OutputColumn("value_low", _NUMBER, "Low end of its 80 % interval.", _MONEY, nullable=True),
    OutputColumn("value_high", _NUMBER, "High end of its 80 % interval.", _MONEY, nullable=True),
)
_BY_OUTCOME = (
    OutputColumn(
        "value_if_stays",
        _NUMBER,
        "The same if the customer stays through the churn horizon; after it the hazard of leaving goes on.",
        _MONEY,
        nullable=True,
    ),
    OutputColumn(
        "value_if_leaves",
        _NUMBER,
        "The same if the customer leaves within the churn horizon: what comes before that, and from who comes back. "
        "Never above `value_if_stays`.",
        _MONEY,
        nullable=True,
    ),
)
_NEXT_DATE = OutputColumn(
    "expected_next_date",
    _DAY,
    "The day by which the next purchase has happened with a probability of one half; empty beyond the value horizon or "
    "without purchases.",
    nullable=True,
)
_SEGMENT = OutputColumn("segment", _TEXT, "The named segment; `segments.csv` says what it means and what to do.")
_CLUSTER = OutputColumn(
    "cluster", _WHOLE, "The group by behaviour (K-means); 0 is the largest.", "number of the group", least=0
)

PREDICTIONS = OutputContract(
    "predictions.parquet",
    "a customer who has not left at the cutoff; first priority first",
    (
        _ID,
        _CUTOFF,
        _PROBABILITY,
        *_STANDING,
        replace(_LIFECYCLE, values=tuple(state.value for state in PREDICTED), optional=True),
        OutputColumn(
            "risk_band",
            _TEXT,
            "Medium begins at the base rate, high at twice the base rate (at most half way to 1), unless `decisions` "
            "in the settings says otherwise.",
            values=("low", "medium", "high"),
        ),
        *_VALUES,
        *_BY_OUTCOME,
        OutputColumn(
            "revenue_at_risk",
            _NUMBER,
            "What leaving costs on average: `churn_probability` x (`value_if_stays` - `value_if_leaves`).",
            _MONEY,
            nullable=True,
        ),
        OutputColumn(
            "priority",
            _WHOLE,
            "1 is the first to contact: by the expected gain of the best offer, then revenue at risk, then churn "
            "probability. A rank in this list.",
            "rank",
            least=1,
        ),
        _SEGMENT,
        _CLUSTER,
        _NEXT_DATE,
        OutputColumn("next_best_action", _TEXT, "What to do: the plan's offer, else the playbook's action."),
        OutputColumn("action_owner", _TEXT, "Who does it."),
        OutputColumn("action_days", _WHOLE, "Within how many days; empty: no deadline.", "days", nullable=True),
        OutputColumn("action_why", _TEXT, "Why this action."),
        OutputColumn("offer", _TEXT, "The plan's offer; empty outside the plan.", nullable=True),
        OutputColumn("offer_cost", _NUMBER, "What the offer costs.", _MONEY, nullable=True, least=0),
        OutputColumn("offer_gain", _NUMBER, "What it is expected to gain after its cost.", _MONEY, nullable=True),
        *_REASONS,
    ),
)

PLAN = OutputContract(
    "plan.parquet",
    "a customer who gets an offer; the greatest expected gain first",
    (
        _ID,
        OutputColumn("offer", _TEXT, "The offer, by its name in `holdfast.yaml`."),
        OutputColumn("cost", _NUMBER, "What it costs.", _MONEY, least=0),
        OutputColumn("expected_gain", _NUMBER, "What it is expected to gain after its cost.", _MONEY, least=0),
        OutputColumn("why", _TEXT, "The numbers behind it, in a sentence."),
    ),
)

CHURN = OutputContract(
    "churn.parquet",
    "a customer at the cutoff, also who a label says has left; sorted as in features.parquet",
    (
        _ID,
        _CUTOFF,
        _PROBABILITY,
        OutputColumn("has_left", _FLAG, "Whether the label says that the customer has left already."),
        *_STANDING,
        *_REASONS,
        OutputColumn("reason_family", _TEXT, "The table that the first reason comes from.", nullable=True),
    ),
)

VALUE = OutputContract(
    "value.parquet", "a customer of churn.parquet, in its order", (_ID, *_VALUES, *_BY_OUTCOME, _NEXT_DATE)
)

_SCORE = "score, 1 to 5"
SEGMENT_ASSIGNMENTS = OutputContract(
    "segment_assignments.parquet",
    "a customer of churn.parquet, in its order",
    (
        _ID,
        *(
            OutputColumn(name, dtype, meaning, unit, nullable=True, optional=True)
            for name, dtype, meaning, unit in (
                ("recency_days", _NUMBER, "Days since the last purchase; empty: never bought.", "days"),
                ("purchases", _NUMBER, "Days with a purchase.", "days"),
                ("spent", _NUMBER, "Money spent, net of returns.", _MONEY),
                ("recency_score", _WHOLE, "How lately, against all customers.", _SCORE),
                ("frequency_score", _WHOLE, "How often.", _SCORE),
                ("monetary_score", _WHOLE, "For how much.", _SCORE),
                ("rfm", _TEXT, "The three scores in a row.", ""),
            )
        ),
        OutputColumn(
            "value_tier",
            _TEXT,
            "Which third of the monthly amounts, where segments follow from contracts.",
            optional=True,
            values=("low", "middle", "high"),
        ),
        OutputColumn("settled", _FLAG, "Whether a customer for at least 6 months.", optional=True),
        _SEGMENT,
        _PROBABILITY,
        OutputColumn("monthly_amount", _NUMBER, "What is paid in a month.", _MONEY, nullable=True, optional=True),
        OutputColumn("tenure_months", _NUMBER, "How long a customer.", "months", nullable=True, optional=True),
        _CLUSTER,
        OutputColumn("cluster_name", _TEXT, "In which measures the group differs most from the average customer."),
    ),
)

SEGMENTS = OutputContract(
    "segments.csv",
    "a segment; the most revenue first",
    (
        OutputColumn("segment", _TEXT, "Its name."),
        OutputColumn("customers", _WHOLE, "How many customers.", "customers", least=1),
        OutputColumn("revenue", _NUMBER, "What they spent, or pay a month.", _MONEY, nullable=True, optional=True),
        OutputColumn("mean_churn_probability", _NUMBER, "Their mean probability of leaving.", _SHARE),
        OutputColumn("mean_expected_value", _NUMBER, "Their mean expected value.", _MONEY, nullable=True),
        OutputColumn("revenue_at_risk", _NUMBER, "Their revenue at risk together.", _MONEY, nullable=True),
        OutputColumn("share_of_customers", _NUMBER, "Of all customers.", _SHARE, least=0, greatest=1),
        OutputColumn("share_of_revenue", _NUMBER, "Of all revenue.", _SHARE, nullable=True, optional=True),
        OutputColumn("meaning", _TEXT, "What the segment means.", optional=True),
        OutputColumn("strategy", _TEXT, "What to aim at.", optional=True),
        OutputColumn("action", _TEXT, "What to do.", optional=True),
        OutputColumn(
            "budget_share", _NUMBER, "Its share of a retention budget, by rule of thumb.", _SHARE, optional=True
        ),
    ),
    key="segment",
)

LIFECYCLE = OutputContract(
    "lifecycle.parquet", "a customer of the records, sorted: those with a prediction and all others", (_ID, _LIFECYCLE)
)

LAPSED = OutputContract(
    "lapsed.parquet",
    "a customer who has lapsed (silent for longer than the active window): the win-back list, first to contact first",
    (
        _ID,
        OutputColumn("rank", _WHOLE, "1 is the first to win back: by expected_return_value.", "rank", least=1),
        OutputColumn("last_activity_at", TIME, "The last activity before the cutoff."),
        OutputColumn("days_since", _WHOLE, "How long ago that is.", "days", least=0),
        OutputColumn("purchases", _WHOLE, "Orders so far; empty: no table of purchases.", "orders", nullable=True),
        OutputColumn("spend", _NUMBER, "Money received so far, less what was given back.", _MONEY, nullable=True),
        OutputColumn(
            "return_probability",
            _NUMBER,
            "The probability of an activity within the churn horizon, if nothing is done. Empty if not known.",
            _SHARE,
            nullable=True,
            least=0,
            greatest=1,
        ),
        OutputColumn(
            "value_if_returns",
            _NUMBER,
            "What the customer brings within the churn horizon by returning in it, times the margin: as past returns "
            "did, against the customer's usual order.",
            _MONEY,
            nullable=True,
        ),
        OutputColumn(
            "expected_return_value", _NUMBER, "`return_probability` times `value_if_returns`.", _MONEY, nullable=True
        ),
    ),
)

LIFECYCLE_MOVES = OutputContract(
    "lifecycle_moves.csv",
    "a pair of states: how many customers moved from one to the other between two cutoffs a horizon apart; the oldest "
    "pair of cutoffs first",
    (
        OutputColumn("move", _TEXT, "Day and pair of states, as `2026-03-01 active > slipping`."),
        OutputColumn("from_cutoff", _DAY, "The earlier cutoff."),
        OutputColumn("to_cutoff", _DAY, "The later one, a churn horizon after it."),
        OutputColumn("from_state", _TEXT, "The state at the earlier cutoff.", values=STATES),
        OutputColumn("to_state", _TEXT, "The state at the later one.", values=STATES),
        OutputColumn("customers", _WHOLE, "How many; over one pair of cutoffs, all customers.", "customers", least=1),
        OutputColumn(
            "share", _NUMBER, "Of the customers in from_state; over one of them, 1.", _SHARE, least=0, greatest=1
        ),
    ),
    key="move",
)

KPIS = OutputContract(
    "bi/kpis.csv",
    "a key figure; in the order of docs/reference/kpis.md",
    (
        OutputColumn("name", _TEXT, "Its name for machines."),
        OutputColumn("label", _TEXT, "Its name for people."),
        OutputColumn("value", _NUMBER, "The figure; empty: not known.", nullable=True),
        OutputColumn("unit", _TEXT, "What one is: customers, a share, the currency."),
        OutputColumn("definition", _TEXT, "What it says."),
        OutputColumn("formula", _TEXT, "How it is computed."),
        OutputColumn("period", _TEXT, "Over which days."),
        OutputColumn("simulated", _FLAG, "Whether the records are simulated."),
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
        lines += [_line(column) for column in contract.columns]
        lines.append("")
    return "\n".join(lines)


def _line(column: OutputColumn) -> str:
    text = column.meaning
    if column.values:
        text = f"{', '.join(f'`{value}`' for value in column.values[:-1])} or `{column.values[-1]}`. {text}"
    empty = "yes" if column.nullable else "no"
    name = f"`{column.name}`" + (" (optional)" if column.optional else "")
    return f"| {name} | {_TYPE_NAMES[column.dtype]} | {column.unit} | {empty} | {text} |"
