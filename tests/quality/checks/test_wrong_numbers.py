"""One unknown status, one eaten id or one absurd cell stops a project before it gives a wrong number."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from holdfast.quality.checks.findings import Finding, Severity
from holdfast.quality.clean import Cleaned, clean
from holdfast.service.init import init
from holdfast.service.project import open_project

Build = Callable[..., Any]
CASES = Path(os.environ.get("HOLDFAST_CASES", Path(__file__).parents[4] / "shared" / "cases"))


def of(cleaned: Cleaned, rule: str) -> list[Finding]:
    return [finding for finding in cleaned.findings if finding.slug == rule and finding.rows_failed]


@pytest.fixture
def orders(project: Build, table: Build, raw: Build) -> Callable[..., Cleaned]:
    def build(**cells: list[Any]) -> Cleaned:
        entry = table("transactions", "customer_id:text order_id:text happened_at:time amount:money state:category")
        entry["statuses"] = [{"column": "state", "sale": ["paid"], "failed": ["failed"]}]
        settings = project(shape="purchases", tables={"orders": entry})
        count = 2000
        sound = {
            "customer_id": [f"c{n % 300}" for n in range(count)],
            "order_id": [f"o{n}" for n in range(count)],
            "happened_at": [f"2024-{1 + n % 12:02d}-{1 + n % 28:02d}" for n in range(count)],
            "amount": [f"{10 + n % 90}.00" for n in range(count)],
            "state": ["paid"] * count,
        }
        return clean({"orders": raw(**sound | cells)}, settings)

    return build


def test_sound_orders_fail_none_of_the_rules(orders: Build) -> None:
    cleaned = orders()
    for rule in ("statuses-are-known", "ids-keep-their-digits", "no-value-carries-the-column"):
        assert of(cleaned, rule) == []


def test_amounts_of_whole_orders_are_no_free_lines(project: Build, table: Build, raw: Build) -> None:
    words = "customer_id:text order_id:text happened_at:time amount:money refund:money quantity:number unit_price:money"
    entry = table("transactions", words)
    entry["money"] = {"once_per": "order_id", "refunds": ["refund"]}
    lines = raw(
        customer_id=["a", "a", "b", "b", "c"],
        order_id=["1", "1", "2", "3", "3"],
        happened_at=["2024-01-02", "2024-01-02", "2024-01-03", "2024-01-04", "2024-01-04"],
        amount=["30.00", "30.00", "12.00", "0.00", "0.00"],  # order 2 was given back, order 3 was free
        refund=["0", "0", "12.00", "0", "0"],
        quantity=["1", "2", "1", "1", "1"],
        unit_price=["10.00", "10.00", "12.00", "4.00", "5.00"],
    )
    cleaned = clean({"orders": lines}, project(shape="purchases", tables={"orders": entry}))
    (finding,) = of(cleaned, "amount-not-zero")
    assert (finding.rows_failed, finding.rows_checked) == (1, 2)
    assert of(cleaned, "amount-fits-price") == []


def test_one_row_with_an_unknown_status_is_severe(orders: Build) -> None:
    (finding,) = of(orders(state=["Disputed"] + ["paid"] * 1999), "statuses-are-known")
    assert finding.severity is Severity.SEVERE
    assert finding.id == "statuses-are-known:orders.state"
    assert '"disputed" (1 row, €10)' in finding.rule
    assert "tables.orders.statuses" in finding.fix


def test_ids_written_as_powers_of_ten_are_severe(orders: Build) -> None:
    ids = ["6.10048E+12"] * 5 + ["1,23457e+11"] + [f"o{n}" for n in range(1994)]
    (finding,) = of(orders(order_id=ids), "ids-keep-their-digits")
    assert (finding.rows_failed, finding.severity) == (6, Severity.SEVERE)
    assert "6.10048E+12" in finding.rule


def test_codes_that_look_like_powers_are_ids(orders: Build) -> None:
    assert of(orders(order_id=["6E12", "5e4", "1e+06", "4.0128e+10"] * 500), "ids-keep-their-digits") == []


@pytest.mark.parametrize("cells", [["-99999999999.99"], ["99999999999.99"] * 2])
def test_an_absurd_cell_is_severe(orders: Build, cells: list[str]) -> None:
    amounts = cells + ["50.00"] * (2000 - len(cells))
    (finding,) = of(orders(amount=amounts), "no-value-carries-the-column")
    assert (finding.rows_failed, finding.severity) == (len(cells), Severity.SEVERE)
    assert "99,999,999,999.99" in finding.rule


def test_a_large_customer_is_no_absurd_cell(orders: Build) -> None:
    amounts = ["40000.00"] + [f"{10 + n % 90}.00" for n in range(1999)]
    assert of(orders(amount=amounts), "no-value-carries-the-column") == []


@pytest.mark.parametrize("cell", ["60000.00", "-60000.00"])
def test_a_cell_a_thousand_times_the_typical_one_is_severe(orders: Build, cell: str) -> None:
    amounts = [cell] + [f"{10 + n % 90}.00" for n in range(1999)]
    (finding,) = of(orders(amount=amounts), "no-value-carries-the-column")
    assert (finding.rows_failed, finding.severity) == (1, Severity.SEVERE)
    assert "60,000.00" in finding.rule


@pytest.mark.parametrize(("cell", "stops"), [("64760", True), ("-64760", True), ("1200", False)])
def test_one_monthly_amount_far_above_all_others_is_severe(
    project: Build, table: Build, raw: Build, cell: str, stops: bool
) -> None:
    customers = table("customers", "customer_id:text label:flag monthly_amount:money")
    settings = project(rule="label", shape="snapshot", tables={"customers": customers})
    amounts = [cell] + [f"{18 + n % 100}.25" for n in range(6999)]
    ids, label = [f"c{n}" for n in range(7000)], ["yes" if n % 4 == 0 else "no" for n in range(7000)]
    cleaned = clean({"customers": raw(customer_id=ids, label=label, monthly_amount=amounts)}, settings)
    assert bool(of(cleaned, "no-value-carries-the-column")) is stops


def _checked(file: Path, folder: Path, **init_options: Any) -> list[str]:
    init(folder, [file], **init_options)
    result = open_project(folder).check(now=datetime(2026, 11, 1, tzinfo=UTC))
    return [blocker["id"] for blocker in result.acceptance["blocking"]]


def test_the_negative_outlier_of_the_faults_stops_check(tmp_path: Path) -> None:
    file = CASES / "faults" / "14-negative-outlier" / "customers.csv"
    if not file.is_file():
        pytest.skip(f"{file} is not on this machine")
    assert any(name.startswith("no-value-carries-the-column:") for name in _checked(file, tmp_path / "project"))


def test_the_eaten_ids_of_the_cases_stop_check(tmp_path: Path) -> None:
    folder = CASES / "17-ids-eaten-by-a-spreadsheet"
    if not folder.is_dir():
        pytest.skip(f"{folder} is not on this machine")
    project = tmp_path / "project"
    init(project, [folder / "orders.csv"])
    settings = project / "holdfast.yaml"
    text = settings.read_text(encoding="utf-8").replace('decimal: "?"', 'decimal: "."')
    settings.write_text(text, encoding="utf-8")
    result = open_project(project).check(now=datetime(2026, 11, 1, tzinfo=UTC))
    assert any(blocker["id"].startswith("ids-keep-their-digits:") for blocker in result.acceptance["blocking"])
