"""The first page: whom to act on first, four numbers with their change and history, and why they changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from holdfast.decisions.plan_words import ORDER_BY_RISK, order_by_gain, outside_words
from holdfast.formatting import about, count, day, percent, plural, short_money
from holdfast.reports.headline import SIMULATED
from holdfast.service.pages.cautions import cautions
from holdfast.service.pages.change import NO_LONGER_RECORDED, change_of_leavers
from holdfast.service.pages.customers import CustomerQuery, Selection
from holdfast.service.results_database import PublishedResults, PublishedRun
from holdfast.store.results.lists import newest_entries
from holdfast.store.results.read import kpi_history, rows_by_key
from holdfast.tables.outputs import PLAN

_SHOWN = 25  # customers of the list on the page
_RUNS = 12  # of a history
_LONGEST_IN_TITLE = 24  # letters of an offer's name


def today(results: PublishedResults, tenant: str) -> Mapping[str, Any]:
    """What to do now, and how it stands.

    Args:
        results: the database.
        tenant: whose.

    Raises:
        NotFoundError: nothing is published.
    """
    everybody = Selection.of(results, tenant, CustomerQuery())
    run = everybody.run
    documents = {
        name: results.document(run, name) or {} for name in ("plan", "decisions", "metrics", "timeline", "readiness")
    }
    horizon = (documents["metrics"].get("target") or {}).get("horizon_days")
    until = run.cutoff + timedelta(days=horizon) if run.cutoff and horizon else None
    placeholders = bool(documents["plan"].get("placeholders"))
    query = _whom(everybody)
    listed_first = Selection.of(results, tenant, query)
    history = _History(results, run)
    high = Selection.of(results, tenant, CustomerQuery(risk_band=("high",)))
    offers = _offers(listed_first, documents["plan"])
    has_signal = documents["metrics"].get("signal") is not False
    title = _title(listed_first, offers, placeholders=placeholders, has_signal=has_signal)
    outlook = _outlook(everybody, high, offers, until)
    metrics = [
        _likely(history, high, documents, until),
        _at_risk(history, everybody),
        _active(history, everybody),
        _forecast_and_outcome(documents["metrics"]),
    ]
    return {
        "run": run.name,
        "project": run.project,
        "cutoff": run.cutoff,
        "horizon_days": horizon,
        "until": until,
        "currency": run.currency,
        "simulated": run.simulated,
        "placeholders": placeholders,
        "has_signal": has_signal,
        # That the records are simulated stands above every page.
        "notices": [each for each in run.summary.get("notices", ()) if each != SIMULATED],
        "title": _in_one(title),
        "title_pieces": _records_of(title),
        "outlook": _in_one(outlook),
        "outlook_pieces": _records_of(outlook),
        "act_first": _list(results, listed_first, query, documents["plan"]),
        "metrics": metrics,
        "change": _change(results, tenant, everybody, history),
        "accepted": [str(each.get("id", each)) for each in documents["metrics"].get("accepted") or []],
    }


def _whom(everybody: Selection) -> CustomerQuery:
    """The plan; where no value is known at all, those at high risk: as `eligibility.whom_to_contact`."""
    if everybody.columns.frame["revenue_at_risk"].null_count() == everybody.columns.frame.height:
        return CustomerQuery(risk_band=("high",), outside_plan=("value_not_known",))
    return CustomerQuery(in_plan=True)


class _History:
    """The key figures of the last runs up to one."""

    def __init__(self, results: PublishedResults, run: PublishedRun) -> None:
        with results.reading() as connection:
            rows = [row for row in kpi_history(connection, run) if row["run"] <= run.name]
        self.runs = sorted({row["run"] for row in rows})[-_RUNS:]
        self._values = {(row["run"], row["name"]): row["value"] for row in rows}
        self._cutoffs = {row["run"]: row["cutoff"] for row in rows}

    def of(self, name: str) -> list[dict[str, Any]]:
        """run, cutoff, value of a key figure, oldest first."""
        return [{"run": run, "cutoff": self._cutoffs[run], "value": self._values.get((run, name))} for run in self.runs]

    def before(self, name: str) -> float | None:
        """Its value in the run before; None: there is none, or it was not known."""
        return self._values.get((self.runs[-2], name)) if len(self.runs) > 1 else None


@dataclass(frozen=True)
class _Figure:
    """A number of the page: which total of which customers, and the key figure that says how it was before."""

    key: str
    label: str
    total: str
    unit: str
    kpi: str


def _metric(figure: _Figure, selection: Selection, history: _History, how: str) -> dict[str, Any]:
    value = selection.totals()[figure.total]
    before = history.before(figure.kpi)
    change = None if before is None or value is None else value - before
    return {
        "key": figure.key,
        "label": figure.label,
        "value": value,
        "unit": figure.unit,
        "change": change,
        "change_percent": 100 * change / before if change is not None and before else None,
        "history": history.of(figure.kpi),
        "how": how,
        "query": selection.query.to_record(),
        "total": figure.total,
    }


def _likely(history: _History, high: Selection, documents: Mapping[str, Any], until: date | None) -> dict[str, Any]:
    limit = (documents["decisions"].get("bands") or {}).get("high_from")
    least = f" of {percent(limit)} or more" if limit is not None else ""
    by = f" by {day(until)}" if until else ""
    how = f"Customers with a probability{least} of leaving{by}: the high band. How many of them leave, nobody knows; "
    how += f"about {count(high.totals()['expected_leavers'])} of them is what their probabilities add up to."
    figure = _Figure("likely_to_leave", "At high risk", "customers", "customers", "high_risk_customers")
    return _metric(figure, high, history, how)


def _at_risk(history: _History, everybody: Selection) -> dict[str, Any]:
    how = "Each customer's probability of leaving times what leaving costs, added up over all customers."
    figure = _Figure("revenue_at_risk", "At risk", "revenue_at_risk", everybody.run.currency, "revenue_at_risk")
    return _metric(figure, everybody, history, how)


def _active(history: _History, everybody: Selection) -> dict[str, Any]:
    how = "Customers who can still leave, each with a prediction: who left, lapsed or paused is not counted."
    figure = _Figure("active", "Customers who can still leave", "customers", "customers", "customers")
    return _metric(figure, everybody, history, how)


def _forecast_and_outcome(metrics: Mapping[str, Any]) -> dict[str, Any]:
    level = metrics.get("level") or {}
    total = metrics.get("total") or {}
    expected, happened = total.get("predicted"), total.get("observed")
    low, high = total.get("low"), total.get("high")
    is_within = None if low is None or high is None or happened is None else low <= happened <= high
    how = "No horizon has passed yet of which we said something, so there is nothing to compare."
    if expected is not None and happened is not None:
        origin = f"As of {day(date.fromisoformat(level['origin']))}: we" if level.get("origin") else "We"
        luck = f" Chance alone explains {count(low)} to {count(high)}." if low is not None and high is not None else ""
        how = f"{origin} expected {count(expected)} customers to leave, and {count(happened)} left.{luck}"
    return {
        "key": "said_and_happened",
        "label": "Said and happened",
        "value": expected,
        "unit": "customers",
        "change": None,
        "change_percent": None,
        "history": [],
        "how": how,
        "query": None,
        "total": None,
        "happened": happened,
        "low": low,
        "high": high,
        "is_within": is_within,
    }


@dataclass(frozen=True)
class _Piece:
    """A piece of a sentence; where it counts customers or what they come to, with their query."""

    text: str
    measure: str = ""  # of `TOTALS`; empty: nothing is counted
    value: float | None = None
    query: CustomerQuery | None = None

    def to_record(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        query = None if self.query is None else self.query.to_record()
        return {"text": self.text, "measure": self.measure or None, "value": self.value, "query": query}


_Sentence = Sequence[_Piece | str]


def _counted(text: str, selection: Selection, measure: str = "customers") -> _Piece:
    """A piece that says what the customers of a selection come to."""
    return _Piece(text, measure, selection.totals()[measure], selection.query)


def _in_one(sentence: _Sentence) -> str:
    """The sentence as a text."""
    return "".join(each if isinstance(each, str) else each.text for each in sentence)


def _records_of(sentence: _Sentence) -> list[dict[str, Any]]:
    """The pieces as plain values."""
    return [(_Piece(each) if isinstance(each, str) else each).to_record() for each in sentence]


@dataclass(frozen=True)
class _OfOffer:
    """An offer of the plan, and the customers who get it."""

    name: str
    unit_cost: float
    customers: Selection

    @property
    def number(self) -> int:
        return int(self.customers.mask.sum())


def _offers(first: Selection, plan: Mapping[str, Any]) -> tuple[_OfOffer, ...]:
    """The offers of the plan in its order, each with its customers of now."""
    if not first.query.in_plan:
        return ()
    return tuple(
        _OfOffer(each["offer"], each.get("unit_cost", 0.0), _getting(first, (each["offer"],)))
        for each in plan.get("by_offer") or []
    )


def _getting(first: Selection, names: tuple[str, ...]) -> Selection:
    return Selection.of(first.results, first.tenant, CustomerQuery(in_plan=True, offer=names))


def _title(first: Selection, offers: Sequence[_OfOffer], *, placeholders: bool, has_signal: bool) -> _Sentence:
    """Whom to contact and what it may save, in at most two lines of a phone."""
    number = int(first.mask.sum())
    if not number:
        return ("No offer pays for anyone yet" if has_signal else "Nobody can be singled out yet",)
    title = (_counted(plural(number, "customer"), first), f" {'is' if number == 1 else 'are'} worth a contact")
    if not first.query.in_plan:
        return title
    if placeholders:
        return _dearest_first(first, offers) or title
    gain = short_money(first.totals()["offer_gain"], first.run.currency)
    return (*title, "; that may save about ", _counted(gain, first, "offer_gain"))


def _dearest_first(first: Selection, offers: Sequence[_OfOffer]) -> _Sentence:
    """For whom the dearest offer pays, and how many more get a cheaper one; empty where there is no such order."""
    if len(offers) < 2 or len(offers[0].name) > _LONGEST_IN_TITLE:
        return ()
    dearest, *others = offers
    more = sum(each.number for each in others)
    if not dearest.number or not more or dearest.unit_cost <= max(each.unit_cost for each in others):
        return ()
    article = "an" if dearest.name[:1].lower() in "aeiou" else "a"
    return (
        _counted(plural(dearest.number, "customer"), dearest.customers),
        f" {'is' if dearest.number == 1 else 'are'} worth {article} {dearest.name}, ",
        _counted(count(more), _getting(first, tuple(each.name for each in others))),
        " more a cheaper offer",
    )


def _outlook(everybody: Selection, high: Selection, offers: Sequence[_OfOffer], until: date | None) -> _Sentence:
    """How many leave, and which offers are for whom."""
    by = f" by {day(until)}" if until else ""
    expected, at_high = everybody.totals()["expected_leavers"], int(high.mask.sum())
    leavers = f"{about(expected)} {'customer' if round(expected) == 1 else 'customers'}"
    says: list[_Piece | str] = [
        "About ",
        _counted(leavers, everybody, "expected_leavers"),
        f" {'is' if round(expected) == 1 else 'are'} expected to leave{by}; ",
        _counted(count(at_high), high),
        f" {'is' if at_high == 1 else 'are'} at high risk.",
    ]
    for position, each in enumerate(offers):
        between = " Worth it: " if position == 0 else " and " if position == len(offers) - 1 else ", "
        says += [f"{between}{each.name} for ", _counted(count(each.number), each.customers)]
    return [*says, "."] if offers else says


def _list(results: PublishedResults, first: Selection, query: CustomerQuery, plan: Mapping[str, Any]) -> dict[str, Any]:
    ids = first.ids(_SHOWN)
    with results.reading() as connection:
        planned = rows_by_key(connection, first.run, PLAN.path, ids)
        entries = newest_entries(connection, first.run.tenant_id, ids)
    placeholders, totals = bool(plan.get("placeholders")), first.totals()
    careful = cautions(results.run_folder(first.tenant, first.run), ids, first.run.currency)
    rows = first.rows(ids)
    return {
        "customers": totals["customers"],
        "is_empty_because": " ".join(outside_words(plan)) if not totals["customers"] and plan.get("outside") else None,
        "revenue_at_risk": totals["revenue_at_risk"],
        "offer_cost": totals["offer_cost"],
        "expected_gain": None if placeholders else totals["offer_gain"],
        "query": query.to_record(),
        "assumption": plan.get("assumption"),
        "order": order_by_gain(row["churn_probability"] for row in rows) if query.in_plan else ORDER_BY_RISK,
        "rows": [
            _row(
                row | {"currency": first.run.currency},
                planned.get(row["customer_id"], {}),
                entries.get(row["customer_id"], {}),
                placeholders=placeholders,
            )
            | {"caution": careful.get(row["customer_id"])}
            for row in rows
        ],
    }


def _row(
    row: Mapping[str, Any], planned: Mapping[str, Any], entry: Mapping[str, Any], *, placeholders: bool
) -> dict[str, Any]:
    shown = (
        "customer_id",
        "priority",
        "risk_band",
        "churn_probability",
        "segment",
        "offer",
        "expected_value",
        "value_low",
        "value_high",
        "revenue_at_risk",
        "offer_cost",
        "worth_fixing",
    )
    return {name: row[name] for name in shown} | {
        "why": row["why"],
        "do": row["next_best_action"],
        "pays_if": row["action_why"],
        "keeps_to_pay": planned.get("saves_needed"),
        "expected_gain": None if placeholders else row["offer_gain"],
        "owner": entry.get("owner") or row["action_owner"],
        "due_on": entry.get("due_on") or row["action_by"],
        "in_list": entry.get("list_id"),
        "status": entry.get("status"),
    }


def _change(results: PublishedResults, tenant: str, everybody: Selection, history: _History) -> dict[str, Any] | None:
    previous, before = results.previous_run(tenant, everybody.run), history.before("expected_leavers")
    if previous is None or before is None or not everybody.columns.has_previous:
        return None
    change = change_of_leavers(everybody.columns, before)
    shares = sorted(
        (each for each in change["parts"] if abs(each["value"]) >= 0.5), key=lambda each: -abs(each["value"])
    )
    because = "; ".join(f"{_signed(each['value'])}: {each['label'][0].lower()}{each['label'][1:]}" for each in shares)
    since = day(previous.cutoff) if previous.cutoff else f"run {previous.name}"
    return {
        **change,
        "since_run": previous.name,
        "since_cutoff": previous.cutoff,
        # Where rows were taken out of the run before, its list comes to less than was said then.
        "before_query": None
        if any(each["key"] == NO_LONGER_RECORDED for each in change["parts"])
        else {"run": previous.name},
        "sentence": f"{_signed(change['change'])} expected leavers since {since}. {because}.".replace(" .", ""),
    }


def _signed(value: float) -> str:
    return f"{'+' if value >= 0 else '−'}{count(abs(value))}"
