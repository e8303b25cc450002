"""One row a customer with totals: a model of purchases in place of trained models, and what it says of each."""

import json
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.cutoffs.lifecycle import State
from holdfast.cutoffs.totals import purchase_dates
from holdfast.errors import HoldfastError
from holdfast.formatting import plural, short_money
from holdfast.models.clv.contract import discount_share
from holdfast.models.clv.intervals import with_mean_inside
from holdfast.models.clv.purchases.gamma_gamma import fit_gamma_gamma
from holdfast.models.clv.purchases.purchase_models import fit_purchases
from holdfast.models.clv.purchases.purchase_value import PurchaseValue
from holdfast.models.clv.rfm_summary import from_totals
from holdfast.models.level_range import Z_80, fit_drift, leavers_between
from holdfast.pipeline.workspace import Workspace
from holdfast.settings import FILE_NAME, Settings
from holdfast.stats.sums import exact_total, money_total
from holdfast.tables.lifecycle_outputs import LAPSED
from holdfast.tables.outputs import CHURN, VALUE

Floats = NDArray[np.float64]
WHAT_THE_LOG_ADDS = (
    "These are totals, no log: a model of purchases predicts who stays silent, from first and last date and number of "
    "orders, and nothing here can test it. The log of orders would add trained models, a test on past days, reasons "
    "and trends."
)
_FILE = "totals.json"
_FUTURES = 200  # simulated a customer for the interval
_AT_ONCE = 20_000  # customers simulated at a time


def moment_of(workspace: Workspace) -> datetime:
    """The day as of which the totals are taken."""
    moment = workspace.json("timeline.json")["moment"]
    if moment is None:
        raise HoldfastError(
            "No date stands beside the totals, so nothing says how long each customer has been silent.",
            fix=f"In {FILE_NAME}, map last_purchase_at (and first_purchase_at) in the table of customers.",
        )
    return datetime.fromisoformat(moment)


def summary_of(customers: pl.DataFrame, of: pl.DataFrame, moment: datetime) -> pl.DataFrame:
    """(n, ...) purchase summaries in the order of the customers `of`; nulls where nothing was bought."""
    return of.select("customer_id").join(
        from_totals(customers, moment), on="customer_id", how="left", maintain_order="left"
    )


def fit_totals(workspace: Workspace) -> str:
    """The stage `train`, where there is no label: purchases fitted by maximum likelihood, and not tested."""
    settings, rows = workspace.settings, workspace.table("features.parquet")
    moment = moment_of(workspace)
    customers = workspace.tables("tables/")["customers"]
    model, fitted_on = fitted_model(customers, moment)
    bought = summary_of(customers, rows, moment).filter(pl.col("age_days").is_not_null())
    everyone = bought if bought.height else from_totals(customers, moment)
    rate = float(np.mean(silent(model, everyone, settings)))
    grade = {"word": "not tested", "sentence": WHAT_THE_LOG_ADDS}
    workspace.keep_model("models/churn/", {_FILE: artifact(model)})
    workspace.keep_model("models/level/", {})
    workspace.keep_json(
        "metrics.json",
        {
            "signal": True,
            "grade": grade,
            "target": {"base_rate": rate},
            "rule": settings.churn.rule.value,
            "accepted": [
                {"id": each["id"], "sentence": each["sentence"]}
                for each in workspace.json("reports/readiness.json")["acceptance"]["accepted"]
            ],
        },
    )
    empty = {"feature": pl.String, "importance": pl.Float64, "meaning": pl.String}
    workspace.keep_table("feature_importance.csv", pl.DataFrame(schema=empty))
    fitted = f"{model.purchases.rung} fitted to the totals of {plural(fitted_on, 'customer')}"
    return f"{fitted}; not tested, for want of a log"


def fitted_model(customers: pl.DataFrame, moment: datetime) -> tuple[PurchaseValue, int]:
    """Purchases and what one is worth, fitted to all customers with dates, lapsed or not; and how many those are.

    The lapsed belong to it: without them everybody would seem to come back.
    """
    bought = from_totals(customers, moment)
    if bought.height < 2:
        raise HoldfastError(
            "Fewer than two customers have the dates of a purchase: no model of purchases can be fitted.",
            fix=f"In {FILE_NAME}, map first_purchase_at, last_purchase_at and purchases in the table of customers.",
        )
    counts = bought["frequency"].to_numpy().astype(float) + 1
    means = bought["mean_value"].fill_null(0.0).to_numpy().astype(float)
    return PurchaseValue(fit_purchases(bought), fit_gamma_gamma(counts, means)), bought.height


def win_back_of_totals(
    customers: pl.DataFrame, states: pl.DataFrame, settings: Settings, moment: datetime
) -> tuple[pl.DataFrame, dict[str, Any]]:
    """The lapsed customers of one row a customer with totals, with what the model of purchases expects of them.

    Args:
        customers: the cleaned table.
        states: customer_id and lifecycle of each.
        settings: churn horizon and margin.
        moment: the day as of which the totals were taken.

    Returns:
        The LAPSED contract, and the content of reports/lapsed.json.
    """
    ids = states.filter(lifecycle=State.LAPSED.value).select("customer_id").sort("customer_id")
    summary = summary_of(customers, ids, moment).filter(pl.col("age_days").is_not_null())
    dates = purchase_dates(customers, moment).select("customer_id", "last_at", "purchases")
    listed = ids.join(dates, on="customer_id", how="left", maintain_order="left")
    if summary.height:
        model, _ = fitted_model(customers, moment)
        returns = 1.0 - silent(model, summary, settings)
        spend = np.round(model.spend(summary, settings.churn.horizon_days) * settings.value.margin, 2)
        has_money = summary["mean_value"].is_not_null().any()
        predicted = summary.select("customer_id", pl.col("total_value").alias("spend")).with_columns(
            pl.Series("return_probability", returns),
            pl.Series("expected_return_value", spend if has_money else [None] * summary.height, pl.Float64),
        )
    else:
        predicted = ids.head(0).with_columns(
            pl.lit(None, pl.Float64).alias(name) for name in ("spend", "return_probability", "expected_return_value")
        )
    listed = listed.join(predicted, on="customer_id", how="left", maintain_order="left").with_columns(
        pl.col("last_at").alias("last_activity_at"),
        (pl.lit(moment) - pl.col("last_at")).dt.total_days().alias("days_since"),
        pl.col("purchases").cast(pl.Int64, strict=False),
        pl.when(pl.col("return_probability") > 0)
        .then((pl.col("expected_return_value") / pl.col("return_probability")).round(2))
        .alias("value_if_returns"),
    )
    order = ("expected_return_value", "return_probability", "customer_id")
    listed = listed.sort(order, descending=[True, True, False], nulls_last=True)
    listed = listed.with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("rank")).select(LAPSED.names)
    low, high = leavers_between(listed["return_probability"].drop_nulls().to_numpy(), fit_drift([]), Z_80)
    return listed, {
        "customers": listed.height,
        "expected_returns_low": low,
        "expected_returns_high": high,
        "expected_returns": exact_total(listed["return_probability"]),
        "expected_return_value": money_total(listed["expected_return_value"]),
        "cutoffs": 0,
        "model": "purchases",
        "backtest": {},
        "words": "How many return is what the model of purchases expects from totals; nothing here can test it."
        if listed.height
        else "",
    }


def artifact(model: PurchaseValue) -> bytes:
    """The model's parameters as JSON."""
    return json.dumps(model.to_dict(), indent=1).encode()


def silent(model: PurchaseValue, summary: pl.DataFrame, settings: Settings) -> Floats:
    """(n,) probability of no purchase within the churn horizon."""
    bought = model.probability_of_purchase(summary, settings.churn.horizon_days)
    return np.asarray(np.clip(1.0 - bought, 0.0, 1.0))


def predict_totals(workspace: Workspace) -> str:
    """The stage `predict` with a model of purchases: probabilities of silence, and the dates as reasons."""
    settings, rows = workspace.settings, workspace.table("features.parquet")
    moment = moment_of(workspace)
    model = PurchaseValue.from_dict(json.loads(workspace.model("models/churn/")[_FILE]))
    summary = summary_of(workspace.tables("tables/")["customers"], rows, moment)
    has_bought = summary["age_days"].is_not_null()
    silence = pl.Series(silent(model, summary, settings))
    typical = float(silence.filter(has_bought).mean() or 0.0)  # type: ignore[arg-type]  # a number, as floats have
    probability = silence.zip_with(has_bought, pl.Series([typical]).new_from_index(0, len(silence)))
    quiet = (pl.lit(moment) - pl.col("last_at")).dt.total_days()
    gap = pl.col("recency_days") / pl.col("frequency")
    reasons = summary.select(
        pl.when(pl.col("last_at").is_not_null())
        .then(pl.format("The last purchase was {} days ago.", quiet))
        .otherwise(pl.lit("No date of a purchase is known."))
        .alias("reason_1"),
        pl.when(pl.col("frequency") > 0)
        .then(pl.format("The usual time between purchases was {} days.", gap.round(0).cast(pl.Int64, strict=False)))
        .alias("reason_2"),
        pl.lit(None, pl.String).alias("reason_3"),
    )
    predicted = rows.select("customer_id", "cutoff").hstack(
        [
            probability.alias("churn_probability"),
            pl.repeat(False, rows.height, dtype=pl.Boolean, eager=True).alias("has_left"),
            *reasons,
        ]
    )
    # A model of purchases weighs no features: there is nothing to put right, and no contribution.
    required = [column for column in CHURN.columns if not column.optional]
    empty = (pl.lit(None, column.dtype).alias(column.name) for column in required if column.name not in predicted)
    predicted = predicted.with_columns(empty).select(column.name for column in required)
    workspace.keep_table("churn.parquet", predicted)
    workspace.keep_model("models/reasons/", {})
    return f"{probability.sum():,.0f} of {plural(rows.height, 'customer')} expected to stay silent for " + (
        f"{settings.churn.horizon_days} days"
    )


def value_totals(workspace: Workspace) -> str:
    """The stage `value` from totals: purchases expected x what one is worth, and a simulated interval."""
    settings, churn = workspace.settings, workspace.table("churn.parquet")
    moment = moment_of(workspace)
    summary = summary_of(workspace.tables("tables/")["customers"], churn, moment)
    has_bought = summary["age_days"].is_not_null()
    bought = summary.filter(has_bought)
    knows_money = bool(bought["mean_value"].is_not_null().any())
    if not knows_money:
        nothing = [pl.lit(None, dtype).alias(name) for name, dtype in VALUE.schema.items() if name != "customer_id"]
        workspace.keep_table("value.parquet", churn.select("customer_id", *nothing))
        workspace.keep_json("reports/value.json", {"way": "none", "candidates": [], "total": None, "words": ""})
        workspace.keep_model("models/value/", {})
        return "no value known: no column says what the customers paid"
    means = bought["mean_value"].fill_null(0.0).to_numpy().astype(float)
    model, _ = fitted_model(workspace.tables("tables/")["customers"], moment)
    ahead = settings.value.horizon_days
    per_unit = settings.value.margin * discount_share(ahead, settings.value.yearly_discount)
    low, high = _interval(model, bought, ahead, settings.training.seed)
    # Expected value, value of a stayer and of a leaver agree with the probability: the same model gives all of them.
    silence, leaves = silent(model, bought, settings), _after_silence(model, bought, settings)
    stays = (model.spend(bought, ahead) - silence * leaves) / np.maximum(1.0 - silence, 1e-9)
    stays = np.maximum(stays, leaves)
    leaving = bought.join(churn, on="customer_id", how="left", maintain_order="left")["churn_probability"].to_numpy()
    spend = leaving * leaves + (1.0 - leaving) * stays
    low, high = with_mean_inside(low, high, expected=spend, stay=stays, leave=leaves)
    # Whoever never brought money is worth nothing that these records could tell.
    paid = means > 0
    days = np.minimum(model.days_to_next(bought), ahead + 1.0)
    next_date = pl.lit(moment).dt.date() + pl.duration(days=pl.col("days"))
    valued = bought.select("customer_id").with_columns(
        *(
            pl.Series(name, np.where(paid, amounts * per_unit, 0.0))
            for name, amounts in (
                ("expected_value", spend),
                ("value_low", low),
                ("value_high", high),
                ("value_if_stays", stays),
                ("value_if_leaves", leaves),
            )
        ),
        pl.Series("days", days.astype(np.int64)),
    )
    valued = valued.with_columns(pl.when(pl.col("days") <= ahead).then(next_date).alias("expected_next_date"))
    everyone = churn.select("customer_id").join(valued, on="customer_id", how="left", maintain_order="left")
    never = pl.Series(~has_bought)
    amounts = ("expected_value", "value_low", "value_high", "value_if_stays", "value_if_leaves")
    everyone = everyone.with_columns(pl.when(never).then(0.0).otherwise(pl.col(name)).alias(name) for name in amounts)
    workspace.keep_table("value.parquet", everyone.select(VALUE.names))
    words = f"{model.purchases.words} From totals, so not tested on later purchases."
    metrics = {"way": "totals", "horizon_days": ahead, "candidates": [], "total": None, "words": words}
    workspace.keep_json("reports/value.json", metrics)
    workspace.keep_model("models/value/", {_FILE: artifact(model)})
    expected = float(everyone["expected_value"].sum())
    return f"{short_money(expected, settings.currency)} expected in {ahead} days (totals)"


def _after_silence(model: PurchaseValue, summary: pl.DataFrame, settings: Settings) -> Floats:
    """(n,) money in what of the value horizon follows a churn horizon without a purchase."""
    later = settings.value.horizon_days - settings.churn.horizon_days
    if later <= 0:
        return np.zeros(summary.height)
    return model.spend_after_silence(summary, settings.churn.horizon_days, later)


def _interval(model: PurchaseValue, summary: pl.DataFrame, ahead: float, seed: int) -> tuple[Floats, Floats]:
    """(n,) and (n,) between which eight of ten simulated futures of each customer lie."""
    lows, highs = [], []
    for start in range(0, summary.height, _AT_ONCE):
        batch = summary[start : start + _AT_ONCE]
        futures = np.stack([model.simulate_spend(batch, ahead, seed=seed + 2 * number) for number in range(_FUTURES)])
        low, high = np.quantile(futures, (0.1, 0.9), axis=0)
        lows.append(low)
        highs.append(high)
    return np.concatenate(lows), np.concatenate(highs)
