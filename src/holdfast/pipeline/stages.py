"""The pipeline on one page: which stage writes what, from what, in which order."""

from holdfast.pipeline.clean import clean
from holdfast.pipeline.collect import collect, files_read
from holdfast.pipeline.decide import decide
from holdfast.pipeline.execute import Stage
from holdfast.pipeline.explore import explore
from holdfast.pipeline.features import features
from holdfast.pipeline.predict import predict
from holdfast.pipeline.prepare import prepare
from holdfast.pipeline.report import report
from holdfast.pipeline.segment import segment
from holdfast.pipeline.train import train
from holdfast.pipeline.value import value

STAGES: tuple[Stage, ...] = (
    Stage(
        "collect",
        "reading the files",
        collect,
        reads=(),
        writes=("raw.json",),
        settings=("tables", "identities", "currencies"),
        inputs=files_read,
    ),
    Stage(
        "clean",
        "cleaning and checking",
        clean,
        reads=("raw.json",),
        writes=(
            "tables/",
            "set_aside.parquet",
            "reports/cleaning.json",
            "reports/ledger.json",
            "reports/validation.csv",
            "reports/readiness.json",
        ),
        settings=(
            "shape",
            "tables",
            "quality",
            "churn",
            "training",
            "cutoff",
            "time_zone",
            "currency",
            "currencies",
            "identities",
            "roll_up",
            "exported_on",
            "accept",
        ),
    ),
    Stage(
        "features",
        "computing features",
        features,
        reads=("tables/", "reports/readiness.json"),
        writes=(
            "features.parquet",
            "training.parquet",
            "features.json",
            "facts.json",
            "timeline.json",
            "fingerprints.parquet",
        ),
        settings=("shape", "tables", "features", "churn", "training", "cutoff"),
        reuses_rows=True,
    ),
    Stage(
        "explore",
        "exploring",
        explore,
        reads=("tables/", "training.parquet", "features.json", "timeline.json"),
        writes=("reports/eda.json", "reports/eda.txt"),
        settings=("tables", "churn", "currency"),
    ),
    Stage(
        "prepare",
        "splitting",
        prepare,
        reads=("training.parquet", "features.json"),
        writes=("splits/",),
        settings=("churn", "training", "quality"),
    ),
    Stage(
        "train",
        "training and evaluating models",
        train,
        reads=("training.parquet", "features.json", "splits/", "reports/readiness.json"),
        writes=("models/churn/", "metrics.json", "feature_importance.csv"),
        settings=("churn", "training", "accept"),
    ),
    Stage(
        "predict",
        "predicting and explaining",
        predict,
        reads=("models/churn/", "features.parquet", "training.parquet", "features.json", "splits/"),
        writes=("churn.parquet", "models/reasons/"),
        settings=("churn", "training", "currency"),
    ),
    Stage(
        "value",
        "valuing customers",
        value,
        reads=("tables/", "features.parquet", "training.parquet", "timeline.json", "churn.parquet"),
        writes=("value.parquet", "reports/value.json", "models/value/"),
        settings=("tables", "churn", "value", "training", "currency"),
    ),
    Stage(
        "segment",
        "naming segments",
        segment,
        reads=("tables/", "timeline.json", "churn.parquet", "metrics.json"),
        writes=(
            "segment_assignments.parquet",
            "segment_strategies.json",
            "reports/segments.json",
            "models/segments/",
            "models/risk_bands/",
        ),
        settings=("tables", "churn", "training", "decisions"),
    ),
    Stage(
        "decide",
        "deciding what to do",
        decide,
        reads=(
            "churn.parquet",
            "value.parquet",
            "segment_assignments.parquet",
            "segment_strategies.json",
            "models/risk_bands/",
        ),
        writes=(
            "predictions.parquet",
            "plan.parquet",
            "segments.csv",
            "reports/decisions.json",
            "reports/plan.json",
            "models/value_tiers/",
        ),
        settings=("decisions", "value", "currency"),
    ),
    Stage(
        "report",
        "drawing and writing",
        report,
        reads=(
            "tables/",
            "features.parquet",
            "training.parquet",
            "features.json",
            "timeline.json",
            "metrics.json",
            "feature_importance.csv",
            "predictions.parquet",
            "plan.parquet",
            "segments.csv",
            "reports/cleaning.json",
            "reports/validation.csv",
            "reports/readiness.json",
            "reports/eda.json",
            "reports/value.json",
            "reports/decisions.json",
            "reports/plan.json",
        ),
        writes=(
            "reports/report.html",
            "reports/report.md",
            "reports/dashboard.html",
            "reports/figures/",
            "reports/summary.json",
            "bi/",
        ),
        settings=(
            "name",
            "shape",
            "currency",
            "leaving_means",
            "simulated",
            "tables",
            "churn",
            "value",
            "decisions",
        ),
    ),
)
