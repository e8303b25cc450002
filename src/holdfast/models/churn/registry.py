"""The churn models there are: a new one is its file and one line here.

CHURN_MODELS                                the list
models_named(names) -> list[ChurnModel]     those of a project's settings
load_fitted(name, files)                    a fitted model from its files
"""

from collections.abc import Mapping, Sequence

from holdfast.errors import HoldfastError
from holdfast.models.churn.base import ChurnModel, FittedChurnModel
from holdfast.models.churn.baselines import BaseRate
from holdfast.models.churn.forest import Forest
from holdfast.models.churn.hist_gradient import HistGradient
from holdfast.models.churn.lightgbm import LightGbm
from holdfast.models.churn.logistic import Logistic
from holdfast.models.churn.stack.model import Stack
from holdfast.models.churn.xgboost import XgBoost

# Plainest first: of two that are equally good, the one that stands earlier is taken.
CHURN_MODELS: tuple[ChurnModel, ...] = (Logistic(), HistGradient(), LightGbm(), XgBoost(), Forest(), Stack())

NO_MODEL: ChurnModel = BaseRate()  # what every customer gets where the records hold no signal


def models_named(names: Sequence[str]) -> list[ChurnModel]:
    """The models of these names, plainest first.

    Raises:
        HoldfastError: a name that no model has, or no name at all.
    """
    all_names = [model.name for model in CHURN_MODELS]
    unknown = [name for name in names if name not in all_names]
    if unknown or not names:
        raise HoldfastError(
            f"training.models: {', '.join(unknown) or 'no model'} named; known are {', '.join(all_names)}.",
            fix=f"Set training.models in holdfast.yaml, e.g. models: [{', '.join(all_names)}].",
        )
    return [model for model in CHURN_MODELS if model.name in names]


def load_fitted(name: str, files: Mapping[str, bytes]) -> FittedChurnModel:
    """A fitted model from the files that its `to_files` gave.

    Raises:
        HoldfastError: no model of this version has that name, or a file is damaged.
    """
    models = {model.name: model for model in (*CHURN_MODELS, NO_MODEL)}
    if name not in models:
        raise HoldfastError(
            f"The stored churn model is called {name!r}; known are {', '.join(models)}.",
            fix="Train again with `holdfast run`.",
        )
    return models[name].load(files)
