"""How long a customer may have been silent and still be asked about, with numbers counted by hand."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.column_types import TIME
from holdfast.cutoffs.active_window import ActiveWindow, active_window, count_silences, known_before, learned_window
from holdfast.cutoffs.population import population
from holdfast.cutoffs.schedule import Schedule, schedule
from holdfast.settings import ChurnRule, ChurnSettings, Settings, Shape

BEGIN = datetime(2018, 1, 1, tzinfo=UTC)
Log = list[tuple[str, int]]  # customer, day since BEGIN


def project(horizon_days: int = 30, **churn: object) -> Settings:
    settings = ChurnSettings(rule=ChurnRule.INACTIVITY, horizon_days=horizon_days, **churn)  # type: ignore[arg-type]
    return Settings(name="x", shape=Shape.EVENTS, tables={}, churn=settings)


def tables(log: Log, late: int = 0) -> dict[str, pl.DataFrame]:
    rows = [(who, BEGIN + timedelta(days=day)) for who, day in log]
    events = pl.DataFrame(rows, schema={"customer_id": pl.String, "happened_at": TIME}, orient="row")
    events = events.with_columns(known_at=pl.col("happened_at") + timedelta(days=late))
    return {"customers": events.select("customer_id").unique().sort("customer_id"), "use": events}


def planned(days: int, horizon_days: int) -> Schedule:
    scoring = BEGIN + timedelta(days=days)
    return schedule(BEGIN, scoring, horizon_days=horizon_days, step_days=30, at_most=6, history_days=60)


def learned(log: Log, days: int, horizon_days: int = 30) -> ActiveWindow:
    return active_window(tables(log), project(horizon_days), planned(days, horizon_days))


def regulars(gap: int, count: int, until: int) -> Log:
    return [(f"r{who}", day) for who in range(count) for day in range(who % gap, until, gap)]


def test_silences_are_counted_as_long_as_they_were_watched() -> None:
    # a: days 0, 40, 200; b: day 0; c: day 150. Known before day 240, horizon 30.
    # Silences: a 0-40 (ended after 40), a 40-200 (ended after 160), a 200-, b 0-, c 150-.
    log = [("a", 0), ("a", 40), ("a", 200), ("b", 0), ("c", 150)]
    counts = count_silences(tables(log)["use"], 30, BEGIN + timedelta(days=240))
    rows = {days: (silences, returned) for days, silences, returned in counts.by_length.iter_rows()}
    # 30 days: all but a's last, which was watched 40 < 60 days. One of the four ended by day 60: the first.
    assert rows[30] == (4, 1)
    # 60 days: a 40-200 and b; c was watched 90 days = 60 + 30.
    assert rows[60] == (3, 0)
    assert rows[150] == (2, 1)  # a 40-200 ended after 160, b did not
    assert max(rows) == 210  # b: watched 240 days
    assert counts.returns == 2
    assert counts.gaps.rows() == [(100, 1)]  # a: 200 days in two gaps


def test_counts_of_parts_add_up_to_those_of_the_whole() -> None:
    log = [*regulars(20, 7, 300), ("x", 5), ("y", 90)]
    everything, before = tables(log)["use"], BEGIN + timedelta(days=310)
    first = everything.filter(pl.col("customer_id").is_in(["r1", "r2", "x"]))
    rest = everything.filter(~pl.col("customer_id").is_in(["r1", "r2", "x"]))
    together = count_silences(first, 30, before) + count_silences(rest, 30, before)
    whole = count_silences(everything, 30, before)
    assert together.by_length.equals(whole.by_length)
    assert together.gaps.equals(whole.gaps)
    assert learned_window(together, 30, before) == learned_window(whole, 30, before)


def test_the_window_is_the_shortest_silence_from_which_on_few_return() -> None:
    # 300 customers come every 50 days and stop after day 299; 200 bought once: none of those silent for 60 came back.
    log = regulars(50, 300, 300) + [(f"once{who}", who) for who in range(200)]
    window = learned(log, 900)
    assert (window.source, window.days, window.returned) == ("learned", 60, 0)
    assert window.usual_gap_days == 50
    assert "60 days" in window.words


def test_yearly_customers_keep_the_window_open_for_a_year() -> None:
    log = [(f"w{who}", who % 20 + 365 * year) for who in range(150) for year in range(4)]
    log += [(f"once{who}", who % 20 + 365 * (who % 4)) for who in range(300)]
    window = learned(log, 4 * 365, 90)
    assert window.source == "learned"
    assert window.days is not None
    assert 360 <= window.days <= 400
    asked = active_window(tables(log), project(90), planned(4 * 365, 90)).applied_to(project(90))
    assert population(tables(log), asked, BEGIN + timedelta(days=3 * 365)).str.starts_with("w").sum() == 150


def test_daily_users_get_the_horizon() -> None:
    log = regulars(1, 150, 200) + [(f"stays{who}", day) for who in range(50) for day in range(0, 500, 2)]
    assert learned(log, 500, 14).days == 14


def test_where_many_return_after_any_silence_everybody_is_asked_about() -> None:
    log = [(f"c{who}", day) for who in range(400) for day in (who % 30, who % 30 + 45 + who % 150)]
    window = learned(log, 320)
    assert (window.source, window.days) == ("no limit", None)
    assert "every customer" in window.words
    assert window.applied_to(project()).churn.active_within_days == "all"


@pytest.mark.parametrize(("log", "days"), [([(f"c{who}", who) for who in range(10)], 400), ([("a", 0), ("b", 50)], 60)])
def test_too_few_returns_leave_the_horizon_as_window_and_say_so(log: Log, days: int) -> None:
    window = learned(log, days)
    assert (window.source, window.days) == ("few returns", 30)
    assert "too few to learn a window" in window.words


def test_a_horizon_longer_than_the_history_leaves_the_horizon() -> None:
    assert learned(regulars(20, 50, 100), 100, 200).days == 200


@pytest.mark.parametrize(("value", "days", "source"), [(45, 45, "set"), ("all", None, "set")])
def test_the_settings_overrule_what_is_learned(value: int | str, days: int | None, source: str) -> None:
    log = regulars(50, 300, 300)
    settings_ = project(active_within_days=value)
    window = active_window(tables(log), settings_, planned(900, 30))
    assert (window.days, window.source) == (days, source)
    assert window.applied_to(settings_) == settings_
    assert ActiveWindow.from_record(window.to_record()) == window


def test_a_window_that_is_not_learned_yet_is_no_population() -> None:
    with pytest.raises(ValueError, match="not learned yet"):
        population(tables([("a", 0)]), project(), BEGIN + timedelta(days=9))


def test_nightly_runs_share_a_window_for_a_month() -> None:
    day = datetime(2024, 5, 1, tzinfo=UTC)
    until = [known_before(Schedule(day, timedelta(days=30), day + timedelta(days=night), ())) for night in range(60)]
    assert len(set(until)) <= 3
    assert all(before <= day + timedelta(days=night) for night, before in enumerate(until))


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(0, 400)), min_size=5, max_size=80),
    st.lists(st.tuples(st.sampled_from("abcdefghxyz"), st.integers(370, 800)), max_size=60),
    st.sampled_from([0, 5, 60]),
)
def test_nothing_after_the_test_cutoff_decides_whom_it_asks_about(log: Log, later: Log, late: int) -> None:
    plan, test = planned(400, 30), BEGIN + timedelta(days=370)
    before, after = tables(log, late), tables(log + later, late)
    events = before["use"].filter(pl.col("happened_at") < test, pl.col("known_at") < test)
    cut = {"customers": before["customers"], "use": events}
    windows = [active_window(each, project(), plan) for each in (before, after, cut)]
    assert windows[0] == windows[1] == windows[2]
    asked = [population(each, windows[0].applied_to(project()), test).to_list() for each in (before, after, cut)]
    assert asked[0] == asked[1] == asked[2]


def short_log(again: int) -> Log:
    """60 customers of one early day each, some of whom come once more, 45 days later; 40 come every other week."""
    log = [(f"r{who}", who % 10 + 45 * visit) for who in range(60) for visit in range(1 + (who < again))]
    return [*log, *((f"often{who}", day) for who in range(40) for day in range(who % 14, 150, 14))]


@pytest.mark.parametrize(
    ("again", "until", "source", "days", "words"),
    [
        (0, 120, "learned", 30, "of 60 silences of 30 days 0 % ended within 30 more"),
        (30, 120, "no limit", None, "30 days 50 % ended within 30 more, so the records show no silence after which"),
        (6, 120, "no limit", None, "only 60 silences of 30 days could be watched for as many more, too few to tell"),
        (6, 150, "learned", 60, "of 54 silences of 60 days 0 % ended within 30 more"),
    ],
)
def test_few_silences_decide_where_they_leave_no_doubt(
    again: int, until: int, source: str, days: int | None, words: str
) -> None:
    """None of 60 came back: few do. Half of them: many do. Of 6 of 60 nobody can say whether it is a tenth."""
    window = learned(short_log(again), until)
    assert (window.source, window.days) == (source, days)
    assert words in window.words


def test_a_handful_of_long_silences_decides_nothing() -> None:
    """20 of the 300 who stopped come back after a year: fewer than 30 silences of a length tell nothing."""
    log = regulars(50, 300, 300)
    few = [(f"r{who}", 300 + 365 + who % 5) for who in range(20)]
    window, alone = learned([*log, *few], 900), learned(log, 900)
    assert window.days == alone.days == 60
