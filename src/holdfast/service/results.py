"""What a project answers: one frozen record a question, with a sentence for people and plain values for JSON."""

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

from holdfast.decisions.plan_words import order_by_gain, outside_words, why_in_a_line
from holdfast.formatting import count, plural
from holdfast.store.artifacts import read_json
from holdfast.store.runs import prove

if TYPE_CHECKING:
    import polars as pl

    from holdfast.store.runs import StageRecord

JSON_NAME = "json"  # in a field's metadata: its key in JSON; None: it stays out of JSON
NOT_IN_JSON: dict[str, Any] = {JSON_NAME: None}
AS_RUN: dict[str, Any] = {JSON_NAME: "run"}
_SUMMARY = "reports/summary.json"


class Described:
    """A record whose texts under its fields say what they mean, in the schema of the API too."""

    __pydantic_config__: ClassVar[Mapping[str, bool]] = {"use_attribute_docstrings": True}


class Result(Described, ABC):
    """An answer: `sentence` says it to a person, `to_record()` to a program.

    Subclasses are frozen dataclasses; the text under a field says what its key in JSON means.
    """

    @property
    @abstractmethod
    def sentence(self) -> str:
        """The answer in one sentence."""

    def to_record(self) -> dict[str, Any]:
        """Plain values, ready for JSON: texts, numbers, flags, None, lists and dicts of them."""
        return _fields(self)


_PLAIN = frozenset({str, int, float, bool})


def json_name(one_field: "dataclasses.Field[Any]") -> str | None:
    """The key of a result's field in JSON; None: the field stays out of it."""
    name: str | None = one_field.metadata.get(JSON_NAME, one_field.name)
    return name


def _fields(record: Any) -> dict[str, Any]:
    fields = dataclasses.fields(record)
    return {key: plain_values(getattr(record, each.name)) for each in fields if (key := json_name(each)) is not None}


def plain_values(value: Any) -> Any:
    if value is None or type(value) in _PLAIN:  # most are: the other questions take longer
        return value
    if dataclasses.is_dataclass(value):
        return _fields(value)
    if isinstance(value, Mapping):
        return {str(key): plain_values(each) for key, each in value.items()}
    if hasattr(value, "to_dicts") or isinstance(value, (list, tuple)):
        return [plain_values(each) for each in (value.to_dicts() if hasattr(value, "to_dicts") else value)]
    return str(value) if isinstance(value, (Path, date)) else value


@dataclass(frozen=True)
class ReadinessItem:
    """One line of the readiness checklist."""

    name: str
    mark: str  # ✓ ! ✗
    observed: str = field(metadata={JSON_NAME: "found"})
    needed: str
    sentence: str
    fix: str


@dataclass(frozen=True)
class Readiness(Result):
    """Whether a project's records are enough to train on."""

    grade: str
    """ready, usable with care, or not ready"""
    reasons: tuple[str, ...]
    """why it is not a plain yes, the most severe first"""
    items: tuple[ReadinessItem, ...]
    """the checklist: name, mark, found, needed, sentence, fix"""
    is_ready: bool
    """whether `holdfast run` will train"""
    folder: Path = field(metadata=AS_RUN)
    """the folder with the cleaned tables and what was repaired"""
    notes: tuple[str, ...]
    """what the money was taken for, rows after today, custom features that count nothing, unneeded `accept`"""
    acceptance: Mapping[str, Any]
    """`blocking`: what stops `holdfast run` until fixed or accepted; `accepted`; each with id, sentence, fix"""

    @classmethod
    def of(cls, run: Path, report: Mapping[str, Any], notes: tuple[str, ...]) -> Self:
        """The grade of a run's cleaned tables, from reports/readiness.json."""
        items = (ReadinessItem(observed=item.pop("found"), **item) for item in map(dict, report["items"]))
        notes = (*notes, *report["acceptance"]["notes"])
        accepted = report["acceptance"]
        return cls(report["grade"], tuple(report["reasons"]), tuple(items), report["is_ready"], run, notes, accepted)

    @property
    def sentence(self) -> str:
        return f"Readiness: {self.grade}."


@dataclass(frozen=True)
class Summary(Result):
    """The headline of a run."""

    project: str
    """the business's name"""
    simulated: bool
    """whether the records are simulated"""
    cutoff: str | None
    """the moment that splits what was known from what is predicted"""
    signal: bool
    """whether the models rank better than chance"""
    customers: int
    """how many customers are scored"""
    states: Mapping[str, int]
    """all customers of the records by lifecycle state; they add up"""
    lapsed: int
    """how many have lapsed: no forecast below but their returns counts them"""
    expected_returns: float
    """how many of the lapsed are expected to return"""
    already_gone: int
    """how many had left before the cutoff"""
    expected_leavers: float | None
    """the sum of the churn probabilities"""
    high_risk_customers: int
    """how many are in the high risk band"""
    revenue_at_risk: float | None
    """its sum over the customers; null where the records hold no amounts"""
    grade: str | None
    """how far to trust the ranking, in a word"""
    lines: tuple[str, ...]
    """the same in sentences, the notices first"""
    notices: tuple[str, ...] = ()
    """what must be read before any number"""

    @classmethod
    def of(cls, run: Path) -> Self:
        """The headline of a complete run, proved by its recorded hash."""
        prove(run, _SUMMARY)
        content = read_json(run / _SUMMARY)
        texts = {name: tuple(content.get(name, ())) for name in ("lines", "notices")}
        return cls(**content | texts)

    @property
    def sentence(self) -> str:
        return " ".join(self.lines)


@dataclass(frozen=True)
class Run(Result):
    """A finished run, or a finished part of one."""

    folder: Path = field(metadata=AS_RUN)
    """the folder of the run"""
    project: str
    """the business's name"""
    simulated: bool
    """whether the records are simulated"""
    started_at: str
    """when it began"""
    seconds: float
    """how long it took"""
    peak_memory_mb: float
    """the most memory that a stage took"""
    complete: bool
    """whether all stages ran; only then is it the latest run"""
    seed: int
    """of everything random"""
    settings: Mapping[str, Any]
    """all settings as they were"""
    settings_sha256: str
    """their hash"""
    code_sha256: str
    """the hash of Holdfast's own code"""
    versions: Mapping[str, str]
    """of Holdfast and the libraries that decide numbers"""
    processors: int | None
    """of the machine"""
    stages: tuple["StageRecord", ...]
    """what each stage did: name, words, seconds, peak_memory_mb, rows_in, rows_out, reused, outputs with hashes"""
    notes: tuple[str, ...] = ()
    """rows dated after today"""
    summary: Summary | None = field(default=None, metadata=NOT_IN_JSON)  # of a complete run

    @property
    def sentence(self) -> str:
        if self.summary is not None:
            return self.summary.sentence
        return f"Done: {', '.join(stage.name for stage in self.stages)} -> {self.folder}"


@dataclass(frozen=True)
class RunHeading:
    """One run in the list of runs."""

    folder: Path = field(metadata=AS_RUN)
    started_at: str
    seconds: float
    complete: bool
    is_latest: bool
    simulated: bool
    cutoff: str | None = None  # None: a labelled snapshot, or a run of some stages only
    customers: int | None = None
    expected_leavers: float | None = None
    accepted: tuple[str, ...] = ()  # ids of severe findings that the settings accepted
    fitted: str | None = None  # the cutoff that its models were fitted at

    @classmethod
    def of(cls, run: Path, *, is_latest: bool) -> Self:
        """What a finished run says of itself; of a run of some stages, what it has."""
        manifest = read_json(run / "manifest.json")
        names = ("started_at", "seconds", "complete", "simulated")
        fields: dict[str, Any] = {name: manifest[name] for name in names}
        if (run / "metrics.json").exists():
            findings = read_json(run / "metrics.json").get("accepted", ())
            fields["accepted"] = tuple(str(finding["id"]) for finding in findings)
        if (run / _SUMMARY).exists():
            headline = Summary.of(run)
            fields |= {name: getattr(headline, name) for name in ("cutoff", "customers", "expected_leavers")}
        if (run / "timeline.json").exists():
            fit = read_json(run / "timeline.json").get("fit")
            fields["fitted"] = fit["cutoff"] if fit else None
        return cls(run, is_latest=is_latest, **fields)


@dataclass(frozen=True)
class RunList(Result):
    """The finished runs of a project."""

    runs: tuple[RunHeading, ...]
    """newest first: run, started_at, seconds, complete, is_latest, simulated, cutoff, customers, expected_leavers,
    accepted (ids of severe findings), fitted (the cutoff that its models were fitted at); null where the run did not
    come so far"""

    @property
    def sentence(self) -> str:
        complete = sum(each.complete for each in self.runs)
        return f"{plural(len(self.runs), 'finished run')}, {count(complete)} of them with all stages."


@dataclass(frozen=True)
class Predictions(Result):
    """The list of a run: one row a customer, most urgent first."""

    folder: Path = field(metadata=AS_RUN)
    """the folder of the run"""
    table: "pl.DataFrame" = field(metadata={JSON_NAME: "customers"})
    """one entry a customer; columns as in docs/reference/predictions.md"""
    currency: str = field(metadata=NOT_IN_JSON)

    @property
    def sentence(self) -> str:
        expected = float(self.table["churn_probability"].sum())
        return f"{plural(self.table.height, 'customer')}, {count(expected)} expected to leave."


@dataclass(frozen=True)
class ContactList(Result):
    """The headline of the latest run, and the customers to contact first: the plan in its order."""

    summary: Summary
    """the headline: project, simulated, cutoff, signal, customers, states, lapsed, expected_returns, already_gone,
    expected_leavers, high_risk_customers, revenue_at_risk, grade, lines"""
    table: "pl.DataFrame" = field(metadata={JSON_NAME: "customers"})
    """one entry a customer, first priority first; columns as in docs/reference/predictions.md"""
    listed: int
    """how many customers are on the whole list"""
    outside: tuple[Mapping[str, Any], ...]
    """who is not on it: rule, sentence, customers, would_pay, gain_left_out"""
    currency: str = field(metadata=NOT_IN_JSON)
    horizons: str = field(metadata=NOT_IN_JSON)
    """over which days the probabilities and the money are"""

    @property
    def order(self) -> str:
        """Why the first stand first, where money is known."""
        return order_by_gain(self.table["churn_probability"])

    @property
    def sentence(self) -> str:
        return self.summary.sentence

    def why(self, row: Mapping[str, Any]) -> str | None:
        """Why a customer of the table is on the list, in a line."""
        return why_in_a_line(row, self.currency)

    @property
    def not_listed(self) -> list[str]:
        """Who is not on the list and why, a line a rule."""
        return outside_words({"outside": self.outside})


@dataclass(frozen=True)
class IngestReport(Result):
    """What became of the rows of new files; the whole is in events/ingest-report.json."""

    folder: Path
    """the store of events"""
    version: int
    """of the store, after this"""
    files: tuple[Mapping[str, Any], ...]
    """the new files: table, name, sha256"""
    cleaned_again: bool
    """whether rows that were stored before were cleaned again"""
    rows_in: int
    """rows of the new files; rows_in = rows_kept + rows_set_aside"""
    rows_kept: int
    """of these, used"""
    rows_set_aside: int
    """of these, not used, each with a reason"""
    touched_customers: int
    """how many have new or changed rows"""
    notes: tuple[str, ...]
    """what a person should know"""
    far_future: Mapping[str, Any]
    """by table: rows dated after today"""
    tables: Mapping[str, Mapping[str, Any]]
    """by table: rows_in, rows_kept, rows_set_aside, unreadable, set_aside by step, samples, stored_rows_taken_back"""
    steps: tuple[Mapping[str, Any], ...]
    """what each step of cleaning did"""
    words: str = field(metadata=NOT_IN_JSON)

    @property
    def sentence(self) -> str:
        return self.words


@dataclass(frozen=True)
class FeatureTable(Result):
    """Features of the store's customers at one cutoff or many; `write_table` writes them as one file."""

    folder: Path
    """the folder of the features"""
    how: str
    """all: everyone was measured; changes: customers with new records; kept: nothing was new"""
    customers_measured_again: int
    """how many"""
    new_cutoffs: int
    """cutoffs at which everyone was measured"""
    store_version: int
    """of the store of events"""
    cutoffs: tuple[str, ...]
    """days, oldest first"""
    rows_by_cutoff: tuple[int, ...]
    """customers at each of them"""
    rows: int
    """their sum"""
    features: tuple[str, ...]
    """names, as in docs/reference/features.md"""
    notes: tuple[str, ...]
    """custom features that count nothing"""
    words: str = field(metadata=NOT_IN_JSON)
    measured: Any = field(metadata=NOT_IN_JSON)  # the store's record, read by parts; and pseudonyms of its customers

    @property
    def sentence(self) -> str:
        return self.words


@dataclass(frozen=True)
class WrittenFile(Result):
    """A table that was written where the caller said."""

    out: Path | None
    """the file that was written; null: none was asked for"""

    @property
    def sentence(self) -> str:
        return f"Written: {self.out}" if self.out else "No file was written."
