"""`init` on the public data sets: exact roles, and which of them need an answer."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from holdfast.errors import HoldfastError
from holdfast.service.init import init
from holdfast.settings import FILE_NAME
from holdfast.settings_file import load_settings
from holdfast.tables.contracts import contract_named

pytestmark = pytest.mark.data


def roles(settings: dict[str, Any]) -> dict[str, str]:
    known = {column.name for column in contract_named(settings["holds"]).columns}
    return {ours: column["from"] for ours, column in settings["columns"].items() if ours in known}


NO_EDIT = {
    "telco_churn/Telco-Customer-Churn.csv": (
        "customers",
        {
            "customer_id": "customerID",
            "label": "Churn",
            "tenure_months": "tenure",
            "monthly_amount": "MonthlyCharges",
            "total_amount": "TotalCharges",
        },
        "label",
        None,
    ),
    "online_retail/online_retail.csv": (
        "transactions",
        {
            "customer_id": "CustomerID",
            "happened_at": "InvoiceDate",
            "quantity": "Quantity",
            "unit_price": "UnitPrice",
            "order_id": "InvoiceNo",
            "product": "StockCode",
        },
        "inactivity",
        90,
    ),
    "cdnow/CDNOW_master.txt": (
        "transactions",
        {
            "customer_id": "customer_id",
            "happened_at": "date",
            "amount": "dollar_value",
            "quantity": "number_of_cds",
        },
        "inactivity",
        90,
    ),
    "cdnow/CDNOW_sample.txt": (
        "transactions",
        {"customer_id": "column_1", "happened_at": "column_3", "amount": "column_5", "quantity": "column_4"},
        "inactivity",
        90,
    ),
}


@pytest.mark.parametrize("file", NO_EDIT)
def test_no_edit_is_needed(file: str, data_folder: Path, tmp_path: Path) -> None:
    name, expected, rule, horizon = NO_EDIT[file]
    draft = init(tmp_path, [str(data_folder / file)])
    assert not draft.questions
    project = load_settings(draft.file)
    raw = yaml.safe_load(draft.file.read_text())
    assert roles(raw["tables"][name]) == expected
    assert project.churn.rule == rule
    if horizon:
        assert project.churn.horizon_days == horizon


def test_telco_keeps_what_is_honest_and_marketing_leaves_constants_out(data_folder: Path, tmp_path: Path) -> None:
    telco = init(tmp_path / "telco", [str(data_folder / "telco_churn/Telco-Customer-Churn.csv")])
    assert telco.left_out == {}
    assert load_settings(telco.file).leaving_means == ""
    marketing = init(tmp_path / "marketing", [str(data_folder / "marketing_campaign/marketing_campaign.csv")])
    assert set(marketing.left_out) == {"customers.Z_CostContact", "customers.Z_Revenue"}
    assert marketing.questions == ("customers.label",)  # it answers an offer, which is no leaving
    answered = marketing.file.read_text(encoding="utf-8").replace('label: {from: "?"', 'label: {from: "Response"')
    marketing.file.write_text(answered, encoding="utf-8")
    assert load_settings(marketing.file).leaving_means == "Response is 1"


@pytest.mark.slow  # five workbooks, each opened in a process of its own
def test_five_workbooks_are_one_table_of_customers_without_leaks(data_folder: Path, tmp_path: Path) -> None:
    draft = init(tmp_path, [str(data_folder / "telco_tables")])
    project = load_settings(draft.file)
    assert {name: table.holds for name, table in project.tables.items()} == {
        "demographics": "customers",
        "location": "customers",
        "services": "customers",
        "status": "customers",
        "population": "lookup",
    }
    status = project.tables["status"]
    assert set(status.columns) == {"customer_id", "label"}
    leaks = {
        "Satisfaction Score",
        "Customer Status",
        "Churn Value",
        "Churn Score",
        "CLTV",
        "Churn Category",
        "Churn Reason",
    }
    assert {name for name, reason in status.ignore.items() if "leak" in reason} == leaks
    assert not [
        reason
        for table in ("services", "location", "demographics")
        for reason in project.tables[table].ignore.values()
        if "leak" in reason
    ]
    assert "zip_code" in project.tables["location"].columns
    assert "zip_code" in project.tables["population"].columns


def test_households_with_campaigns(data_folder: Path, tmp_path: Path) -> None:
    draft = init(tmp_path, [str(data_folder / "completejourney")])
    project = load_settings(draft.file)
    assert {name: table.holds for name, table in project.tables.items()} == {
        "customers": "customers",
        "campaigns": "marketing",
        "coupon_redemptions": "marketing",
        "transactions_sample": "transactions",
        "campaign_descriptions": "lookup",
        "products": "lookup",
    }
    assert project.tables["campaign_descriptions"].columns["happened_at"].source == "start_date"
    assert project.tables["transactions_sample"].sale_lines
    assert {"coupons", "promotions_sample"} <= set(draft.left_out)


def test_telephone_usage_with_an_end_date(data_folder: Path, tmp_path: Path) -> None:
    draft = init(tmp_path, [str(data_folder / "megaline")])
    project = load_settings(draft.file)
    customers = project.tables["customers"].columns
    assert (customers["ended_at"].source, customers["ended_at"].format) == ("churn_date", "%d/%m/%Y")
    assert project.churn.rule == "end_date"
    assert {project.tables[name].holds for name in ("calls", "internet", "messages")} == {"usage"}
    assert project.tables["plans"].holds == "lookup"
    assert "tariff" in project.tables["plans"].columns


def test_subscriptions_that_tell_of_leaving_in_three_ways(data_folder: Path, tmp_path: Path) -> None:
    draft = init(tmp_path, [str(data_folder / "ravenstack")])
    assert [*draft.questions] == ["churn.rule"]
    with pytest.raises(HoldfastError, match=r"churn\.rule"):
        load_settings(draft.file)
    draft.file.write_text(draft.file.read_text().replace('rule: "?"', "rule: label"))
    project = load_settings(draft.file)
    usage = project.tables["feature_usage"].through
    assert usage is not None
    assert (usage.table, usage.on) == ("subscriptions", "subscription_id")
    subscriptions = project.tables["subscriptions"]
    assert subscriptions.subscriptions is not None
    assert (subscriptions.subscriptions.rows, subscriptions.subscriptions.price_per) == ("periods", "month")
    assert "churn_flag" in subscriptions.ignore
    # Hardly any account is without a subscription, so the flag of the account is offered first.
    assert draft.open_questions[0].choices[0] == "label"
    assert project.tables["support_tickets"].columns["known_at"].source == "closed_at"


@pytest.mark.parametrize("file", ["hillstrom/hillstrom.csv", "cookie_cats/cookie_cats.csv"])
def test_experiments_are_called_so(file: str, data_folder: Path, tmp_path: Path) -> None:
    draft = init(tmp_path, [str(data_folder / file)])
    assert "experiment" in draft.notes[0]
    assert "churn.rule" in set(draft.questions)
    assert "experiment" in (tmp_path / FILE_NAME).read_text()
