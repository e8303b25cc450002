"""What a run says of itself: trust, the model, features, the records, two runs compared, the words."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, Field

from holdfast.interfaces.api import schemas
from holdfast.interfaces.api.dependencies import CSV, PROBLEMS, Format, Fresh, Reader, Results
from holdfast.interfaces.api.reading.segments import Drift, TotalsOf
from holdfast.service.pages.glossary import TERMS
from holdfast.service.pages.quality import quality, set_aside, set_aside_csv
from holdfast.service.pages.runs import compare_runs, run_page
from holdfast.service.pages.trust import feature_list, model_card, trust
from holdfast.service.results_database import LONGEST_KEY, MOST_ROWS

ROUTER = APIRouter(responses=PROBLEMS)
RunName = Annotated[str, Query(max_length=LONGEST_KEY, description="The name of a published run.")]


class Grade(BaseModel):
    """How far to trust a run."""

    word: str
    sentence: str
    next_step: str


class Forecast(BaseModel):
    """What was said for a past cutoff, and what happened."""

    run: str
    made_by: str = Field(description="test: of the run; backtest: a training as of that day.")
    origin: str | None = Field(description="The day it was said for.")
    expected: float | None
    happened: float | None
    low: float | None = Field(description="Of a test what chance alone explains, 95 %; of a backtest 80 %.")
    high: float | None
    is_within: bool | None


class CalibrationPoint(BaseModel):
    """Customers with about the same probability, and the share of them that left."""

    predicted: float
    observed: float
    rows: int


class GroupTotals(TotalsOf):
    """What is expected of a group."""

    name: str


class LeftOut(BaseModel):
    """A column that no model sees."""

    column: str
    why: str


class MetricValue(BaseModel):
    """A measure of the model on customers it was not trained on."""

    key: str
    label: str
    meaning: str
    value: float | None
    low: float | None
    high: float | None


class Compared(BaseModel):
    """A model or a simple rule on the same test customers."""

    name: str
    cells: list[str]


class Appendix(BaseModel):
    """For those who want the measures."""

    model: str | None
    metrics: list[MetricValue]
    compared_by: list[str]
    compared: list[Compared]


class Trust(BaseModel):
    """How far to believe the current run."""

    run: str
    grade: Grade
    has_signal: bool | None
    forecasts: list[Forecast]
    forecasts_differ: str | None = Field(description="Why a test and a backtest of one day differ.")
    calibration: list[CalibrationPoint]
    bands: list[GroupTotals]
    segments: list[GroupTotals]
    left_out: list[LeftOut]
    accepted: list[str]
    drift: Drift | None = Field(description="Null: the run says nothing of its level, as that of one snapshot.")
    warnings: list[str]
    value: str | None = Field(description="How well values were predicted, in sentences.")
    appendix: Appendix


class ModelCard(BaseModel):
    """What the model is for, what it was trained on, how good it is."""

    run: str
    project: str
    simulated: bool
    cutoff: datetime | None
    model: str | None
    calibrator: str | None
    predicts: str
    rule: str | None
    horizon_days: int | None
    base_rate: float | None
    features: int | None
    split: dict[str, Any]
    rows_trained_on: int | None
    metrics: list[MetricValue]
    grade: str | None
    limits: list[str]
    not_for: str
    code_sha256: str | None
    versions: dict[str, str]
    seed: int | None


class FeatureAnswer(BaseModel):
    """Something that is known about each customer."""

    name: str
    meaning: str
    unit: str
    table: str | None
    importance: float | None = Field(description="Its share of the model.")
    words: str | None = Field(description="How it goes with leaving.")


class SetAsideCount(BaseModel):
    """Rows that were set aside for one reason."""

    step: str
    reason: str
    rows: int


class CleaningStep(BaseModel):
    """A step of cleaning, and what it changed."""

    step: str
    what: str
    rows_changed: int
    values_changed: int
    set_aside: int
    merged: int
    amount: float


class TableQuality(BaseModel):
    """A table of the records: read = kept + set aside; rows merged and netted are among those set aside."""

    table: str
    rows_read: int
    rows_kept: int
    rows_set_aside: int
    rows_merged: int
    rows_netted: int
    values_changed: int
    notes: list[str]
    set_aside: list[SetAsideCount]
    steps: list[CleaningStep]


class ReadinessItem(BaseModel):
    """Something that the records need."""

    name: str
    mark: str
    observed: str
    needed: str
    sentence: str
    fix: str


class CheckResult(BaseModel):
    """A check that did not pass."""

    id: str
    category: str | None
    table: str | None
    column: str | None
    rule: str | None
    rows_checked: int | None
    rows_failed: int | None
    share: float | None
    severity: str
    fix: str | None


class MoneyStep(BaseModel):
    """A step from what is written to what was received."""

    step: str
    rows: int
    amount: float


class MoneyLedger(BaseModel):
    """The money of a table, step by step."""

    table: str
    steps: list[MoneyStep]


class Quality(BaseModel):
    """What went in and what was left out."""

    run: str
    currency: str
    grade: str | None
    reasons: list[str]
    known_totals: str
    items: list[ReadinessItem]
    rows_read: int
    rows_kept: int
    rows_set_aside: int
    rows_merged: int
    rows_netted: int
    customers_set_aside: int = Field(description="Whom only rows that were set aside name: no figure counts them.")
    tables: list[TableQuality]
    checks: list[CheckResult]
    checks_passed: int
    money: list[MoneyLedger]
    can_list_set_aside: bool


class SetAsideRow(BaseModel):
    """A row that was read and not used."""

    table: str
    row: int
    step: str
    reason: str
    content: str = Field(description="As it was read, JSON.")


class RunHeading(BaseModel):
    """Which run."""

    run: str
    cutoff: datetime | None
    published_at: datetime
    currency: str
    simulated: bool


class RecordRows(BaseModel):
    """Rows read of a table."""

    table: str
    rows: int


class RunPage(RunHeading):
    """A run, its figures and what it was made with."""

    is_current: bool
    lines: list[str]
    seconds: float | None
    seed: int | None
    code_sha256: str | None
    versions: dict[str, str]
    records: list[RecordRows]
    kpis: schemas.KPIS  # type: ignore[valid-type]


class NumberChange(BaseModel):
    """A key figure in two runs."""

    name: str
    label: str | None
    unit: str | None
    a: float | None
    b: float | None
    change: float | None
    change_percent: float | None


class Difference(BaseModel):
    """Something that is not the same in two runs; null: not there."""

    name: str
    a: str | None
    b: str | None


class Comparison(BaseModel):
    """What changed from run a to run b."""

    a: RunHeading
    b: RunHeading
    numbers: list[NumberChange]
    settings: list[Difference]
    records: list[Difference] = Field(description="Rows read by table.")
    code: list[Difference]


class Term(BaseModel):
    """A word of the product."""

    word: str
    meaning: str


@ROUTER.get("/trust", response_model=Trust)
def how_far_to_trust(caller: Fresh, results: Results) -> Any:
    """One plain grade, what was said against what happened, calibration, what was left out."""
    return trust(results, caller.tenant)


@ROUTER.get("/model-card", response_model=ModelCard)
def card(caller: Fresh, results: Results) -> Any:
    """What the model is for, what it was trained and tested on, how good it is."""
    return model_card(results, caller.tenant)


@ROUTER.get("/features", response_model=list[FeatureAnswer])
def features(caller: Fresh, results: Results) -> Any:
    """What is known about each customer, the weightiest for the model first."""
    return feature_list(results, caller.tenant)


@ROUTER.get("/quality", response_model=Quality)
def records(caller: Fresh, results: Results) -> Any:
    """Rows read, kept and set aside with reasons, checks, and the ledger of money."""
    return quality(results, caller.tenant)


@ROUTER.get("/quality/set-aside", response_model=list[SetAsideRow], responses=CSV)
def rows_set_aside(
    caller: Reader,
    results: Results,
    table: Annotated[str | None, Query(max_length=LONGEST_KEY)] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_ROWS, description="Of JSON; a CSV file has all rows.")] = 100,
    answer: Format = "json",
) -> Any:
    """The rows that were read and not used, each with its reason."""
    if answer == "json":
        return set_aside(results, caller.tenant, table=table, most=limit).to_dicts()
    text = set_aside_csv(set_aside(results, caller.tenant, table=table, most=None))
    disposition = {"Content-Disposition": 'attachment; filename="set-aside.csv"'}
    return Response(text, headers=disposition, media_type="text/csv; charset=utf-8")


@ROUTER.get("/runs/compare", response_model=Comparison)
def compare(caller: Fresh, results: Results, a: RunName, b: RunName) -> Any:
    """What changed from one run to another: numbers, settings, records, code."""
    return compare_runs(results, caller.tenant, a, b)


@ROUTER.get("/runs/{run}", response_model=RunPage)
def one_run(run: Annotated[str, Path(max_length=LONGEST_KEY)], caller: Fresh, results: Results) -> Any:
    """A run with its key figures, its records, and what it was made with."""
    return run_page(results, caller.tenant, run)


@ROUTER.get("/glossary", response_model=list[Term])
def glossary(caller: Reader) -> Any:  # noqa: ARG001
    """The words of the product, each in one sentence."""
    return [{"word": word, "meaning": meaning} for word, meaning in TERMS.items()]
