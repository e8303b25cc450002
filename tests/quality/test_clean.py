"""Cleaning in visible steps: every row is kept or set aside, and later rows change no earlier one."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from holdfast.errors import HoldfastError
from holdfast.quality.clean import Cleaned, clean, cleaning_report
from holdfast.settings import Settings

SHOP = "customer_id:text happened_at<when:time order_id:text product:text quantity:number unit_price:money"
Build = Callable[..., Any]


def kept_and_aside(cleaned: Cleaned, table: str) -> tuple[int, dict[str, int]]:
    aside = cleaned.set_aside.filter(pl.col("table") == table).group_by("step").len().rows()
    return cleaned.tables[table].height, dict(sorted(aside))


def entry(cleaned: Cleaned, step: str, table: str = "sales") -> Any:
    return next(found for found in cleaned.ledger if (found.table, found.step) == (table, step))


@pytest.fixture
def shop(project: Build, table: Build) -> Settings:
    return project(shape="purchases", tables={"sales": table("transactions", SHOP)})


@pytest.fixture
def sales(raw: Build) -> Callable[..., pl.DataFrame]:
    def build(*rows: tuple[Any, ...]) -> pl.DataFrame:
        names = ("customer_id", "when", "order_id", "product", "quantity", "unit_price")
        return raw(**{name: [row[place] for row in rows] for place, name in enumerate(names)})

    return build


def test_each_row_that_is_not_kept_has_one_reason(shop: Settings, sales: Build) -> None:
    cleaned = clean(
        {
            "sales": sales(
                ("a", "2024-01-01 10:00:00", "1", "cup", "2", "3.0"),
                ("a", "2024-01-01 10:00:00", "1", "cup", "2", "3.0"),  # says the same
                (" ", "2024-01-01 10:00:00", "2", "cup", "2", "3.0"),  # no customer
                ("x" * 256, "2024-01-01 10:00:00", "2", "cup", "2", "3.0"),  # no id that a database could find
                ("b", "soon", "3", "cup", "2", "3.0"),  # no time
                ("b", "2024-01-02 10:00:00", "4", "cup", "2", "0"),  # a gift
                ("b", "2024-01-02 10:00:00", "A5", "Adjust bad debt", "1", "9.0"),
                ("b", "2024-01-03 10:00:00", "6", "cup", "4", "3.0"),
                ("b", "2024-01-03 11:00:00", "C6", "cup", "-4", "3.0"),  # cancelled within the hour
                ("b", "2024-02-03 11:00:00", "C7", "cup", "-1", "3.0"),
            )
        },
        shop,
    )
    assert kept_and_aside(cleaned, "sales") == (
        2,
        {
            "bad_debt": 1,
            "cancelled_the_same_day": 2,
            "exact_repeats": 1,
            "long_id": 1,
            "missing_customer": 1,
            "price": 1,
            "unreadable_time": 1,
        },
    )
    assert cleaned.tables["sales"]["amount"].to_list() == [6.0, -3.0]
    assert cleaned.tables["sales"]["is_return"].to_list() == [False, True]
    assert cleaned.tables["customers"]["customer_id"].to_list() == ["a", "b"]
    assert entry(cleaned, "cancelled_the_same_day").netted == 2


def test_a_line_that_takes_money_off_its_bill_stays_where_its_amount_says_so(
    project: Build, table: Build, raw: Build
) -> None:
    shop = project(shape="purchases", tables={"sales": table("transactions", f"{SHOP} amount:money")})
    rows = raw(
        customer_id=["a"] * 3,
        when=["2024-01-01"] * 3,
        order_id=["1"] * 3,
        product=["plan", "seats", "proration"],
        quantity=["1", "2", "1"],
        unit_price=["30.0", "7.5", "-3.95"],
        amount=["30.0", "15.0", "-3.95"],
    )
    cleaned = clean({"sales": rows}, shop)
    assert kept_and_aside(cleaned, "sales") == (3, {})
    assert cleaned.tables["sales"]["amount"].sum() == 41.05


def test_what_is_set_aside_can_be_read_as_it_was(shop: Settings, sales: Build) -> None:
    aside = clean({"sales": sales((None, "2024-01-01", "1", "c", "2", "3"))}, shop).set_aside.row(0, named=True)
    assert (aside["table"], aside["row"], aside["step"]) == ("sales", 1, "missing_customer")
    assert json.loads(aside["content"])["unit_price"] == "3"


def test_the_row_numbers_of_the_source_are_kept(shop: Settings, sales: Build) -> None:
    rows = sales(("a", "2024-01-01", "1", "c", "2", "3"), (None, "2024-01-01", "1", "c", "2", "3"))
    aside = clean({"sales": rows.with_columns(pl.col("_row") + 100)}, shop).set_aside
    assert aside["row"].to_list() == [102]


def test_rows_that_differ_in_a_column_nobody_uses_are_no_repeats(shop: Settings, sales: Build) -> None:
    rows = sales(*[("a", "2024-01-01", "1", "c", "2", "3")] * 3).with_columns(till=pl.Series(["1", "2", "2"]))
    assert kept_and_aside(clean({"sales": rows}, shop), "sales") == (2, {"exact_repeats": 1})


def test_repeats_that_are_real_stay(project: Build, table: Build, sales: Build) -> None:
    shop = project(shape="purchases", tables={"sales": table("transactions", SHOP, repeats_are_real=True)})
    cleaned = clean({"sales": sales(*[("a", "2024-01-01", "1", "c", "2", "3")] * 3)}, shop)
    assert kept_and_aside(cleaned, "sales") == (3, {})
    assert [f.rows_failed for f in cleaned.findings if "repeats are kept" in f.rule] == [2]


def test_a_cutoff_hides_what_came_after_it_or_was_known_only_then(project: Build, table: Build, raw: Build) -> None:
    settings_ = project(
        cutoff=date(2024, 2, 1),
        tables={
            "people": table("customers", "customer_id:text signed_up_at:time ended_at:time"),
            "use": table("usage", "customer_id:text happened_at:time known_at:time"),
        },
    )
    cleaned = clean(
        {
            "people": raw(
                customer_id=["a", "b", "c"],
                signed_up_at=["2024-01-01", "2024-01-01", "2024-02-01"],
                ended_at=["2024-01-15", "2024-03-01", None],
            ),
            "use": raw(
                customer_id=["a", "a", "b"],
                happened_at=["2024-01-31", "2024-02-01", "2024-01-31"],
                known_at=["2024-01-31", "2024-02-01", "2024-02-01"],
            ),
        },
        settings_,
    )
    assert kept_and_aside(cleaned, "use") == (1, {"future_rows": 2})
    assert cleaned.tables["customers"]["customer_id"].to_list() == ["a", "b"]
    assert cleaned.tables["customers"]["ended_at"].to_list() == [datetime(2024, 1, 15, tzinfo=UTC), None]


def test_known_at_is_taken_as_the_event_where_it_is_not_given(project: Build, table: Build, raw: Build) -> None:
    settings_ = project(tables={"use": table("usage", "customer_id:text happened_at:time known_at:time")})
    rows = raw(customer_id=["a", "a"], happened_at=["2024-01-01"] * 2, known_at=["2024-01-09", ""])
    cleaned = clean({"use": rows}, settings_)
    assert cleaned.tables["use"]["known_at"].dt.day().to_list() == [9, 1]
    assert entry(cleaned, "known_at", "use").values_changed == 1


def test_an_amount_of_money_given_back_gets_its_sign(project: Build, table: Build, raw: Build) -> None:
    settings_ = project(
        tables={"sales": table("transactions", "customer_id:text happened_at:time quantity:number amount:money")}
    )
    rows = raw(
        customer_id=["a", "a"], happened_at=["2024-01-01", "2024-02-01"], quantity=["2", "-1"], amount=["8", "4"]
    )
    assert clean({"sales": rows}, settings_).tables["sales"]["amount"].to_list() == [8.0, -4.0]


def test_customers_in_several_tables_become_one_row_each(project: Build, table: Build, raw: Build) -> None:
    settings_ = project(
        shape="snapshot",
        rule="label",
        tables={
            "who": table("customers", "customer_id<id:text city:category zip:text"),
            "status": table("customers", "customer_id<ID:text label:flag city:category"),
            "places": table("lookup", "zip:text people:number"),
        },
    )
    cleaned = clean(
        {
            "who": raw(id=["1", "2"], city=["Rome", None], zip=["00100", "9"]),
            "status": raw(ID=["2.0", "3.0"], label=["yes", "no"], city=["Oslo", "Kiev"]),
            "places": raw(zip=["00100", "00100"], people=["5", "6"]),
        },
        settings_,
    )
    assert cleaned.tables["customers"].sort("customer_id").rows() == [
        ("1", None, "Rome", "00100", 5.0),
        ("2", True, "Oslo", "9", None),
        ("3", False, "Kiev", None, None),
    ]


def test_a_customer_written_twice_counts_once(project: Build, table: Build, raw: Build) -> None:
    settings_ = project(tables={"people": table("customers", "customer_id:text city:category")})
    rows = raw(customer_id=["A1", " A1 ", "a1", "B", "B"], city=["x", "y", "z", "v", "v"])
    cleaned = clean({"people": rows}, settings_)
    assert cleaned.tables["customers"].rows() == [("A1", "x"), ("a1", "z"), ("B", "v")]
    assert {row[0] for row in cleaned.set_aside.select("step").rows()} == {"repeated_customer", "exact_repeats"}
    assert entry(cleaned, "repeated_customer", "people").merged == 1
    failed = {found.rule: found.rows_failed for found in cleaned.findings if found.column == "customer_id"}
    assert failed["No two customer ids differ only in upper and lower case."] == 1
    assert failed["No customer id is written in several ways (blanks, 17850.0)."] == 1


def test_customers_are_found_through_other_tables(project: Build, table: Build, raw: Build) -> None:
    settings_ = project(
        tables={
            "clicks": table("usage", "happened_at:time session:text", through={"table": "sessions", "on": "session"}),
            "sessions": table("sessions", "happened_at:time session:text", through={"table": "plans", "on": "plan"}),
            "plans": table("events", "customer_id:text happened_at:time plan:text"),
        },
    )
    day = "2024-01-01"
    cleaned = clean(
        {
            "clicks": raw(happened_at=[day] * 3, session=["s1", "s2", "s9"]),
            "sessions": raw(happened_at=[day] * 2, session=["s1", "s2"], plan=["p1", "p2"]),
            "plans": raw(customer_id=["a", "b"], happened_at=[day] * 2, plan=["p1", "p2"]),
        },
        settings_,
    )
    assert cleaned.tables["clicks"]["customer_id"].to_list() == ["a", "b"]
    assert kept_and_aside(cleaned, "clicks") == (2, {"missing_customer": 1})


def test_customers_are_found_by_addresses_whatever_their_case(project: Build, table: Build, raw: Build) -> None:
    settings_ = project(
        tables={
            "clicks": table(
                "usage", "happened_at:time to<Sent~to:text", through={"table": "plans", "on": "to", "their": "mail"}
            ),
            "plans": table("events", "customer_id:text happened_at:time mail:text"),
        },
    )
    cleaned = clean(
        {
            "clicks": raw(
                happened_at=["2024-01-02"] * 3, **{"Sent to": ["KIM@post.example", "ann@post.example", "S1"]}
            ),
            "plans": raw(
                customer_id=["a", "b", "c"],
                happened_at=["2024-01-01"] * 3,
                mail=["kim@post.example", "Ann@Post.example", "s1"],
            ),
        },
        settings_,
    )
    assert cleaned.tables["clicks"]["customer_id"].to_list() == ["a", "b"]
    assert cleaned.tables["clicks"]["to"].to_list() == ["KIM@post.example", "ann@post.example"]
    assert kept_and_aside(cleaned, "clicks") == (2, {"missing_customer": 1})  # codes keep their case


def test_an_event_may_take_its_time_from_a_lookup(project: Build, table: Build, raw: Build) -> None:
    settings_ = project(
        tables={
            "sent": table("marketing", "customer_id:text campaign:text"),
            "campaigns": table("lookup", "campaign:text happened_at<start:time kind:category"),
        }
    )
    cleaned = clean(
        {
            "sent": raw(customer_id=["a", "b"], campaign=["1", "2"]),
            "campaigns": raw(campaign=["1"], start=["2024-01-01"], kind=["mail"]),
        },
        settings_,
    )
    assert cleaned.tables["sent"]["kind"].to_list() == ["mail"]
    assert kept_and_aside(cleaned, "sent") == (1, {"unreadable_time": 1})


def test_an_empty_table_survives_with_its_columns(project: Build, table: Build, raw: Build) -> None:
    settings_ = project(
        tables={
            "people": table("customers", "customer_id:text"),
            "mail": table("marketing", "customer_id:text happened_at:time cost:money"),
        }
    )
    mail = pl.DataFrame(
        schema={"_row": pl.UInt32, "customer_id": pl.String, "happened_at": pl.String, "cost": pl.String}
    )
    cleaned = clean({"people": raw(customer_id=["a"]), "mail": mail}, settings_)
    assert cleaned.tables["mail"].height == 0
    assert list(cleaned.tables["mail"].schema) == ["customer_id", "happened_at", "known_at", "cost"]
    assert cleaned.tables["mail"].schema["happened_at"] == pl.Datetime("us", "UTC")


def test_a_required_column_that_nobody_maps_is_asked_for(project: Build, table: Build, raw: Build) -> None:
    settings_ = project(tables={"use": table("usage", "customer_id:text")})
    with pytest.raises(HoldfastError, match="happened_at") as caught:
        clean({"use": raw(customer_id=["a"])}, settings_)
    assert 'tables.use.columns.happened_at: {from: "YOUR COLUMN", kind: time}' in caught.value.fix


def test_times_of_which_none_can_be_read_ask_for_their_format(shop: Settings, sales: Build) -> None:
    with pytest.raises(HoldfastError, match="none of 1 values") as caught:
        clean({"sales": sales(("a", "13/01/2024", "1", "c", "1", "1"))}, shop)
    assert "tables.sales.columns.happened_at.format" in caught.value.fix


def test_new_customers_may_come_without_a_label(project: Build, table: Build, raw: Build) -> None:
    settings_ = project(
        shape="snapshot", rule="label", tables={"people": table("customers", "customer_id:text label:flag")}
    )
    new = {"people": raw(customer_id=["a"])}
    assert clean(new, settings_, may_lack={"label"}).tables["customers"].columns == ["customer_id"]
    with pytest.raises(HoldfastError, match="label"):
        clean(new, settings_)


def test_strange_names_of_columns_are_only_names(project: Build, table: Build, raw: Build) -> None:
    settings_ = project(tables={"people": table("customers", "customer_id:text")})
    rows = raw(customer_id=["a", None], **{"'; DROP TABLE": ["x", "y"], "^.*$": ["1", "2"], "{column}": ["1", "2"]})
    cleaned = clean({"people": rows}, settings_)
    assert cleaned.tables["customers"].rows() == [("a",)]
    assert set(json.loads(cleaned.set_aside["content"][0])) == {"customer_id", "'; DROP TABLE", "^.*$", "{column}"}


def test_the_report_adds_up(shop: Settings, sales: Build) -> None:
    cleaned = clean(
        {"sales": sales(("a", "2024-01-01", "1", "c", "1", "1"), (None, "2024-01-01", "1", "c", "1", "1"))}, shop
    )
    report = cleaning_report(cleaned)
    assert (report["rows_in"], report["rows_kept"], report["rows_set_aside"]) == (2, 1, 1)
    steps = [step["step"] for step in report["tables"]["sales"]["steps"]]
    assert steps[0] == "types"
    assert steps[-2:] == ["cancelled_the_same_day", "returns"]
    assert json.dumps(report)


NOON = datetime(2024, 1, 1, 12, tzinfo=UTC)
LINES = st.lists(
    st.tuples(
        st.sampled_from(["a", "a", "a", "b", ""]),
        st.integers(0, 4),  # day
        st.integers(0, 2),  # days until known
        st.integers(0, 2),  # hour
        st.sampled_from(["o1", "o2", "o3"]),
        st.sampled_from(["cup", "cup", "jar"]),
        st.sampled_from(["-2", "-1", "2", "1", "2", "x"]),
        st.sampled_from(["1.0", "1.0", "1.0", "2.0", "0"]),
    ),
    max_size=24,
)


def _raw_lines(lines: list[tuple[Any, ...]]) -> pl.DataFrame:
    moments = [NOON + timedelta(days=line[1], hours=line[3]) for line in lines]
    return pl.DataFrame(
        {
            "customer_id": [line[0] for line in lines],
            "when": [moment.isoformat() for moment in moments],
            "known": [
                (moment + timedelta(days=line[2])).isoformat() for moment, line in zip(moments, lines, strict=True)
            ],
            "order_id": [line[4] for line in lines],
            "product": [line[5] for line in lines],
            "quantity": [line[6] for line in lines],
            "unit_price": [line[7] for line in lines],
        },
        schema=dict.fromkeys(
            ("customer_id", "when", "known", "order_id", "product", "quantity", "unit_price"), pl.String
        ),
    ).with_row_index("_row", offset=1)


@pytest.fixture(scope="module")
def shop_with_known(project: Build, table: Build) -> Settings:
    return project(shape="purchases", tables={"sales": table("transactions", f"{SHOP} known_at<known:time")})


@settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=LINES, day=st.integers(1, 6))
def test_rows_known_later_change_no_earlier_row(
    shop_with_known: Settings, lines: list[tuple[Any, ...]], day: int
) -> None:
    cutoff = NOON.replace(hour=0) + timedelta(days=day)

    def known_then(table: pl.DataFrame) -> pl.DataFrame:
        return table.filter(pl.col("happened_at") < cutoff, pl.col("known_at") < cutoff)

    earlier = [line for line in lines if line[1] + line[2] < day]
    everything = clean({"sales": _raw_lines(lines)}, shop_with_known).tables["sales"]
    as_known_then = clean({"sales": _raw_lines(earlier)}, shop_with_known).tables["sales"]
    assert known_then(everything).equals(as_known_then)


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=LINES)
def test_no_row_is_lost_and_none_is_made(shop_with_known: Settings, lines: list[tuple[Any, ...]]) -> None:
    cleaned = clean({"sales": _raw_lines(lines)}, shop_with_known)
    assert len(lines) == cleaned.tables["sales"].height + cleaned.set_aside.height
    assert cleaned.set_aside["row"].is_unique().all()
    table = cleaning_report(cleaned)["tables"]["sales"]
    assert table["rows_in"] == table["rows_kept"] + table["rows_set_aside"]
    before = len(lines)
    for step in table["steps"]:
        assert step["rows_before"] == before
        before = step["rows_after"]
        assert step["rows_before"] - step["rows_after"] == step["set_aside"]


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=LINES)
def test_cleaning_what_is_clean_changes_nothing(shop_with_known: Settings, lines: list[tuple[Any, ...]]) -> None:
    raw = _raw_lines(lines)
    once = clean({"sales": raw}, shop_with_known)
    gone = once.set_aside["row"].implode()
    again = clean({"sales": raw.filter(~pl.col("_row").is_in(gone))}, shop_with_known)
    assert again.tables["sales"].equals(once.tables["sales"])
