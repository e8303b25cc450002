"""The two years of the CRM world, and the futures it may have."""

from dataclasses import dataclass, fields, replace

import numpy as np
import polars as pl

from holdfast.simulator.crm.goods import expected_amount
from holdfast.simulator.crm.life import (
    STEP_DAYS,
    Contacts,
    Moment,
    Mood,
    Shocks,
    contacts,
    discount_share,
    first_mood,
    hazard_parts,
    leaving,
    next_mood,
    purchase_rate,
    shocks,
)
from holdfast.simulator.crm.people import HISTORY_DAYS, People
from holdfast.simulator.draws import Floats, Whole, customer_names, named
from holdfast.simulator.types import Batch

STEPS = HISTORY_DAYS // STEP_DAYS
STAYS = np.iinfo(np.int64).max
HORIZON_STEPS, YEAR_STEPS = 9, 37  # 90 days; 365 days, the last step half
FUTURES, YEAR_FUTURES = 16, 4
COUNTED = [field.name for field in (*fields(Shocks), *fields(Contacts)) if field.name != "phase"]


@dataclass(frozen=True)
class Diary:
    """Counts of each thing per step and customer, with the days of the step a customer was there."""

    counts: dict[str, np.ndarray]  # name -> (steps, n)
    first_day: np.ndarray  # (steps, n) first day present in the step
    last_day: np.ndarray  # (steps, n) first day not present any more
    mood: np.ndarray  # (steps, n) satisfaction, for the surveys
    engagement: np.ndarray  # (steps, n)


def day_of_year(batch: Batch, day: int) -> int:
    """1 .. 366 of a day of the history."""
    return (batch.until.timetuple().tm_yday - (HISTORY_DAYS - 1) + day - 1) % 365 + 1


def live(rng: np.random.Generator, batch: Batch, who: People) -> tuple[Diary, Mood, Whole]:
    """Run the history. Returns the diary, the mood at its end, and (n,) the day each left, or STAYS."""
    n = batch.count
    mood = first_mood(rng, who)
    ended = np.full(n, STAYS)
    counts = {name: np.zeros((STEPS, n), dtype=np.int16) for name in COUNTED}
    first, last = (np.zeros((STEPS, n), dtype=np.int16) for _ in range(2))
    satisfaction, engagement = (np.zeros((STEPS, n), dtype=np.float32) for _ in range(2))
    for step in range(STEPS):
        start, stop = step * STEP_DAYS, (step + 1) * STEP_DAYS
        present_now = np.flatnonzero((who.signed_up < stop) & (ended == STAYS))
        if not len(present_now):
            continue
        people, state = who.take(present_now), mood.take(present_now)
        begins = np.maximum(people.signed_up, start)
        share = (stop - begins) / STEP_DAYS
        danger = leaving(people, state, start)
        leaves = rng.random(len(present_now), dtype=np.float32) < 1 - np.exp(-danger * share)
        leave_day = begins + np.floor(rng.random(len(present_now)) * (stop - begins)).astype(np.int64)
        leaves &= leave_day > people.signed_up
        ends = np.where(leaves, leave_day, stop)
        present = ((ends - begins) / STEP_DAYS).astype(np.float32)
        moment = Moment(day_of_year(batch, start), present, danger)
        shocks_met, contacts_made = shocks(rng, people, state, moment), contacts(rng, people, state, moment)
        for record in (shocks_met, contacts_made):
            for name in set(counts) & set(record.__dataclass_fields__):
                counts[name][step, present_now] = getattr(record, name)
        first[step, present_now], last[step, present_now] = begins, ends
        satisfaction[step, present_now], engagement[step, present_now] = state.satisfaction, state.engagement
        ended[present_now[leaves]] = leave_day[leaves]
        later = next_mood(
            rng, people, replace(state, reachable=state.reachable & ~contacts_made.unsubscribed), shocks_met
        )
        for name in Mood.__dataclass_fields__:
            getattr(mood, name)[present_now] = getattr(later, name)
    return Diary(counts, first, last, satisfaction, engagement), mood, ended


def _repeated(people: People, mood: Mood, times: int) -> tuple[People, Mood]:
    rows = np.tile(np.arange(len(people.type)), times)
    return people.take(rows), mood.take(rows)


def _futures(rng: np.random.Generator, batch: Batch, who: People, mood: Mood) -> dict[str, np.ndarray]:
    """Average over possible futures of everybody in `who`."""
    n = len(who.type)
    people, state = _repeated(who, mood, FUTURES)
    survival, spend = np.ones(n * FUTURES), np.zeros(n * FUTURES)
    unbroken = np.zeros(n * FUTURES)  # spend within the horizon of who does not leave in it
    answers: dict[str, np.ndarray] = {}
    for step in range(YEAR_STEPS):
        day = HISTORY_DAYS + step * STEP_DAYS
        share = 0.5 if step == YEAR_STEPS - 1 else 1.0
        of_year = day_of_year(batch, day)
        danger = leaving(people, state, day)
        stays = np.exp(-share * danger)
        amount = expected_amount(people, discount_share(people, of_year))
        bought = share * purchase_rate(people, state, of_year) * amount
        spend += survival * (1 + stays) / 2 * bought
        if step < HORIZON_STEPS:
            unbroken += bought
        survival = survival * stays
        present = np.full(len(people.type), share, dtype=np.float32)
        state = next_mood(rng, people, state, shocks(rng, people, state, Moment(of_year, present, danger)))
        if step == HORIZON_STEPS - 1:
            answers["churn_probability_90d"] = 1 - survival.reshape(FUTURES, n).mean(axis=0)
            answers["expected_spend_90d"] = spend.reshape(FUTURES, n).mean(axis=0)
            answers["left_within_90d"] = rng.random(n) > survival[:n]
            keep = np.arange(n * YEAR_FUTURES)
            people, state, survival, spend = people.take(keep), state.take(keep), survival[keep], spend[keep]
            stayed, in_horizon = survival, survival * unbroken[keep] - spend
    answers["churn_probability_365d"] = 1 - survival.reshape(YEAR_FUTURES, n).mean(axis=0)
    answers["expected_spend_365d"] = spend.reshape(YEAR_FUTURES, n).mean(axis=0)
    by_staying = (in_horizon + spend).reshape(YEAR_FUTURES, n).mean(axis=0)
    answers["expected_spend_365d_if_stays"] = by_staying / stayed.reshape(YEAR_FUTURES, n).mean(axis=0)
    return answers


def truth(rng: np.random.Generator, batch: Batch, who: People, mood: Mood, ended: Whole) -> pl.DataFrame:
    """What is true of each customer still present at the end of the last day."""
    staying = np.flatnonzero(ended == STAYS)
    people, state = who.take(staying), mood.take(staying)
    drivers = hazard_parts(people, state, HISTORY_DAYS)
    hazard: Floats = leaving(people, state, HISTORY_DAYS)
    centred = np.stack([driver - driver.mean() if len(staying) else driver for driver in drivers.values()])
    answers = _futures(rng, batch, people, state)
    return pl.DataFrame(
        {
            "customer_id": customer_names(batch.first + staying),
            "monthly_hazard": 3.0 * hazard,
            **answers,
            "main_driver": named(centred.argmax(axis=0), tuple(drivers)),
            **{f"log_hazard_{name}": driver for name, driver in drivers.items()},
        }
    ).with_columns(pl.selectors.float().cast(pl.Float64).round(6))
