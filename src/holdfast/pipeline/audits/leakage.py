"""The stage `leakage`: the leakage audit of `holdfast check --leakage`, which a usual run leaves out."""

from collections.abc import Mapping
from datetime import datetime

import polars as pl

from holdfast.cutoffs.active_window import ActiveWindow
from holdfast.cutoffs.schedule import Schedule
from holdfast.features.library.choose import features_for
from holdfast.features.library.schema import facts_from_record
from holdfast.formatting import plural
from holdfast.leakage.audit import audit
from holdfast.leakage.evidence import KEYS, Evidence
from holdfast.pipeline.collect import raw_tables
from holdfast.pipeline.execute import Stage
from holdfast.pipeline.workspace import Workspace
from holdfast.quality.capping import Caps, fit_feature_caps
from holdfast.quality.clean import clean
from holdfast.quality.undone import without_days_of_undoing
from holdfast.store.pseudonyms import load_pseudonyms

SIDES = ("train", "val", "test")
REPORT = "reports/leakage.json"


def leakage(workspace: Workspace) -> str:
    """Look for every kind of leak in the records as they were read, cleaned, measured and split."""
    project, tables = workspace.settings, workspace.tables("tables/")
    pseudonyms = load_pseudonyms(project)
    training, records = workspace.table("training.parquet"), workspace.json("features.json")
    sides = pl.concat([_side(workspace, side) for side in SIDES])
    train = training.join(sides.filter(side="train"), on=KEYS, how="semi", nulls_equal=True, maintain_order="left")

    def as_known_then(cutoff: datetime) -> Mapping[str, pl.DataFrame]:
        raw, _ = raw_tables(workspace.home, workspace.json("raw.json"))
        # Without a cutoff, orders undone by the export are missing at every cutoff: the audit says so in words.
        as_trained = without_days_of_undoing(project) if project.cutoff is None else project
        hiding = as_trained.model_copy(update={"cutoff": cutoff.date()})
        later = clean(raw, hiding).set_aside.filter(step="future_rows")
        # Cleaned again without these rows: how a column is read must not depend on them either.
        rows = {name: later.filter(table=name).select(pl.col("row").alias("_row")) for name in raw}
        left = {
            name: table.join(rows[name], on="_row", how="anti", maintain_order="left") for name, table in raw.items()
        }
        then_visible = clean(left, hiding).tables
        return then_visible if pseudonyms is None else pseudonyms.tables(then_visible)

    window = ActiveWindow.from_record(workspace.json("timeline.json")["active_window"])
    evidence = Evidence(
        settings=window.applied_to(project),
        tables=tables,
        features=features_for(facts_from_record(workspace.json("facts.json")), project),
        labelled=training,
        sides=sides,
        schedule=Schedule.from_record(workspace.json("timeline.json")),
        as_known_then=as_known_then,
        caps=Caps.from_record(workspace.json("splits/caps.json")).limits,
        caps_of_train=fit_feature_caps(train, records, project).limits,
    )
    report = audit(evidence, lambda share, doing: workspace.progress.update(doing, round(100 * share), 100))
    workspace.keep_json(REPORT, report.record())
    more = [(len(report.hints), "worth a look"), (len(report.accepted), "accepted in the settings")]
    also = "".join(f", {count} {words}" for count, words in more if count)
    return f"{plural(len(report.findings), 'finding')}{also}; {len(report.looked_at)} kinds of leak looked for"


def _side(workspace: Workspace, side: str) -> pl.DataFrame:
    return workspace.table(f"splits/y_{side}.parquet").select(*KEYS, pl.lit(side).alias("side"))


AUDIT = Stage(
    "leakage",
    "looking for leaks",
    leakage,
    reads=("raw.json", "tables/", "training.parquet", "features.json", "facts.json", "timeline.json", "splits/"),
    writes=(REPORT,),
    settings=("shape", "tables", "features", "leakage", "churn", "training", "quality", "cutoff", "time_zone"),
)
