"""The public data sets are read to the row."""

import time
from pathlib import Path

import pytest

from holdfast.sources.read import read_table
from holdfast.sources.results import ReadTable
from holdfast.sources.sniff import profile_file
from holdfast.table_settings import ReadSettings, TableSettings

pytestmark = pytest.mark.data

ROWS = {
    "cdnow/CDNOW_master.txt": (69_659, 4),
    "cdnow/CDNOW_sample.txt": (6_919, 5),
    "completejourney/transactions_sample.parquet": (75_000, 11),
    "completejourney/campaigns.parquet": (6_589, 2),
    "cookie_cats/cookie_cats.csv": (90_189, 5),
    "hillstrom/hillstrom.csv": (64_000, 12),
    "marketing_campaign/marketing_campaign.csv": (2_240, 29),
    "megaline/megaline_calls.csv": (137_735, 4),
    "megaline/megaline_plans.csv": (2, 8),
    "megaline/megaline_users.csv": (500, 8),
    "ravenstack/ravenstack_churn_events.csv": (600, 9),
    "ravenstack/ravenstack_support_tickets.csv": (2_000, 9),
    "telco_churn/Telco-Customer-Churn.csv": (7_043, 21),
    "telco_tables/Telco_customer_churn_demographics.xlsx": (7_043, 9),
    "telco_tables/Telco_customer_churn_location.xlsx": (7_043, 10),
    "telco_tables/Telco_customer_churn_population.xlsx": (1_671, 3),
    "telco_tables/Telco_customer_churn_services.xlsx": (7_043, 31),
    "telco_tables/Telco_customer_churn_status.xlsx": (7_043, 12),
}


def read(data_folder: Path, file: str, settings: ReadSettings | None = None) -> ReadTable:
    table = TableSettings(files=(file,), holds="events", columns={}, read=settings or ReadSettings())
    return read_table("table", table, data_folder)


@pytest.mark.parametrize("file", ROWS)
def test_every_row_of_a_real_file_is_read(data_folder: Path, file: str) -> None:
    table = read(data_folder, file)
    assert (table.rows.height, table.rows.width - 1) == ROWS[file]
    assert table.set_aside.is_empty()


def test_online_retail_is_read_whole_and_fast(data_folder: Path) -> None:
    began = time.perf_counter()
    table = read(data_folder, "online_retail/online_retail.csv")
    seconds = time.perf_counter() - began
    assert (table.rows_read, table.set_aside.height) == (541_909, 0)
    assert table.rows["InvoiceNo"].n_unique() == 25_900
    assert (table.rows["CustomerID"] == "").sum() == 135_080
    assert seconds < 8, f"{seconds:.1f} s; 0.5 s on an idle machine"


def test_cdnow_keeps_its_leading_zeros(data_folder: Path) -> None:
    master = read(data_folder, "cdnow/CDNOW_master.txt").rows
    assert master.row(0) == (1, "00001", "19970101", "1", "11.77")
    assert master["customer_id"].n_unique() == 23_570
    assert read(data_folder, "cdnow/CDNOW_sample.txt").rows.row(0) == (1, "00004", "0001", "19970101", "2", "29.33")


def test_both_sheets_of_online_retail_two(data_folder: Path) -> None:
    file = "online_retail/online_retail_II_first_rows.xlsx"
    looks = profile_file(data_folder / file)
    assert [(found.settings.sheet, found.records) for found in looks] == [
        ("Year 2009-2010", 499),
        ("Year 2010-2011", 499),
    ]
    both = read(data_folder, file, ReadSettings(sheet="*")).rows
    assert both.height == 998
    assert both["InvoiceDate"][0] == "2009-12-01 07:45:00"
    assert both["Invoice"][0] == "489434"


@pytest.mark.parametrize("file", ["cdnow/CDNOW_sample.txt", "marketing_campaign/marketing_campaign.csv"])
def test_a_look_gives_settings_that_read_the_same(data_folder: Path, file: str) -> None:
    (found,) = profile_file(data_folder / file)
    assert read(data_folder, file, found.settings).rows.drop("_row").equals(found.sample)
