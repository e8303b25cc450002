"""Every customer of the records is in one state at a cutoff, and the transition matrix counts each of them once."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.column_types import TIME
from holdfast.cutoffs.active_window import ActiveWindow
from holdfast.cutoffs.lifecycle import PREDICTED, accounts_in_words, customer_states, moves, state_counts
from holdfast.cutoffs.population import population
from holdfast.settings import ChurnRule, ChurnSettings, Settings, Shape

CUTOFF = datetime(2024, 6, 1, tzinfo=UTC)
HORIZON = timedelta(days=30)
WINDOW = ActiveWindow(60, "set", 30, usual_gap_days=20)


def project(rule: ChurnRule = ChurnRule.INACTIVITY, within: int | str | None = 60) -> Settings:
    churn = ChurnSettings(rule=rule, horizon_days=30, active_within_days=within)
    return Settings(name="x", shape=Shape.EVENTS, tables={}, churn=churn)


def business(
    activity: dict[str, list[int]], lives: dict[str, tuple[int | None, int | None]] | None = None
) -> dict[str, pl.DataFrame]:
    """Days before the cutoff of each customer's activity; days before it of the sign-up and the end."""
    rows = [(who, CUTOFF - timedelta(days=ago)) for who, days in activity.items() for ago in days]
    events = pl.DataFrame(rows, schema={"customer_id": pl.String, "happened_at": TIME}, orient="row")
    people = [
        (who, *(None if ago is None else CUTOFF - timedelta(days=ago) for ago in life))
        for who, life in {**dict.fromkeys(activity, (None, None)), **(lives or {})}.items()
    ]
    schema = {"customer_id": pl.String, "signed_up_at": TIME, "ended_at": TIME}
    customers = pl.DataFrame(people, schema=schema, orient="row")
    return {"customers": customers, "use": events.with_columns(known_at=pl.col("happened_at"))}


def states(tables: dict[str, pl.DataFrame], at: datetime = CUTOFF, **setting: object) -> dict[str, str]:
    window = WINDOW if setting.get("within", 60) == 60 else ActiveWindow(None, "not used", 30, usual_gap_days=20)
    return dict(customer_states(tables, project(**setting), at, window, CUTOFF).iter_rows())  # type: ignore[arg-type]


def test_each_state_by_its_definition() -> None:
    tables = business(
        {
            "new": [12],
            "active": [70, 50, 30, 10],
            "slipping": [75, 70, 65, 50],  # usual gap (25 + 20) / 4 = 11.25 days, silent for 50
            "once": [35],  # usual gap 20 days, silent for 35: not twice as long
            "returned": [150, 5],  # silent for 120 days a horizon ago, more than the window of 60
            "lapsed": [200, 61],
            "left": [40, 20],
            "later": [-3],
            "not yet": [],
        },
        {"left": (None, 1), "signed up": (100, None), "starts": (-9, None)},
    )
    expected = {
        "new": "new",
        "active": "active",
        "slipping": "slipping",
        "once": "active",
        "returned": "returned",
        "lapsed": "lapsed",
        "left": "left",
        "later": "not begun",
        "not yet": "not begun",
        "signed up": "no activity yet",
        "starts": "not begun",
    }
    assert states(tables) == expected
    counts = state_counts(customer_states(tables, project(), CUTOFF, WINDOW, CUTOFF))
    assert sum(counts.values()) == len(expected)
    assert accounts_in_words(counts) == (
        "11 customers in the records = 5 with a prediction + 1 lapsed + 1 left + 1 no activity yet + 3 not begun."
    )


def test_under_end_dates_booked_ends_are_notice_at_the_scoring_cutoff_alone() -> None:
    tables = business({"stays": [5], "booked": [50, 5]}, {"stays": (200, None), "booked": (300, -10)})
    setting = {"rule": ChurnRule.END_DATE, "within": None}
    assert states(tables, **setting) == {"booked": "notice given", "stays": "active"}
    # A horizon ago nobody could know the end.
    assert states(tables, CUTOFF - HORIZON, **setting)["booked"] == "active"


@pytest.mark.parametrize("labels", [[True, False, None]])
def test_a_snapshot_knows_who_left_and_nothing_else(labels: list[bool | None]) -> None:
    tables = {"customers": pl.DataFrame({"customer_id": ["a", "b", "c"], "label": labels})}
    churn = ChurnSettings(rule=ChurnRule.LABEL)
    settings_ = Settings(name="x", shape=Shape.SNAPSHOT, tables={}, churn=churn)
    frame = customer_states(tables, settings_, None, ActiveWindow(None, "not used", 90), None)
    assert dict(frame.iter_rows()) == {"a": "left", "b": "active", "c": "active"}


days = st.lists(st.integers(-20, 400), max_size=6)
life = st.tuples(st.one_of(st.none(), st.integers(-20, 400)), st.one_of(st.none(), st.integers(-20, 200)))


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(st.sampled_from("abcdefghij"), days, min_size=1),
    st.dictionaries(st.sampled_from("abcdefghijk"), life),
    st.sampled_from([(ChurnRule.INACTIVITY, 60), (ChurnRule.INACTIVITY, "all"), (ChurnRule.END_DATE, None)]),
)
def test_states_are_the_population_and_the_matrix_reconciles(
    activity: dict[str, list[int]],
    lives: dict[str, tuple[int | None, int | None]],
    setting: tuple[ChurnRule, int | str | None],
) -> None:
    tables, settings_ = business(activity, lives), project(*setting)
    window = ActiveWindow(settings_.churn.seen_within_days, "set", 30, usual_gap_days=20)
    now, then = (customer_states(tables, settings_, cutoff, window, CUTOFF) for cutoff in (CUTOFF, CUTOFF - HORIZON))
    assert now["customer_id"].to_list() == tables["customers"]["customer_id"].sort().to_list()
    predicted = now.filter(pl.col("lifecycle").is_in([state.value for state in PREDICTED]))
    assert predicted["customer_id"].to_list() == population(tables, settings_, CUTOFF).to_list()
    matrix = moves(then, now)
    assert matrix["customers"].sum() == now.height
    shares = matrix.group_by("from_state").agg(pl.col("share").sum())["share"]
    assert shares.to_list() == pytest.approx([1.0] * len(shares))
    into = dict(matrix.group_by("to_state").agg(pl.col("customers").sum()).iter_rows())
    assert into == state_counts(now)
    # `returned` comes from `lapsed`, or from before the sign-up of somebody who had been active before signing up; of
    # the lapsed nobody is called active.
    assert set(matrix.filter(to_state="returned")["from_state"]) <= {"lapsed", "not begun"}
    if setting[0] is ChurnRule.INACTIVITY:
        of_lapsed = set(matrix.filter(from_state="lapsed")["to_state"])
        assert of_lapsed <= {"lapsed", "returned", "left", "not begun"}
