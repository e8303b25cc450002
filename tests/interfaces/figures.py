"""Every place of a project that shows a figure, read into one list: a folder and an API in; name, place and value out.

Figures of one name are the same thing, wherever they stand: `disagreements` says which differ.
"""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

Get = Callable[..., Any]  # a path under /api/v1 and its parameters -> the content of the answer
_BANDS = ("high", "medium", "low")
_SMALLEST = {"share": 1e-6, "customers": 1e-3}  # sums of probabilities are written with six digits a customer
_CENT = 0.0001
_PAGE = 400  # customers; the tests' shops have more
_SUMMARY = {
    "customers": "customers",
    "lapsed": "lapsed_customers",
    "expected_returns": "expected_returns",
    "expected_leavers": "expected_leavers",
    "high_risk_customers": "high_risk_customers",
    "revenue_at_risk": "revenue_at_risk",
}


class Figure(NamedTuple):
    """A number that some place shows."""

    name: str
    place: str
    value: float | None


def disagreements(figures: Sequence[Figure], units: Mapping[str, str]) -> list[str]:
    """Where figures of one name differ, in words; money to the cent, counts exactly.

    Args:
        figures: of one run.
        units: of the key figures, by name.
    """
    by_name: dict[str, list[Figure]] = defaultdict(list)
    for figure in figures:
        by_name[figure.name].append(figure)
    return [
        f"{name}: {first.value} in {first.place}, {other.value} in {other.place}"
        for name, (first, *others) in by_name.items()
        for other in others
        if _differ(first.value, other.value, _SMALLEST.get(units.get(name, ""), _CENT))
    ]


def _differ(one: float | None, other: float | None, tolerance: float) -> bool:
    return one is not other if one is None or other is None else abs(one - other) > tolerance


def of_files(run: Path) -> Iterator[Figure]:
    """The figures of a run's files."""
    read = {name: pl.read_csv(run / "bi" / f"{name}.csv", infer_schema_length=None) for name in _FILES}
    for name, value in read["kpis"].select("name", pl.col("value").cast(pl.Float64)).iter_rows():
        yield Figure(name, "kpis.csv", value)
    reports = {name: json.loads((run / "reports" / f"{name}.json").read_text()) for name in _REPORTS}
    yield from of_summary(reports["summary"], "summary.json")
    yield from of_customers(read["customers"], "customers.csv")
    yield from of_customers(pl.read_parquet(run / "predictions.parquet"), "predictions.parquet")
    yield from of_segments(read["segments"].to_dicts(), "segments.csv")
    yield from of_segments(pl.read_csv(run / "segments.csv").to_dicts(), "segments of decide")
    yield from of_states(read["lifecycle"].rename({"state": "name"}).to_dicts(), "lifecycle.csv")
    contacts, planned = read["contacts"], pl.read_parquet(run / "plan.parquet")
    for place, rows in (("contacts.csv", contacts), ("plan.parquet", planned)):
        yield Figure("plan_customers", place, rows.height)
        yield Figure("plan_cost", place, rows["cost"].sum())
    yield from of_plan(reports["plan"], "plan.json")
    at_risk = reports["decisions"]["revenue_at_risk"]
    if at_risk["customers"]:
        yield Figure("revenue_at_risk", "decisions.json", at_risk["value"])
        yield Figure(
            "high_risk_revenue_at_risk", "decisions.json", reports["decisions"]["revenue_at_risk_by_band"]["high"]
        )
    for band in _BANDS:
        yield Figure(f"{band}_risk_customers", "decisions.json", reports["decisions"]["customers_by_band"].get(band, 0))
    yield from _by_printed_percentages(read["customers"], reports["decisions"]["bands"]["words"])
    scored = read["segments"]["revenue"]
    if read["kpis"].filter(name="revenue_of_scored")["value"].null_count() == 0 and scored.null_count() == 0:
        yield Figure("revenue_of_scored", "segments.csv", scored.sum())
    for file in ("monthly", "cohorts"):
        if read[file].height and "revenue" in read[file].columns and read[file]["revenue"].null_count() == 0:
            yield Figure("total_revenue", f"{file}.csv", read[file]["revenue"].sum())
    lapsed = read["lapsed"]
    if lapsed.height:
        yield Figure("lapsed_customers", "lapsed.csv", lapsed.height)
        yield Figure("expected_returns", "lapsed.csv", lapsed["return_probability"].sum())
    if lapsed.height and lapsed["expected_return_value"].null_count() == 0:
        yield Figure("value of returns", "lapsed.csv", lapsed["expected_return_value"].sum())
        yield Figure("value of returns", "lapsed.json", reports["lapsed"]["expected_return_value"])
    cleaning = reports["cleaning"]
    yield Figure("rows set aside", "cleaning.json", cleaning["rows_set_aside"] + cleaning["rows_unreadable"])
    yield Figure("rows set aside", "set_aside.parquet", pl.read_parquet(run / "set_aside.parquet").height)
    yield Figure("customers_in_records", "cleaning.json", cleaning["customers"]["rows"])


def _by_printed_percentages(customers: pl.DataFrame, words: str) -> Iterator[Figure]:
    """The bands as a reader counts them: by each customer's percentage beside those at which the bands begin."""
    medium, high = (float(limit) for limit in re.findall(r"from ([0-9.]+) %", words)[:2])
    shown = [
        float(f"{100 * probability:.1f}")
        for probability, band in customers.select("churn_probability", "risk_band").iter_rows()
        if band in _BANDS
    ]
    counts = Counter("high" if each >= high else "medium" if each >= medium else "low" for each in shown)
    for band in _BANDS:
        yield Figure(f"{band}_risk_customers", "customers.csv, by the printed percentages", counts[band])


_FILES = ("kpis", "customers", "segments", "lifecycle", "contacts", "monthly", "cohorts", "lapsed")
_REPORTS = ("summary", "plan", "decisions", "cleaning", "lapsed")


def of_summary(summary: Mapping[str, Any], place: str) -> Iterator[Figure]:
    """The headline of a run, as its file, the command line and the API have it."""
    for name, figure in _SUMMARY.items():
        if summary[name] is not None and (name not in {"lapsed", "expected_returns"} or summary["lapsed"]):
            yield Figure(figure, place, summary[name])
    yield Figure("customers_in_records", place, sum(summary["states"].values()))


def of_customers(rows: pl.DataFrame, place: str) -> Iterator[Figure]:
    """What the rows of all customers with a prediction add up to."""
    yield Figure("customers", place, rows.height)
    yield Figure("expected_leavers", place, rows["churn_probability"].sum())
    for band in _BANDS:
        yield Figure(f"{band}_risk_customers", place, rows.filter(risk_band=band).height)
    planned = rows.filter(pl.col("offer").is_not_null())
    yield Figure("plan_customers", place, planned.height)
    for offer, customers in planned.group_by("offer").len().iter_rows():
        yield Figure(f"customers of the offer {offer}", place, customers)
    for segment, customers in planned.group_by("segment").len().iter_rows():
        yield Figure(f"in the plan of {segment}", place, customers)
    if rows["revenue_at_risk"].null_count() < rows.height:
        yield Figure("plan_cost", place, planned["offer_cost"].sum())
        yield Figure("revenue_at_risk", place, rows["revenue_at_risk"].sum())
        of_high = rows.filter(risk_band="high")["revenue_at_risk"].sum()
        yield Figure("high_risk_revenue_at_risk", place, of_high)
        yield Figure("expected_value", place, rows["expected_value"].sum())
        yield Figure("value if nobody leaves", place, rows["value_if_stays"].sum())
        both = rows["revenue_at_risk"].sum() + rows["expected_value"].sum()
        yield Figure("value if nobody leaves", f"{place}, at risk and expected", both)
    for name, own in rows.partition_by("segment", as_dict=True).items():
        yield from _of_segment(str(name[0]), place, own.height, own["revenue_at_risk"].sum())


def _of_segment(segment: str, place: str, customers: int, at_risk: float) -> Iterator[Figure]:
    yield Figure(f"customers of {segment}", place, customers)
    yield Figure(f"at risk of {segment}", place, at_risk)


def of_segments(rows: Sequence[Mapping[str, Any]], place: str) -> Iterator[Figure]:
    """What the rows of segments say of each, and add up to."""
    yield Figure("customers", place, sum(row["customers"] for row in rows))
    yield Figure("plan_customers", place, sum(row["in_plan"] for row in rows))
    for row in rows:
        if row["in_plan"]:
            yield Figure(f"in the plan of {row['segment']}", place, row["in_plan"])
    if all(row["revenue_at_risk"] is not None for row in rows):
        yield Figure("revenue_at_risk", place, sum(row["revenue_at_risk"] for row in rows))
        for row in rows:
            yield from _of_segment(row["segment"], place, row["customers"], row["revenue_at_risk"])
    if all(row.get("revenue") is not None for row in rows):
        yield Figure("revenue of segments", place, sum(row["revenue"] for row in rows))


def of_states(rows: Sequence[Mapping[str, Any]], place: str) -> Iterator[Figure]:
    """Where the customers of the records stand."""
    yield Figure("customers_in_records", place, sum(row["customers"] for row in rows))
    yield Figure("customers", place, sum(row["customers"] for row in rows if row["has_prediction"]))
    if all(row["revenue"] is not None for row in rows):
        yield Figure("total_revenue", place, sum(row["revenue"] for row in rows))


def of_plan(totals: Mapping[str, Any], place: str) -> Iterator[Figure]:
    """What a plan comes to."""
    yield Figure("customers", place, totals["customers"])
    yield Figure("plan_customers", place, totals["treated"])
    yield Figure("plan_customers", f"{place}, by offer", sum(each["customers"] for each in totals["by_offer"]))
    outside = sum(each["customers"] for each in totals["outside"])
    yield Figure("plan_customers", f"{place}, all but those outside", totals["customers"] - outside)
    yield Figure("plan_cost", place, totals["spent"])
    yield Figure("plan_cost", f"{place}, by offer", sum(each["cost"] for each in totals["by_offer"]))
    for each in totals["by_offer"]:
        yield Figure(f"customers of the offer {each['offer']}", place, each["customers"])
        yield Figure(f"cost of the offer {each['offer']}", place, each["cost"])
    (assumed,) = [each for each in totals["sensitivity"] if each["times"] == 1.0]
    yield Figure("plan_customers", f"{place}, at the assumption", assumed["customers"])
    yield Figure("plan_cost", f"{place}, at the assumption", assumed["cost"])


def of_preview(plan: Mapping[str, Any], place: str) -> Iterator[Figure]:
    """What the page Budget says of everything that pays."""
    yield Figure("plan_customers", place, plan["contacted"])
    yield Figure("plan_cost", place, plan["cost"])
    for each in plan["by_offer"]:
        yield Figure(f"customers of the offer {each['offer']}", place, each["contacted"])
        yield Figure(f"cost of the offer {each['offer']}", place, each["cost"])
    yield Figure("customers", f"{place}, by probability", sum(each["customers"] for each in plan["histogram"]))
    yield Figure("plan_customers", f"{place}, by probability", sum(each["contacted"] for each in plan["histogram"]))
    yield Figure("leavers of the plan", place, plan["expected_leavers"])
    yield Figure(
        "leavers of the plan", f"{place}, all but who stays", plan["contacted"] - plan["would_have_stayed_anyway"]
    )


def _everybody(get: Get) -> Iterator[dict[str, Any]]:
    """The rows of all customers, page by page."""
    page = get("customers", limit=_PAGE)
    yield from page["customers"]
    while page["next_cursor"]:
        page = get("customers", limit=_PAGE, cursor=page["next_cursor"])
        yield from page["customers"]


def of_api(get: Get) -> Iterator[Figure]:
    """The figures that the routes of the web app answer."""
    run = get("run")
    for path in ("kpis", f"runs/{run['run']}"):
        answer = get(path)
        for kpi in answer if path == "kpis" else answer["kpis"]:
            yield Figure(kpi["name"], f"GET {path}", kpi["value"])
    yield from of_summary(run["summary"], "GET run")
    rows = list(_everybody(get))
    numbers = ("churn_probability", "revenue_at_risk", "expected_value", "value_if_stays", "offer_cost")
    everybody = pl.DataFrame(rows, schema_overrides=dict.fromkeys(numbers, pl.Float64), infer_schema_length=None)
    yield from of_customers(everybody, "GET customers")
    yield from of_segments(get("segments"), "GET segments")
    yield from of_states([row | {"name": row["state"]} for row in get("lifecycle")["states"]], "GET lifecycle")
    for place, totals in (("count", get("customers/count")), ("facets", get("customers/facets")["totals"])):
        for name in ("customers", "expected_leavers"):
            yield Figure(name, f"GET customers/{place}", totals[name])
        yield Figure("plan_customers", f"GET customers/{place}", totals["in_plan"])
        if everybody["revenue_at_risk"].null_count() == 0:
            for key, name in (("revenue_at_risk",) * 2, ("expected_value",) * 2, ("plan_cost", "offer_cost")):
                yield Figure(key, f"GET customers/{place}", totals[name])
    today = get("today")
    for piece in today["outlook_pieces"]:
        if piece["query"] and "offer" in piece["query"]:
            yield Figure(f"customers of the offer {piece['query']['offer']}", "GET today, outlook", piece["value"])
    yield Figure("plan_cost", "GET today, list", today["act_first"]["offer_cost"])
    metrics = {metric["key"]: metric["value"] for metric in today["metrics"]}
    for key, name in (("likely_to_leave", "high_risk_customers"), ("active", "customers")):
        yield Figure(name, "GET today", metrics[key])
    if everybody["revenue_at_risk"].null_count() == 0:
        yield Figure("revenue_at_risk", "GET today", metrics["revenue_at_risk"])
    for groups in ("bands", "segments"):
        yield Figure("customers", f"GET trust, {groups}", sum(each["customers"] for each in get("trust")[groups]))
    plan = get("plan")
    yield Figure("plan_customers", "GET plan", len(plan))
    yield Figure("plan_cost", "GET plan", sum(row["cost"] for row in plan))
    yield Figure("rows set aside", "GET quality", get("quality")["rows_set_aside"])
