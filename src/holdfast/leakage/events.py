"""Event tables in; findings of events that reveal the outcome: backfilled, just before the end, or of leavers only."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

import polars as pl

from holdfast.column_types import TIME
from holdfast.formatting import percent, plural
from holdfast.leakage.evidence import Evidence, shown
from holdfast.leakage.findings import Finding, Grade, Leak
from holdfast.leakage.significance import Incidence, is_beyond
from holdfast.settings import FILE_NAME
from holdfast.stats.separation import FEWEST

BEFORE_END = timedelta(days=30)
LATE_WITHIN = timedelta(days=60)  # before the end or the cutoff, in which late rows are looked for
LATELY = timedelta(days=180)
FOLLOWED = 0.8  # of the customers with such an event
PILE_ODDS = 20.0  # times that an honest event may raise the odds of an end within 30 days
_MOST_VALUES = 50
_KNOWN_AT = pl.coalesce("known_at", "happened_at")


@dataclass(frozen=True)
class EventKind:
    """Rows of an event table that share a value (or are filled in), of one kind for the audit."""

    table: str
    column: str
    value: str
    holds: pl.Expr

    @property
    def where(self) -> str:
        return f"{self.table}.{self.column}={self.value}" if self.column else self.table


Candidate = tuple[EventKind, pl.DataFrame]  # a kind of events, and the rows to search for it


def event_kinds(name: str, table: pl.DataFrame) -> list[EventKind]:
    """The kinds of events of a table that at least 20 customers have; columns with a `_` in front are our own."""
    candidates = [EventKind(name, "", "", pl.lit(value=True))]
    for column, dtype in table.schema.items():
        if column in {"customer_id", "happened_at", "known_at"} or column.startswith("_"):
            continue
        values = table[column]
        if dtype in (pl.String, pl.Boolean):
            texts = values.cast(pl.String)
            if texts.n_unique() <= _MOST_VALUES:
                kinds = sorted(texts.drop_nulls().unique().to_list())
                candidates += [EventKind(name, column, kind, pl.col(column).cast(pl.String) == kind) for kind in kinds]
        if 0 < values.null_count() < table.height:
            candidates.append(EventKind(name, column, "(filled in)", pl.col(column).is_not_null()))
    counts = table.select(
        pl.col("customer_id").filter(kind.holds).n_unique().alias(str(i)) for i, kind in enumerate(candidates)
    )
    return [kind for kind, count in zip(candidates, counts.row(0), strict=True) if count >= FEWEST]


def backfilled(evidence: Evidence) -> Iterator[Finding]:
    """Findings of rows dated before the end (or the cutoff) that became known only with it, for leavers only."""
    labelled = _moments(evidence)
    kinds_with_rows = []
    for name, table in evidence.events.items():
        if not evidence.says_when_known(name):
            continue
        late = (
            table.join(labelled, on="customer_id", how="inner", maintain_order="left")
            .filter(pl.col("happened_at") < pl.col("_moment"), pl.col("_moment") <= _KNOWN_AT)
            .filter(pl.col("happened_at") >= pl.col("_moment") - LATE_WITHIN)
        )
        kinds_with_rows += [(kind, late) for kind in event_kinds(name, late)]
    for kind, late, incidence in _revealing(kinds_with_rows, labelled, Incidence.is_of_leavers_only):
        rows = late.filter("_left")
        delay = (rows["known_at"] - rows["happened_at"]).dt.total_seconds().median()
        days = float(delay) / 86_400 if isinstance(delay, int | float) else 0.0
        yield Finding(
            Leak.BACKFILLED,
            kind.where,
            Grade.LOOK,
            f"Rows dated before the end became known only with it, for {incidence.words}; "
            f"{plural(rows.height, 'row')}, known {days:.1f} days late in the median. Features do not see them, for "
            "known_at says so.",
            f"Find out who writes {kind.where} and when. If known_at can be trusted, nothing is lost; if it is "
            f"rewritten in the source, take these rows out of {kind.table}.",
            incidence.numbers | {"rows": rows.height, "median_days_late": round(days, 2)},
            evidence.features_of(kind.table, kind.column, kind.value),
            shown(rows["customer_id"]),
        )


def piled_up(evidence: Evidence) -> Iterator[Finding]:
    """Findings of events that an end nearly always follows within 30 days: the end under another name."""
    people = evidence.tables["customers"].select("customer_id", pl.col("ended_at").alias("_ended"))
    if evidence.schedule is None:
        return
    last = pl.lit(evidence.schedule.scoring, TIME)
    kinds_with_rows = []
    for name, table in evidence.events.items():
        ended, happened = pl.col("_ended"), pl.col("happened_at")
        # What has not had 30 days to be followed by an end says nothing yet.
        before = table.join(people, on="customer_id", how="left", maintain_order="left").filter(
            pl.when(ended.is_null())
            .then(happened < last - BEFORE_END)
            .otherwise((happened < ended) & (ended > _KNOWN_AT))
        )
        soon = (ended - happened <= BEFORE_END).fill_null(value=False)
        before = before.with_columns(soon.alias("_soon"))
        usual = before.sort("customer_id", "happened_at").group_by("customer_id").agg(pl.col("_soon").mean())
        rate = float(usual["_soon"].mean() or 0.0)  # type: ignore[arg-type]
        kinds_with_rows += [(kind, before, rate) for kind in event_kinds(name, before) if kind.column]
    for kind, before, rate in kinds_with_rows:
        firsts = before.filter(kind.holds).sort("happened_at").unique("customer_id", keep="first", maintain_order=True)
        followed = int(firsts["_soon"].sum())
        honest = PILE_ODDS * rate / max(1 - rate, 0.01)
        if followed < FOLLOWED * firsts.height or not is_beyond(followed, firsts.height, honest, len(kinds_with_rows)):
            continue
        used = evidence.features_of(kind.table, kind.column, kind.value)
        yield Finding(
            Leak.BACKFILLED,
            kind.where,
            Grade.SEVERE if followed >= 0.95 * firsts.height else Grade.LOOK,
            f"Of {plural(firsts.height, 'customer')} with such an event, {followed:,} "
            f"({percent(followed / firsts.height, 0)}) ended within 30 days of the first one; of any event it is "
            f"{percent(rate)}: it is part of leaving, or was written back after it.",
            _fix(evidence, kind),
            {"customers": firsts.height, "ended_within_30_days": followed, "usual_rate": round(rate, 4)},
            used,
            shown(firsts["customer_id"].filter(firsts["_soon"])),
        )


def of_leavers_only(evidence: Evidence) -> Iterator[Finding]:
    """Findings of events that, known before the cutoff, only later leavers have; then hints of those that nearly do."""
    labelled = evidence.one_cutoff_each.rename({"cutoff": "_moment", "left": "_left"})
    kinds_with_rows = []
    for name, table in evidence.events.items():
        visible = table.join(labelled, on="customer_id", how="inner", maintain_order="left")
        if evidence.schedule is not None:
            visible = visible.filter(pl.col("happened_at") < pl.col("_moment"), pl.col("_moment") > _KNOWN_AT)
            lately = visible.filter(pl.col("happened_at") >= pl.col("_moment") - LATELY)
            kinds_with_rows += [(kind, lately) for kind in event_kinds(name, lately)]
        kinds_with_rows += [(kind, visible) for kind in event_kinds(name, visible)]
    when = "before the cutoff" if evidence.schedule is not None else "in the records"
    leaks = [*_revealing(kinds_with_rows, labelled, Incidence.is_of_leavers_only)]
    for kind, rows, incidence in leaks:
        of_leavers = rows.filter("_left")
        yield Finding(
            Leak.LABEL_IN_EVENTS,
            kind.where,
            Grade.SEVERE,
            f"{plural(of_leavers.height, 'row')} {when}, of {incidence.words}: only leavers have such an event.",
            _fix(evidence, kind),
            incidence.numbers | {"rows": rows.height},
            evidence.features_of(kind.table, kind.column, kind.value),
            shown(of_leavers["customer_id"]),
        )
    for kind, rows, incidence in _revealing(
        kinds_with_rows, labelled, Incidence.is_worth_a_look, [kind for kind, _, _ in leaks]
    ):
        used = evidence.features_of(kind.table, kind.column, kind.value)
        if used:
            yield Finding(
                Leak.LABEL_IN_EVENTS,
                kind.where,
                Grade.HINT,
                f"{plural(rows.height, 'row')} {when}, of {incidence.words}: the odds of leaving are "
                f"{incidence.odds:.0f} times as great with one. An honest sign seldom says so much: find out who "
                "writes it, and when.",
                _fix(evidence, kind),
                incidence.numbers | {"rows": rows.height},
                used,
            )


def rows_of(table: pl.DataFrame, kind: EventKind) -> pl.Series:
    """The customers who have events of a kind."""
    return table.filter(kind.holds)["customer_id"].unique()


def _incidence(having: pl.Series, labelled: pl.DataFrame) -> Incidence:
    return Incidence.of(labelled["customer_id"].is_in(having.implode()).to_numpy(), labelled["_left"].to_numpy())


def _revealing(
    kinds_with_rows: Sequence[Candidate],
    labelled: pl.DataFrame,
    reveals: Callable[[Incidence, int], bool],
    left_out: Sequence[EventKind] = (),
) -> Iterator[tuple[EventKind, pl.DataFrame, Incidence]]:
    """The kinds of events that reveal leavers, with their rows and who has them: by table, the clearest first.

    Each is tested without the rows of those before it, or every value that occurs with a leak would be one.

    Args:
        kinds_with_rows: kinds with the rows to search for them.
        labelled: customer_id, _left.
        reveals: whether a kind with this incidence reveals leavers, given how many kinds are tested.
        left_out: kinds whose rows are left out from the beginning.
    """
    for table in sorted({kind.table for kind, _ in kinds_with_rows}):
        waiting = [each for each in kinds_with_rows if each[0].table == table]
        for kind in left_out:
            waiting = _without(kind, waiting)
        while waiting:
            candidates = [(kind, rows, _incidence(rows_of(rows, kind), labelled)) for kind, rows in waiting]
            candidates = [each for each in candidates if reveals(each[2], len(kinds_with_rows))]
            if not candidates:
                break
            # Of those that most leavers have, the one with the fewest stayers, the widest first.
            most = max(incidence.of_leavers for _, _, incidence in candidates)
            wide = [each for each in candidates if each[2].of_leavers >= 0.8 * most]
            kind, rows, incidence = min(wide, key=lambda each: (-each[2].odds, len(each[0].column), each[0].where))
            yield kind, rows.filter(kind.holds), incidence
            waiting = _without(kind, [(other, rest) for other, rest, _ in candidates])


def _without(left_out: EventKind, kinds_with_rows: Sequence[Candidate]) -> list[Candidate]:
    """The same candidates, in the rows that are not of a kind."""
    return [
        (kind, rows.filter(~left_out.holds.fill_null(value=False)))
        for kind, rows in kinds_with_rows
        if kind.table == left_out.table
    ]


def _moments(evidence: Evidence) -> pl.DataFrame:
    """customer_id, _left, _moment: the end of those who left, the cutoff of all others."""
    labelled = evidence.one_cutoff_each.rename({"cutoff": "_moment", "left": "_left"})
    if not evidence.has_end:
        return labelled
    ends = evidence.tables["customers"].select("customer_id", "ended_at")
    joined = labelled.join(ends, on="customer_id", how="left", maintain_order="left")
    moment = pl.when("_left").then(pl.coalesce("ended_at", "_moment")).otherwise("_moment")
    return joined.select("customer_id", "_left", moment.alias("_moment"))


def _fix(evidence: Evidence, kind: EventKind) -> str:
    if kind.column and kind.value == "(filled in)":
        take_out = evidence.move_to_ignore(kind.table, kind.column, "known only after the outcome")
    elif kind.column:
        take_out = f"Leave the rows with {kind.column} = {kind.value} out of the files of {kind.table}."
    else:
        take_out = f"Take tables.{kind.table} out of {FILE_NAME}."
    if evidence.says_when_known(kind.table):
        return take_out
    line = f"{FILE_NAME}, tables.{kind.table}.columns.known_at"
    return f"If the rows are written back, name the time of writing: {line}. Otherwise: {take_out}"
