"""The stage of the leakage audit: asked for by `holdfast check --leakage`, no part of a usual run."""

from collections.abc import Mapping
from datetime import datetime

import polars as pl

from holdfast.cutoffs.schedule import Schedule
from holdfast.features.library.choose import features_for
from holdfast.features.library.schema import facts_from_record
from holdfast.formatting import plural
from holdfast.leakage.audit import audit
from holdfast.leakage.evidence import KEYS, Evidence
from holdfast.pipeline.collect import raw_tables
from holdfast.pipeline.execute import Stage
from holdfast.pipeline.workspace import Desk
from holdfast.quality.capping import caps_of, caps_record, learn_caps
from holdfast.quality.clean import clean

SIDES = ("train", "val", "test")
REPORT = "reports/leakage.json"


def look_for_leaks(desk: Desk) -> str:
    """Every kind of leak, in the records as they were read, cleaned, measured and split."""
    project, tables = desk.settings, desk.tables("tables/")
    training, records = desk.table("training.parquet"), desk.json("features.json")
    sides = pl.concat([_side(desk, side) for side in SIDES])
    train = training.join(sides.filter(side="train"), on=KEYS, how="semi", nulls_equal=True, maintain_order="left")

    def as_known_then(cutoff: datetime) -> Mapping[str, pl.DataFrame]:
        raw, _ = raw_tables(desk.home, desk.json("raw.json"))
        hiding = project.model_copy(update={"cutoff": cutoff.date()})
        later = clean(raw, hiding).set_aside.filter(step="future_rows")
        # Cleaned again without these rows: how a column is read must not depend on them either.
        rows = {name: later.filter(table=name).select(pl.col("row").alias("_row")) for name in raw}
        left = {
            name: table.join(rows[name], on="_row", how="anti", maintain_order="left") for name, table in raw.items()
        }
        return clean(left, hiding).tables

    evidence = Evidence(
        settings=project,
        tables=tables,
        features=features_for(facts_from_record(desk.json("facts.json")), project),
        labelled=training,
        sides=sides,
        schedule=Schedule.from_record(desk.json("timeline.json")),
        as_known_then=as_known_then,
        caps=caps_of(desk.json("splits/caps.json")).limits,
        caps_of_train=caps_of(caps_record(learn_caps(train, records, project))).limits,
    )
    found = audit(evidence, desk.progress)
    desk.keep_json(REPORT, found.record())
    more = [(len(found.hints), "worth a look"), (len(found.accepted), "accepted in the settings")]
    also = "".join(f", {count} {words}" for count, words in more if count)
    return f"{plural(len(found.findings), 'finding')}{also}; {len(found.looked_at)} kinds of leak looked for"


def _side(desk: Desk, side: str) -> pl.DataFrame:
    return desk.table(f"splits/y_{side}.parquet").select(*KEYS, pl.lit(side).alias("side"))


AUDIT = Stage(
    "leakage",
    "looking for leaks",
    look_for_leaks,
    reads=("raw.json", "tables/", "training.parquet", "features.json", "facts.json", "timeline.json", "splits/"),
    writes=(REPORT,),
    settings=("shape", "tables", "features", "leakage", "churn", "training", "quality", "cutoff", "time_zone"),
)
