"""The churn models there are: adding one is adding a file and an entry here."""

from collections.abc import Mapping
from typing import Final

from holdfast.models.churn.base import ChurnModel, FittedChurnModel
from holdfast.models.churn.baselines import BaseRate, FittedBaseRate
from holdfast.models.churn.forest import Forest
from holdfast.models.churn.hist_gradient import Gradient
from holdfast.models.churn.lightgbm import FittedLightGbm, LightGbm
from holdfast.models.churn.logistic import FittedLogistic, Logistic
from holdfast.models.churn.tree_model import FittedTrees
from holdfast.models.churn.xgboost import FittedXgBoost, XgBoost

# Plainest first: of two that are equally good, the one that stands earlier is taken.
CHURN_MODELS: Final[Mapping[str, ChurnModel]] = {
    recipe.name: recipe for recipe in (Logistic(), Gradient(), LightGbm(), XgBoost(), Forest())
}

NO_MODEL: Final[ChurnModel] = BaseRate()

FITTED: Final[Mapping[str, type[FittedChurnModel]]] = {
    "logistic": FittedLogistic,
    "forest": FittedTrees,
    "gradient": FittedTrees,
    "lightgbm": FittedLightGbm,
    "xgboost": FittedXgBoost,
    "base_rate": FittedBaseRate,
}
