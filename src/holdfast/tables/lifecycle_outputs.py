"""The contracts of tables about all customers of the records: where they stand, how they moved, who lapsed."""

from holdfast.column_types import TIME
from holdfast.cutoffs.lifecycle import STATES
from holdfast.tables.output_contract import DAY, ID, MONEY, NUMBER, SHARE, TEXT, WHOLE, OutputColumn, OutputContract

STATE = OutputColumn(
    "lifecycle",
    TEXT,
    "Where the customer stands at the cutoff, by what was known then; `docs/methods/active-customers.md` defines each.",
    values=STATES,
)
LIFECYCLE = OutputContract(
    "lifecycle.parquet", "a customer of the records, sorted: those with a prediction and all others", (ID, STATE)
)

LAPSED = OutputContract(
    "lapsed.parquet",
    "a customer who has lapsed (silent for longer than the active window): the win-back list, first to contact first",
    (
        ID,
        OutputColumn("rank", WHOLE, "1 is the first to win back: by expected_return_value.", "rank", least=1),
        OutputColumn("last_activity_at", TIME, "The last activity before the cutoff."),
        OutputColumn("days_since", WHOLE, "How long ago that is.", "days", least=0),
        OutputColumn(
            "purchases",
            WHOLE,
            "Orders so far, also those given back in full; empty: no table of purchases.",
            "orders",
            nullable=True,
        ),
        OutputColumn(
            "spend",
            NUMBER,
            "What was sold so far, less what was given back; sales whose payment is pending count.",
            MONEY,
            nullable=True,
        ),
        OutputColumn(
            "return_probability",
            NUMBER,
            "The probability of an activity within the churn horizon, if nothing is done. Empty if not known.",
            SHARE,
            nullable=True,
            least=0,
            greatest=1,
        ),
        OutputColumn(
            "value_if_returns",
            NUMBER,
            "What the customer brings within the churn horizon by returning in it, times the margin: as past returns "
            "did, against the customer's usual order.",
            MONEY,
            nullable=True,
        ),
        OutputColumn(
            "expected_return_value", NUMBER, "`return_probability` times `value_if_returns`.", MONEY, nullable=True
        ),
    ),
)

LIFECYCLE_MOVES = OutputContract(
    "lifecycle_moves.csv",
    "a pair of states: how many customers moved from one to the other between two cutoffs a horizon apart; the oldest "
    "pair of cutoffs first",
    (
        OutputColumn("move", TEXT, "Day and pair of states, as `2026-03-01 active > slipping`."),
        OutputColumn("from_cutoff", DAY, "The earlier cutoff."),
        OutputColumn("to_cutoff", DAY, "The later one, a churn horizon after it."),
        OutputColumn("from_state", TEXT, "The state at the earlier cutoff.", values=STATES),
        OutputColumn("to_state", TEXT, "The state at the later one.", values=STATES),
        OutputColumn("customers", WHOLE, "How many; over one pair of cutoffs, all customers.", "customers", least=1),
        OutputColumn(
            "share", NUMBER, "Of the customers in from_state; over one of them, 1.", SHARE, least=0, greatest=1
        ),
    ),
    key="move",
)
