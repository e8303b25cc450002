"""Eighteen billing months of the SaaS world, and the futures it may have."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from holdfast.simulator.draws import Whole, customer_names, named
from holdfast.simulator.saas.life import (
    ATTEMPT_DAYS,
    MONTH,
    PRICES,
    MonthOfUse,
    State,
    Users,
    first_state,
    hazard_parts,
    leaving,
    next_state,
    payment_fails,
    use,
)
from holdfast.simulator.types import Batch

MONTHS = 18
HISTORY_DAYS = MONTHS * MONTH
STAYS = np.iinfo(np.int64).max
FUTURES, HORIZON_MONTHS = 32, 3


@dataclass(frozen=True)
class Attempts:
    """Every attempt to take a payment; arrays of shape (attempts,)."""

    user: Whole
    day: Whole
    failed: np.ndarray


@dataclass(frozen=True)
class Months:
    """What happened in each month: lists of one entry a month."""

    users: list[Whole]  # users present
    begins: list[Whole]
    ends: list[Whole]
    use: list[MonthOfUse]


@dataclass(frozen=True)
class Lives:
    """How the history went."""

    months: Months
    attempts: Attempts
    ended: Whole  # (n,) day, or STAYS
    chose: np.ndarray  # (n,) left by choice, not for a failed payment
    state: State


def live(rng: np.random.Generator, batch: Batch, users: Users) -> Lives:
    """Run the history."""
    n = batch.count
    state = first_state(rng, users)
    ended, chose = np.full(n, STAYS), np.zeros(n, dtype=bool)
    months, tried = Months([], [], [], []), []
    for month in range(MONTHS):
        start, stop = month * MONTH, (month + 1) * MONTH
        present = np.flatnonzero((users.signed_up < stop) & (ended == STAYS))
        who, now = users.take(present), state.take(present)
        begins = np.maximum(who.signed_up, start)
        share = (stop - begins) / MONTH
        leaves = rng.random(len(present)) < -np.expm1(-leaving(who, now, start) * share)
        leave_day = begins + np.floor(rng.random(len(present)) * (stop - begins)).astype(np.int64)
        by_choice = np.where(leaves & (leave_day > who.signed_up), leave_day, STAYS)
        fails = rng.random((len(ATTEMPT_DAYS), len(present))) < payment_fails(now)
        due = begins + np.array(ATTEMPT_DAYS)[:, None]
        cut_off = np.where(fails.all(axis=0) & (due[-1] + 1 < stop), due[-1] + 1, STAYS)
        end = np.minimum(by_choice, cut_off)
        is_attempted = np.vstack([np.ones((1, len(present)), bool), np.logical_and.accumulate(fails, axis=0)[:-1]])
        is_attempted &= due < np.minimum(end, stop)
        rows, attempted_users = np.nonzero(is_attempted)
        tried.append(Attempts(present[attempted_users], due[rows, attempted_users], fails[rows, attempted_users]))
        ends = np.minimum(end, stop)
        used = use(rng, who, now, ((ends - begins) / MONTH).astype(np.float32))
        for entries, values in zip((months.users, months.begins, months.ends), (present, begins, ends), strict=True):
            entries.append(values)
        months.use.append(used)
        has_left = end < STAYS
        ended[present[has_left]] = end[has_left]
        chose[present[has_left]] = (by_choice < cut_off)[has_left]
        later = next_state(rng, now, used)
        for name in State.__dataclass_fields__:
            getattr(state, name)[present] = getattr(later, name)
    user, day, failed = (np.concatenate([getattr(some, name) for some in tried]) for name in ("user", "day", "failed"))
    return Lives(months, Attempts(user, day, failed), ended, chose, state)


def truth(rng: np.random.Generator, batch: Batch, users: Users, lives: Lives) -> pl.DataFrame:
    """What is true of each user still there after the last day."""
    staying = np.flatnonzero(lives.ended == STAYS)
    n = len(staying)
    who, now = users.take(staying), lives.state.take(staying)
    drivers = hazard_parts(who, now, HISTORY_DAYS)
    centred = np.stack([driver - driver.mean() if n else driver for driver in drivers.values()])
    monthly, trouble = leaving(who, now, HISTORY_DAYS), now.card_trouble
    rows = np.tile(np.arange(n), FUTURES)
    people, state = who.take(rows), now.take(rows)
    survival, by_choice, cut_off, paid = (
        np.ones(len(rows)),
        np.zeros(len(rows)),
        np.zeros(len(rows)),
        np.zeros(len(rows)),
    )
    price = PRICES[people.plan] * people.seats
    for month in range(HORIZON_MONTHS):
        hazard = leaving(people, state, HISTORY_DAYS + month * MONTH)
        lost = payment_fails(state) ** len(ATTEMPT_DAYS)
        # Failed payments end a subscription on the 8th day: about a quarter of the month's choices come before.
        before = -np.expm1(-hazard * (ATTEMPT_DAYS[-1] + 1) / MONTH)
        paid += survival * (1 - lost) * price
        cut_off += survival * (1 - before) * lost
        stays = np.exp(-hazard) * (1 - lost)
        by_choice += survival * (1 - stays - (1 - before) * lost)
        survival = survival * stays
        state = next_state(rng, state, use(rng, people, state, np.ones(len(rows), dtype=np.float32)))
    mean = {
        name: values.reshape(FUTURES, n).mean(axis=0)
        for name, values in (("choice", by_choice), ("payment", cut_off), ("paid", paid))
    }
    return pl.DataFrame(
        {
            "user_id": customer_names(batch.first + staying),
            "monthly_hazard_by_choice": monthly,
            "card_trouble": trouble,
            "churn_probability_90d": mean["choice"] + mean["payment"],
            "by_choice_90d": mean["choice"],
            "by_failed_payment_90d": mean["payment"],
            "expected_spend_90d": mean["paid"],
            "left_within_90d": rng.random(n) > survival[:n],
            "main_driver": named(centred.argmax(axis=0), tuple(drivers)),
            **{f"log_hazard_{name}": driver for name, driver in drivers.items()},
        }
    ).with_columns(pl.selectors.float().cast(pl.Float64).round(6))
