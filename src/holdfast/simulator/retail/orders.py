"""Who buys when, and for how much, in the retail world: BG/NBD purchases with gamma-gamma spend.

Source: Fader, Hardie & Lee (2005), Marketing Science 24(2); Fader & Hardie (2013), the gamma-gamma model.
Time runs in busy days: a calendar day counts for as much as its season is busier than the mean.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from holdfast.simulator.draws import Flags, Floats, Whole
from holdfast.simulator.types import Batch

HISTORY_DAYS = 730
# Purchases: lambda ~ Gamma(r, rate alpha) a busy day; dropout after a repeat purchase ~ Beta(a, b).
R, ALPHA, A, B = 0.85, 62.0, 0.75, 2.9
# Spend of an invoice: Gamma(P, rate nu) with nu ~ Gamma(Q, rate V).
P, Q, V = 5.5, 4.0, 190.0
_HORIZONS = (90, 365)


@dataclass(frozen=True)
class Buyers:
    """What is fixed, and never seen, about each customer; arrays of shape (n,)."""

    rate: np.ndarray  # purchases a busy day while alive; the paper's lambda
    dropout: np.ndarray  # chance to stop for good after a repeat purchase; the paper's p
    mean_spend: np.ndarray  # currency an invoice
    alive: Flags  # after the last day


@dataclass(frozen=True)
class Orders:
    """Every invoice; arrays of shape (invoices,)."""

    customer: Whole
    day: Whole  # of the history
    amount: np.ndarray


def busy_days(batch: Batch) -> np.ndarray:
    """Busy days that have passed at the start of each day, from the first of the history to a year past its end."""
    first = batch.until.timetuple().tm_yday - (HISTORY_DAYS - 1)
    of_year = (first - 1 + np.arange(HISTORY_DAYS + max(_HORIZONS))) % 365
    season = 1 + 0.55 * np.exp(-(((of_year - 325) / 25.0) ** 2)) - 0.15 * np.exp(-(((of_year - 25) / 30.0) ** 2))
    year = 1 + 0.55 * np.sqrt(np.pi) * 25 / 365 - 0.15 * np.sqrt(np.pi) * 30 / 365
    return np.concatenate([[0.0], np.cumsum(season / year)])


def buy(rng: np.random.Generator, batch: Batch) -> tuple[Buyers, Orders]:
    """Draw customers and every purchase they make until the last day."""
    n = batch.count
    clock = busy_days(batch)
    end = clock[HISTORY_DAYS]
    rate, dropout = rng.gamma(R, 1 / ALPHA, n), rng.beta(A, B, n)
    mean_spend = P / rng.gamma(Q, 1 / V, n)
    now = clock[np.floor(HISTORY_DAYS * rng.random(n) ** 1.1).astype(np.int64)] + rng.random(n) * 0.5
    alive = np.ones(n, dtype=bool)
    who = np.arange(n)
    customers, times = [who], [now]
    while len(who):
        now = now + rng.exponential(1.0, len(who)) / rate[who]
        bought = now < end
        who, now = who[bought], now[bought]
        customers.append(who)
        times.append(now)
        stays = rng.random(len(who)) >= dropout[who]
        alive[who[~stays]] = False
        who, now = who[stays], now[stays]
    customer = np.concatenate(customers)
    day = np.searchsorted(clock, np.concatenate(times), side="right") - 1
    amount = rng.gamma(P, 1.0, len(customer)) * mean_spend[customer] / P
    return Buyers(rate, dropout, mean_spend, alive), Orders(customer, day.clip(0, HISTORY_DAYS - 1), amount)


def truth(rng: np.random.Generator, batch: Batch, buyers: Buyers, names: pl.Series) -> pl.DataFrame:
    """What is true of each customer after the last day."""
    clock = busy_days(batch)
    columns: dict[str, object] = {
        "customer_id": names,
        "purchases_a_busy_day": buyers.rate,
        "dropout_after_a_purchase": buyers.dropout,
        "mean_invoice": buyers.mean_spend,
        "alive": buyers.alive,
    }
    for horizon in _HORIZONS:
        ahead = clock[HISTORY_DAYS + horizon] - clock[HISTORY_DAYS]
        expected: Floats = buyers.alive * -np.expm1(-buyers.rate * buyers.dropout * ahead) / buyers.dropout.clip(1e-9)
        silent = 1 - buyers.alive * -np.expm1(-buyers.rate * ahead)
        columns[f"churn_probability_{horizon}d"] = silent
        columns[f"expected_purchases_{horizon}d"] = expected
        columns[f"expected_spend_{horizon}d"] = expected * buyers.mean_spend
        if horizon == _HORIZONS[0]:
            columns["left_within_90d"] = rng.random(batch.count) < silent
    return pl.DataFrame(columns).with_columns(pl.selectors.float().round(6))
