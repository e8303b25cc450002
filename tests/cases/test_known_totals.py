"""A total that the owner knows settles what no file can say, when a project begins."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.cases.test_price_factors import subscriptions

from holdfast.errors import HoldfastError
from holdfast.interfaces.cli.init import with_typed_figure
from holdfast.quality.clean import clean
from holdfast.quality.known_totals.compare import compared_totals
from holdfast.quality.known_totals.figures import Figures
from holdfast.quality.known_totals.readings import as_plain
from holdfast.quality.known_totals.search import readings_that_agree
from holdfast.service.answers import open_questions
from holdfast.service.init import init
from holdfast.service.project import open_project
from holdfast.service.setup.known_totals import LookUp, figure_to_look_up
from holdfast.settings import Settings
from holdfast.settings_file import load_settings
from holdfast.sources.read import read_table

Begin = Callable[..., Any]
SAMPLES = Path(__file__).parents[1] / "inference" / "recipes" / "samples"
NOW = datetime(2026, 2, 1, 12, tzinfo=UTC)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Orders of a German shop: one state waits, by its word, and one has a word that no list holds."""
    first = datetime(2024, 1, 3, tzinfo=UTC)
    rows = []
    for number in range(1500):
        total = 20 + (number * 7919) % 9000 / 100
        state = "Ruhend" if number % 37 == 5 else "Abgeschlossen" if number % 11 else "In Bearbeitung"
        rows.append(
            {
                "Bestellnr": f"B{number:05}",
                "Kundennr": f"K{number * number % 211:03}",
                "Datum": f"{first + timedelta(hours=7 * number):%d.%m.%Y %H:%M}",
                "Zustand": state,
                "Gesamt": f"{total:.2f}".replace(".", ","),
                "Erstattet": f"{total / 2:.2f}".replace(".", ",") if number % 29 == 3 else "0,00",
            }
        )
    file = tmp_path / "shop.csv"
    pl.DataFrame(rows).write_csv(file, separator=";")
    return file


def money_of(file: Path, *states: str, month: str = "2024-05") -> float:
    """The money of some states in a month, less what was given back, by Polars alone."""
    numbers = pl.col("Gesamt", "Erstattet").str.replace(",", ".").cast(pl.Float64)
    rows = pl.read_csv(file, separator=";").with_columns(numbers)
    is_counted = pl.col("Zustand").is_in(states) & pl.col("Datum").str.contains(
        f"{month[5:]}.{month[:4]} ", literal=True
    )
    return round(rows.filter(is_counted).select((pl.col("Gesamt") - pl.col("Erstattet")).sum()).item(), 2)


def test_the_one_reading_that_gives_the_total_is_taken_and_answers_the_question(shop: Path, tmp_path: Path) -> None:
    revenue = money_of(shop, "Abgeschlossen", "Ruhend")
    draft = init(tmp_path / "project", [shop], known_totals=[f"revenue={revenue} in 2024-05"])
    assert draft.questions == ()
    assert open_questions(draft.file, draft.guesses) == ()
    assert "differs by" in draft.compared[0]
    assert 'without the rows of Zustand = "In Bearbeitung"' in draft.compared[1]
    settings = load_settings(draft.file)
    meanings = settings.tables["transactions"].statuses[0].meaning_of()
    assert {text: meaning.value for text, meaning in meanings.items()} == {
        "abgeschlossen": "sale",
        "in bearbeitung": "open",
        "ruhend": "sale",
    }
    # Known was May; all months come out right, and check says that it agrees.
    cleaned = clean(
        {"transactions": read_table("transactions", settings.tables["transactions"], draft.folder).rows}, settings
    )
    july = Figures(cleaned.records, settings).of_period(date(2024, 7, 1), date(2024, 7, 31))
    assert july["revenue"] == money_of(shop, "Abgeschlossen", "Ruhend", month="2024-07")
    readiness = open_project(draft.folder).check(now=NOW)
    assert "Compared with your own totals: 1 of 1 agree." in readiness.notes


def test_a_total_that_agrees_answers_the_questions_that_it_decides(shop: Path, tmp_path: Path) -> None:
    asked = init(tmp_path / "asked", [shop])
    assert len(open_questions(asked.file, asked.guesses)) == 1
    revenue = money_of(shop, "Abgeschlossen", "In Bearbeitung")
    draft = init(tmp_path / "project", [shop], known_totals=[f"revenue={revenue} in 2024-05"])
    assert draft.questions == ()
    assert 'This answers 1 question: transactions.status.status "Ruhend".' in draft.compared
    assert load_settings(draft.file).tables["transactions"].statuses[0].meaning_of()["ruhend"].value == "void"


def test_a_total_of_days_that_a_question_does_not_touch_leaves_it_open(shop: Path, tmp_path: Path) -> None:
    rows = pl.read_csv(shop, separator=";")
    quiet = rows.filter(pl.col("Zustand") == "Ruhend")["Datum"].str.slice(0, 10).to_list()
    first = next(
        each
        for each in (datetime(2024, 5, 2, tzinfo=UTC) + timedelta(days=n) for n in range(20))
        if f"{each:%d.%m.%Y}" not in quiet
    )
    of_day = rows.filter(pl.col("Datum").str.starts_with(f"{first:%d.%m.%Y}")).select("Gesamt", "Erstattet")
    revenue = sum(float(total.replace(",", ".")) - float(back.replace(",", ".")) for total, back in of_day.iter_rows())
    draft = init(tmp_path / "project", [shop], known_totals=[f"revenue={revenue:.2f} in {first:%Y-%m-%d}"])
    assert draft.questions == ("transactions.status.status",)
    assert all("answers" not in each for each in draft.compared)


def test_a_total_that_nothing_gives_changes_nothing_but_is_written_down(shop: Path, tmp_path: Path) -> None:
    plain = init(tmp_path / "plain", [shop])
    draft = init(tmp_path / "project", [shop], known_totals=["revenue=4321.09 in 2024-05", "orders=104 in 2024-06"])
    assert "None of the" in draft.compared[-1]
    assert draft.questions == plain.questions
    written = draft.file.read_text(encoding="utf-8")
    assert "  - {in: 2024-05, revenue: 4321.09}\n  - {in: 2024-06, orders: 104}\n" in written
    begin = written.index("# What your own system shows")
    assert written[:begin] + written[written.index("churn:", begin) :] == plain.file.read_text(
        encoding="utf-8"
    ).replace('"plain"', '"project"')


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("revenue 45783 in May", "is not understood"),
        ("revenue=45783 in May", "is no period"),
        ("revenue=lots in 2024-05", "valid number"),
        ("turnover=45783 in 2024-05", "turnover"),
        ("running=12 in 2024-05", "goes with `on"),
    ],
)
def test_a_total_that_is_none_is_refused_before_anything_is_written(
    typed: str, says: str, shop: Path, tmp_path: Path
) -> None:
    with pytest.raises(HoldfastError, match=says):
        init(tmp_path / "project", [shop], known_totals=[typed])
    assert not (tmp_path / "project" / "holdfast.yaml").exists()


@pytest.mark.parametrize("typed", ["6366.16", "6,366.16", "6.366,16", "€6 366.16", "6'366.16"])
def test_the_terminal_asks_once_and_reads_amounts_as_people_write_them(typed: str, shop: Path, tmp_path: Path) -> None:
    assert money_of(shop, "Abgeschlossen", "Ruhend") == 6366.16
    draft = init(tmp_path / "project", [shop])
    figure = figure_to_look_up(draft)
    assert figure is not None
    assert figure.when == "in 2025-01"  # February is the last whole month: what is given back of it may still come
    assert figure.words.startswith("the revenue of January 2025 is ")
    lines = iter([typed])
    draft = with_typed_figure(draft, LookUp("revenue", "in 2024-05", ""), lambda _: next(lines))
    assert draft.questions == ()
    assert "known_totals:\n  - {in: 2024-05, revenue: 6366.16}" in draft.file.read_text(encoding="utf-8")


def test_a_total_outside_of_the_records_is_an_error_and_stays_in_no_file(shop: Path, tmp_path: Path) -> None:
    with pytest.raises(HoldfastError, match="May 2019 lies outside of the records"):
        init(tmp_path / "project", [shop], known_totals=["revenue=4321.09 in 2019-05"])
    assert "known_totals" not in (tmp_path / "project" / "holdfast.yaml").read_text(encoding="utf-8")


def test_a_total_of_what_is_not_read_leaves_the_draft_as_it_is_and_says_so(shop: Path, tmp_path: Path) -> None:
    typed = ["running=12 on 2025-01-31"]
    draft = init(tmp_path / "project", [shop], known_totals=typed)
    (line,) = draft.compared
    assert line.startswith("Not compared, and not written:")
    assert "do not tell running: no table holds subscriptions" in line
    assert draft.guesses == init(tmp_path / "other", [shop]).guesses
    assert "known_totals" not in draft.file.read_text(encoding="utf-8")


def test_enter_skips_the_question(shop: Path, tmp_path: Path) -> None:
    draft = init(tmp_path / "project", [shop])
    assert with_typed_figure(draft, LookUp("revenue", "in 2024-05", ""), lambda _: "") == draft


def test_of_subscriptions_the_revenue_a_month_is_looked_up_and_another_reading_of_the_price_taken(
    begin: Begin,
) -> None:
    table, revenue = subscriptions("Start date", "End date", "Price", "Vehicles", customer="Customer", plan="Plan")
    draft = begin(subscriptions=table.with_columns(pl.lit("month").alias("Interval"))).draft
    figure = figure_to_look_up(draft)
    assert figure is not None
    assert (figure.figure, figure.when) == ("mrr", "on 2024-11-30")
    assert figure.words.startswith("the monthly recurring revenue on 30 November 2024 is ")
    prices = table.filter(pl.col("End date").is_null() | (pl.col("End date") > date(2024, 11, 30)))
    known = prices.filter(pl.col("Start date") <= date(2024, 11, 30))["Price"].cast(pl.Float64).sum()
    draft = with_typed_figure(draft, figure, lambda _: f"{known:.2f}")
    assert any("with Price of all of them" in line for line in draft.compared)
    assert revenue > known


def test_two_months_are_named_to_compare_as_the_report_shows_them(begin: Begin) -> None:
    file = SAMPLES / "shopify" / "orders"
    begun = begin(*sorted(each for each in file.iterdir() if each.suffix == ".csv"))
    cleaned = begun.cleaned()
    months = Figures(cleaned.records, begun.settings).typical_months()
    assert len(months) == 2
    for each in months:
        assert f"{each.month:%b %Y} ${each.revenue:,.2f}" in begun.draft.compared[0]
        last = (each.month + timedelta(days=32)).replace(day=1) - timedelta(days=1)
        assert Figures(cleaned.records, begun.settings).of_period(each.month, last)["revenue"] == each.revenue


def wrong_settings(plain: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Each state under another meaning, each part of the money left out: settings with one thing wrong."""
    for name, table in plain["tables"].items():
        for index, status in enumerate(table.get("statuses", [])):
            for old in ("sale", "pending", "void", "failed", "refund", "reversed", "open"):
                new = "open" if old in {"sale", "pending"} else "sale"
                for text in status.get(old, []):
                    moved = {**status, old: [each for each in status[old] if each != text]}
                    moved[new] = [*moved.get(new, []), text]
                    statuses = [*table["statuses"][:index], moved, *table["statuses"][index + 1 :]]
                    yield {**plain, "tables": {**plain["tables"], name: {**table, "statuses": statuses}}}
        for part in table.get("money", {}):
            money = {key: value for key, value in table["money"].items() if key != part}
            yield {**plain, "tables": {**plain["tables"], name: {**table, "money": money}}}


@pytest.mark.parametrize(
    "name",
    [
        *("magento/grid", "paypal/english", "square/transactions", "wix/orders"),
        *(pytest.param(name, marks=pytest.mark.slow) for name in ("gumroad/sales", "shopify/orders")),
    ],
)
def test_one_wrong_setting_of_a_known_export_is_set_right_by_a_total_of_a_part_of_its_days(
    name: str, begin: Begin
) -> None:
    begun = begin(*sorted(each for each in (SAMPLES / name).iterdir() if each.suffix != ".json"))
    if '"?"' in begun.file.read_text(encoding="utf-8"):
        begun.with_first_answers()
    settings, folder = begun.settings, begun.file.parent
    raw = {table: read_table(table, each, folder).rows for table, each in settings.tables.items()}
    right = Figures(clean(raw, settings, rules=()).records, settings)
    assert right.days is not None
    first, last = right.days
    known = {"in": f"{first} to {first + (last - first) * 0.6}"}
    known["revenue"] = right.of_period(first, first + (last - first) * 0.6)["revenue"]
    tried, without = 0, 0
    for wrong in wrong_settings(as_plain(settings)):
        changed = Settings.model_validate({**wrong, "known_totals": [known]})
        compared = compared_totals(clean(raw, changed, rules=()).records, changed)
        if compared.comparisons[0].agrees:
            continue  # it moves nothing in these days
        tried += 1
        readings = readings_that_agree(raw, changed, compared).readings
        without += not readings
        if len(readings) == 1:
            figures = Figures(clean(raw, readings[0].settings, rules=()).records, readings[0].settings)
            assert figures.of_period(first, last)["revenue"] == right.of_period(first, last)["revenue"]
    assert tried >= 2
    assert without <= tried // 4


def test_customers_whose_id_was_replaced_are_compared_as_the_report_counts_them(tmp_path: Path) -> None:
    """Each of 30 customers buys in May under an old and under a new id, and 30 under one id: 60 customers, not 90."""
    rows = [
        (date(2024, month, 1 + number % 28), f"K{number:03}" if number % 2 or month < 5 else f"usr_{number}")
        for month in range(1, 9)
        for number in range(60)
    ]
    rows += [(date(2024, 5, 29), f"K{number:03}") for number in range(0, 60, 2)]
    orders = pl.DataFrame(rows, schema=["order_date", "customer_id"], orient="row").with_row_index("n")
    orders = orders.select(
        pl.format("A{}", "n").alias("order_no"), "order_date", "customer_id", total=20.0 + pl.col("n") % 31
    )
    orders.write_csv(tmp_path / "orders.csv")
    moved = [(f"K{number:03}", f"usr_{number}") for number in range(0, 60, 2)]
    pl.DataFrame(moved, schema=["old_id", "new_id"], orient="row").write_csv(tmp_path / "ids.csv")
    files = [tmp_path / "orders.csv", tmp_path / "ids.csv"]
    draft = init(tmp_path / "project", files, known_totals=["customers=60 in 2024-05"])
    assert draft.compared[0] == "Customers who bought of May 2024: 60 by your books, 60 here."
