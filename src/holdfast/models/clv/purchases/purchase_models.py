"""The purchase model that a log supports: BG/NBD (or Pareto/NBD), else shrunken rates, else one rate for all.

`fit_purchases(summary) -> FittedPurchases` says which and why, and never fails: one customer, one-time buyers only,
equal or huge counts.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from holdfast.formatting import plural
from holdfast.models.clv.purchases.bg_nbd import BgNbd, fit_bg_nbd
from holdfast.models.clv.purchases.pareto_nbd import ParetoNbd, fit_pareto_nbd

Floats = NDArray[np.float64]

BG_NBD, PARETO_NBD = "bg_nbd", "pareto_nbd"
SHRUNKEN_RATES, POPULATION_MEAN = "shrunken_rates", "population_mean"
PURCHASE_MODELS = (BG_NBD, PARETO_NBD)
_TITLES = {BG_NBD: "BG/NBD", PARETO_NBD: "Pareto/NBD"}

_LEAST_REPEATERS = 20  # below this leaving cannot be told apart from slow buying
_LEAST_CUSTOMERS = 5
_ONE_PURCHASE_IN = 365.0  # days: the rate taken for a log of which nothing was observed yet
_TRUSTED = (0.5, 2.0)  # modelled over actual purchases in the log it was fitted on


class PurchaseModel(Protocol):
    """What the value of a purchase log is computed from. Time in days throughout."""

    def probability_alive(self, frequency: ArrayLike, recency: ArrayLike, age: ArrayLike) -> Floats: ...
    def expected_purchases(self, ahead: float, frequency: ArrayLike, recency: ArrayLike, age: ArrayLike) -> Floats: ...
    def probability_of_purchase(
        self, ahead: float, frequency: ArrayLike, recency: ArrayLike, age: ArrayLike
    ) -> Floats: ...
    def time_to_next(self, frequency: ArrayLike, recency: ArrayLike, age: ArrayLike) -> Floats: ...
    def simulate_purchases(
        self, ahead: float, frequency: ArrayLike, recency: ArrayLike, age: ArrayLike, *, seed: int
    ) -> Floats: ...
    def to_dict(self) -> dict[str, float]: ...


@dataclass(frozen=True)
class ShrunkenRates:
    """Each customer's own rate, pulled towards the mean rate; nobody leaves. A Poisson-gamma model.

    The mean rate is `r / alpha` a day; `r` is how many purchases of evidence the population is worth.
    """

    r: float
    alpha: float

    def probability_alive(self, frequency: ArrayLike, recency: ArrayLike, age: ArrayLike) -> Floats:
        """(n,) ones: this model knows no leaving."""
        return np.ones(np.broadcast(*map(np.atleast_1d, (frequency, recency, age))).shape)

    def expected_purchases(self, ahead: float, frequency: ArrayLike, recency: ArrayLike, age: ArrayLike) -> Floats:
        """(n,) expected purchases in the next `ahead` days."""
        shape = self.probability_alive(frequency, recency, age)
        rate = (self.r + np.asarray(frequency, float)) / (self.alpha + np.asarray(age, float))
        return np.asarray(shape * rate * ahead)

    def probability_of_purchase(self, ahead: float, frequency: ArrayLike, recency: ArrayLike, age: ArrayLike) -> Floats:
        """(n,) probability of at least one purchase in the next `ahead` days."""
        shape = self.probability_alive(frequency, recency, age)
        power = self.r + np.asarray(frequency, float)
        return np.asarray(shape * -np.expm1(-power * np.log1p(ahead / (self.alpha + np.asarray(age, float)))))

    def time_to_next(self, frequency: ArrayLike, recency: ArrayLike, age: ArrayLike) -> Floats:
        """(n,) median days to the next purchase."""
        shape = self.probability_alive(frequency, recency, age)
        power = self.r + np.asarray(frequency, float)
        return np.asarray(
            shape * (self.alpha + np.asarray(age, float)) * np.expm1(np.minimum(np.log(2.0) / power, 700.0))
        )

    def simulate_purchases(
        self, ahead: float, frequency: ArrayLike, recency: ArrayLike, age: ArrayLike, *, seed: int
    ) -> Floats:
        """(n,) one random future a customer: purchases made in the next `ahead` days."""
        random = np.random.default_rng(seed)
        shape = self.probability_alive(frequency, recency, age)
        power = shape * (self.r + np.asarray(frequency, float))
        rate = random.gamma(power, 1.0 / (self.alpha + np.asarray(age, float)))
        return np.asarray(random.poisson(np.minimum(rate * ahead, 1e9)), dtype=float)

    def to_dict(self) -> dict[str, float]:
        return asdict(self)


@dataclass(frozen=True)
class FittedPurchases:
    """The purchase model of a log, which kind it is, and why."""

    rung: str  # bg_nbd | pareto_nbd | shrunken_rates | population_mean
    model: PurchaseModel
    words: str

    def to_dict(self) -> dict[str, Any]:
        return {"rung": self.rung, "parameters": self.model.to_dict(), "words": self.words}

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> "FittedPurchases":
        kinds: dict[str, Callable[..., PurchaseModel]] = {BG_NBD: BgNbd, PARETO_NBD: ParetoNbd}
        kind = kinds.get(record["rung"], ShrunkenRates)
        return cls(record["rung"], kind(**record["parameters"]), record["words"])


def fit_purchases(summary: pl.DataFrame, first_rung: str = BG_NBD) -> FittedPurchases:
    """Fit the best purchase model that the log supports.

    Args:
        summary: frame of `summarise_purchases`: frequency, recency_days, age_days are read.
        first_rung: bg_nbd or pareto_nbd, what to try first.
    """
    x, t_x, T = (summary[name].to_numpy().astype(float) for name in ("frequency", "recency_days", "age_days"))
    repeaters = int((x > 0).sum())
    rate = (x.sum() + 1.0) / (T.sum() + _ONE_PURCHASE_IN)
    if x.size < _LEAST_CUSTOMERS:
        weight = 1e6  # so heavy that no customer moves it
        words = f"{plural(x.size, 'customer')} with purchases: everyone is given the mean rate of all."
        return FittedPurchases(POPULATION_MEAN, ShrunkenRates(weight, weight / rate), words)
    shrunken = ShrunkenRates(1.0, 1.0 / rate)
    if repeaters < _LEAST_REPEATERS:
        words = (
            f"{repeaters} of {x.size} customers bought on more than one day: too few to tell leaving apart from slow "
            "buying; each customer's own rate is pulled towards the mean and nobody is assumed to have left."
        )
        return FittedPurchases(SHRUNKEN_RATES, shrunken, words)
    model: BgNbd | ParetoNbd = (fit_pareto_nbd if first_rung == PARETO_NBD else fit_bg_nbd)(x, t_x, T)
    ratio = _modelled_over_actual(model, x, T)
    if not _TRUSTED[0] <= ratio <= _TRUSTED[1]:
        words = (
            f"{_TITLES[first_rung]} was refused: over the log it was fitted on it expects {ratio:.3g} times the "
            "actual purchases; each customer's own rate is pulled towards the mean and nobody is assumed to have left."
        )
        return FittedPurchases(SHRUNKEN_RATES, shrunken, words)
    words = f"{_TITLES[first_rung]} on {x.size:,} customers, {repeaters:,} of them with repeat purchases."
    return FittedPurchases(first_rung, model, words)


def _modelled_over_actual(model: PurchaseModel, x: Floats, T: Floats) -> float:
    """Purchases a new customer is expected to make in each customer's age, over those made."""
    ages, customers = np.unique(T, return_counts=True)
    if ages.size > 20:  # a quantile grid: the ratio needs two digits
        ages, customers = np.quantile(T, np.linspace(0.025, 0.975, 20)), np.full(20, T.size / 20)
    expected = sum(
        n * float(model.expected_purchases(float(age), [0], [0], [0])[0])
        for age, n in zip(ages, customers, strict=True)
    )
    return float(expected / x.sum())
