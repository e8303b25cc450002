"""Rules are asked of every table, count what fails, and say what to do."""

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from holdfast.quality.checks.findings import Category, Finding, Severity, validation_table
from holdfast.quality.checks.run import RULES, checks_page
from holdfast.quality.clean import Cleaned, clean
from holdfast.settings import Settings

Build = Callable[..., Any]
MANY = 40


def failed(cleaned: Cleaned, rule: str, table: str | None = None, column: str | None = None) -> list[int]:
    return [found.rows_failed for found in _asked(cleaned, rule, table, column)]


def _asked(cleaned: Cleaned, rule: str, table: str | None, column: str | None) -> list[Finding]:
    return [
        found
        for found in cleaned.findings
        if rule in found.rule and table in (None, found.table) and column in (None, found.column)
    ]


@pytest.fixture
def crm(project: Build, table: Build, raw: Build) -> Callable[..., Cleaned]:
    """A clean business of 40 customers with 40 purchases each; arguments replace cells."""

    def build(sales: dict[str, list[Any]] | None = None, people: dict[str, list[Any]] | None = None) -> Cleaned:
        settings_: Settings = project(
            tables={
                "people": table("customers", "customer_id:text signed_up_at:time ended_at:time age:number label:flag"),
                "sales": table(
                    "transactions",
                    "customer_id:text happened_at:time amount:money discount:money order_id:text product:text"
                    " status:category receipt:text",
                ),
            }
        )
        ids = [f"c{place}" for place in range(MANY)]
        who = {
            "customer_id": ids,
            "signed_up_at": ["2023-01-01"] * MANY,
            "ended_at": [None] * MANY,
            "age": [str(20 + place) for place in range(MANY)],
            "label": ["no"] * MANY,
        } | (people or {})
        rows = MANY * MANY
        what = {
            "customer_id": ids * MANY,
            "happened_at": [f"2023-{2 + day // 28:02d}-{1 + day % 28:02d}" for day in range(MANY) for _ in ids],
            "amount": [str(10 + place % 7) for place in range(rows)],
            "discount": ["1"] * rows,
            "order_id": [f"o{place}" for place in range(rows)],
            "product": [f"p{place % 9}" for place in range(rows)],
            "status": ["done"] * rows,
            "receipt": [f"r{place}" for place in range(rows)],
        }
        for name, cells in (sales or {}).items():
            what[name] = [*cells, *what[name][len(cells) :]]
        return clean({"people": raw(**who), "sales": raw(**what)}, settings_)

    return build


def test_a_clean_business_breaks_no_rule_that_matters(crm: Callable[..., Cleaned]) -> None:
    broken = [found for found in crm().findings if found.severity in {Severity.WARNING, Severity.SEVERE}]
    assert broken == []


@pytest.mark.parametrize(
    ("sales", "rule", "count"),
    [
        ({"happened_at": ["2022-12-30", "2022-12-31"]}, "lies before the sign-up", 2),
        ({"happened_at": ["2093-01-01"]}, "No event lies far after", 1),
        ({"happened_at": ["1900-01-01"]}, "No event lies far before", 1),
        ({"amount": ["0", "0"]}, "Amounts are not zero", 2),
        ({"amount": ["x"]}, "amount can be read", 1),
        ({"amount": ["100000"]}, "amount lies within 10 interquartile", 1),
        ({"discount": ["999"]}, "No discount is greater", 1),
        ({"order_id": ["o1", "o1"]}, "An order belongs to one customer", 1),
        ({"product": ["POST", "POST"]}, "Products are goods", 2),
        ({"status": ["Refunded"]}, "status that undoes it", 1),
        ({"status": ["Done", "DONE"]}, "is written one way, in case", 1599),
        ({"status": ["all-done", "all done", "all_done"]}, "differ only in case, blanks, dashes", 2),
        ({"receipt": ["r1", "r1"]}, "names nearly every row once", 1),
        ({"customer_id": ["stranger"]}, "stands in the customers table", 1),
        ({"customer_id": [None]}, "Every row names its customer", 1),
    ],
)
def test_each_planted_fault_is_counted(
    crm: Callable[..., Cleaned], sales: dict[str, list[Any]], rule: str, count: int
) -> None:
    assert failed(crm(sales), rule, "sales") == [count]
    assert sum(failed(crm(), rule, "sales")) == 0


def test_a_status_that_the_settings_explain_is_no_doubt(project: Build, table: Build, raw: Build) -> None:
    """A sale of which a part was given back carries the word refund, and is a sale all the same."""
    means = {"column": "status", "sale": ["done", "partially refunded"]}
    of = "customer_id:text happened_at:time amount:money status:category"
    sales = raw(
        customer_id=["a"] * 60,
        happened_at=[f"2023-01-{1 + day % 28:02d}" for day in range(60)],
        amount=[str(10 + day) for day in range(60)],
        status=["done"] * 50 + ["partially refunded"] * 10,
    )
    tables = {"sales": table("transactions", of)}
    assert failed(clean({"sales": sales}, project(tables=tables)), "status that undoes it", "sales") == [10]
    tables["sales"]["statuses"] = [means]
    assert failed(clean({"sales": sales}, project(tables=tables)), "status that undoes it", "sales") == []


def test_a_sudden_change_of_unit_is_severe(crm: Callable[..., Cleaned]) -> None:
    cents = crm({"amount": [str(100 * (10 + place % 7)) for place in range(28 * MANY)]})
    found = _asked(cents, "never jumps", "sales", "amount")[0]
    assert (found.category, found.rows_failed, found.severity) == (Category.UNITS, 1, Severity.SEVERE)


def test_a_day_with_far_too_many_rows_is_found(crm: Callable[..., Cleaned]) -> None:
    assert failed(crm({"happened_at": ["2023-02-01"] * (MANY * 25)}), "times the rows of a usual day", "sales") == [1]


def test_impossible_customers_are_counted(crm: Callable[..., Cleaned]) -> None:
    cleaned = crm(
        people={
            "ended_at": ["2022-01-01", "2023-02-02", *[None] * (MANY - 2)],
            "age": ["111", "-1", *["30"] * (MANY - 2)],
            "label": ["yes", "yes", "yes", *["no"] * (MANY - 3)],
        }
    )
    assert failed(cleaned, "No customer ends before signing up") == [1]
    assert failed(cleaned, "an age of at most") == [2]
    assert failed(cleaned, "labelled as gone exactly where") == [1]
    assert failed(cleaned, "No event of a customer lies after the end") == [MANY + MANY - 2]


def test_a_stranger_becomes_a_customer(crm: Callable[..., Cleaned]) -> None:
    cleaned = crm({"customer_id": ["stranger"]})
    assert cleaned.tables["customers"].height == MANY + 1
    assert cleaned.tables["customers"]["customer_id"].to_list()[-1] == "stranger"


def test_an_event_on_the_day_of_the_end_is_not_after_it(crm: Callable[..., Cleaned]) -> None:
    last = "2023-03-12"
    assert failed(crm(people={"ended_at": [last] * MANY}), "lies after the end") == [0]


def test_birth_years_are_evaluated_by_the_newest_record(project: Build, table: Build, raw: Build) -> None:
    settings_ = project(
        rule="label", shape="snapshot", tables={"people": table("customers", "customer_id:text birth_year:number")}
    )
    people = raw(customer_id=["a", "b", "c"], birth_year=["1893", "1960", "1990"])
    assert failed(clean({"people": people}, settings_), "is an age of at most") == [1]


def test_a_total_far_from_months_times_the_monthly_amount_is_noted(project: Build, table: Build, raw: Build) -> None:
    words = "customer_id:text monthly_amount:money total_amount:money tenure_months:number"
    settings_ = project(rule="label", shape="snapshot", tables={"people": table("customers", words)})
    people = raw(
        customer_id=["a", "b", "c"],
        monthly_amount=["50", "50", "50"],
        total_amount=["500", "1100", " "],
        tenure_months=["10", "10", "0"],
    )
    cleaned = clean({"people": people}, settings_)
    assert failed(cleaned, "The total lies near") == [1]
    assert failed(cleaned, "total_amount is known") == [1]


def test_a_table_that_ends_long_before_the_others_is_stale(project: Build, table: Build, raw: Build) -> None:
    words = "customer_id:text happened_at:time"
    settings_ = project(tables={"use": table("usage", words), "help": table("support", words)})
    tables = {
        "use": raw(customer_id=["a"], happened_at=["2024-06-01"]),
        "help": raw(customer_id=["a"], happened_at=["2024-01-01"]),
    }
    assert failed(clean(tables, settings_), "reaches to within", "help") == [1]
    assert failed(clean(tables, settings_), "reaches to within", "use") == [0]


def test_the_report_has_one_line_a_rule_asked_in_eleven_categories(crm: Callable[..., Cleaned]) -> None:
    cleaned = crm({"amount": ["x"]})
    report = validation_table(cleaned.findings)
    assert report.height == len(cleaned.findings)
    assert set(report["category"]) == {category.value for category in Category}
    assert report.filter(pl.col("rows_failed") == 0)["severity"].unique().to_list() == ["passed"]
    assert report.filter(pl.col("rows_failed") > 0)["fix"].str.len_chars().min() > 10
    assert report["share"].is_between(0, 1).all()


def test_an_empty_report_keeps_its_columns() -> None:
    assert validation_table([]).columns == validation_table([]).columns
    assert "fix" in validation_table([]).columns


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_says_what_should_be_true_and_what_to_do(rule: Any) -> None:
    words = {"table": "orders", "column": "amount"}
    assert rule.says.format(**words).endswith(".")
    assert len(rule.fix.format(**words)) > 10
    assert sum(other.name == rule.name for other in RULES) == 1


def test_the_reference_page_is_the_rules(request: pytest.FixtureRequest) -> None:
    page = request.config.rootpath / "docs" / "reference" / "checks.md"
    assert page.read_text(encoding="utf-8") == checks_page(), "write checks_page() to docs/reference/checks.md"


def test_an_order_that_many_customers_share_counts_once(crm: Callable[..., Cleaned]) -> None:
    orders = [f"o{place % 32}" for place in range(MANY * MANY)]
    cleaned = crm(sales={"order_id": orders})
    [found] = _asked(cleaned, "An order belongs to one customer", "sales", "order_id")
    assert (found.rows_failed, found.rows_checked) == (32, 32)
    assert found.severity is Severity.WARNING


def test_no_rule_counts_more_failing_rows_than_it_checked(crm: Callable[..., Cleaned]) -> None:
    rows = MANY * MANY
    cleaned = crm(
        sales={
            "order_id": [f"o{place % 7}" for place in range(rows)],
            "amount": [str(place % 5 - 2) for place in range(rows)],
            "discount": ["99"] * rows,
            "product": ["POSTAGE"] * rows,
            "status": ["cancelled"] * rows,
            "receipt": ["same"] * rows,
            "happened_at": ["2022-01-01"] * (rows - 1) + ["2024-01-01"],
        },
        people={"age": ["-7"] * MANY, "ended_at": ["2022-06-01"] * MANY, "label": ["no"] * MANY},
    )
    assert any(found.rows_failed for found in cleaned.findings)
    assert [found for found in cleaned.findings if found.rows_failed > found.rows_checked] == []
