"""`holdfast check --leakage` finds what is planted in a business's files, and nothing in clean ones."""

import json
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from holdfast.errors import HoldfastError
from holdfast.interfaces.cli.app import app
from holdfast.simulator.simulate import checked_request
from holdfast.simulator.write import simulate_into

Plant = Callable[[Path], None]
Leaks = dict[tuple[str, str], dict[str, Any]]  # by kind and place
LAST = date(2026, 6, 30)
# Fewer windows and cutoffs than usual: what is planted does not depend on them, the seconds do.
QUICKER = "\nfeatures: {windows: [90]}\ntraining: {at_most_cutoffs: 3}\n"


def holdfast(*words: object, code: int) -> str:
    ran = CliRunner().invoke(app, [str(word) for word in words])
    assert ran.exit_code == code, ran.output + repr(ran.exception)
    return ran.output


def begun(
    home: Path, world: str, plant: Plant | None = None, mapped: Sequence[tuple[str, str]] = (), **made: int
) -> Path:
    """A project of a simulated business: its files made, spoilt by the plant, `init`, and the plant mapped in."""
    files = home / world
    simulate_into(files, checked_request(world, made.get("customers", 1_200), made.get("seed", 5)))
    if plant:
        plant(files)
    project = home / "project"
    holdfast("init", project, "--from", *sorted(files.glob("*.csv")), code=0)
    written = project / "holdfast.yaml"
    lines = written.read_text().splitlines()
    for table, line in mapped:
        column = line.split(":")[0]
        start = lines.index(f"  {table}:")
        end = next((n for n in range(start + 1, len(lines)) if lines[n][:3].strip() == lines[n][:3] != ""), len(lines))
        # As somebody does who maps a column by hand: out of ignore (or out of what was guessed), into columns.
        kept = [one for one in lines[start:end] if not one.strip().startswith((f'"{column}":', f"{column}:"))]
        place = next(n for n, one in enumerate(kept) if one.strip() == "columns:")
        lines[start:end] = [*kept[: place + 1], f"      {line}", *kept[place + 1 :]]
    written.write_text("\n".join(lines) + QUICKER)
    return project


def audited(project: Path, code: int) -> list[dict[str, Any]]:
    report = json.loads(holdfast("check", project, "--leakage", "--json", code=code))
    assert json.loads((Path(report["run"]) / "reports" / "leakage.json").read_text())["findings"] == report["findings"]
    return report["findings"]


def found(project: Path) -> Leaks:
    """The findings, by kind and place."""
    return {(one["kind"], one["where"]): one for one in audited(project, 3)}


def changed(file: Path, change: Callable[[pl.DataFrame], pl.DataFrame]) -> None:
    change(pl.read_csv(file, infer_schema=False)).write_csv(file)


def with_column(name: str, make: Callable[[pl.DataFrame, np.random.Generator], Any]) -> Plant:
    """A plant: one more column of customers.csv."""

    def plant(files: Path) -> None:
        dice = np.random.default_rng(1)
        changed(files / "customers.csv", lambda people: people.with_columns(pl.Series(name, make(people, dice))))

    return plant


def leavers(people: pl.DataFrame) -> np.ndarray:
    return people["ended_at"].is_not_null().to_numpy()


# c. and d. columns that tell the outcome, were written afterwards, or only hint at it: all in one business


def care_index(people: pl.DataFrame, dice: np.random.Generator) -> np.ndarray:
    return np.round(dice.normal(3.2 * leavers(people)), 3)


def reasons(people: pl.DataFrame, dice: np.random.Generator) -> list[str | None]:
    words = dice.choice(["price", "moved", "service"], people.height)
    has_reason = leavers(people) & (dice.random(people.height) < 0.4)
    return [str(word) if is_filled else None for word, is_filled in zip(words, has_reason, strict=True)]


def days_after_the_end(people: pl.DataFrame, _dice: np.random.Generator) -> pl.Series:
    return (people["ended_at"].str.to_date() + timedelta(days=3)).dt.to_string()


def flag(of_leavers: float, of_stayers: float) -> Callable[[pl.DataFrame, np.random.Generator], list[str]]:
    """A flag that so large a share of leavers and of stayers have."""

    def marks(people: pl.DataFrame, dice: np.random.Generator) -> list[str]:
        share = np.where(leavers(people), of_leavers, of_stayers)
        return np.where(dice.random(people.height) < share, "yes", "no").tolist()

    return marks


def totals(files: Path) -> None:
    """A plant: the purchases of each customer over all records."""
    rows = pl.read_csv(files / "transactions.csv", infer_schema=False)
    rows = rows.filter(pl.col("status").str.to_lowercase().str.strip_chars() != "cancelled")  # no purchases
    counts = rows.unique("transaction_id").group_by("customer_id").agg(pl.len().alias("purchases_so_far"))
    changed(files / "customers.csv", lambda people: people.join(counts, on="customer_id", how="left"))


def addresses(people: pl.DataFrame, _dice: np.random.Generator) -> list[str]:
    return [f"p{place - place % 2 if place < 80 else place}@example.org" for place in range(people.height)]


COLUMNS = {
    "care_index": (care_index, ", kind: number"),
    "cancellation_reason": (reasons, ", kind: category"),
    "survey_on": (days_after_the_end, ", kind: time"),
    "contact": (addresses, ""),
    "complained": (flag(0.6, 0.05), ", kind: flag"),
    "doubted": (flag(0.5, 0.1), ", kind: flag"),  # ninefold, as the best honest signs are
}


@pytest.fixture(scope="module")
def with_columns(tmp_path_factory: pytest.TempPathFactory) -> Path:
    def plant(files: Path) -> None:
        totals(files)
        for name, (make, _) in COLUMNS.items():
            with_column(name, make)(files)

    mapped = [f'{name}: {{from: "{name}"{kind}}}' for name, (_, kind) in COLUMNS.items()]
    mapped.append('purchases_so_far: {from: "purchases_so_far", kind: number}')
    home = tmp_path_factory.mktemp("columns")
    return begun(home, "crm", plant, [("customers", line) for line in mapped], customers=1_800)


@pytest.fixture(scope="module")
def in_columns(with_columns: Path) -> Leaks:
    return found(with_columns)


def test_nothing_but_what_was_planted_is_found_among_columns(in_columns: Leaks) -> None:
    assert sorted(in_columns) == [
        ("post_outcome_column", "customers.cancellation_reason"),
        ("post_outcome_column", "customers.survey_on"),
        ("same_customer_twice", "customers.contact"),
        ("target_proxy", "customers.care_index"),
        ("whole_history_column", "customers.purchases_so_far"),
    ]


def test_a_number_that_tells_the_outcome_too_well_is_a_proxy(in_columns: Leaks) -> None:
    numbers = in_columns["target_proxy", "customers.care_index"]["numbers"]
    assert 0.90 <= numbers["low"] < numbers["roc_auc"] <= numbers["high"]


def test_a_reason_that_is_given_by_leavers_only_is_found(with_columns: Path, in_columns: Leaks) -> None:
    leak = in_columns["post_outcome_column", "customers.cancellation_reason"]
    assert leak["grade"] == "severe"
    assert leak["features"] == ["cancellation_reason"]
    assert 'under tables.customers.ignore write "cancellation_reason"' in leak["fix"]
    output = holdfast("check", with_columns, "--leakage", code=3)
    assert "cancellation_reason is filled in for" in output
    assert "Worth a look, customers.complained: " in output
    assert output.splitlines()[-1].startswith("Next: ")


def test_a_time_at_the_end_is_found_though_no_feature_uses_it(in_columns: Leaks) -> None:
    assert "lie at or after the end" in in_columns["post_outcome_column", "customers.survey_on"]["sentence"]


def test_an_address_under_several_ids_is_found(in_columns: Leaks) -> None:
    assert in_columns["same_customer_twice", "customers.contact"]["numbers"]["groups"] == 40


def test_a_weak_leak_is_worth_a_look_and_an_honest_sign_is_not(with_columns: Path) -> None:
    report = json.loads(holdfast("check", with_columns, "--leakage", "--json", code=3))
    (hint,) = report["hints"]
    assert (hint["where"], hint["grade"], hint["features"]) == ("customers.complained", "hint", ["complained"])
    assert 20 <= hint["numbers"]["odds_ratio"] < 50


# e. one person under several ids


def test_copies_of_customers_with_all_their_events_are_found(tmp_path: Path) -> None:
    def plant(files: Path) -> None:
        copied = [f"C{place:07d}" for place in range(1, 41)]
        for file in files.glob("*.csv"):
            rows = pl.read_csv(file, infer_schema=False)
            first = rows.columns[0]
            again = rows.filter(pl.col("customer_id").is_in(copied)).with_columns(pl.col("customer_id") + "B")
            again = again.with_columns(pl.col(first) + "B") if first != "customer_id" else again
            pl.concat([rows, again]).write_csv(file)

    leaks = found(begun(tmp_path, "crm", plant))
    assert [kind for kind, _ in leaks] == ["same_customer_twice"]
    assert 10 <= next(iter(leaks.values()))["numbers"]["groups"] <= 40


def test_rows_of_a_snapshot_that_are_copies_are_found(tmp_path: Path) -> None:
    def plant(files: Path) -> None:
        changed(
            files / "experiment.csv",
            lambda people: pl.concat([people, people.head(30).with_columns(pl.col("customer_id") + "B")]),
        )

    leaks = found(begun(tmp_path, "experiment", plant))
    assert leaks["same_customer_twice", "customers"]["numbers"]["groups"] > 20


# f. and g. events that tell the outcome


def with_contacts(kind: str, days_before: int, known_after: int | None) -> Plant:
    """A plant: most leavers have one more contact some days before they ended; it is known some days after it."""

    def plant(files: Path) -> None:
        people = pl.read_csv(files / "customers.csv", infer_schema=False).drop_nulls("ended_at")
        # Only who was there so long can have had a contact then.
        people = people.filter(
            pl.col("ended_at").str.to_date() - pl.duration(days=days_before)
            > pl.col("signed_up").str.slice(0, 10).str.to_date()
        ).gather_every(2)
        ended = people["ended_at"].str.slice(0, 10).str.to_date()
        happened = (ended - timedelta(days=days_before)).dt.to_string() + " 10:00:00"
        known = (
            (ended + timedelta(days=known_after)).dt.to_string() + " 10:00:00" if known_after is not None else happened
        )
        rows = people.select(
            ("X" + pl.col("customer_id")).alias("interaction_id"),
            "customer_id",
            happened.alias("interaction_date"),
            known.alias("known_at"),
            pl.lit(kind).alias("kind"),
        )
        changed(files / "interactions.csv", lambda given: pl.concat([given, rows], how="diagonal"))

    return plant


CONTACTS = (
    ("final invoice", 10, 4),
    ("account closed", 6, None),
    ("win-back offer", 75, None),
    ("final survey", 80, None),
)


@pytest.fixture(scope="module")
def in_events(tmp_path_factory: pytest.TempPathFactory) -> Leaks:
    def plant(files: Path) -> None:
        for kind, days_before, known_after in CONTACTS:
            with_contacts(kind, days_before, known_after)(files)

    return found(begun(tmp_path_factory.mktemp("events"), "crm", plant, customers=1_800))


def test_nothing_but_what_was_planted_is_found_among_events(in_events: Leaks) -> None:
    assert {where for _, where in in_events} == {f"interactions.kind={kind}" for kind, *_ in CONTACTS}


def test_rows_written_back_after_the_end_are_found(in_events: Leaks) -> None:
    assert ("backfilled_events", "interactions.kind=final invoice") in in_events


def test_events_piled_up_before_the_end_are_found(in_events: Leaks) -> None:
    assert ("backfilled_events", "interactions.kind=account closed") in in_events


def test_every_sort_of_event_that_only_leavers_have_is_named_once(in_events: Leaks) -> None:
    for kind in ("win-back offer", "final survey"):
        assert in_events["label_in_events", f"interactions.kind={kind}"]["numbers"]["stayers_with"] == 0


# h. what somebody found honest


def test_what_somebody_found_honest_is_listed_with_the_reason_and_fails_nothing(tmp_path: Path) -> None:
    mapped = [("customers", 'complained: {from: "complained", kind: flag}')]
    project = begun(tmp_path, "crm", with_column("complained", flag(0.8, 0.0)), mapped, customers=900)
    assert [one["where"] for one in audited(project, 3)] == ["customers.complained"]
    said = holdfast("check", project, "--leakage", code=3)
    assert '{kind: post_outcome_column, where: "customers.complained", why: "..."}' in said
    written = project / "holdfast.yaml"
    before = written.read_text()

    def accepting(kind: str, where: str) -> None:
        entry = f'{{kind: {kind}, where: "{where}", why: "They write weeks before they go"}}'
        written.write_text(f"{before}leakage: {{accepted: [{entry}]}}\n")

    accepting("post_outcome_column", "customers.complained")
    assert audited(project, 0) == []
    said = holdfast("check", project, "--leakage", code=0)
    assert "Accepted, customers.complained (post outcome column): They write weeks before they go" in said
    accepting("target_proxy", "customers.complained")
    said = holdfast("check", project, "--leakage", code=3)
    assert "Accepted but not found, customers.complained (target proxy)" in said
    for kind, where, told in (
        ("post_outcome", "customers.complained", "kind: post_outcome_column"),
        ("post_outcome_column", "customer.complained", "where: customers.complained"),
        ("post_outcome_column", "customers.complaint", "where: customers.complained"),
    ):
        accepting(kind, where)
        refused = CliRunner().invoke(app, ["check", str(project), "--leakage"])
        assert isinstance(refused.exception, HoldfastError)
        assert refused.exception.fix == told


def test_a_label_that_was_made_from_recency_is_found(tmp_path: Path) -> None:
    def plant(files: Path) -> None:
        silent = pl.col("days_since_last_order").cast(pl.Int64) > 120
        changed(files / "experiment.csv", lambda people: people.with_columns(silent.cast(pl.Int8).alias("left")))

    # `init` finds it too and leaves it out; here somebody maps it by hand.
    mapped = [("customers", 'days_since_last_order: {from: "days_since_last_order", kind: number}')]
    leaks = found(begun(tmp_path, "experiment", plant, mapped))
    leak = leaks["label_from_recency", "customers.days_since_last_order"]
    assert leak["numbers"]["edge"] == 120


# a. a past that moves when the future is taken away


def test_ids_that_are_merged_only_without_the_future_are_found(tmp_path: Path) -> None:
    def plant(files: Path) -> None:
        rows = pl.read_csv(files / "invoice_lines.csv", infer_schema=False).with_row_index("place")
        spelt = pl.when(pl.col("place") % 3 == 0).then(pl.col("CustomerID") + ".0").otherwise("CustomerID")
        rows = rows.with_columns(spelt.alias("CustomerID"))
        late = rows.filter(pl.col("InvoiceDate") >= "2026-06").head(5).with_columns(pl.lit("X1").alias("CustomerID"))
        pl.concat([rows, late]).drop("place").write_csv(files / "invoice_lines.csv")

    leaks = found(begun(tmp_path, "retail", plant))
    assert ("future_rows", "who is a customer") in leaks


# clean records


@pytest.mark.parametrize("world", ["crm", "retail", "saas", "experiment"])
def test_nothing_is_found_in_clean_records(tmp_path: Path, world: str) -> None:
    assert audited(begun(tmp_path, world, seed=11), 0) == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20, 28))
@pytest.mark.parametrize("world", ["crm", "retail", "saas", "experiment"])
def test_nothing_is_found_in_clean_records_whatever_the_seed(tmp_path: Path, world: str, seed: int) -> None:
    assert audited(begun(tmp_path, world, seed=seed, customers=3_000), 0) == []


# public records


@pytest.mark.data
@pytest.mark.parametrize(
    "file",
    [
        "telco_churn/Telco-Customer-Churn.csv",
        pytest.param("online_retail/online_retail.parquet", marks=pytest.mark.slow),
    ],
)
def test_nothing_is_found_in_public_records(tmp_path: Path, data_folder: Path, file: str) -> None:
    holdfast("init", tmp_path, "--from", data_folder / file, code=0)
    assert audited(tmp_path, 0) == []


@pytest.mark.slow
@pytest.mark.data
@pytest.mark.parametrize(
    "files",
    [
        ["cdnow/CDNOW_master.txt"],
        ["completejourney/transactions_sample.parquet", "completejourney/demographics.parquet"],
        ["megaline/megaline_users.csv", "megaline/megaline_calls.csv", "megaline/megaline_messages.csv"],
    ],
    ids=["cdnow", "completejourney", "megaline"],
)
def test_nothing_is_found_in_more_public_records(tmp_path: Path, data_folder: Path, files: list[str]) -> None:
    holdfast("init", tmp_path, "--from", *(data_folder / file for file in files), code=0)
    if "megaline" in files[0]:  # its customers call and write after the day on which they gave notice
        accepted = [f"events-before-the-end:{table}.happened_at" for table in ("calls", "messages")]
        with (tmp_path / "holdfast.yaml").open("a", encoding="utf-8") as settings:
            settings.write(f"accept: {json.dumps(accepted)}\n")
    assert audited(tmp_path, 0) == []


@pytest.mark.data
def test_the_copied_rows_of_the_marketing_campaign_are_found(tmp_path: Path, data_folder: Path) -> None:
    holdfast("init", tmp_path, "--from", data_folder / "marketing_campaign" / "marketing_campaign.csv", code=0)
    settings = tmp_path / "holdfast.yaml"
    settings.write_text(settings.read_text().replace('label: {from: "?"', 'label: {from: "Response"'))
    assert list(found(tmp_path)) == [("same_customer_twice", "customers")]


@pytest.mark.data
def test_the_known_leaks_of_telco_are_found_when_somebody_maps_them(tmp_path: Path, data_folder: Path) -> None:
    holdfast("init", tmp_path, "--from", *sorted((data_folder / "telco_tables").glob("*.xlsx")), code=0)
    known = {
        "Satisfaction Score": "number",
        "Churn Score": "number",
        "Customer Status": "category",
        "Churn Category": "category",
        "Churn Reason": "category",
    }
    lines = (tmp_path / "holdfast.yaml").read_text().splitlines()
    lines = [line for line in lines if not line.strip().startswith(tuple(f'"{name}":' for name in known))]
    place = lines.index("    columns:", lines.index("  status:"))
    mapped = [
        f'      {name.lower().replace(" ", "_")}: {{from: "{name}", kind: {kind}}}' for name, kind in known.items()
    ]
    (tmp_path / "holdfast.yaml").write_text("\n".join([*lines[: place + 1], *mapped, *lines[place + 1 :]]))
    leaks = found(tmp_path)
    assert {where for _, where in leaks} == {f"customers.{name.lower().replace(' ', '_')}" for name in known}
    assert leaks["post_outcome_column", "customers.churn_reason"]["grade"] == "severe"
