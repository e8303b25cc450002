"""The report: self-contained, escaped, and saying the numbers of the frames."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from html.parser import HTMLParser

import polars as pl
import pytest
from tests.reports.conftest import probabilities_only

from holdfast.column_types import TIME
from holdfast.formatting import OWN_UNITS, count, exact_money, percent, plural, short_money
from holdfast.models.backtest_table import HOW_TO
from holdfast.quality.records import WholeTables
from holdfast.reports.contacts import SHOWN, contact_list, notice_list, today
from holdfast.reports.headline import NO_SIGNAL, SIMULATED, story, summary
from holdfast.reports.html import report_html, report_md
from holdfast.reports.inputs import ReportInputs
from holdfast.reports.key_figures.kpis import Kpi, kpis
from holdfast.reports.key_figures.money import money_account
from holdfast.reports.page import kpi_in_words, tiles
from holdfast.reports.page import page as page_content
from holdfast.settings import Settings

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'`{{7*7}}"
SECTIONS = ("today", "numbers", "why", "segments", "trust", "appendix", "plan", "method", "data", "words", "run")


class Tags(HTMLParser):
    """Collects tags, attributes and the ids that links may point to; complains of unclosed elements."""

    VOID = frozenset({"meta", "br", "img", "link", "input", "hr"})

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def read(page: str) -> Tags:
    tags = Tags()
    tags.feed(page)
    assert tags.open == []
    return tags


@pytest.fixture(scope="module")
def page(inputs: ReportInputs) -> str:
    return report_html(inputs)


def test_it_is_one_small_file_that_asks_nobody_anything(page: str) -> None:
    tags = read(page)
    assert len(page.encode()) < 1_500_000
    assert "script" not in tags.tags
    assert not [name for name, value in tags.attributes if name == "src"]
    links = {value for name, value in tags.attributes if name == "href" and not (value or "").startswith("#")}
    assert links == {"../bi/contacts.csv", "dashboard.html"}
    assert "http://" not in page
    assert "https://" not in page
    assert "@import" not in page
    assert not re.search(r"url\((?!#)", page)
    assert "default-src 'none'" in page


def test_it_has_every_section_with_a_heading(page: str) -> None:
    tags = read(page)
    ids = [value for name, value in tags.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    assert set(SECTIONS) <= set(ids)
    assert {(value or "#")[1:] for name, value in tags.attributes if name == "href" and value[0] == "#"} <= set(ids)
    assert tags.tags.count("h1") == 1
    # In the order in which it is read: what to do, the numbers, why, who, how sure; methods after that.
    positions = [page.index(f'id="{section}"') for section in SECTIONS]
    assert positions == sorted(positions)
    pictures = page.count('role="img"')
    assert pictures >= 5
    assert page.count("<title id=") == page.count("<desc id=") == pictures


def test_method_figures_stand_in_the_appendix_only(page: str) -> None:
    main = page[page.index("<body>") : page.index('id="appendix"')]
    for word in ("AUC", "log loss", "Log loss", "Brier", "importance", "calibrat"):
        assert word not in main, word
    assert "Ranking (ROC-AUC)" in page


def test_ids_in_the_pictures_are_unique_and_lead_somewhere(page: str) -> None:
    tags = read(page)
    ids = {value for name, value in tags.attributes if name == "id"}
    used = set(re.findall(r"url\(#([^)]+)\)", page)) | {
        (value or "")[1:] for name, value in tags.attributes if name == "href" and (value or "").startswith("#")
    }
    assert used <= ids
    for name in ("low", "medium", "high", "ink"):
        assert f"var(--{name},#" in page, name


def test_the_numbers_are_those_of_the_frames(inputs: ReportInputs, page: str) -> None:
    known = inputs.predictions
    assert f">{count(known['churn_probability'].sum())}<" in page
    assert short_money(known["revenue_at_risk"].sum(), "EUR") in page
    assert inputs.plan is not None
    assert count(inputs.plan.height) in page
    assert exact_money(inputs.plan["cost"].sum(), "EUR") in page
    first = known.sort("priority").row(0, named=True)
    assert first["customer_id"] in page
    assert percent(first["churn_probability"]) in page
    for table in inputs.cleaning["tables"].values():
        assert count(table["rows_in"]) in page
        assert table["rows_in"] == table["rows_kept"] + table["rows_set_aside"]
    assert inputs.segments is not None
    assert all(name in page for name in inputs.segments["segment"])


def test_the_list_begins_with_what_takes_peoples_time(inputs: ReportInputs, page: str) -> None:
    listed = re.findall(r'<th scope="row" class="id">([^<]+)<', page)
    calls = inputs.predictions.filter(pl.col("offer") == "personal call").sort("priority")
    assert listed == calls["customer_id"].head(SHOWN).to_list()
    assert f"Personal call to {calls.height} customers by 4 July 2025, for" in page


def test_a_segment_says_what_the_plan_has_for_it(inputs: ReportInputs) -> None:
    for segment in page_content(inputs)["segments"]:
        customers = [int(number.replace(",", "")) for number in re.findall(r" ([\d,]+)(?:, |$)", segment["offers"])]
        assert sum(customers) == int(segment["in_plan"].replace(",", "") or 0)


def test_key_figures_have_three_significant_digits(inputs: ReportInputs) -> None:
    for tile in tiles(inputs):
        if tile["value"].startswith("€"):
            assert len(tile["value"].strip("€").split(" ")[0].replace(",", "").replace(".", "").strip("0")) <= 3, tile


def test_what_is_expected_is_said_in_three_digits_and_what_is_counted_exactly() -> None:
    def shown(name: str, unit: str) -> str:
        return kpi_in_words(Kpi(name, "", 3_763.4, unit, "", "", ""), "EUR")

    assert shown("expected_leavers", "customers") == "3,760"
    assert shown("high_risk_customers", "customers") == "3,763"
    assert shown("revenue_at_risk", "EUR") == "€3,760"


def test_without_a_currency_it_is_said_once_whose_units_amounts_are_in(
    world: Callable[..., ReportInputs], settings: Callable[..., Settings]
) -> None:
    inputs = world(60, settings=settings(currency="units"))
    assert unescape(report_html(inputs)).count(OWN_UNITS) == 1
    assert report_md(inputs).count(OWN_UNITS) == 1
    assert sum(line.count(OWN_UNITS) for line in summary(inputs)["lines"]) == 1
    assert OWN_UNITS not in unescape(report_html(world(60)))


BACKTEST = {
    "horizon_days": 90,
    "currency": "EUR",
    "words": ["2 past cutoffs evaluated."],
    "not_evaluated": [],
    "origins": [
        {
            "cutoff": f"2025-0{month}-01",
            "customers": 600,
            "roc_auc": 0.74,
            "leavers": {"expected": 150.4, "observed": left, "low": 131.2, "high": 169.9},
            "money": {"predicted": 41_234.5, "observed": 39_876.5, "low": 39_000.0, "high": 44_000.0},
        }
        for month, left in ((1, 149), (4, 180))
    ],
}


def test_the_backtest_is_a_table_of_what_was_said_and_what_happened(inputs: ReportInputs, page: str) -> None:
    assert unescape(page).count(HOW_TO.replace("`holdfast backtest`", "<code>holdfast backtest</code>")) == 1
    assert "`holdfast backtest`" in report_md(inputs)
    for text in (report_html(replace(inputs, backtest=BACKTEST)), report_md(replace(inputs, backtest=BACKTEST))):
        for cell in ("2 past cutoffs evaluated.", "1 April 2025", "131 to 170", "180 (outside)", "€41,200", "€39,900"):
            assert cell in text, cell
        assert "holdfast backtest" not in text


def test_hostile_words_never_become_markup(
    world: Callable[..., ReportInputs], settings: Callable[..., Settings]
) -> None:
    base = world(30)
    assert base.segments is not None
    assert base.plan is not None
    inputs = world(
        30,
        settings=settings(name=HOSTILE),
        predictions=base.predictions.with_columns(
            pl.lit(HOSTILE).alias(name) for name in ("segment", "next_best_action", "reason_1", "risk_band")
        ).with_columns(pl.format("{}{}", pl.lit(HOSTILE), "customer_id").alias("customer_id")),
        segments=base.segments.with_columns(segment=pl.lit(HOSTILE), strategy=pl.lit(HOSTILE)),
        plan=base.plan.with_columns(offer=pl.lit(HOSTILE)),
        importance=pl.DataFrame({"feature": [HOSTILE], "importance": [1.0], "meaning": [HOSTILE]}),
        metrics={"warnings": [HOSTILE], "grade": {"word": HOSTILE, "sentence": HOSTILE, "next_step": HOSTILE}},
        manifest={"stages": [{"name": HOSTILE, "words": HOSTILE}], "started_at": HOSTILE},
    )
    tags = read(report_html(inputs))
    assert "script" not in tags.tags
    assert "img" not in tags.tags
    assert not [name for name, _ in tags.attributes if name.startswith("on")]
    assert "49" not in re.findall(r"'`([^<]{0,6})", report_html(inputs))
    assert "<script" not in report_md(inputs)
    assert "<img" not in report_md(inputs)


def test_what_is_missing_is_said_in_a_sentence(inputs: ReportInputs, settings: Callable[..., Settings]) -> None:
    bare = ReportInputs(settings=settings(), predictions=probabilities_only(inputs.predictions))
    page = report_html(bare)
    read(page)
    for sentence in (
        "Their value is not known",
        "This run has no segments",
        "There is no plan",
        "No drivers are known",
        "No model was evaluated",
        "no record of cleaning",
    ):
        assert sentence in page, sentence
    assert "None" not in re.sub(r"<style>.*?</style>", "", page, flags=re.S)
    assert "nan" not in page.lower().replace("finance", "")


def test_nobody_scored_is_said(inputs: ReportInputs) -> None:
    page = report_html(replace(inputs, predictions=inputs.predictions.clear()))
    assert "No customer was scored." in page


def test_no_signal_stands_at_the_top(inputs: ReportInputs) -> None:
    page = report_html(replace(inputs, metrics={**inputs.metrics, "signal": False}))
    assert page.index(NO_SIGNAL[:40]) < page.index("<h1>")
    assert "which of them cannot be predicted" in page
    assert "Do not act on the order of this list" in page
    assert "no signal" in page[page.index('id="today"') : page.index('id="numbers"')]


def test_simulated_records_are_called_so(world: Callable[..., ReportInputs], settings: Callable[..., Settings]) -> None:
    inputs = world(30, settings=settings(simulated=True))
    assert report_html(inputs).index(SIMULATED) < report_html(inputs).index("<h1>")
    assert report_md(inputs).index("Simulated") < report_md(inputs).index("# ")
    assert summary(inputs)["simulated"] is True
    assert summary(inputs)["lines"][0] == SIMULATED


def test_what_leaving_stands_for_is_said_before_any_number(
    world: Callable[..., ReportInputs], settings: Callable[..., Settings]
) -> None:
    inputs = world(30, settings=settings(leaving_means="they answer the campaign."))
    said = "Here, leaving means: they answer the campaign."
    assert report_html(inputs).index(said) < report_html(inputs).index("<h1>")
    assert summary(inputs)["lines"][0] == said


def test_a_label_knows_no_number_of_days(world: Callable[..., ReportInputs], settings: Callable[..., Settings]) -> None:
    text = story(world(40, settings=settings(churn={"rule": "label"}), cleaned_tables=WholeTables({}), cutoff=None))
    assert "days" not in text.headline
    assert "still with you" in text.headline


def test_one_customer_makes_a_report(world: Callable[..., ReportInputs]) -> None:
    read(report_html(world(1)))


def test_the_same_facts_make_the_same_page(inputs: ReportInputs, page: str) -> None:
    assert report_html(inputs) == page


def test_the_twin_in_markdown_says_the_same(inputs: ReportInputs) -> None:
    text = report_md(inputs)
    assert story(inputs).headline in text
    assert text.count("\n## ") >= 7
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert all(line.endswith("|") for line in rows)


def test_trust_is_put_in_words_with_its_comparison(page: str) -> None:
    for words in (
        "it ranked the leaver first in 81 (95 % interval 80 to 82); guessing gets 50.",
        "The simple rule “recency days alone” gets 69.",
        "tested on 640 customers as of 2 April 2025, of whom 176 left. The test is later",
        "In the test it expected 171 leavers in all (150 to 192); 176 left.",
        "no more than chance alone would show",
        "Only 2 training cutoffs",
    ):
        assert words in page[page.index('id="appendix"') :], words
    assert "for everyone” gets" not in page


def test_the_list_is_the_plan_and_whoever_is_not_on_it_is_counted_with_the_reason(inputs: ReportInputs) -> None:
    text = report_md(inputs)
    assert inputs.plan is not None
    listed, everyone = inputs.plan.height, inputs.standing.height
    assert f"The whole list: {count(listed)} customers" in text
    assert f"{plural(everyone - listed, 'customer')} of {count(everyone)} get nothing" in text
    for rule in inputs.plan_totals["outside"]:
        assert f"{count(rule['customers'])} customer" in text
        assert rule["sentence"].split(":")[0] in text
    assert listed + sum(rule["customers"] for rule in inputs.plan_totals["outside"]) == everyone


def test_the_csv_of_the_list_is_the_plan_row_by_row(inputs: ReportInputs) -> None:
    listed, plan = contact_list(inputs), inputs.plan
    assert plan is not None
    assert listed["customer_id"].to_list() == plan["customer_id"].to_list()
    for name in ("cost", "saves_needed"):
        assert listed[name].to_list() == pytest.approx(plan[name].to_list())
    assert listed["by"].to_list() == plan["due_on"].to_list()
    assert listed["do"].to_list() == plan["offer"].to_list()


def test_placeholder_offers_promise_no_money_anywhere(inputs: ReportInputs) -> None:
    html, text = report_html(inputs), report_md(inputs)
    assert inputs.has_placeholder_offers
    assert contact_list(inputs)["expected_gain"].null_count() == contact_list(inputs).height
    assert "The offers are placeholders" in html
    assert "Expected gain" not in html[: html.index('id="appendix"')]
    assert (
        "| If the offers keep | Customers for whom one pays | Cost |\n|---|---|---|\n| half of the assumption |" in text
    )
    assert "Gain after cost" not in text + html
    assert "Pays if it keeps" in html[: html.index('id="numbers"')]


def test_offers_of_the_user_are_shown_with_their_gain(
    world: Callable[..., ReportInputs], settings: Callable[..., Settings]
) -> None:
    mine = world(200, settings=settings(decisions={"offers": [{"name": "call", "cost": 9, "saves": 0.2}]}))
    assert mine.plan is not None
    assert short_money(mine.plan["expected_gain"].sum(), "EUR") in report_html(mine)
    assert contact_list(mine)["expected_gain"].to_list() == pytest.approx(mine.plan["expected_gain"].to_list())
    assert "If the offers keep what is assumed" in story(mine).lines[0]
    first = report_html(mine)
    assert "Expected gain</th>" in first[: first.index('id="numbers"')]


def test_what_is_said_of_a_segment_stands_beside_how_many_of_it_are_in_the_plan(inputs: ReportInputs) -> None:
    assert inputs.segments is not None
    in_plan = dict(inputs.segments.select("segment", "in_plan").iter_rows())
    counted = inputs.standing.filter(pl.col("offer").is_not_null())["segment"].value_counts()
    assert {name: number for name, number in in_plan.items() if number} == dict(counted.iter_rows())


def test_money_in_the_list_is_said_with_its_currency_and_horizon(world: Callable[..., ReportInputs]) -> None:
    base = world(60)
    text = report_md(base)
    days = base.settings.value.horizon_days
    assert f"Worth and at risk are over {days} days: what is expected" in text
    assert "€" in text[: text.index("## The numbers")]
    assert "value by staying less value by leaving" in text


def test_the_money_account_is_shown_with_what_the_amounts_contain(inputs: ReportInputs) -> None:
    lines = {
        "gross": (120, 1_000.5),
        "refunds": (3, 50.0),
        "void": (2, 20.25),
        "net": (118, 930.25),
        "pending": (4, 30.0),
    }
    account = {"sales": {line: {"rows": rows, "amount": amount} for line, (rows, amount) in lines.items()}}
    sales = {
        "files": ["sales.csv"],
        "holds": "transactions",
        "columns": {
            "customer_id": {"from": "who", "kind": "text"},
            "happened_at": {"from": "when", "kind": "time"},
            "amount": {"from": "Total", "kind": "money"},
        },
        "ignore": {"Taxes": "contained in the amount", "Shipping": "contained in the amount", "Notes": "free text"},
    }
    told = inputs.settings.model_dump() | {"tables": {"sales": sales}}
    shop = replace(
        inputs,
        settings=Settings.model_validate(told),
        cleaning=inputs.cleaning | {"money": account},
        cleaned_tables=WholeTables({}),
    )
    for text in (report_md(shop), unescape(report_html(shop))):
        assert "The amounts contain Taxes and Shipping: so do revenue," in text
        assert "less what was given back" in text
        assert "€930.25" in text
    assert "Taxes and Shipping" in next(kpi for kpi in kpis(shop) if kpi.name == "total_revenue").definition


def test_rows_and_amounts_of_the_money_account_add_up_and_nothing_is_dropped_without_a_line(
    inputs: ReportInputs,
) -> None:
    day_of_cutoff = inputs.cutoff
    rows = pl.DataFrame(
        {
            "customer_id": ["a", "b", "c"],
            "happened_at": pl.Series([day_of_cutoff - timedelta(days=9)] * 2 + [day_of_cutoff], dtype=TIME),
            "amount": [70.0, -5.0, 10.0],
        }
    )
    said = {
        "void": ("Cancelled or voided before it was paid.", 2),
        "other_currency": ("In another currency than the one that is kept.", 3),
        "price": ("The price is not above zero.", 1),
        "refunds": ("Rows that are money given back.", 0),
    }
    steps = [{"step": step, "what": what, "set_aside": number} for step, (what, number) in said.items()]
    money = {
        line: {"rows": number, "amount": amount}
        for line, number, amount in (("gross", 9, 100.0), ("void", 2, 20.0), ("refunds", 1, 5.0), ("net", 3, 75.0))
    }
    cleaning = {"tables": {"transactions": {"steps": steps}}, "money": {"transactions": money}}
    shop = replace(inputs, cleaning=cleaning, cleaned_tables=WholeTables({"transactions": rows}))
    account = [(each["line"], each["rows"], each["amount"]) for each in money_account(shop)]
    assert account == [
        ("Gross: before what is taken off below", "9", "€100.00"),
        ("less: cancelled or voided before it was paid", "2", "€20.00"),
        ("less what was given back", "in 1 of them", "€5.00"),
        ("less: in another currency than the one that is kept", "3", "not counted"),
        ("less: the price is not above zero", "1", "€0.00"),
        ("Net: the revenue", "3", "€75.00"),
        ("of it dated 1 July 2025 or later: in no figure", "1", "€10.00"),
    ]
    figures = {kpi.name: kpi.value for kpi in kpis(shop)}
    assert figures["total_revenue"] == 75.0 - 10.0


def test_a_sentence_of_the_grade_does_not_stand_among_the_notes_again(inputs: ReportInputs) -> None:
    sentence = "More customers left than expected."
    grade = {**inputs.metrics["grade"], "sentence": f"Of a leaver and a stayer, so many. {sentence}"}
    text = report_md(replace(inputs, metrics={**inputs.metrics, "grade": grade, "warnings": [sentence, "Another."]}))
    assert text.count(sentence) == 1
    assert "Another." in text


def test_days_in_sentences_are_in_words(inputs: ReportInputs) -> None:
    text = report_md(inputs)
    assert "as of 4 October 2024 to 2 January 2025 and tested on 640 customers as of 2 April 2025" in text
    assert "It was chosen before, on other rows" in text


def test_percentages_are_written_one_way(page: str) -> None:
    body = re.sub(r"<style>.*?</style>|style=\"[^\"]*\"", "", page, flags=re.S)
    assert re.findall(r"\d+(?:\.\d+)?%", body) == []
    assert re.findall(r"\d+\.0 %", body) == []
    assert "is assumed to keep" in body or "no plan" in body.lower()


def test_ranges_of_a_driver_have_three_significant_digits(world: Callable[..., ReportInputs]) -> None:
    base = world(300)
    name = "interactions_satisfaction_mean_180d"
    fifths = [
        {"from": 0.0, "to": 0.0, "rate": 0.5, "low": 0.45, "high": 0.55},
        {"from": 0.000101, "to": 0.233333, "rate": 0.1, "low": 0.05, "high": 0.15},
    ]
    eda = {**base.eda, "features": [{"name": name, "unit": "ratio", "fifths": fifths}], "groups": []}
    assert "50 % left where it was 0, 10 % where it was almost 0 to 0.233." in report_md(replace(base, eda=eda))


def test_what_is_expected_is_said_with_its_range_and_what_the_past_brought(inputs: ReportInputs) -> None:
    expected = float(inputs.standing["expected_value"].sum())
    level = {"low": 0.6, "high": 1.7, "season_is_known": False}
    metrics = {**inputs.metrics, "value": {"level": level, "brought_before": expected / 2}}
    words = " ".join(story(replace(inputs, metrics=metrics)).lines)
    low, high = (short_money(times * expected, "EUR") for times in (0.6, 1.7))
    assert f"{short_money(expected, 'EUR')} ({low} to {high} with a probability of 80 %)" in words
    assert f"In the 365 days before they brought {short_money(expected / 2, 'EUR')}." in words
    assert "knows no season" in words
    (caution,) = [each for each in story(replace(inputs, metrics=metrics)).notices if "caution" in each]
    assert f"Take the expected {short_money(expected, 'EUR')} with caution: it is 100 % above the " in caution
    assert "fewer than two years cannot tell growth from a season" in caution
    assert "Even the low end of its range" in caution, "0.6 of it is more than the past brought"
    metrics["value"] = {"level": level | {"season_is_known": True}, "brought_before": expected / 1.5}
    (caution,) = [each for each in story(replace(inputs, metrics=metrics)).notices if "caution" in each]
    assert "it is 50 % above the " in caution
    assert "two years" not in caution
    assert "low end" not in caution
    metrics["value"] = {"level": level | {"season_is_known": True}, "brought_before": expected}
    words = " ".join(story(replace(inputs, metrics=metrics)).lines)
    assert "caution" not in " ".join(story(replace(inputs, metrics=metrics)).notices)
    assert "season" not in words


def test_rates_of_different_customers_are_not_called_the_same(
    inputs: ReportInputs, world: Callable[..., ReportInputs], settings: Callable[..., Settings]
) -> None:
    def told(of: ReportInputs) -> str:
        return " ".join(f"{tile['note']} {tile['how']}" for tile in tiles(of))

    assert "that left in the past (" in told(inputs)
    drawn = replace(inputs, sample={"words": "Drawn."}, past_outcomes={"customers": 1000, "left": 400})
    assert "27 % that left in a sample of the past" in told(drawn)
    assert "Of the cases drawn, 27 %." in told(drawn)
    label = world(200, settings=settings(churn={"rule": "label"}))
    assert "no trend" in told(label)
    assert "past cutoff" not in told(label)
    asked = {"customers", "customers_in_records", "plan_customers", "revenue_at_risk"}
    assert [kpi.period for kpi in kpis(label) if kpi.name in asked and "cutoff" in kpi.period] == []
    assert "when the records were taken" in {kpi.period for kpi in kpis(label)}


def test_figures_of_value_say_that_they_are_in_todays_money(inputs: ReportInputs) -> None:
    for name in ("expected_value", "mean_customer_value", "revenue_at_risk"):
        definition = next(kpi.definition for kpi in kpis(inputs) if kpi.name == name)
        assert "the margin of 100 % and in today's money (a year later counts 10 % less)" in definition


def test_the_file_for_managers_says_what_is_at_risk_and_expected_beside_its_figures(inputs: ReportInputs) -> None:
    page = unescape(report_html(inputs))
    numbers = page[page.index('id="numbers"') : page.index('id="why"')]
    assert "That is each customer's probability of leaving times what leaving costs" in numbers
    assert "Expected of them, with that loss taken off:" in numbers
    assert "decisions.offers" not in page, "a setting's name says nothing to who reads this"


def test_rows_that_could_not_be_read_are_among_those_read_and_set_aside(inputs: ReportInputs) -> None:
    tables = inputs.cleaning["tables"]
    name, table = next((name, table) for name, table in tables.items() if table["rows_in"])
    unread = {**inputs.cleaning, "tables": {**tables, name: {**table, "rows_not_cleaned": 7}}}
    lines = report_md(replace(inputs, cleaning=unread)).splitlines()
    read, aside = count(table["rows_in"] + 7), count(table["rows_set_aside"] + 7)
    assert f"| {name} | {read} | {count(table['rows_kept'])} | {aside} |" in lines


def test_where_nothing_tells_leavers_apart_those_who_gave_notice_are_seen_to(inputs: ReportInputs) -> None:
    is_first = pl.col("priority") == 1
    ends = datetime(2026, 7, 20, tzinfo=UTC)
    rows = inputs.predictions.with_columns(
        offer=pl.lit(None, pl.String),
        risk_band=pl.when(is_first).then(pl.lit("notice given")).otherwise("risk_band"),
        churn_probability=pl.when(is_first).then(1.0).otherwise("churn_probability"),
        ends_at=pl.when(is_first).then(pl.lit(ends)).otherwise(None),
    )
    blind = replace(inputs, predictions=rows, plan=None, metrics={**inputs.metrics, "signal": False})
    words = today(blind)["words"]
    assert words.startswith("The advice is to leave every customer alone, but for the 1 who gave notice: see the list")
    assert story(blind).headline.endswith("; of 1 the end is booked, who else cannot be predicted.")
    own = rows.select("customer_id", monthly_amount=pl.lit(12.5))
    priced = replace(blind, cleaned_tables=WholeTables({"customers": own}))
    assert notice_list(priced)["monthly_amount"].to_list() == [12.5]


def test_shares_of_a_snapshot_are_not_called_shares_of_revenue(
    inputs: ReportInputs, world: Callable[..., ReportInputs], settings: Callable[..., Settings]
) -> None:
    snapshot = world(60, settings=settings(shape="snapshot", churn={"rule": "label"}))
    for text in (report_md(snapshot), report_html(snapshot)):
        assert "Share of monthly payments" in text
        assert "Share of revenue" not in text
    assert "Share of revenue" in report_md(inputs)


def test_the_whole_list_is_one_step_away_before_its_first_rows(page: str) -> None:
    today = page[page.index('<section id="today">') : page.index('<section id="numbers">')]
    assert 0 < today.index("../bi/contacts.csv") < today.index("<table")


def test_how_a_figure_is_counted_names_its_day(inputs: ReportInputs, page: str) -> None:
    numbers = page[page.index('<section id="numbers">') : page.index('<section id="why">')]
    assert "cutoff" not in numbers
    assert "in the 90 days before 1 July 2025" in numbers
    figures = {kpi.name: kpi for kpi in kpis(inputs)}
    assert figures["recent_revenue"].period == "the 90 days before 1 July 2025"
    assert figures["customers"].period == "on 1 July 2025"


def test_the_words_of_the_report_have_the_days_of_the_run(
    world: Callable[..., ReportInputs], settings: Callable[..., Settings]
) -> None:
    inputs = world(60, settings=settings(churn={"rule": "inactivity", "horizon_days": 45}, value={"horizon_days": 240}))
    html, text = report_html(inputs), report_md(inputs)
    words = html[html.index('<dl class="words">') :]
    assert "here leaving within 45 days, worth and money at risk over 240 days" in words
    assert "bring in the next 240 days" in words
    for page in (html, text):
        assert "Leaving is within 45 days; at risk is over 240 days; revenue is all that they brought so far" in page
