"""Findings about subscriptions: what cannot be placed in time, and an export day that is not the last day."""

from collections.abc import Callable
from typing import Any

import polars as pl

from holdfast.quality.clean import Cleaned, clean
from holdfast.settings import Settings

Project = Callable[..., Settings]
COLUMNS = "customer_id:text happened_at:time ended_at:time price:money interval:category status:category paused_at:time"


def cleaned(project: Project, table: Callable[..., Any], rows: list[dict[str, str | None]], **more: Any) -> Cleaned:
    names = ["customer_id", "happened_at", "ended_at", "price", "interval", "status", "paused_at"]
    usual = {"ended_at": None, "price": "30", "interval": "month", "status": "active", "paused_at": None}
    texts = {name: [{**usual, **row}[name] for row in rows] for name in names}
    raw = pl.DataFrame(texts, schema=dict.fromkeys(names, pl.String)).with_row_index("_row", offset=1)
    means = [{"column": "status", "running": ["active"], "paused": ["paused"], "ended": ["canceled"]}]
    subs = table("subscriptions", COLUMNS, subscriptions={"rows": "periods"}, statuses=means)
    settings = project("subscription_end", "subscriptions", tables={"subs": subs}, **more)
    return clean({"subs": raw}, settings)


def severe(result: Cleaned) -> list[str]:
    return [finding.id for finding in result.findings if finding.severity == "severe"]


def many(count: int, **more: str | None) -> list[dict[str, str | None]]:
    return [{"customer_id": f"c{n}", "happened_at": f"2024-01-{1 + n % 28:02d}", **more} for n in range(count)]


def test_sound_subscriptions_have_no_severe_finding(project: Project, table: Callable[..., Any]) -> None:
    assert severe(cleaned(project, table, many(30))) == []


def test_an_interval_of_no_length_is_severe(project: Project, table: Callable[..., Any]) -> None:
    result = cleaned(project, table, [*many(30), *many(1, interval="forever")])
    assert severe(result) == ["intervals-of-subscriptions:subs.interval"]


def test_a_status_without_a_meaning_is_severe_also_where_its_column_has_become_movements(
    project: Project, table: Callable[..., Any]
) -> None:
    result = cleaned(project, table, [*many(30), *many(2, status="frozen")])
    assert severe(result) == ["statuses-are-known:subs.status"]
    finding = next(finding for finding in result.findings if finding.id == "statuses-are-known:subs.status")
    assert (finding.rows_failed, finding.rows_checked) == (2, 32)
    assert '"frozen" (2 rows)' in finding.rule


def test_subscriptions_of_which_nothing_says_the_price_are_noted(project: Project, table: Callable[..., Any]) -> None:
    """Without it the revenue a month is missing everywhere, and nothing else says why."""
    slug = "prices-of-subscriptions"
    priced, unpriced = (cleaned(project, table, many(30, price=price)) for price in ("30", None))
    assert [finding.rows_failed for finding in priced.findings if finding.slug == slug] == [0]
    (finding,) = [finding for finding in unpriced.findings if finding.slug == slug]
    assert (finding.rows_failed, finding.column, finding.severity) == (30, "price", "note")
    assert "columns.price" in finding.fix


def test_a_pause_without_a_day_is_a_warning(project: Project, table: Callable[..., Any]) -> None:
    result = cleaned(project, table, [*many(30), *many(1, status="paused")])
    finding = next(finding for finding in result.findings if finding.id == "pauses-with-a-day:subs.paused_at")
    assert (finding.rows_failed, finding.severity) == (1, "warning")


def test_ends_long_after_everything_else_ask_for_the_day_of_the_export(
    project: Project, table: Callable[..., Any]
) -> None:
    rows = [*many(30), *many(3, ended_at="2024-06-01")]
    result = cleaned(project, table, rows)
    assert severe(result) == ["ends-not-ahead-of-the-records:subs.happened_at"]
    finding = next(finding for finding in result.findings if finding.id == severe(result)[0])
    assert finding.rows_failed == 3
    assert finding.fix.startswith("In holdfast.yaml: exported_on: 2024-01-29, if that is the day of the export")
    assert severe(cleaned(project, table, rows, exported_on="2024-01-29")) == []


def test_what_begins_after_the_day_of_the_export_is_severe(project: Project, table: Callable[..., Any]) -> None:
    result = cleaned(project, table, many(30), exported_on="2024-01-20")
    assert severe(result) == ["nothing-begins-after-the-export:subs.happened_at"]
