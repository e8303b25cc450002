"""The pipeline on one page: what is made, from what, in which order."""

from holdfast.pipeline.clean import clean_records
from holdfast.pipeline.collect import collect, files_read
from holdfast.pipeline.decide import decide_for_each
from holdfast.pipeline.execute import Stage
from holdfast.pipeline.explore import look_around
from holdfast.pipeline.features import measure
from holdfast.pipeline.predict import expect
from holdfast.pipeline.report import report
from holdfast.pipeline.segment import assign_segments
from holdfast.pipeline.train import prepare, train
from holdfast.pipeline.value import estimate_worth

STAGES: tuple[Stage, ...] = (
    Stage(
        "collect",
        "reading the files",
        collect,
        reads=(),
        writes=("raw.json",),
        settings=("tables",),
        inputs=files_read,
    ),
    Stage(
        "clean",
        "cleaning and checking",
        clean_records,
        reads=("raw.json",),
        writes=(
            "tables/",
            "set_aside.parquet",
            "reports/cleaning.json",
            "reports/ledger.json",
            "reports/validation.csv",
            "reports/readiness.json",
        ),
        settings=("shape", "tables", "quality", "churn", "training", "cutoff", "time_zone"),
    ),
    Stage(
        "features",
        "measuring customers",
        measure,
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
        takes_over=True,
    ),
    Stage(
        "explore",
        "looking around",
        look_around,
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
        "training and judging models",
        train,
        reads=("training.parquet", "features.json", "splits/"),
        writes=("models/churn/", "metrics.json", "feature_importance.csv"),
        settings=("churn", "training"),
    ),
    Stage(
        "expect",
        "expecting and explaining",
        expect,
        reads=("models/churn/", "features.parquet", "training.parquet", "features.json", "splits/"),
        writes=("churn.parquet",),
        settings=("churn", "training", "currency"),
    ),
    Stage(
        "value",
        "valuing customers",
        estimate_worth,
        reads=("tables/", "features.parquet", "training.parquet", "timeline.json", "churn.parquet"),
        writes=("value.parquet", "reports/value.json", "models/value/"),
        settings=("tables", "churn", "value", "training", "currency"),
    ),
    Stage(
        "segment",
        "naming segments",
        assign_segments,
        reads=("tables/", "timeline.json", "churn.parquet", "metrics.json"),
        writes=(
            "segment_assignments.parquet",
            "segment_strategies.json",
            "reports/segments.json",
            "models/segments/",
        ),
        settings=("tables", "churn", "training", "decisions"),
    ),
    Stage(
        "decide",
        "deciding what to do",
        decide_for_each,
        reads=(
            "churn.parquet",
            "value.parquet",
            "segment_assignments.parquet",
            "segment_strategies.json",
            "metrics.json",
        ),
        writes=("predictions.parquet", "plan.parquet", "segments.csv", "reports/decisions.json", "reports/plan.json"),
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
