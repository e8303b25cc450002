"""The contract of what is published of every customer of the records, also of those without a prediction."""

from holdfast.tables.lifecycle_outputs import STATE
from holdfast.tables.output_contract import DAY, ID, TEXT, WHOLE, OutputColumn, OutputContract

_AGES = "Bit k is 1 where the customer was active k {} after the cohort's, for k up to 62."
_COHORT = "The {} of the first purchase (else event); empty: never bought."

KNOWN_CUSTOMERS = OutputContract(
    "known_customers",
    "a customer of the records, sorted, also without a prediction; drawn from the run when it is published",
    (
        ID,
        OutputColumn(STATE.name, TEXT, STATE.meaning, nullable=True, values=STATE.values),
        OutputColumn(
            "value_tier",
            TEXT,
            "Low, middle or high by `value_if_stays`: the top fifth of the run's customers is high, the next two "
            "fifths are middle. Empty without a prediction or a value.",
            nullable=True,
            values=("low", "middle", "high"),
        ),
        OutputColumn(
            "tenure_days",
            WHOLE,
            "Days from the sign-up, else from the first event, to the cutoff; empty if not known.",
            "days",
            nullable=True,
        ),
        OutputColumn("cohort_month", DAY, _COHORT.format("first day of the month"), nullable=True),
        OutputColumn("active_months", WHOLE, _AGES.format("months"), "bits", nullable=True),
        OutputColumn("cohort_week", DAY, _COHORT.format("Monday of the week"), nullable=True),
        OutputColumn("active_weeks", WHOLE, _AGES.format("weeks"), "bits", nullable=True),
    ),
)
