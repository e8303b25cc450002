"""The contracts of the files for BI tools: what each file of `bi/` holds, column by column.

BI_FILES: every contract, by the name of the file without ".csv"
dictionary(customers) -> bi/dictionary.csv
bi_page() -> str: docs/reference/bi-files.md
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl

from holdfast.cutoffs.lifecycle import STATES
from holdfast.tables.lifecycle_outputs import LAPSED, LIFECYCLE_MOVES
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
    type_name,
)
from holdfast.tables.outputs import KPIS, PLAN, PREDICTIONS, REVENUE, SEGMENTS, WHY

_OF_CUSTOMER = {column.name: column for column in PREDICTIONS.columns}
_OF_PLAN = {column.name: column for column in PLAN.columns}
_OF_SEGMENT = {column.name: column for column in SEGMENTS.columns}
_CURRENCY = OutputColumn("currency", TEXT, "The currency of all amounts in the row; `units`: the records name none.")


def _as(column: OutputColumn, name: str, **changes: object) -> OutputColumn:
    return replace(column, name=name, **changes)  # type: ignore[arg-type]


CONTACTS = OutputContract(
    "bi/contacts.csv",
    "a customer to contact, the first to contact first: the plan",
    (
        _OF_CUSTOMER["priority"],
        ID,
        _as(_OF_CUSTOMER["reason_1"], "why", meaning=WHY),
        _as(_OF_CUSTOMER["next_best_action"], "do"),
        _as(_OF_CUSTOMER["action_owner"], "who"),
        _as(_OF_CUSTOMER["action_by"], "by"),
        _as(_OF_CUSTOMER["action_days"], "within_days"),
        _OF_CUSTOMER["offer"],
        _as(_OF_CUSTOMER["offer_cost"], "cost"),
        _CURRENCY,
        _as(_OF_CUSTOMER["offer_gain"], "expected_gain"),
        _as(_OF_PLAN["saves_needed"], "saves_needed", nullable=True),
        _OF_CUSTOMER["churn_probability"],
        _OF_CUSTOMER["revenue_at_risk"],
        _OF_CUSTOMER["expected_value"],
        _OF_CUSTOMER["segment"],
        _OF_CUSTOMER["reason_2"],
        _OF_CUSTOMER["reason_3"],
    ),
)
NOTICES = OutputContract(
    "bi/notices.csv",
    "a customer who gave notice, the next to end first: ends booked ahead, which no offer of the plan is for",
    (
        ID,
        OutputColumn("ends_on", DAY, "The day of the end that is booked.", nullable=True),
        OutputColumn("days_left", WHOLE, "Whole days from the cutoff to the end.", "days", nullable=True, least=0),
        OutputColumn(
            "monthly_amount",
            NUMBER,
            "What the subscriptions that end bring a month: adds up to the monthly recurring revenue under notice. "
            "Without subscriptions what the customer's own row says.",
            MONEY,
            nullable=True,
        ),
        OutputColumn(
            "value_until_end",
            NUMBER,
            "What the customer brings until the end: the expected value of `predictions.parquet`.",
            MONEY,
            nullable=True,
        ),
        _as(_OF_CUSTOMER["next_best_action"], "do"),
        _as(_OF_CUSTOMER["action_owner"], "who"),
        _as(_OF_CUSTOMER["action_by"], "by"),
        _OF_CUSTOMER["segment"],
        _CURRENCY,
    ),
)
LEFT = OutputContract(
    "bi/left.csv",
    "a customer who has left, the last to leave first: whose contract or last subscription ended before the cutoff",
    (
        ID,
        OutputColumn("ended_on", DAY, "The day of the end; empty: a label says it, without a day.", nullable=True),
        OutputColumn("days_since", WHOLE, "Whole days from the end to the cutoff.", "days", nullable=True, least=0),
        OutputColumn(
            "cause",
            TEXT,
            "Why the last subscription ended: `voluntary`, or `involuntary` (a failed payment); empty: not known.",
            nullable=True,
        ),
        OutputColumn(
            "monthly_amount",
            NUMBER,
            "What the subscriptions that ended last brought a month until then; without subscriptions what the "
            "customer's own row says. Empty: no price is known.",
            MONEY,
            nullable=True,
        ),
        OutputColumn("revenue", NUMBER, f"{REVENUE}, before the cutoff.", MONEY, nullable=True),
        _CURRENCY,
    ),
)
CUSTOMERS = OutputContract(
    "bi/customers.csv",
    "a customer who has not left, first priority first; after these columns the customer's attributes and the twenty "
    "features that matter most to the model",
    (
        *PREDICTIONS.columns,
        _CURRENCY,
    ),
)
BI_SEGMENTS = OutputContract(
    "bi/segments.csv",
    "a segment; the most revenue first",
    tuple(
        replace(_OF_SEGMENT[name], optional=False, nullable=_OF_SEGMENT[name].nullable or _OF_SEGMENT[name].optional)
        for name in (
            "segment",
            "customers",
            "share_of_customers",
            "revenue",
            "share_of_revenue",
            "mean_churn_probability",
            "revenue_at_risk",
            "in_plan",
            "meaning",
            "strategy",
            "action",
        )
    ),
    key="segment",
)
DRIVERS = OutputContract(
    "bi/drivers.csv",
    "a feature; the most important first",
    (
        OutputColumn("rank", WHOLE, "1 matters most to the model.", "rank", least=1),
        OutputColumn("feature", TEXT, "Its name, as in features.parquet."),
        OutputColumn("importance", NUMBER, "Its share of the importance of all features.", SHARE),
        OutputColumn(
            "group",
            TEXT,
            "The feature that stands for it and for what says nearly the same in the report, whose importance is that "
            "of the whole group.",
        ),
        OutputColumn("meaning", TEXT, "What it measures."),
        OutputColumn("unit", TEXT, "The unit of the two means."),
        OutputColumn("table", TEXT, "The table that it is computed from."),
        OutputColumn(
            "correlation_with_leaving", NUMBER, "From -1 to 1; no cause.", "", nullable=True, least=-1, greatest=1
        ),
        OutputColumn("mean_left", NUMBER, "The mean of past customers who left.", "as `unit`", nullable=True),
        OutputColumn("mean_stayed", NUMBER, "The mean of those who stayed.", "as `unit`", nullable=True),
        OutputColumn("words", TEXT, "How often customers left where it is high and where it is low."),
    ),
    key="feature",
)
_COMPLETE = OutputColumn("is_complete", FLAG, "Whether the records hold the whole month.")
_ACTIVE = "{}; of subscriptions: who subscribes at its end, also on trial, in the last month at the cutoff."
COHORTS = OutputContract(
    "bi/cohorts.csv",
    "a month of a cohort; the revenue of all rows adds up to that of the records, to the cent",
    (
        OutputColumn(
            "cohort",
            DAY,
            "The first day of the month in which its customers first bought (else: had an event, or subscribed). "
            "Empty: refunds and free items of customers who had not bought anything yet.",
            nullable=True,
        ),
        OutputColumn("month", DAY, "The first day of the month counted."),
        OutputColumn("months_since", WHOLE, "How many months after.", "months", nullable=True, least=0),
        OutputColumn(
            "customers", WHOLE, "The size of the cohort; without a cohort, those who never bought.", "customers"
        ),
        OutputColumn("active", WHOLE, _ACTIVE.format("How many of them bought in the month"), "customers"),
        OutputColumn("retention", NUMBER, "active / customers; empty without a cohort.", SHARE, nullable=True),
        OutputColumn("revenue", NUMBER, f"{REVENUE}, in the month.", MONEY, nullable=True),
        replace(_COMPLETE, meaning="Whether the month had ended at the cutoff."),
    ),
    key="",
)
MONTHLY = OutputContract(
    "bi/monthly.csv",
    "a month of the records",
    (
        OutputColumn("month", DAY, "Its first day."),
        OutputColumn(
            "active_customers", WHOLE, _ACTIVE.format("Customers seen: with a record of any kind"), "customers"
        ),
        OutputColumn("events", WHOLE, "Rows of all tables of events.", "rows"),
        OutputColumn("new_customers", WHOLE, "Customers whose first event it holds.", "customers", optional=True),
        OutputColumn("orders", WHOLE, "Purchases that brought money: free items are none.", "orders", optional=True),
        OutputColumn("revenue", NUMBER, f"{REVENUE}, in the month before the cutoff.", MONEY, optional=True),
        replace(_COMPLETE, optional=True),
    ),
    key="month",
)
STATE_COUNTS = OutputContract(
    "bi/lifecycle.csv",
    "a state in which a customer stands; the customers add up to all customers of the records",
    (
        OutputColumn("state", TEXT, "The state; `docs/methods/active-customers.md` defines each.", values=STATES),
        OutputColumn("customers", WHOLE, "How many customers.", "customers", least=1),
        OutputColumn("share", NUMBER, "Of all customers of the records.", SHARE),
        OutputColumn("has_prediction", FLAG, "Whether they have a churn probability."),
        OutputColumn("revenue", NUMBER, f"{REVENUE}, before the cutoff.", MONEY, nullable=True),
    ),
    key="state",
)

BI_FILES: dict[str, OutputContract] = {
    "contacts": CONTACTS,
    "notices": NOTICES,
    "left": LEFT,
    "customers": CUSTOMERS,
    "kpis": KPIS,
    "segments": BI_SEGMENTS,
    "drivers": DRIVERS,
    "cohorts": COHORTS,
    "monthly": MONTHLY,
    "lapsed": replace(LAPSED, path="bi/lapsed.csv"),
    "lifecycle": STATE_COUNTS,
    "lifecycle_moves": replace(LIFECYCLE_MOVES, path="bi/lifecycle_moves.csv"),
}

_HOW_FILES_ARE_WRITTEN = (
    "A run writes the folder `bi/` for Tableau, Power BI and spreadsheets. `bi/dictionary.csv` beside them says what",
    "each column is, with the project's currency and own features. Generated: `make docs`.",
    "",
    "Files are UTF-8 with a byte order mark, by which Excel knows it. Amounts have cents, shares six decimals. The",
    "revenue at risk and the expected value of `customers.csv` add up to the key figures to the cent, and the first to",
    "`segments.csv` too. A text that begins with `=`, `+`, `-`, `@`, a tab or a line break gets a leading `'`,",
    "so that a spreadsheet shows it and does not run it; numbers stay numbers, times are ISO 8601",
    "(`2025-07-01T00:00:00Z`).",
)


def dictionary(further: Sequence[OutputColumn], currency: str, written: Mapping[str, Sequence[str]]) -> pl.DataFrame:
    """What every column of every file of `bi/` is, one row a column: the content of bi/dictionary.csv.

    Args:
        further: the columns of customers.csv beyond its contract.
        currency: of all amounts.
        written: the columns that each file has.
    """
    rows = [
        (
            f"{name}.csv",
            column.name,
            type_name(column.dtype),
            currency if column.unit == MONEY else column.unit,
            column.nullable,
            column.meaning.replace("`", ""),
        )
        for name, contract in BI_FILES.items()
        for column in (*contract.columns, *(further if name == "customers" else ()))
        if name not in written or column.name in written[name]
    ]
    return pl.DataFrame(rows, schema=["file", "column", "type", "unit", "may_be_empty", "meaning"], orient="row")


def bi_page() -> str:
    """Every file of `bi/` with its columns, as Markdown."""
    lines = [
        "# Files for BI tools",
        "",
        *_HOW_FILES_ARE_WRITTEN,
        "An optional column is left out where the records hold no such thing; an empty cell means not known.",
        "",
    ]
    for contract in BI_FILES.values():
        lines += [f"## {contract.path}", "", f"One row is {contract.row}.", ""]
        lines += ["| column | type | unit | may be empty | meaning |", "|---|---|---|---|---|"]
        lines += [described(column) for column in contract.columns]
        lines.append("")
    return "\n".join(lines)
