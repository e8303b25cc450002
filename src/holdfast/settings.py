"""A project's settings: read once from holdfast.yaml, frozen, passed on, never imported."""

import difflib
import re
import zoneinfo
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Literal

import polars as pl
from pydantic import Field, ValidationError, ValidatorFunctionWrapHandler, field_validator, model_validator

from holdfast.calendar_settings import CalendarEvent
from holdfast.known_total_settings import KnownTotals
from holdfast.section import SettingsPart
from holdfast.table_settings import TableSettings, counted_once, without_password

FILE_NAME = "holdfast.yaml"
RESULTS_FILE = "results.db"  # the results database where no other is named, in the project's folder
MOST_FEATURES = 2_000  # more cannot be learnt from in time
EVERYBODY = "all"  # churn.active_within_days: whoever was active, however long ago
UNANSWERED = "?"  # the mark `init` leaves where the evidence was not enough


class Shape(StrEnum):
    """What sort of records a business has."""

    SNAPSHOT = "snapshot"  # one labelled row a customer, no events
    PURCHASES = "purchases"  # a purchase log
    EVENTS = "events"  # customers and several tables of events
    SUBSCRIPTIONS = "subscriptions"  # terms that begin, are paid for and end
    TOTALS = "totals"  # one row a customer with first and last date, counts and sums, no events


class ChurnRule(StrEnum):
    """What says that a customer left."""

    LABEL = "label"  # a column says so
    INACTIVITY = "inactivity"  # no activity in the horizon after the cutoff
    END_DATE = "end_date"  # customers.ended_at lies in the horizon after the cutoff
    SUBSCRIPTION_END = "subscription_end"  # no subscription runs any more at the end of the horizon


class Engine(StrEnum):
    """Where features are measured and customers scored."""

    LOCAL = "local"  # this machine
    SPARK = "spark"  # Apache Spark's executors; needs the extra `spark` and Java 17


Days = Annotated[int, Field(ge=1, le=36_500)]  # a hundred years: more is a slip of the pen


class ChurnSettings(SettingsPart):
    rule: ChurnRule
    """label, inactivity, end_date or subscription_end."""
    horizon_days: Annotated[int, Field(ge=1, le=1825)] = 90
    """How far ahead leaving is asked about."""
    activity: tuple[str, ...] = ()
    """Tables whose events show that a customer is alive (inactivity)."""
    active_within_days: Days | Literal["all"] | None = None
    """Predict only for customers active this lately; `all`: however long ago. None: learned from the records where the
    rule is inactivity (docs/methods/active-customers.md), all elsewhere."""

    @field_validator("active_within_days", mode="wrap")
    @classmethod
    def _is_a_window(cls, value: Any, validate: ValidatorFunctionWrapHandler) -> Any:
        try:
            return validate(value)
        except ValidationError as error:
            raise ValueError(f"a whole number of days from 1 to 36,500, or {EVERYBODY}; not {value!r:.40}") from error

    @property
    def seen_within_days(self) -> int | None:
        """How long before a cutoff the last activity may lie; None: however long.

        Raises:
            ValueError: the window is to be learned first (`cutoffs.active_window`); else the population would silently
                be another one.
        """
        if self.active_within_days is None and self.rule is ChurnRule.INACTIVITY:
            raise ValueError("active_within_days is not learned yet: cutoffs.active_window, ActiveWindow.applied_to")
        return self.active_within_days if isinstance(self.active_within_days, int) else None


class ValueSettings(SettingsPart):
    horizon_days: Annotated[int, Field(ge=1, le=3650)] = 365
    """How far ahead value is counted."""
    margin: Annotated[float, Field(gt=0, le=1)] = 1.0
    """Share of revenue that stays as profit."""
    yearly_discount: Annotated[float, Field(ge=0, lt=1)] = 0.10
    """What money a year later is worth less."""


class OfferSettings(SettingsPart):
    name: str
    cost: Annotated[float, Field(ge=0)]
    """Per customer contacted, in the project's currency."""
    saves: Annotated[float, Field(ge=0, le=1)]
    """Share of leavers who would stay: an assumption until measured."""
    capacity: Annotated[int, Field(ge=0)] | None = None
    """How many customers can get it at most; None: no limit."""
    owner: str = "customer care"
    """Who makes it."""
    within_days: Annotated[int, Field(ge=0, le=365)] = 7
    """By when after the cutoff it is made."""


PLACEHOLDER_OFFERS = (
    OfferSettings(name="e-mail with a reminder", cost=0.1, saves=0.02, owner="marketing"),
    OfferSettings(name="voucher", cost=5.0, saves=0.08, owner="marketing"),
    OfferSettings(name="personal call", cost=12.0, saves=0.15, owner="account manager", within_days=3, capacity=200),
)


class DecisionSettings(SettingsPart):
    medium_risk_from: Annotated[float, Field(gt=0, lt=1)] | None = None
    """None: the base rate."""
    high_risk_from: Annotated[float, Field(gt=0, lt=1)] | None = None
    """None: twice the base rate."""
    budget: Annotated[float, Field(ge=0)] | None = None
    """What the plan may spend; None: everything that pays."""
    offers: tuple[OfferSettings, ...] = PLACEHOLDER_OFFERS
    least_risk: Literal["low", "medium", "high"] = "low"
    """The risk band from which customers get offers; low: everyone for whom an offer pays."""


class QualitySettings(SettingsPart):
    cap_outliers: bool = False
    """Cap numbers beyond the interquartile fences, fitted on training rows."""
    cap_money: bool = False
    """Cap money too: large customers are real, so this is off."""
    drop_exact_repeats: bool = True
    """Rows that repeat another to the letter are set aside."""


class OwnFeature(SettingsPart):
    """A feature of your own: a measure of one table's events, or a formula over other features."""

    name: str = ""
    """Small letters, digits and _; made from the entry where not given."""
    table: str = ""
    """Of a measure: the table of events."""
    measure: str = ""
    """count, sum, mean ...: the list stands in docs/reference/features.md."""
    of: str = ""
    """The column that is measured."""
    where: dict[str, Any] = Field(default_factory=dict)
    """Only events whose columns have these values."""
    per: str = ""
    """Rows of one moment that share this column's value count as one event, their numbers summed."""
    days: Any = None
    """How many days the measure looks back; all time where not given."""
    ends_days_ago: Any = 0
    """How many days before the cutoff its window ends."""
    ratio: Any = ()
    """Of a formula: the names of two features, first / second."""
    difference: Any = ()
    """Two features, first - second."""
    left_of_term: Any = ()
    """Two features in days, since when and how long a term is: the days until the next term begins."""
    total: Any = ()
    """Two features or more, added up."""
    band: Any = ()
    """One feature, as a category by `edges`."""
    edges: tuple[float, ...] = ()
    """Where the bands begin, ascending."""
    count_having: Any = ()
    """Two features or more: how many of them are yes."""
    score: Any = ()
    """One feature: 1 to 5 among all customers, 5 for the greatest."""
    score_least: Any = ()
    """One feature: 1 to 5 among all customers, 5 for the least."""
    unit: str = ""
    """What the numbers count: orders, days, currency, share ..."""
    meaning: str = ""
    """A plain sentence; a measure's window is added to it."""


class FeatureSettings(SettingsPart):
    windows: Annotated[tuple[Days, ...], Field(min_length=1, max_length=50)] = (30, 90, 180, 365)
    """Days before the cutoff that features look back."""
    own: tuple[OwnFeature, ...] = ()
    """Features of your own, beside the library's: docs/guides/own-features.md."""


class AcceptedLeak(SettingsPart):
    """A finding of the leakage audit that somebody who knows the business has found honest."""

    kind: str
    """As the audit names it: post_outcome_column, label_in_events ..."""
    where: str
    """As the audit names it: customers.notice_given, support.kind=complaint ..."""
    why: Annotated[str, Field(min_length=1)]
    """The reason, for whoever reads the next report."""


class LeakageSettings(SettingsPart):
    accepted: tuple[AcceptedLeak, ...] = ()
    """Findings of `holdfast check --leakage` that are honest: docs/guides/leakage.md."""


class TrainingSettings(SettingsPart):
    models: tuple[str, ...] = ("logistic", "forest", "gradient", "lightgbm", "xgboost", "stack")
    step_days: Days = 30
    """Days between two cutoffs to learn from."""
    at_most_cutoffs: Annotated[int, Field(ge=1, le=1000)] = 6
    """The greatest number of cutoffs to learn from; the newest are kept."""
    at_most_rows: Annotated[int, Field(ge=1000)] = 60_000
    """The greatest number of rows to learn from, spread over the cutoffs before the test."""
    at_most_test_rows: Annotated[int, Field(ge=1000)] = 200_000
    """The greatest number of customers of the test cutoff; of more a sample, with the same share of leavers."""
    history_days: Annotated[int, Field(ge=0, le=36_500)] = 60
    """The least history a cutoff must have behind it."""
    aligned_days: Days = 1
    """Past cutoffs stand on a grid of so many days: with 7 they move once a week and a nightly run keeps its models."""
    refit_days: Annotated[int, Field(ge=1, le=31)] = 1
    """Models are fitted every so many days, on what was known by then: with 7 once a week, on a Thursday. The runs
    between keep them and score everybody at their own cutoff. 1: at every run."""
    refit_when_restated: Annotated[float, Field(ge=0, le=1)] = 0.01
    """With `refit_days` above 1: fit earlier where the records before the fit have changed for more than this share of
    the customers. 0: at the first change."""
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 42
    """Same seed, same records: same bytes."""
    threads: Annotated[int, Field(ge=1, le=1024)] = 2
    """Processor threads to use."""


class SparkSettings(SettingsPart):
    master: str = "local[*]"
    """Where the cluster is: "local[2]", "spark://HOST:7077", "yarn", "k8s://..."."""
    partitions: Annotated[int, Field(ge=1, le=1_000_000)] = 64
    """Tasks that the customers are spread over; a few for each core of the cluster."""
    settings: dict[str, str] = Field(default_factory=dict)
    """Further Spark settings, as `spark.executor.memory: 4g`."""


class ResultsSettings(SettingsPart):
    """The database that other systems ask."""

    url: str | None = None
    """Where `run` publishes: sqlite:///results.db, postgresql://USER:${PASSWORD}@HOST/DATABASE or mysql://...

    `${NAME}` is an environment variable. None: only `holdfast publish` does, into results.db of the project's folder.
    """
    tenant: Annotated[str, Field(min_length=1, max_length=255)] = "default"
    """Whose results these are, where several businesses share a database."""
    keep_runs: Annotated[int, Field(ge=1)] = 30
    """So many runs keep their customers' rows in the database; key figures stay."""

    @field_validator("url")
    @classmethod
    def _holds_no_password(cls, url: str | None) -> str | None:
        return url if url is None else without_password(url)


class CurrencySettings(SettingsPart):
    """What becomes of amounts in other currencies than the project's."""

    keep: str = ""
    """Only rows in this currency count; the others are set aside and counted."""
    one_unit_buys: dict[str, Annotated[float, Field(gt=0)]] = Field(default_factory=dict)
    """How much of each other currency one unit of the project's currency is worth, the same for all days: in a project
    in euros `{JPY: 150, USD: 1.1}` says that one euro is worth 150 yen, or 1.1 dollars."""
    rates: str = ""
    """A file of rates that change: date, currency, and rate, how much of that currency one unit of the project's is
    worth from that day on."""


class IdentitySettings(SettingsPart):
    """A table of old customer ids and the ids that replaced them."""

    files: tuple[str, ...]
    old: str
    """The column of the replaced id."""
    new: str
    """The column of the id that stands for the customer now."""


class RollUpSettings(SettingsPart):
    """Customers counted as one: contacts of an account, children of a parent."""

    table: str
    """The table that says who belongs together."""
    customer: str
    """Its source column of the single customer."""
    account: str
    """Its source column of the account they are counted under; an empty cell leaves the customer alone."""


class PseudonymSettings(SettingsPart):
    """Customers under keyed hashes instead of their ids, in every output."""

    key: Annotated[str, Field(pattern=r"^\$\{[A-Za-z_][A-Za-z0-9_]*\}$")]
    """`${NAME}` of the environment variable that holds the secret, of 32 letters at least; never the secret itself."""


class Settings(SettingsPart):
    """All settings of one business."""

    name: str
    shape: Shape
    currency: str = "EUR"
    time_zone: str = "UTC"
    leaving_means: str = ""
    """What leaving stands for where the label says something else, as "they answer the campaign"; reports say so."""
    simulated: bool = False
    """The records are simulated: every output says so."""
    cutoff: date | None = None
    """None: the day after the last event."""
    exported_on: date | None = None
    """The day the records were exported; later dates are bookings. None: the day after the last event."""
    tables: dict[str, TableSettings]
    identities: IdentitySettings | None = None
    """Old customer ids and what they are called now."""
    roll_up: RollUpSettings | None = None
    """Customers that are counted as one account."""
    pseudonyms: PseudonymSettings | None = None
    """Customers' ids in outputs are replaced by keyed hashes; None: outputs hold the ids of the records."""
    currencies: CurrencySettings = CurrencySettings()
    accept: tuple[str, ...] = ()
    """Ids of findings of `holdfast check` that somebody who knows the business has accepted; every report says so."""
    known_totals: KnownTotals = ()
    """What your own system shows for a month, a year or a day: `holdfast check` compares, and a figure that differs
    stops training. docs/guides/your-own-data.md."""
    churn: ChurnSettings
    value: ValueSettings = ValueSettings()
    calendar: tuple[CalendarEvent, ...] = ()
    """Promotions, changes of prices and holidays, past and coming, with what they do to money a day."""
    decisions: DecisionSettings = DecisionSettings()
    quality: QualitySettings = QualitySettings()
    features: FeatureSettings = FeatureSettings()
    leakage: LeakageSettings = LeakageSettings()
    training: TrainingSettings = TrainingSettings()
    engine: Engine = Engine.LOCAL
    """local or spark: the same features from the same records, to the last bit."""
    memory_limit_gb: Annotated[float, Field(gt=0)] | None = None
    """What the process may hold: `ingest`, `features` and `run` take as many customers at a time as it has room for.
    Not set: half of the machine's memory (or of the container's limit), at most 8. No number depends on it."""
    spark: SparkSettings = SparkSettings()
    results: ResultsSettings = ResultsSettings()

    @model_validator(mode="before")
    @classmethod
    def _report_in_the_currency_that_is_kept(cls, data: Any) -> Any:
        """Where only one currency's rows count, every number is in that currency."""
        keep = (data.get("currencies") or {}).get("keep") if isinstance(data, dict) else None
        return {**data, "currency": keep} if isinstance(keep, str) and keep else data

    @field_validator("tables")
    @classmethod
    def _count_the_same_money_once(cls, tables: dict[str, TableSettings]) -> dict[str, TableSettings]:
        """Rows that pay those of a table of sales are payments; where that one is no table of sales, they are sales."""
        return counted_once(tables)

    @field_validator("time_zone")
    @classmethod
    def _is_a_time_zone(cls, name: str) -> str:
        try:
            pl.Series([0]).cast(pl.Datetime("us")).dt.replace_time_zone(name or "?")
        except pl.exceptions.PolarsError as error:
            near = difflib.get_close_matches(name[:60], sorted(zoneinfo.available_timezones()), n=1)
            meant = f"; did you mean {near[0]}?" if near else "; Europe/Berlin, America/New_York and UTC are"
            raise ValueError(f'no time zone is called "{name[:60]}"{meant}') from error
        return name

    @property
    def has_no_events(self) -> bool:
        """Whether the records are one row a customer, so that there is no event to store, hide or measure at a day."""
        return self.shape in {Shape.SNAPSHOT, Shape.TOTALS}

    @property
    def is_of_totals(self) -> bool:
        """Whether only the last date of each customer tells who left: a model of purchases says who is silent."""
        return self.shape is Shape.TOTALS and self.churn.rule is ChurnRule.INACTIVITY

    @model_validator(mode="after")
    def _no_table_goes_through_itself(self) -> "Settings":
        for name, table in self.tables.items():
            if table.through is not None and table.through.table == name:
                raise ValueError(
                    f"tables.{name}.through.table names {name} itself; name the table that knows the customer"
                )
        return self


_SECRET = re.compile(r"(?i)secret|passw|token|credential|private|(?:access|account|api|encryption|shared|sas)[._-]?key")
_IN_ADDRESS = re.compile(r"(://[^/@:\s]*:)[^@\s]+@")
_HIDDEN = "***"


def without_secrets(values: Any, name: str = "") -> Any:
    """Plain values of settings as outputs may show them: what a name or an address says is secret reads ***."""
    if isinstance(values, dict):
        return {key: without_secrets(value, str(key)) for key, value in values.items()}
    if isinstance(values, list | tuple):
        return [without_secrets(value, name) for value in values]
    if isinstance(values, str):
        return _HIDDEN if values and _SECRET.search(name) else _IN_ADDRESS.sub(rf"\1{_HIDDEN}@", values)
    return values
