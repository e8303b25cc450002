"""Real files, with the counts that their README states."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from holdfast.quality.clean import Cleaned, clean, cleaning_report
from holdfast.quality.readiness.grade import Grade, readiness
from holdfast.settings import Settings

pytestmark = pytest.mark.data
Build = Callable[..., Any]


def records(file: Path, **more: Any) -> pl.DataFrame:
    return pl.read_csv(file, infer_schema=False, **more).with_row_index("_row", offset=1)


def failed(cleaned: Cleaned, rule: str) -> dict[str, int]:
    return {found.table: found.rows_failed for found in cleaned.findings if rule in found.rule and found.rows_failed}


def aside(cleaned: Cleaned) -> dict[str, int]:
    return dict(cleaned.set_aside.group_by("step").len().rows())


def test_telco_loses_no_row_and_its_eleven_blanks_become_unknown(
    data_folder: Path, project: Build, table: Build
) -> None:
    words = (
        "customer_id<customerID:text label<Churn:flag tenure_months<tenure:number "
        "monthly_amount<MonthlyCharges:money total_amount<TotalCharges:money contract<Contract:category"
    )
    telco: Settings = project(rule="label", shape="snapshot", tables={"customers": table("customers", words)})
    cleaned = clean({"customers": records(data_folder / "telco_churn" / "Telco-Customer-Churn.csv")}, telco)
    customers = cleaned.tables["customers"]
    assert (customers.height, cleaned.set_aside.height) == (7043, 0)
    assert customers["total_amount"].null_count() == 11
    assert customers["label"].sum() == 1869
    assert customers["monthly_amount"].sum() == pytest.approx(456_116.60)
    assert cleaned.ledger[0].values_changed == 11
    assert readiness(cleaned, telco).grade is Grade.READY


RETAIL = (
    "customer_id<CustomerID:text happened_at<InvoiceDate:time:%Y-%m-%d~%H:%M:%S order_id<InvoiceNo:text "
    "product<StockCode:text quantity<Quantity:number unit_price<UnitPrice:money country<Country:category"
)


@pytest.fixture
def retail(project: Build, table: Build) -> Settings:
    shop: Settings = project(shape="purchases", tables={"sales": table("transactions", RETAIL, sale_lines=True)})
    return shop


def test_online_retail_adds_up_line_by_line(data_folder: Path, retail: Settings) -> None:
    cleaned = clean({"sales": records(data_folder / "online_retail" / "online_retail.csv")}, retail)
    report = cleaning_report(cleaned)
    assert report["rows_in"] == 541_909 == report["rows_kept"] + report["rows_set_aside"]
    assert aside(cleaned) == {
        "missing_customer": 135_080,
        "exact_repeats": 5_225,
        "price": 40,
        "cancelled_the_same_day": 1_180,
    }
    sales = cleaned.tables["sales"]
    assert sales.height == 400_384
    assert sales["customer_id"].head(1).to_list() == ["17850"]
    assert sales["is_return"].sum() == 8_872 - 590  # every cancellation that is left, at its own time
    assert sales.filter("is_return")["amount"].max() < 0  # type: ignore[operator]
    assert sales["quantity"].max() < 80_995  # type: ignore[operator]  # sold and cancelled within twelve minutes
    linked = sales.filter(pl.col("returned_order").is_not_null())
    assert linked.height == 6_615
    sold = sales.filter(~pl.col("is_return")).group_by("order_id").agg(pl.col("happened_at").min().alias("sold_at"))
    both = linked.join(sold, left_on="returned_order", right_on="order_id", how="inner")
    assert (both["sold_at"] <= both["happened_at"]).all()
    # What is kept and what cancels within a day add up to what the customers paid, repeats aside.
    assert sales["amount"].sum() == pytest.approx(8_278_519.42, abs=0.5)


def test_online_retail_reads_the_same_from_parquet(data_folder: Path, retail: Settings) -> None:
    folder = data_folder / "online_retail"
    typed = pl.read_parquet(folder / "online_retail.parquet").with_row_index("_row", offset=1)
    from_text = clean({"sales": records(folder / "online_retail.csv")}, retail)
    from_types = clean({"sales": typed}, retail)
    assert from_types.tables["sales"].equals(from_text.tables["sales"])
    assert from_types.set_aside.drop("content").equals(from_text.set_aside.drop("content"))


@pytest.mark.parametrize(("real", "kept"), [(True, 69_659), (False, 69_404)])
def test_cdnow_keeps_its_repeats_where_they_are_real(
    data_folder: Path, project: Build, table: Build, real: bool, kept: int
) -> None:
    lines = pl.read_csv(
        data_folder / "cdnow" / "CDNOW_master.txt",
        has_header=False,
        skip_rows=1,
        new_columns=["line"],
        infer_schema=False,
    )
    fields = ["customer_id", "day", "discs", "dollars"]
    split = lines.select(pl.col("line").str.strip_chars().str.replace_all(r"\s+", " ").str.split_exact(" ", 3))
    raw = split.unnest("line").rename({f"field_{place}": name for place, name in enumerate(fields)})
    words = "customer_id:text happened_at<day:time:%Y%m%d quantity<discs:number amount<dollars:money"
    shop = project(shape="purchases", tables={"sales": table("transactions", words, repeats_are_real=real)})
    cleaned = clean({"sales": raw.with_row_index("_row", offset=1)}, shop)
    assert cleaned.tables["sales"].height == kept
    assert cleaned.tables["customers"].height == 23_570
    assert cleaned.tables["customers"]["customer_id"].min() == "00001"
    assert sum(failed(cleaned, "No row repeats another").values()) == 255
    assert failed(cleaned, "Amounts are not zero") == {"sales": 80}
    if real:
        assert cleaned.tables["sales"]["amount"].sum() == pytest.approx(2_500_315.63)


def test_megaline_goes_on_after_its_customers_ended(data_folder: Path, project: Build, table: Build) -> None:
    folder, day = data_folder / "megaline", "%d/%m/%Y"
    use = "customer_id<user_id:text happened_at<{}:time:" + day
    mega = project(
        rule="end_date",
        churn={"horizon_days": 30},
        tables={
            "users": table(
                "customers",
                f"customer_id<user_id:text signed_up_at<reg_date:time:{day} ended_at<churn_date:time:{day} "
                "tariff:category age:number",
            ),
            "plans": table("lookup", "tariff<plan_name:category monthly_fee<usd_monthly_pay:money"),
            "calls": table("usage", use.format("call_date") + " duration:number"),
            "internet": table("usage", use.format("session_date") + " quantity<mb_used:number"),
            "messages": table("usage", use.format("message_date")),
        },
    )
    cleaned = clean({name: records(folder / f"megaline_{name}.csv") for name in mega.tables}, mega)
    assert cleaned.set_aside.height == 0
    assert failed(cleaned, "lies after the end") == {"calls": 2961, "internet": 2463, "messages": 1591}
    assert failed(cleaned, "at least one event") == {"customers": 10}
    assert cleaned.tables["customers"]["monthly_fee"].null_count() == 0
    assert cleaned.tables["customers"]["ended_at"].count() == 34
    blocking = readiness(cleaned, mega).acceptance.blocking
    ids = [f"events-before-the-end:{name}.happened_at" for name in ("calls", "internet", "messages")]
    assert [blocker.id for blocker in blocking] == ids
    accepted = mega.model_copy(update={"accept": tuple(ids)})
    assert readiness(cleaned, accepted).grade is Grade.WITH_CARE


def test_ravenstack_uses_its_product_before_it_signs_up(data_folder: Path, project: Build, table: Build) -> None:
    folder, day = data_folder / "ravenstack", "%d-%m-%Y"
    raven = project(
        rule="label",
        tables={
            "accounts": table(
                "customers", f"customer_id<account_id:text signed_up_at<signup_date:time:{day} label<churn_flag:flag"
            ),
            "subscriptions": table("events", f"customer_id<account_id:text happened_at<start_date:time:{day}"),
            "feature_usage": table(
                "usage",
                f"usage_id:text happened_at<usage_date:time:{day} quantity<usage_count:number",
                through={"table": "subscriptions", "on": "subscription_id"},
            ),
            "support_tickets": table("support", f"customer_id<account_id:text happened_at<submitted_at:time:{day}"),
        },
    )
    cleaned = clean({name: records(folder / f"ravenstack_{name}.csv") for name in raven.tables}, raven)
    assert cleaned.set_aside.height == 0
    assert failed(cleaned, "lies before the sign-up") == {"feature_usage": 13_198, "support_tickets": 1_077}
    assert failed(cleaned, "a use before its subscription") == {"feature_usage": 19_142}
    assert failed(cleaned, "names nearly every row once") == {"feature_usage": 21}
    assert cleaned.tables["feature_usage"]["customer_id"].null_count() == 0
    assert cleaned.tables["customers"]["label"].sum() == 110


def test_complete_journey_reads_typed_tables(data_folder: Path, project: Build, table: Build) -> None:
    folder = data_folder / "completejourney"
    journey = project(
        time_zone="America/New_York",
        tables={
            "transactions": table(
                "transactions",
                "customer_id<household_id:text happened_at<transaction_timestamp:time amount<sales_value:money "
                "quantity:number discount<retail_disc:money order_id<basket_id:text product<product_id:text",
            ),
            "campaigns": table("marketing", "customer_id<household_id:text campaign<campaign_id:text"),
            "campaign_descriptions": table(
                "lookup", "campaign<campaign_id:text kind<campaign_type:category happened_at<start_date:time"
            ),
            "products": table("lookup", "product<product_id:text category<department:category"),
            "demographics": table("customers", "customer_id<household_id:text age:category income:category"),
        },
    )
    files = {name: f"{name}_sample" if name == "transactions" else name for name in journey.tables}
    raw = {
        name: pl.read_parquet(folder / f"{file}.parquet").with_row_index("_row", offset=1)
        for name, file in files.items()
    }
    cleaned = clean(raw, journey)
    assert cleaned.set_aside.height == 0
    assert cleaned.tables["transactions"]["amount"].sum() == pytest.approx(233_935.24)
    assert cleaned.tables["campaigns"]["happened_at"].null_count() == 0
    assert cleaned.tables["campaigns"].height == 6_589
    assert failed(cleaned, "Amounts are not zero") == {"transactions": 528}
    assert failed(cleaned, "Everything that is looked up is found")["transactions"] > 0
    assert cleaned.tables["customers"]["income"].count() == 801


def test_the_oldest_customers_of_the_marketing_file_are_found(data_folder: Path, project: Build, table: Build) -> None:
    words = (
        "customer_id<ID:text label<Response:flag birth_year<Year_Birth:number income<Income:number z<Z_Revenue:number"
    )
    shop = project(rule="label", shape="snapshot", tables={"people": table("customers", words)})
    raw = records(data_folder / "marketing_campaign" / "marketing_campaign.csv", separator=";")
    cleaned = clean({"people": raw}, shop)
    assert cleaned.tables["customers"].height == 2_240
    assert failed(cleaned, "is an age of at most") == {"customers": 3}
    assert failed(cleaned, "income is known") == {"customers": 24}
    assert failed(cleaned, "z holds more than one value") == {"customers": 1}


def test_scores_and_reasons_of_the_telco_tables_are_suspected(data_folder: Path, project: Build, table: Build) -> None:
    status = pl.read_excel(data_folder / "telco_tables" / "Telco_customer_churn_status.xlsx")
    words = (
        "customer_id<Customer~ID:text label<Churn~Label:flag churn_score<Churn~Score:number "
        "satisfaction<Satisfaction~Score:number reason<Churn~Reason:category state<Customer~Status:category "
        "value<CLTV:number"
    )
    telco = project(rule="label", shape="snapshot", tables={"status": table("customers", words)})
    cleaned = clean({"status": status.with_row_index("_row", offset=1)}, telco)
    answer = readiness(cleaned, telco)
    sentence = next(item.sentence for item in answer.items if item.name == "leaks")
    assert answer.grade is Grade.WITH_CARE
    assert all(name in sentence for name in ("churn_score", "satisfaction", "reason", "state"))
    assert "value (" not in sentence
