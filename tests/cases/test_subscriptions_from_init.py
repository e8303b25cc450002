"""Cases of subscriptions from `holdfast init` on: what is guessed or asked, and the numbers after the obvious answer.

The right numbers stand in each case's expected.md; they were computed apart from the files.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from holdfast.cutoffs.money import revenue_rows
from holdfast.cutoffs.outcomes import outcomes
from holdfast.cutoffs.schedule import as_day, schedule_for
from holdfast.cutoffs.standings import standings_today
from holdfast.quality.clean import clean
from holdfast.quality.readiness.grade import readiness
from holdfast.quality.readiness.items import Mark
from holdfast.service.init import ProjectDraft, init
from holdfast.service.project import RunOptions, open_project
from holdfast.settings import Settings
from holdfast.settings_file import load_settings
from holdfast.sources.read import read_batches, read_table

Folder = Callable[[str], Path]


def project(files: list[Path], home: Path) -> tuple[ProjectDraft, Settings]:
    """A project as `init` writes it: no question may be open."""
    draft = init(home, files)
    assert not draft.open_questions, draft.open_questions
    return draft, load_settings(draft.file)


def cleaned(settings: Settings, home: Path) -> dict[str, pl.DataFrame]:
    raw = {name: read_table(name, table, home).rows for name, table in settings.tables.items()}
    return clean(raw, settings).tables


def leavers(settings: Settings, home: Path, cutoff: str, horizon_days: int) -> tuple[int, float]:
    """How many customers are asked about at a cutoff, and what per cent of them left within the horizon."""
    churn = settings.churn.model_copy(update={"horizon_days": horizon_days})
    settings = settings.model_copy(update={"churn": churn})
    moment = pl.datetime(*as_day(cutoff).timetuple()[:3], time_zone="UTC")
    rows = outcomes(cleaned(settings, home), settings, pl.select(moment).item())
    known = rows["left"].drop_nulls()
    return rows.height, round(100 * int(known.sum()) / len(known), 2)


def today(settings: Settings, home: Path) -> pl.DataFrame:
    tables = cleaned(settings, home)
    schedule = schedule_for(tables, settings)
    assert schedule is not None
    stood = standings_today(tables, settings, schedule.scoring)
    assert stood is not None
    return stood


def counts(stood: pl.DataFrame) -> dict[str, Any]:
    return dict(stood["standing"].value_counts().iter_rows())


def written_without_recipe(file: Path, target: Path, names: dict[str, str]) -> Path:
    """The file with other names of columns, so that no recipe knows it."""
    rows = pl.read_csv(file, infer_schema=False).rename(names)
    rows.select(sorted(rows.columns)).write_csv(target)
    return target


def test_periods(case_folder: Folder, tmp_path: Path) -> None:
    file = case_folder("03") / "subscriptions.csv"
    _, settings = project([file], tmp_path)
    assert leavers(settings, tmp_path, "2023-07-02", 90) == (573, 35.95)
    assert today(settings, tmp_path).filter(standing="running")["mrr"].sum() == 22_581.0


def test_periods_under_german_names(case_folder: Folder, tmp_path: Path) -> None:
    names = {
        "customer_id": "Kundennummer", "created_date": "Vertragsbeginn", "canceled_date": "Kündigung",
        "subscription_cost": "Beitrag", "subscription_interval": "Zahlweise", "was_subscription_paid": "bezahlt",
    }  # fmt: skip
    file = written_without_recipe(case_folder("03") / "subscriptions.csv", tmp_path / "vertraege.csv", names)
    _, settings = project([file], tmp_path)
    assert leavers(settings, tmp_path, "2023-07-02", 90) == (573, 35.95)
    assert today(settings, tmp_path).filter(standing="running")["mrr"].sum() == 22_581.0


@pytest.mark.parametrize(
    "names",
    [
        {},
        {
            "id": "subscription_ref", "Customer ID": "account_id", "Customer Email": "email", "Quantity": "seats",
            "Interval": "billing_period", "Amount": "price", "Status": "state", "Created (UTC)": "created",
            "Start (UTC)": "started_on", "Current Period Start (UTC)": "term_from", "Ended At (UTC)": "ended_on",
            "Current Period End (UTC)": "paid_through", "Trial Start (UTC)": "trial_from",
            "Trial End (UTC)": "trial_until", "Canceled At (UTC)": "cancelled_on",
        },
    ],
    ids=["Stripe's names", "other names"],
)  # fmt: skip
def test_stripe(case_folder: Folder, tmp_path: Path, names: dict[str, str]) -> None:
    file = case_folder("04") / "subscriptions.csv"
    if names:
        file = written_without_recipe(file, tmp_path / "plans.csv", names)
    _, settings = project([file], tmp_path)
    assert leavers(settings, tmp_path, "2024-06-30", 365) == (335, 53.13)
    stood = today(settings, tmp_path)
    assert counts(stood) == {"running": 271, "notice given": 58, "ended": 571}
    assert stood["mrr"].sum() == pytest.approx(8_695.17, abs=0.005)


def test_events_with_cancellations(case_folder: Folder, tmp_path: Path) -> None:
    _, settings = project([case_folder("06") / "events.csv"], tmp_path)
    assert leavers(settings, tmp_path, "2025-05-01", 60) == (380, 6.05)
    stood = today(settings, tmp_path)
    assert counts(stood) == {"running": 355, "paused": 77, "ended": 268}
    assert stood["mrr"].sum() == 355 * 30


def test_an_end_booked_ahead(case_folder: Folder, tmp_path: Path) -> None:
    folder = case_folder("16")
    _, settings = project([folder / "logins.csv", folder / "members.csv"], tmp_path)
    stood = today(settings, tmp_path)
    assert counts(stood) == {"notice given": 19}


def test_revenue_by_month(case_folder: Folder, tmp_path: Path) -> None:
    file = case_folder("23") / "mrr.csv"
    _, settings = project([file], tmp_path)
    rows = pl.read_csv(file, try_parse_dates=True)
    last = rows.filter(pl.col("month") == rows["month"].max(), pl.col("mrr") > 0)
    stood = today(settings, tmp_path)
    assert counts(stood)["running"] == last.height
    assert stood["mrr"].sum() == last["mrr"].sum()
    ran = rows.filter(pl.col("month") == pl.date(2025, 3, 1), pl.col("mrr") > 0)
    then = rows.filter(pl.col("month") == pl.date(2025, 5, 1), pl.col("mrr") > 0)["account_id"]
    left = ran.filter(~pl.col("account_id").is_in(then.implode())).height
    asked, share = leavers(settings, tmp_path, "2025-03-15", 60)
    assert (asked, share) == (ran.height, round(100 * left / ran.height, 2))


def test_money_received_by_charges(case_folder: Folder, tmp_path: Path) -> None:
    _, settings = project([case_folder("06") / "events.csv"], tmp_path)
    paid = revenue_rows(cleaned(settings, tmp_path), settings)
    assert paid is not None
    recent = paid.filter(pl.col("happened_at") >= pl.datetime(2025, 4, 1, time_zone="UTC"))
    assert recent["amount"].sum() == 32_700.0  # 1,090 charges of 30, counted in the file


def test_readiness_says_who_subscribes(case_folder: Folder, tmp_path: Path) -> None:
    _, settings = project([case_folder("06") / "events.csv"], tmp_path)
    raw = {name: read_table(name, table, tmp_path).rows for name, table in settings.tables.items()}
    item = next(item for item in readiness(clean(raw, settings), settings).items if item.name == "subscriptions")
    assert (item.mark, item.result) == (Mark.GOOD, "355 running, 77 paused, 268 ended")
    assert "10,650.00 units a month" in item.sentence


@pytest.mark.parametrize("number", ["06", "16"])
def test_a_run_from_init(case_folder: Folder, tmp_path: Path, number: str) -> None:
    folder = case_folder(number)
    draft, _ = project(sorted(folder.glob("*.csv")), tmp_path)
    draft.file.write_text(f"{draft.file.read_text()}training: {{models: [logistic], at_most_cutoffs: 2}}\n")
    opened = open_project(tmp_path)
    result = opened.run(options=RunOptions(plots=False), now=datetime(2025, 7, 1, tzinfo=UTC))
    kpis = dict(pl.read_csv(result.folder / "bi" / "kpis.csv").select("name", "value").iter_rows())
    list_ = opened.predictions().table
    if number == "06":
        assert (kpis["mrr"], kpis["arr"], kpis["recent_revenue"]) == (10_650.0, 127_800.0, 32_700.0)
        assert list_.height == 355
        assert list_["churn_probability"].mean() == pytest.approx(0.06, abs=0.02)
        assert any("10,650.00 units a month (MRR)" in line for line in opened.summary().lines)
    else:
        certain = list_.filter(pl.col("churn_probability") == 1)
        assert certain.height == 19
        assert not opened.plan().table["customer_id"].is_in(certain["customer_id"].implode()).any()
        assert opened.summary().signal or "do not show who will leave" in opened.plan().sentence


@pytest.mark.parametrize("written", ["%Y-%m", "%b %Y", "%Y%m"])
def test_revenue_with_one_column_a_month(case_folder: Folder, tmp_path: Path, written: str) -> None:
    """The case of revenue by month turned on its side: the numbers are the same."""
    rows = pl.read_csv(case_folder("23") / "mrr.csv", try_parse_dates=True).sort("month")
    long = rows.with_columns(pl.col("month").dt.to_string(written))
    wide = long.pivot("month", index="account_id", values="mrr")
    file = tmp_path / "mrr.csv"
    wide.write_csv(file)
    _, settings = project([file], tmp_path)
    last = rows.filter(pl.col("month") == rows["month"].max(), pl.col("mrr") > 0)
    stood = today(settings, tmp_path).filter(pl.col("mrr") > 0)
    assert (stood.height, stood["mrr"].sum()) == (last.height, last["mrr"].sum())
    read = read_table("subscriptions", settings.tables["subscriptions"], tmp_path)
    assert read.rows_read == wide.height * (wide.width - 1)
    assert "one column a month" in read.files[0].notes[0]
    batches = list(read_batches("subscriptions", settings.tables["subscriptions"], file, 100))
    assert pl.concat([batch.rows.drop("_row") for batch in batches]).equals(read.rows.drop("_row"))
