"""Events that tell the outcome: written back after it, piled up before the end, or met of leavers only."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

import polars as pl

from holdfast.column_types import TIME
from holdfast.formatting import percent, plural
from holdfast.leakage.evidence import Evidence, shown
from holdfast.leakage.findings import Finding, Grade, Leak
from holdfast.leakage.significance import Seen, is_beyond
from holdfast.settings import FILE_NAME
from holdfast.stats.separation import FEWEST

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


Question = tuple[Sort, pl.DataFrame]  # a sort of events, and the rows to look for it in


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
    return [one for one, count in zip(found, counts.row(0), strict=True) if count >= FEWEST]


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
    for one, late, seen in _telling(questions, asked, Seen.is_of_leavers_only):
        rows = late.filter("_left")
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
            f"({percent(followed / firsts.height, 0)}) ended within 30 days of the first one; of any event it is "
            f"{percent(rate)}: it is part of leaving, or was written back after it.",
            _fix(evidence, one),
            {"customers": firsts.height, "ended_within_30_days": followed, "usual_rate": round(rate, 4)},
            used,
            shown(firsts["customer_id"].filter(firsts["_soon"])),
        )


def of_leavers_only(evidence: Evidence) -> Iterator[Finding]:
    """Sorts of events that, known before the cutoff, only those have who then left; then those that nearly do."""
    asked = evidence.asked_once.rename({"cutoff": "_moment", "left": "_left"})
    questions = []
    for name, table in evidence.events.items():
        visible = table.join(asked, on="customer_id", how="inner", maintain_order="left")
        if evidence.schedule is not None:
            visible = visible.filter(pl.col("happened_at") < pl.col("_moment"), pl.col("_moment") > _KNOWN)
            lately = visible.filter(pl.col("happened_at") >= pl.col("_moment") - LATELY)
            questions += [(one, lately) for one in sorts(name, lately)]
        questions += [(one, visible) for one in sorts(name, visible)]
    when = "before the cutoff" if evidence.schedule is not None else "in the records"
    leaks = [*_telling(questions, asked, Seen.is_of_leavers_only)]
    for one, rows, seen in leaks:
        gone = rows.filter("_left")
        yield Finding(
            Leak.LABEL_IN_EVENTS,
            one.where,
            Grade.SEVERE,
            f"{plural(gone.height, 'row')} {when}, of {seen.words}: only who leaves has such an event.",
            _fix(evidence, one),
            seen.numbers | {"rows": rows.height},
            evidence.features_of(one.table, one.column, one.value),
            shown(gone["customer_id"]),
        )
    for one, rows, seen in _telling(questions, asked, Seen.is_worth_a_look, [one for one, _, _ in leaks]):
        used = evidence.features_of(one.table, one.column, one.value)
        if used:
            yield Finding(
                Leak.LABEL_IN_EVENTS,
                one.where,
                Grade.HINT,
                f"{plural(rows.height, 'row')} {when}, of {seen.words}: the odds of leaving are {seen.odds:.0f} times "
                "as great with one. An honest sign seldom says so much: ask who writes it, and when.",
                _fix(evidence, one),
                seen.numbers | {"rows": rows.height},
                used,
            )


def rows_of(table: pl.DataFrame, one: Sort) -> pl.Series:
    """The customers who have events of a sort."""
    return table.filter(one.holds)["customer_id"].unique()


def _seen(having: pl.Series, asked: pl.DataFrame) -> Seen:
    return Seen.of(asked["customer_id"].is_in(having.implode()).to_numpy(), asked["_left"].to_numpy())


def _telling(
    questions: Sequence[Question],
    asked: pl.DataFrame,
    tells: Callable[[Seen, int], bool],
    told: Sequence[Sort] = (),
) -> Iterator[tuple[Sort, pl.DataFrame, Seen]]:
    """The sorts of events that tell leavers, with their rows and of whom they are seen: by table, the clearest first.

    Each is judged without the rows of those before it, or every value that stands beside a leak would be one.

    Args:
        questions: sorts with the rows to look for them in.
        asked: customer_id, _left.
        tells: whether a sort that is seen of so many tells, of so many questions asked.
        told: sorts whose rows are left out from the beginning.
    """
    for table in sorted({one.table for one, _ in questions}):
        waiting = [each for each in questions if each[0].table == table]
        for one in told:
            waiting = _without(one, waiting)
        while waiting:
            found = [(one, rows, _seen(rows_of(rows, one), asked)) for one, rows in waiting]
            found = [each for each in found if tells(each[2], len(questions))]
            if not found:
                break
            # Of those that are seen of most leavers, the one with the fewest stayers, the widest first.
            most = max(seen.of_leavers for _, _, seen in found)
            wide = [each for each in found if each[2].of_leavers >= 0.8 * most]
            one, rows, seen = min(wide, key=lambda each: (-each[2].odds, len(each[0].column), each[0].where))
            yield one, rows.filter(one.holds), seen
            waiting = _without(one, [(other, rest) for other, rest, _ in found])


def _without(told: Sort, questions: Sequence[Question]) -> list[Question]:
    """The same questions of the rows that are not of a sort."""
    return [
        (one, rows.filter(~told.holds.fill_null(value=False))) for one, rows in questions if one.table == told.table
    ]


def _moments(evidence: Evidence) -> pl.DataFrame:
    """customer_id, _left, _moment: the end of those who left, the last cutoff asked about of all others."""
    asked = evidence.asked_once.rename({"cutoff": "_moment", "left": "_left"})
    if not evidence.has_end:
        return asked
    ends = evidence.tables["customers"].select("customer_id", "ended_at")
    joined = asked.join(ends, on="customer_id", how="left", maintain_order="left")
    moment = pl.when("_left").then(pl.coalesce("ended_at", "_moment")).otherwise("_moment")
    return joined.select("customer_id", "_left", moment.alias("_moment"))


def _fix(evidence: Evidence, one: Sort) -> str:
    if one.column and one.value == "(filled in)":
        take_out = evidence.move_to_ignore(one.table, one.column, "known only after the outcome")
    elif one.column:
        take_out = f"Leave the rows with {one.column} = {one.value} out of the files of {one.table}."
    else:
        take_out = f"Take tables.{one.table} out of {FILE_NAME}."
    if evidence.says_when_known(one.table):
        return take_out
    line = f"{FILE_NAME}, tables.{one.table}.columns.known_at"
    return f"If the rows are written back, name the time of writing: {line}. Otherwise: {take_out}"
