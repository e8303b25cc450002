"""What a new user gets from each public data set: `init`, `check`, `run`, with no answer but those named here.

    python benchmarks/public_data.py ../shared/data [SET ...] [--write]

Settings of the tests' quick runs (one plain model, two cutoffs, one window), so the grades are not the product's best;
what is read, who left and what was received do not depend on them. With --write, the table of
docs/reference/public-data.md and benchmarks/results/public_data.json are written; sets that are not named keep theirs.
"""

import argparse
import json
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from holdfast.errors import HoldfastError
from holdfast.pipeline.execute import RunOptions
from holdfast.service.init import init
from holdfast.service.project import open_project
from holdfast.settings_file import open_questions
from holdfast.store.artifacts import read_json

RESULTS = Path(__file__).parent / "results" / "public_data.json"
PAGE = Path(__file__).parents[1] / "docs" / "reference" / "public-data.md"
QUICK = "\ntraining: {models: [logistic], at_most_cutoffs: 2}\nfeatures: {windows: [90]}\n"
NOW = datetime(2026, 12, 1, tzinfo=UTC)
ALL = "*"


_HEADING = """# Public data sets

What a new user gets from each public data set that the tests use, with `holdfast init`, `check` and `run`: what was
understood, what was asked, who left, what was received. `python benchmarks/public_data.py DATA --write` makes this page
(quick settings: one plain model, two cutoffs; the grades are not the best that the product can do).

| data set | read as | left out | asked or refused | customers | received | expected to leave | grade |
| --- | --- | --- | --- | --- | --- | --- | --- |""".splitlines()
_REMARKS = """\
- cdnow: the sample is a tenth of the master file, so its sales count once; 255 rows that repeat others exactly
  (4,332.88) are set aside unless `repeats_are_real` is set.
- marketing_campaign: nobody left there; `Response` answers an offer, so it is asked whether it is to be predicted; here
  it was, and summary and report say that leaving means it.
- megaline and ravenstack: the records contradict themselves (use after the end, use before the subscription), so they
  are not ready until somebody accepts each finding; megaline was run with all of them accepted, and has no grade then.
- cookie_cats and hillstrom are experiments: which of their outcomes is leaving, if any, is asked.""".splitlines()


@dataclass(frozen=True)
class PublicSet:
    """One data set: its files, and what somebody who knows the business answers."""

    files: str = ALL
    answers: dict[str, str] = field(default_factory=dict)  # text of the project file -> what takes its place
    accepts: bool = False  # go on with what `check` finds severe


SETS = {
    "cdnow": PublicSet(),
    "completejourney": PublicSet(),
    "cookie_cats": PublicSet(),
    "hillstrom": PublicSet(),
    "marketing_campaign": PublicSet(answers={'label: {from: "?"': 'label: {from: "Response"'}),
    "megaline": PublicSet(accepts=True),
    "online_retail": PublicSet("online_retail.csv"),
    "ravenstack": PublicSet(answers={'rule: "?"': "rule: label"}),
    "telco_churn": PublicSet(),
    "telco_tables": PublicSet(),
}


def outcome(name: str, data: Path, home: Path) -> dict[str, Any]:
    """What the product says of one data set."""
    each = SETS[name]
    draft = init(home, [str(file.resolve()) for file in sorted((data / name).glob(each.files))])
    guesses = {guess.about: guess.value for guess in draft.guesses}
    record: dict[str, Any] = {
        "shape": guesses["shape"],
        "rule": guesses["churn.rule"],
        "currency": guesses["currency"],
        "tables": {about[: -len(".holds")]: value for about, value in guesses.items() if about.endswith(".holds")},
        "left_out": sorted(table for table in draft.left_out if "." not in table),
        "asked": list(draft.questions),
    }
    text = draft.file.read_text(encoding="utf-8")
    for question, answer in each.answers.items():
        text = text.replace(question, answer)
    draft.file.write_text(text + QUICK, encoding="utf-8")
    if open_questions(yaml.safe_load(text)):
        return record | {"outcome": "asked"}
    project = open_project(home)
    checked = project.check(now=NOW)
    blocking = [finding["id"] for finding in checked.acceptance["blocking"]]
    record |= {"readiness": checked.grade, "severe": blocking}
    if not checked.is_ready:
        if not each.accepts:
            return record | {"outcome": "refused"}
        with draft.file.open("a", encoding="utf-8") as settings:
            settings.write(f"accept: {json.dumps(blocking)}\n")
        project = open_project(home)
    try:
        run = project.run(now=NOW, options=RunOptions(plots=False)).folder
    except HoldfastError as error:
        return record | {"outcome": f"refused: {error.problem}"}
    return record | {"outcome": "run"} | _figures(run)


def _figures(run: Path) -> dict[str, Any]:
    summary = read_json(run / "reports" / "summary.json")
    kpis = dict(pl.read_csv(run / "bi" / "kpis.csv").select("name", "value").iter_rows())
    account = read_json(run / "reports" / "cleaning.json")
    return {
        "rows_in": account["rows_in"],
        "rows_set_aside": account["rows_set_aside"],
        "customers_in_records": int(kpis["customers_in_records"]),
        "states": summary["states"],
        "total_revenue": kpis.get("total_revenue"),
        "expected_leavers": round(kpis["expected_leavers"], 1),
        "grade": summary["grade"],
    }


def page(records: dict[str, dict[str, Any]]) -> str:
    """The reference page, as Markdown."""
    lines = [*_HEADING]
    for name, record in sorted(records.items()):
        questions = ", ".join(f"`{setting}`" for setting in record["asked"])
        severe = ", ".join(f"`{finding}`" for finding in record.get("severe", []))
        questions = "; ".join(
            words
            for words in (
                f"asked: {questions}" if questions else "",
                f"not ready until accepted: {severe}" if severe else "",
            )
            if words
        )
        states = ", ".join(f"{count:,} {state}" for state, count in record.get("states", {}).items())
        received = record.get("total_revenue")
        cells = (
            name,
            f"{record['shape']}, `{record['rule']}`",
            ", ".join(record["left_out"]) or "nothing",
            questions or "nothing",
            f"{record['customers_in_records']:,}: {states}" if states else "",
            f"{received:,.2f} {record['currency']}" if received is not None else "not known",
            f"{record['expected_leavers']:,.0f}" if "expected_leavers" in record else "",
            record.get("grade", ""),
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, "", *_REMARKS]) + "\n"


def main() -> None:
    """Run the data sets and print the outcomes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("sets", nargs="*", default=list(SETS))
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    records = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.is_file() else {}
    for name in options.sets:
        with tempfile.TemporaryDirectory() as folder:
            records[name] = outcome(name, options.data, Path(folder) / name)
        print(name, json.dumps(records[name]), flush=True)
        if options.write:
            RESULTS.write_text(json.dumps(records, indent=1, sort_keys=True) + "\n", encoding="utf-8")
            PAGE.write_text(page(records), encoding="utf-8")


if __name__ == "__main__":
    main()
