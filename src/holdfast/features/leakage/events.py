"""Events that tell the outcome: written back after it, piled up before the end, or met of leavers only."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import polars as pl

from holdfast.features.leakage.chance import LEAST_LEAVERS, Seen, is_beyond
from holdfast.features.leakage.evidence import Evidence, shown
from holdfast.features.leakage.findings import Finding, Grade, Leak
from holdfast.kinds import TIME
from holdfast.project import FILE_NAME
from holdfast.words import plural

BEFORE_END = timedelta(days=30)
LATE_WITHIN = timedelta(days=60)  # before the end or the cutoff, in which late rows are looked for
LATELY = timedelta(days=180)
FOLLOWED = 0.8  # of the customers with such an event
PILE_ODDS = 20.0  # times that an honest event may raise the odds of an end within 30 days
_MOST_VALUES = 50
_KNOWN = pl.coalesce("known_at", "happened_at")


@dataclass(frozen=True)
class Sort:
    """Rows of an event table that share a value (or are filled in), of one kind for the audit."""

    table: str
    column: str
    value: str
    holds: pl.Expr

    @property
    def where(self) -> str:
        return f"{self.table}.{self.column}={self.value}" if self.column else self.table


def sorts(name: str, table: pl.DataFrame) -> list[Sort]:
    """The sorts of events of a table that at least 20 customers have; columns with a `_` in front are our own."""
    found = [Sort(name, "", "", pl.lit(value=True))]
    for column, dtype in table.schema.items():
        if column in {"customer_id", "happened_at", "known_at"} or column.startswith("_"):
            continue
        values = table[column]
        if dtype in (pl.String, pl.Boolean):
            texts = values.cast(pl.String)
            if texts.n_unique() <= _MOST_VALUES:
                kinds = sorted(texts.drop_nulls().unique().to_list())
                found += [Sort(name, column, kind, pl.col(column).cast(pl.String) == kind) for kind in kinds]
        if 0 < values.null_count() < table.height:
            found.append(Sort(name, column, "(filled in)", pl.col(column).is_not_null()))
    counts = table.select(
        pl.col("customer_id").filter(one.holds).n_unique().alias(str(i)) for i, one in enumerate(found)
    )
    return [one for one, count in zip(found, counts.row(0), strict=True) if count >= LEAST_LEAVERS]


def backfilled(evidence: Evidence) -> Iterator[Finding]:
    """Rows that stand before the end (or the cutoff) and became known only with it, for leavers only."""
    asked = _moments(evidence)
    questions = []
    for name, table in evidence.events.items():
        if not evidence.says_when_known(name):
            continue
        late = (
            table.join(asked, on="customer_id", how="inner", maintain_order="left")
            .filter(pl.col("happened_at") < pl.col("_moment"), pl.col("_moment") <= _KNOWN)
            .filter(pl.col("happened_at") >= pl.col("_moment") - LATE_WITHIN)
        )
        questions += [(one, late) for one in sorts(name, late)]
    for one, late in _clearest(_of_leavers_only(questions, asked)):
        rows = late.filter(one.holds, "_left")
        seen = _seen(rows_of(late, one), asked)
        delay = (rows["known_at"] - rows["happened_at"]).dt.total_seconds().median()
        days = float(delay) / 86_400 if isinstance(delay, int | float) else 0.0
        yield Finding(
            Leak.BACKFILLED,
            one.where,
            Grade.LOOK,
            f"Rows that stand before the end became known only with it, for {seen.words}; "
            f"{plural(rows.height, 'row')}, known {days:.1f} days late in the middle. Features do not see them, for "
            "known_at says so.",
            f"Ask who writes {one.where} and when. If known_at can be trusted, nothing is lost; if it is rewritten in "
            f"the source, take these rows out of {one.table}.",
            seen.numbers | {"rows": rows.height, "median_days_late": round(days, 2)},
            evidence.features_of(one.table, one.column, one.value),
            shown(rows["customer_id"]),
        )


def piled_up(evidence: Evidence) -> Iterator[Finding]:
    """Sorts of events that an end nearly always follows within 30 days: the end under another name."""
    people = evidence.tables["customers"].select("customer_id", pl.col("ended_at").alias("_ended"))
    if evidence.schedule is None:
        return
    last = pl.lit(evidence.schedule.scoring, TIME)
    questions = []
    for name, table in evidence.events.items():
        ended, happened = pl.col("_ended"), pl.col("happened_at")
        # What has not had 30 days to be followed by an end says nothing yet.
        before = table.join(people, on="customer_id", how="left", maintain_order="left").filter(
            pl.when(ended.is_null()).then(happened < last - BEFORE_END).otherwise((happened < ended) & (ended > _KNOWN))
        )
        soon = (ended - happened <= BEFORE_END).fill_null(value=False)
        before = before.with_columns(soon.alias("_soon"))
        usual = before.sort("customer_id", "happened_at").group_by("customer_id").agg(pl.col("_soon").mean())
        rate = float(usual["_soon"].mean() or 0.0)  # type: ignore[arg-type]
        questions += [(one, before, rate) for one in sorts(name, before) if one.column]
    for one, before, rate in questions:
        firsts = before.filter(one.holds).sort("happened_at").unique("customer_id", keep="first", maintain_order=True)
        followed = int(firsts["_soon"].sum())
        honest = PILE_ODDS * rate / max(1 - rate, 0.01)
        if followed < FOLLOWED * firsts.height or not is_beyond(followed, firsts.height, honest, len(questions)):
            continue
        used = evidence.features_of(one.table, one.column, one.value)
        yield Finding(
            Leak.BACKFILLED,
            one.where,
            Grade.SEVERE if followed >= 0.95 * firsts.height else Grade.LOOK,
            f"Of {plural(firsts.height, 'customer')} with such an event, {followed:,} "
            f"({followed / firsts.height:.0%}) ended within 30 days of the first one; of any event it is "
            f"{rate:.1%}: it is part of leaving, or was written back after it.",
            _mend(evidence, one),
            {"customers": firsts.height, "ended_within_30_days": followed, "usual_rate": round(rate, 4)},
            used,
            shown(firsts["customer_id"].filter(firsts["_soon"])),
        )


def of_leavers_only(evidence: Evidence) -> Iterator[Finding]:
    """Sorts of events that, known before the cutoff, only those have who then left."""
    asked = evidence.asked_once.rename({"cutoff": "_moment", "left": "_left"})
    questions = []
    for name, table in evidence.events.items():
        visible = table.join(asked, on="customer_id", how="inner", maintain_order="left")
        if evidence.schedule is not None:
            visible = visible.filter(pl.col("happened_at") < pl.col("_moment"), pl.col("_moment") > _KNOWN)
            lately = visible.filter(pl.col("happened_at") >= pl.col("_moment") - LATELY)
            questions += [(one, lately) for one in sorts(name, lately)]
        questions += [(one, visible) for one in sorts(name, visible)]
    for one, visible in _clearest(_of_leavers_only(questions, asked)):
        rows = visible.filter(one.holds)
        seen = _seen(rows_of(visible, one), asked)
        when = "before the cutoff" if evidence.schedule is not None else "in the records"
        yield Finding(
            Leak.LABEL_IN_EVENTS,
            one.where,
            Grade.SEVERE,
            f"{plural(rows.filter('_left').height, 'row')} {when}, of {seen.words}: only who leaves has such an event.",
            _mend(evidence, one),
            seen.numbers | {"rows": rows.height},
            evidence.features_of(one.table, one.column, one.value),
            shown(rows.filter("_left")["customer_id"]),
        )


def rows_of(table: pl.DataFrame, one: Sort) -> pl.Series:
    """The customers who have events of a sort."""
    return table.filter(one.holds)["customer_id"].unique()


def _seen(having: pl.Series, asked: pl.DataFrame) -> Seen:
    return Seen.of(asked["customer_id"].is_in(having.implode()).to_numpy(), asked["_left"].to_numpy())


def _of_leavers_only(
    questions: list[tuple[Sort, pl.DataFrame]], asked: pl.DataFrame
) -> list[tuple[Seen, Sort, pl.DataFrame]]:
    found = []
    for one, rows in questions:
        seen = _seen(rows_of(rows, one), asked)
        if seen.is_of_leavers_only(len(questions)):
            found.append((seen, one, rows))
    return found


def _clearest(found: list[tuple[Seen, Sort, pl.DataFrame]]) -> Iterator[tuple[Sort, pl.DataFrame]]:
    """One sort a table: of those that are seen of most leavers, the one with the fewest stayers, the widest first."""
    for table in sorted({one.table for _, one, _ in found}):
        own = [each for each in found if each[1].table == table]
        most = max(seen.of_leavers for seen, _, _ in own)
        wide = [each for each in own if each[0].of_leavers >= 0.8 * most]
        _, one, rows = min(wide, key=lambda each: (-each[0].odds, len(each[1].column), each[1].where))
        yield one, rows


def _moments(evidence: Evidence) -> pl.DataFrame:
    """customer_id, _left, _moment: the end of those who left, the last cutoff asked about of all others."""
    asked = evidence.asked_once.rename({"cutoff": "_moment", "left": "_left"})
    if not evidence.has_end:
        return asked
    ends = evidence.tables["customers"].select("customer_id", "ended_at")
    joined = asked.join(ends, on="customer_id", how="left", maintain_order="left")
    moment = pl.when("_left").then(pl.coalesce("ended_at", "_moment")).otherwise("_moment")
    return joined.select("customer_id", "_left", moment.alias("_moment"))


def _mend(evidence: Evidence, one: Sort) -> str:
    known = ""
    if not evidence.says_when_known(one.table):
        line = f"{FILE_NAME}, tables.{one.table}.columns.known_at"
        known = f"If the rows are written back, name the time of writing: {line}. "
    if one.column and one.value == "(filled in)":
        return known + evidence.move_to_ignore(one.table, one.column, "known only after the outcome")
    if one.column:
        return f"{known}Otherwise leave the rows with {one.column} = {one.value} out of the files of {one.table}."
    return f"{known}Otherwise take tables.{one.table} out of {FILE_NAME}."
