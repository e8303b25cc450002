"""Value of a contract: margin x what the customer pays x the probability that it is still being paid."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

DAYS_A_MONTH = 365.25 / 12
DAYS_A_YEAR = 365.25


def contract_value(
    monthly_amount: Floats,
    churn_probability: Floats,
    churn_horizon_days: int,
    value_horizon_days: int,
    yearly_discount: float,
) -> tuple[Floats, Floats]:
    """What a contract brings in the value horizon if the customer stays through the churn horizon, and if not.

    The probability of leaving is spread evenly, a constant hazard that goes on beyond the churn horizon. What a month
    brings comes in its middle, if the customer is still there: nobody's day of payment is the day of the cutoff, and
    somewhere in a month is half way through it on average. Today's money, before the margin.

    Args:
        monthly_amount: (n,) currency a month; null as nan stays nan.
        churn_probability: (n,) within `churn_horizon_days` days.
        yearly_discount: what next year's money is worth less today, as a share.

    Returns:
        (n,) value if the customer stays; (n,) value if the customer leaves within the churn horizon. Their mixture by
        the probability is the sum of `amount * discount * (1 - p) ** (day / churn horizon)`.

    Source: Gupta, Hanssens et al. (2006), Journal of Service Research 9(2), equation 1 with a finite horizon.
    """
    days, discount = months(value_horizon_days, yearly_discount)
    stay, leave = np.zeros_like(monthly_amount, dtype=float), np.zeros_like(monthly_amount, dtype=float)
    for day, worth in zip(days, discount, strict=True):
        if_stays, if_leaves = still_there(churn_probability, float(day), churn_horizon_days)
        stay, leave = stay + worth * if_stays, leave + worth * if_leaves
    return monthly_amount * stay, monthly_amount * leave


def still_there(churn_probability: Floats, day: float, churn_horizon_days: float) -> tuple[Floats, Floats]:
    """Probability of still being a customer on a day under a constant hazard, given each outcome of the horizon.

    Args:
        churn_probability: (n,) within the horizon.
        day: after the cutoff.

    Returns:
        (n,) of who stays through the horizon: 1 in it, then the hazard goes on; (n,) of who leaves within it.
    """
    hazard = np.log1p(-np.clip(churn_probability, 0.0, 1 - 1e-9)) / churn_horizon_days
    if_stays = np.exp(hazard * max(day - churn_horizon_days, 0.0))
    if day >= churn_horizon_days:
        return if_stays, np.zeros_like(hazard)
    leaves = -np.expm1(hazard * churn_horizon_days)
    inside = np.expm1(hazard * day) + leaves
    evenly = 1 - day / churn_horizon_days  # what it tends to as the probability tends to 0
    return if_stays, np.where(leaves > 1e-9, inside / np.maximum(leaves, 1e-9), evenly)


def months(horizon_days: int, yearly_discount: float) -> tuple[Floats, Floats]:
    """(m,) the middle day of each month, and (m,) what one unit a month is worth today; the last month in part."""
    starts, lengths = _months(horizon_days)
    days = starts + lengths / 2 * DAYS_A_MONTH
    return days, lengths * (1 - yearly_discount) ** (days / DAYS_A_YEAR)


def _months(horizon_days: int) -> tuple[Floats, Floats]:
    """(m,) the day each month begins, and (m,) the share of a month that it has within the horizon."""
    whole = horizon_days / DAYS_A_MONTH
    begun = np.arange(int(np.ceil(whole)))
    return np.asarray(begun * DAYS_A_MONTH, dtype=np.float64), np.minimum(whole - begun, 1.0)


def share_until(days: Floats, horizon_days: int, yearly_discount: float) -> Floats:
    """(n,) what an even stream that stops after so many days is worth, as a share of one that does not stop.

    Args:
        days: (n,) until it stops; nan stays nan.
        horizon_days: of value.
        yearly_discount: as above.
    """
    starts, lengths = _months(horizon_days)
    worth = months(horizon_days, yearly_discount)[1]
    paid = np.stack([np.clip((days - start) / DAYS_A_MONTH, 0.0, 1.0) for start in starts])
    share: Floats = summed_by_month(worth[:, None] * np.minimum(paid / lengths[:, None], 1.0)) / worth.sum()
    return share


def summed_by_month(amounts: Floats) -> Floats:
    """(n,) sums of (months, n), one month after the other.

    Of several customers NumPy adds up so itself, of a single one in pairs: the last bit would be another one.
    """
    return np.asarray(np.cumsum(amounts, axis=0)[-1])


def contract_interval(
    monthly_amount: Floats,
    churn_probability: Floats,
    churn_horizon_days: int,
    value_horizon_days: int,
    yearly_discount: float,
) -> tuple[Floats, Floats]:
    """(n,) low and (n,) high end of an 80 % interval of one contract's value: when the customer may leave, no more.

    The day of leaving has a known distribution, so its 10 % and 90 % points give the ends; the amount is taken
    as fixed and the churn probability as right.
    """
    staying = -np.log1p(-np.clip(churn_probability, 1e-9, 1 - 1e-9)) / churn_horizon_days
    sure = np.zeros_like(monthly_amount)
    ends = []
    for tail in (0.1, 0.9):
        leaves_on = -np.log1p(-tail) / staying
        total = sure.copy()
        for day, worth in zip(*months(value_horizon_days, yearly_discount), strict=True):
            total += np.where(leaves_on > day, worth, 0.0)
        ends.append(monthly_amount * total)
    return ends[0], ends[1]


def discount_share(horizon_days: float, yearly_discount: float) -> float:
    """What an even stream of money over the horizon is worth today, as a share of its sum."""
    years = horizon_days / DAYS_A_YEAR
    force = -np.log1p(-yearly_discount)
    return float(-np.expm1(-force * years) / (force * years)) if force > 0 else 1.0


def discount_between(begin: float, end: float, yearly_discount: float) -> float:
    """What an even stream from day `begin` to day `end` is worth today, as a share of its sum."""
    return float((1 - yearly_discount) ** (begin / DAYS_A_YEAR)) * discount_share(end - begin, yearly_discount)
