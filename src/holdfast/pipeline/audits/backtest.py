"""The stage `backtest`: each past cutoff forecast by what was known at it, and evaluated once by what came."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.cutoffs.outcomes import AMOUNTS, LEFT
from holdfast.cutoffs.schedule import Schedule
from holdfast.cutoffs.standings import running_contracts
from holdfast.decisions.risk import risk_bands
from holdfast.errors import HoldfastError
from holdfast.formatting import day, day_of, forecast_error, percent, plural, short_money
from holdfast.models.churn.trained import TrainedChurn
from holdfast.models.churn.training import by_own_folds, train_churn
from holdfast.models.clv.evaluation import Origin, better_purchase_model, choose, evaluated_origin, origins_of
from holdfast.models.clv.intervals import coverage_at_its_total, is_inside
from holdfast.models.clv.past import LEAVING, SpendTrainingData, past_rows
from holdfast.models.level_range import Z_80, Move, fit_drift, leavers_between, moved_at
from holdfast.models.metrics import calibration_error, log_loss
from holdfast.models.segments.assign import assign_segments, fit_segments
from holdfast.pipeline.execute import Stage
from holdfast.pipeline.prepare import KEYS, churn_data
from holdfast.pipeline.segment import customers_to_segment
from holdfast.pipeline.train import leaving_is_not_buying, level_beside_purchases
from holdfast.pipeline.value import purchases_of
from holdfast.pipeline.workspace import Workspace
from holdfast.quality.capping import fit_feature_caps
from holdfast.settings import ChurnRule, Settings
from holdfast.stats.ranking import roc_auc

Floats = NDArray[np.float64]

REPORT, TABLE = "reports/backtest.json", "reports/backtest.csv"
_GROUPS = ("risk_band", "segment")


@dataclass(frozen=True)
class _Records:
    """What every origin is forecast from."""

    training: pl.DataFrame  # labelled rows at all past cutoffs
    features: list[dict[str, Any]]
    tables: Mapping[str, pl.DataFrame]
    settings: Settings
    horizon: timedelta


def backtest(workspace: Workspace) -> str:
    """Forecast each past cutoff by models that know nothing from it on, and evaluate each once."""
    schedule = Schedule.from_record(workspace.json("timeline.json"))
    if schedule is None:
        raise HoldfastError(
            "A labelled snapshot has no past cutoffs to test on.",
            fix="Use the figures of `holdfast run`, which keeps customers apart to test on.",
        )
    records = _Records(
        training=workspace.table("training.parquet").filter(pl.col(LEFT).is_not_null()),
        features=workspace.json("features.json"),
        tables=workspace.tables("tables/"),
        settings=workspace.settings,
        horizon=schedule.horizon,
    )
    origins, skipped, rows = [], [], []
    moves: list[tuple[datetime, Move | None]] = []
    for number, cutoff in enumerate(schedule.past):
        workspace.progress.update(f"{cutoff:%Y-%m-%d}", number, len(schedule.past))
        try:
            forecast = _forecast(records, cutoff)
        except HoldfastError as refused:
            skipped.append({"cutoff": f"{cutoff:%Y-%m-%d}", "why": refused.problem})
            continue
        # Only of what was known at the cutoff: outcomes of earlier ones whose horizon had passed.
        passed = [move for earlier, move in moves if move is not None and earlier <= cutoff - schedule.horizon]
        origins.append(_evaluated(forecast, cutoff, fit_drift(passed)))
        moves.append((cutoff, _moved(forecast)))
        rows += _rows(forecast, cutoff)
    words = _words(origins, schedule.horizon.days, records.settings.currency)
    report = {
        "horizon_days": schedule.horizon.days,
        "currency": records.settings.currency,
        "origins": origins,
        "not_evaluated": skipped,
        "words": words,
    }
    workspace.keep_json(REPORT, report)
    workspace.keep_table(TABLE, pl.DataFrame(rows, schema=_ROW_SCHEMA, orient="row"))
    return words[0]


@dataclass(frozen=True)
class _Forecast:
    """One origin: its customers with probability, outcome and groups, and the forecast of money."""

    customers: pl.DataFrame  # customer_id, probability, left, risk_band, segment; expected and observed money
    base_rate: float  # of the rows that the model was trained on
    money: Origin | None


def _forecast(records: _Records, cutoff: datetime) -> _Forecast:
    """Train on the rows whose horizon had passed at the cutoff, and forecast the rows at it.

    Raises:
        HoldfastError: too little to train on at that cutoff.
    """
    settings = records.settings
    closed = records.training.filter(pl.col("cutoff") <= cutoff - records.horizon)
    if not closed.height:
        raise HoldfastError(
            f"No customer's horizon of {records.horizon.days} days had passed before {day(cutoff)}.",
            fix="Bring a longer history.",
        )
    caps = fit_feature_caps(closed, records.features, settings)
    data, seed = churn_data(caps.apply(closed), settings, records.features), settings.training.seed
    trained = train_churn(data, settings.training, seed)
    rows, schedule = records.training.filter(pl.col("cutoff") == cutoff), _schedule_at(records, cutoff)
    probability = _at_level(records, trained, closed, schedule, caps.apply(rows))
    customers = rows.select("customer_id", LEFT).with_columns(pl.Series("churn_probability", probability))
    bands = risk_bands(settings.decisions, trained.base_rate)
    to_segment = customers_to_segment(
        customers.select("customer_id", "churn_probability"),
        bands,
        records.tables["customers"],
        purchases_of(records.tables, settings),
        schedule,
        running_contracts(records.tables, settings, cutoff, as_exported=False),
    )
    models = fit_segments(to_segment, cutoff=cutoff, seed=settings.training.seed)
    segments = assign_segments(models, to_segment, cutoff)["segment"]
    unseen = by_own_folds(trained, data, seed)
    leaving = None if unseen is None else data.rows.select(*KEYS, pl.Series(LEAVING, unseen))
    money = _money(records, schedule, probability, leaving)
    customers = customers.with_columns(
        bands.of(customers["churn_probability"]),
        segments.alias("segment"),
        pl.Series("expected", money.forecasts[money.chosen].expected if money else np.full(rows.height, np.nan)),
        pl.Series("observed", money.observed if money else np.full(rows.height, np.nan)),
    )
    return _Forecast(customers, trained.base_rate, money)


def _at_level(
    records: _Records, trained: TrainedChurn, closed: pl.DataFrame, schedule: Schedule, rows: pl.DataFrame
) -> Floats:
    """(n,) probabilities of leaving at a cutoff, at the level that a run there would have given them."""
    probability = trained.predict(rows)
    settings = records.settings
    purchases = purchases_of(records.tables, settings) if leaving_is_not_buying(settings) else None
    if purchases is None or not trained.signal:
        return probability
    today = rows.select("customer_id").with_columns(pl.Series("p", probability))
    level = level_beside_purchases(purchases, schedule, closed, today, drift=trained.metrics["drift"])
    return replace(trained, shift=level.shift).predict(rows)


def _schedule_at(records: _Records, cutoff: datetime) -> Schedule:
    """The schedule that a run at the cutoff would have had, of the cutoffs that there are rows of."""
    cutoffs: Sequence[datetime] = records.training["cutoff"].unique().sort().to_list()
    closed = [each for each in cutoffs if each <= cutoff - records.horizon]
    training = tuple(each for each in closed if each <= closed[-1] - records.horizon)
    return Schedule(cutoff, records.horizon, closed[-1], training)


def _money(records: _Records, schedule: Schedule, probability: Floats, leaving: pl.DataFrame | None) -> Origin | None:
    """The forecast of money at a cutoff; None where the records hold no purchases, or value comes from what runs.

    Args:
        records: all. schedule: of the cutoff.
        probability: (n,) of leaving, of the rows at it, as a run there would have given them.
        leaving: of the rows before it, by fits of the same model without their customer.
    """
    settings = records.settings
    purchases = purchases_of(records.tables, settings)
    if purchases is None or settings.churn.rule is ChurnRule.SUBSCRIPTION_END:
        return None
    history = records.training.filter(pl.col("cutoff") <= schedule.scoring).drop(AMOUNTS)
    training, days = settings.training, records.horizon.days
    data = SpendTrainingData(purchases, history, days, training.seed, training.threads, calendar=settings.calendar)
    data = replace(data, purchase_model=better_purchase_model(data, schedule))
    past = past_rows(data, [*origins_of(schedule, days), schedule.scoring])
    if past is None:
        return None
    chosen = choose(data, past, schedule)
    past = past.by_fit_at(schedule.scoring, days).with_leaving(leaving)
    silence = settings.churn.rule is ChurnRule.INACTIVITY
    return evaluated_origin(data, past, schedule.scoring, chosen, probability, leaving_is_silence=silence)


def _outcomes(forecast: _Forecast) -> tuple[NDArray[np.bool_], Floats]:
    customers = forecast.customers
    return customers[LEFT].to_numpy().astype(np.bool_), customers["churn_probability"].to_numpy()


def _moved(forecast: _Forecast) -> Move | None:
    return moved_at(*_outcomes(forecast))


def _evaluated(forecast: _Forecast, cutoff: datetime, drift: float) -> dict[str, Any]:
    left, p = _outcomes(forecast)
    both = bool(left.any() and not left.all())
    record: dict[str, Any] = {
        "cutoff": f"{cutoff:%Y-%m-%d}",
        "month": f"{cutoff:%Y-%m}",
        "customers": left.size,
        "roc_auc": roc_auc(left, p) if both else None,
        "log_loss": log_loss(left, p),
        "log_loss_of_base_rate": log_loss(left, np.full(left.size, forecast.base_rate)),
        "calibration_error": calibration_error(left, p),
        "leavers": _leavers(p, left, drift),
        "money": None,
    }
    money = forecast.money
    if money is not None:
        record["money"] = money.total | _inside(money, p)
    for group in _GROUPS:
        record[f"by_{group}"] = [
            {"name": name, "customers": len(own), **_sums(own)} for name, own in _grouped(forecast.customers, group)
        ]
    return record


def _inside(money: Origin, p: Floats) -> dict[str, Any]:
    """Shares of the customers inside their own 80 % interval: of all, of each third of risk, and at the right sum."""
    if money.intervals is None:
        return {}
    outcome = (money.intervals, money.forecasts[money.chosen], money.observed)
    inside = is_inside(*outcome)
    return {
        "inside_80": float(inside.mean()),
        "inside_80_by_risk": [float(third.mean()) for third in np.array_split(inside[np.argsort(p, kind="stable")], 3)],
        "inside_80_at_its_total": coverage_at_its_total(*outcome),
    }


def _leavers(p: Floats, left: NDArray[np.bool_], drift: float) -> dict[str, float]:
    """Expected and observed leavers; 80 % by luck and by how far the level moved between earlier cutoffs."""
    low, high = leavers_between(p, drift, Z_80)
    return {"expected": float(p.sum()), "observed": int(left.sum()), "low": low, "high": high}


def _sums(customers: pl.DataFrame) -> dict[str, float | None]:
    money = customers["expected"].drop_nans().len() > 0
    return {
        "expected_leavers": float(np.asarray(customers["churn_probability"].sum())),
        "observed_leavers": int(np.asarray(customers[LEFT].sum())),
        "expected_money": float(np.asarray(customers["expected"].sum())) if money else None,
        "observed_money": float(np.asarray(customers["observed"].sum())) if money else None,
    }


def _grouped(customers: pl.DataFrame, group: str) -> list[tuple[str, pl.DataFrame]]:
    parts = customers.partition_by(group, as_dict=True)
    return sorted((str(key[0]), own) for key, own in parts.items())


_ROW_SCHEMA = {
    "cutoff": pl.String,
    "group": pl.String,
    "name": pl.String,
    "customers": pl.Int64,
    "expected_leavers": pl.Float64,
    "observed_leavers": pl.Int64,
    "expected_money": pl.Float64,
    "observed_money": pl.Float64,
}


def _rows(forecast: _Forecast, cutoff: datetime) -> list[tuple[Any, ...]]:
    """One row an origin, and one each of its risk bands and segments."""
    groups = [("all", "all", forecast.customers)]
    groups += [(group, name, own) for group in _GROUPS for name, own in _grouped(forecast.customers, group)]
    return [(f"{cutoff:%Y-%m-%d}", group, name, own.height, *_sums(own).values()) for group, name, own in groups]


def _words(origins: Sequence[Mapping[str, Any]], horizon_days: int, currency: str) -> list[str]:
    if not origins:
        return ["No past cutoff could be evaluated: the history is too short to train before any of them."]
    first, last = day_of(origins[0]["cutoff"]), day_of(origins[-1]["cutoff"])
    sentences = [f"{plural(len(origins), 'past cutoff')} evaluated, {first} to {last}, each over {horizon_days} days."]
    inside = sum(each["leavers"]["low"] <= each["leavers"]["observed"] <= each["leavers"]["high"] for each in origins)
    expected, left = (sum(each["leavers"][name] for each in origins) for name in ("expected", "observed"))
    sentences.append(
        f"Leavers: {expected:,.0f} expected, {left:,} left; within the 80 % range at {inside} of {len(origins)}."
    )
    better = sum(each["log_loss"] < each["log_loss_of_base_rate"] for each in origins)
    sentences.append(f"The probabilities were better than the base rate for everyone at {better} of {len(origins)}.")
    forecasts = [each["money"] for each in origins if each["money"]]
    if forecasts:
        predicted, came = (sum(each[name] for each in forecasts) for name in ("predicted", "observed"))
        inside = sum(each["low"] <= each["observed"] <= each["high"] for each in forecasts)
        error = forecast_error(predicted, came)
        sentences.append(
            f"Money: {short_money(predicted, currency)} expected, {short_money(came, currency)} came"
            f"{f': {error}' if error else ''}; within the 80 % range at {inside} of {len(forecasts)}."
        )
    cutoffs = [date.fromisoformat(each["cutoff"]) for each in origins]
    if any((later - earlier).days < horizon_days for earlier, later in pairwise(cutoffs)):
        sentences.append("The periods overlap, so the sums count what lies in several of them several times.")
    return [*sentences, *_words_of_intervals(origins)]


def _words_of_intervals(origins: Sequence[Mapping[str, Any]]) -> list[str]:
    """How many customers lay inside their own interval, all cutoffs together, in a list; empty where none had one."""
    own = [(each["money"], each["customers"]) for each in origins if each["money"] and "inside_80" in each["money"]]
    if not own:
        return []
    customers = [number for _, number in own]
    together = np.average([money["inside_80"] for money, _ in own], weights=customers)
    thirds = np.average([money["inside_80_by_risk"] for money, _ in own], axis=0, weights=customers)
    by_risk = ", ".join(percent(share, 0) for share in thirds)
    words = (
        f"Single customers: {percent(together, 0)} brought what their own 80 % interval says; of each third of risk, "
        f"the lowest first, {by_risk}."
    )
    right = [(money["inside_80_at_its_total"], number) for money, number in own if money["inside_80_at_its_total"]]
    if len(own) > 1 and right:
        at_cutoffs = [money["inside_80"] for money, _ in own]
        at_its_total = np.average([share for share, _ in right], weights=[number for _, number in right])
        words += (
            f" By cutoff {percent(min(at_cutoffs), 0)} to {percent(max(at_cutoffs), 0)}: the interval of one customer "
            f"does not hold what moves everybody. With each sum as it came: {percent(at_its_total, 0)}."
        )
    return [words]


BACKTEST = Stage(
    "backtest",
    "forecasting past cutoffs",
    backtest,
    reads=("tables/", "training.parquet", "features.json", "timeline.json"),
    writes=(REPORT, TABLE),
    settings=("tables", "churn", "training", "decisions", "quality", "currency", "calendar"),
)
