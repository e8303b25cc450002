"""What a model has to beat: the rule of thumb on one feature."""

from dataclasses import dataclass

from holdfast.models.base import FittedChurnModel
from holdfast.models.churn.crossfit import sampled
from holdfast.models.churn.data import ChurnData
from holdfast.models.churn.logistic import Logistic
from holdfast.models.encoding import Floats, finite, is_category, varies

_RULES_OF_THUMB = ("recency", "days_since_last", "tenure")  # words in a feature's name, the better known first
_ROWS = 20_000


@dataclass(frozen=True)
class SingleFeature:
    """A logistic curve on one feature."""

    feature: str
    model: FittedChurnModel

    @property
    def says(self) -> str:
        return f"{self.feature} alone"

    def predict(self, data: ChurnData) -> Floats:
        return self.model.predict(data.rows.select(self.feature))


def single_feature(train: ChurnData, *, seed: int, threads: int) -> SingleFeature | None:
    """Recency, or else tenure, by itself; None where the records have neither."""
    usable = [name for name in train.features if not is_category(train.rows[name].dtype)]
    for word in _RULES_OF_THUMB:
        named = sorted((name for name in usable if word in name.lower()), key=lambda name: (len(name), name))
        for name in named:
            if varies(finite(train.rows.get_column(name))):
                part = sampled(train, _ROWS, seed)
                model = Logistic((4.0,)).fit(part.rows.select(name), part.left, seed=seed, threads=threads)
                return SingleFeature(name, model)
    return None
