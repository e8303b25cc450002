"""What the states of a table of subscriptions mean, by their words and by the ends that stand beside them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from holdfast.inference.guesses import StatusGuess
from holdfast.inference.profiles.columns import Profile, share_of
from holdfast.inference.profiles.tables import TableProfile
from holdfast.inference.words.names import inner_name, says
from holdfast.inference.words.states import MOST_STATES, Purpose, is_named_state, meaning_of, tests_among
from holdfast.inference.words.subscriptions import ACTIVE, ENDS_WITH_TERM, LIVE, RENEWS, TEST
from holdfast.inference.words.vocabulary import LABEL_STRONG
from holdfast.meanings import Meaning

_RUNS = frozenset({Meaning.RUNNING, Meaning.PAST_DUE, Meaning.TRIALING})
_PROOF = 10  # rows from which on ends beside a value say what it means
_MOSTLY_OVER = 0.9  # share of rows whose end has passed by the last begin
_FEWEST_LEAVING = 5  # rows
_NEARLY = 0.97
_MOSTLY = 0.5  # share of the running terms that do not renew themselves, above which that is asked about
_LATELY = 62  # days before the last begin
_PROBABILITY = 0.001  # at most, that rows of another state all began so lately
_FEW_UNKNOWN = 0.3  # share of rows whose state no end explains, up to which the column is one of states
_RARE = 0.005  # share of rows without a known state that is not worth a question


@dataclass(frozen=True)
class States:
    """One column of states and what each of its values means."""

    name: str
    source: str
    means: dict[Meaning, tuple[str, ...]]
    unknown: dict[str, int]
    has_ends: bool
    runs_past_every_end: bool  # nearly all that run have an end as well
    running: int = 0  # rows whose value says that they run
    running_over: int = 0  # and whose end has passed all the same
    likeliest: dict[str, Meaning] = field(default_factory=dict)  # what some of the unknown ones mean most likely


def states_of(table: TableProfile, taken: Collection[str], ends: pl.Series, begins: pl.Series) -> tuple[States, ...]:
    """The column of states of a table of periods or months; none where no value speaks of a subscription.

    Args:
        table: the table.
        taken: source columns with another role.
        ends: (rows,) the end of each row; null where there is none.
        begins: (rows,) its begin; the last of them is taken for today.
    """
    for name, column in table.columns.items():
        if name in taken or not _may_hold(name, column, table):
            continue
        meanings = {text: meaning_of(text, Purpose.STATES, whole=not is_named_state(name)) for text in column.values}
        telling = [meaning for meaning in meanings.values() if meaning is not None]
        if not telling or (not is_named_state(name) and len(telling) < max(2, len(meanings) / 2)):
            continue
        return (_states(column, meanings, ends, begins, _never_due(table, column, meanings)),)
    return _states_by_ends(table, taken, ends, begins)


def _states_by_ends(
    table: TableProfile, taken: Collection[str], ends: pl.Series, begins: pl.Series
) -> tuple[States, ...]:
    """A column of states none of whose words is known, where the ends tell what each value means; else none."""
    for name, column in table.columns.items():
        if name in taken or not _may_hold(name, column, table) or not is_named_state(name):
            continue
        states = _states(column, {}, ends, begins)
        running = states.means.get(Meaning.RUNNING, ())
        is_known = sum(states.unknown.values()) <= _FEW_UNKNOWN * column.filled
        if is_known and states.has_ends and running:
            # Of several without an end the most frequent runs; the others may rest, be tried or be owed.
            others = bool(states.unknown) or len(running) > 1
            return (_states(column, {running[0]: Meaning.RUNNING}, ends, begins) if others else states,)
    return ()


def _never_due(table: TableProfile, column: Profile, meanings: Mapping[str, Meaning | None]) -> frozenset[str]:
    """Values without a known meaning whose rows lack a day that all running ones have: the next renewal or payment."""
    runs = column.series.is_in([text for text, meaning in meanings.items() if meaning in _RUNS]).fill_null(value=False)
    days = [
        filled
        for name in table.times
        if share_of((filled := table.columns[name].series.is_not_null()).filter(runs)) >= _NEARLY
    ]
    return frozenset(
        text
        for text, meaning in meanings.items()
        if meaning is None
        and any(
            share_of(filled.filter((column.series == text).fill_null(value=False))) <= 1 - _NEARLY for filled in days
        )
    )


def flag_of_ends(table: TableProfile, taken: Collection[str]) -> tuple[States, ...]:
    """The yes and no of a table of terms whose yes says that the customer left; none where there is no such column.

    Args:
        table: the table, one row a term of a customer.
        taken: source columns with another role.
    """
    for name, column in table.columns.items():
        if name not in taken and column.flag is not None and says(name, LABEL_STRONG):
            rest = tuple(str(value) for value in column.values if str(value) != column.flag)
            means = {Meaning.ENDED: (column.flag,), Meaning.RUNNING: rest}
            return (States("status", name, means, {}, has_ends=True, runs_past_every_end=False),)
    return ()


def flags_of_tests(table: TableProfile, taken: Collection[str]) -> dict[str, StatusGuess]:
    """Source columns that say which rows are tests of the shop, by a yes or by where it ran, with what they mean."""
    flags = {}
    for name, column in table.columns.items():
        if name in taken:
            continue
        texts = [str(value) for value in column.values] if column.distinct <= MOST_STATES else []
        yes = column.flag
        if yes is not None and says(name, TEST):
            tests: tuple[str, ...] = (yes,)
        elif yes is not None and says(inner_name(name), LIVE):
            tests = tuple(text for text in texts if text != yes)
        else:
            tests = tests_among(texts)
        if tests:
            flags[name] = StatusGuess(
                "", {Meaning.TEST: tests, Meaning.NEUTRAL: tuple(text for text in texts if text not in tests)}
            )
    return flags


_ON, _OFF = (
    frozenset({"enabled", "active", "automatic", "auto"}),
    frozenset({"disabled", "inactive", "cancelled", "canceled"}),
)


def flags_of_renewal(
    table: TableProfile, taken: Collection[str], running: pl.Series, term_end: str
) -> dict[str, StatusGuess]:
    """Source columns of yes and no that say whether a term renews itself, with what they mean: a no is a notice.

    Args:
        table: the table.
        taken: source columns with another role.
        running: (rows,) whether a row runs, as far as another column says it.
        term_end: the source column of the end of the term, which those that renew themselves have as well.
    """
    flags: dict[str, StatusGuess] = {}
    if not term_end:
        return flags
    has_term = table.columns[term_end].series.is_not_null()
    for name, column in table.columns.items():
        renews = says(name, RENEWS)
        if name in taken or not (renews or says(name, ENDS_WITH_TERM)) or (pair := yes_and_no(column)) is None:
            continue
        goes_on, stops = pair if renews else pair[::-1]
        is_stopping = (column.series.cast(pl.String).str.to_lowercase() == stops.lower()).fill_null(value=False)
        if share_of(has_term.filter(running & ~is_stopping)) < _NEARLY:
            continue  # the end of those who left, and not that of a term
        rows = int(is_stopping.sum())
        if share_of(is_stopping.filter(running)) > _MOSTLY:
            # Where most renew by hand, a no may say nothing of who is leaving.
            unknown, proposed = {stops: rows}, (Meaning.NOTICE, Meaning.NEUTRAL)
            flags[name] = StatusGuess("", {Meaning.NEUTRAL: (goes_on,)}, unknown, proposed)
        else:
            flags[name] = StatusGuess("", {Meaning.NOTICE: (stops,), Meaning.NEUTRAL: (goes_on,)})
    return flags


def yes_and_no(column: Profile) -> tuple[str, str] | None:
    """The texts of a column that mean yes and no; None where it holds anything else."""
    if column.distinct != 2:
        return None
    texts = [str(value) for value in column.values]
    yes = column.flag or next((text for text in texts if text.lower() in _ON), None)
    no = next((text for text in texts if text != yes), "")
    if yes is None or (column.flag is None and no.lower() not in _OFF):
        return None
    return yes, no


def flag_of_running(
    table: TableProfile, taken: Collection[str], ends: pl.Series, begins: pl.Series
) -> tuple[States, ...]:
    """The yes and no of a column that its name says tells who subscribes now; none where the ends say otherwise.

    Args:
        table: the table.
        taken: source columns with another role.
        ends: (rows,) the end of each row, or the day up to which it is paid.
        begins: (rows,) its begin.
    """
    for name, column in table.columns.items():
        if name in taken or column.flag is None or not says(name, ACTIVE):
            continue
        no = next(str(value) for value in column.values if str(value) != column.flag)
        states = _states(column, {column.flag: Meaning.RUNNING, no: Meaning.ENDED}, ends, begins)
        texts = column.series.cast(pl.String)
        # Terms that run end after the export, and those that are over ended before it, be the last begin long ago.
        first_due = ends.filter(texts == column.flag).quantile(1 - _NEARLY, "lower")
        today = pl.select(pl.max_horizontal(pl.lit(begins.max()), pl.lit(first_due))).item()
        if share_of((ends <= today).filter((texts == no).fill_null(value=False))) >= _NEARLY:
            return (states,)
    return ()


def _may_hold(name: str, column: Profile, table: TableProfile) -> bool:
    return (
        column.is_text_typed
        and not column.is_number
        and name not in table.times
        and 1 <= column.distinct <= MOST_STATES
    )


def _states(
    column: Profile,
    meanings: Mapping[str, Meaning | None],
    ends: pl.Series,
    begins: pl.Series,
    never_due: Collection[str] = (),
) -> States:
    today = begins.max()
    rows = pl.DataFrame(
        {"text": column.series, "has_end": ends.is_not_null(), "is_over": (ends <= today), "begin": begins}
    )
    by_text = rows.drop_nulls("text").group_by("text").agg(
        pl.len().alias("rows"), pl.col("has_end").mean(), pl.col("is_over").fill_null(value=False).mean()
    ).sort(["rows", "text"], descending=[True, False])  # fmt: skip
    beside = _beside_the_running(rows, meanings)
    total = int(by_text["rows"].sum())
    means: dict[Meaning, tuple[str, ...]] = {}
    unknown: dict[str, int] = {}
    for text, count, has_end, is_over in by_text.iter_rows():
        meaning = meanings.get(text) or _by_ends(int(count), float(has_end), float(is_over))
        if text in beside and meanings.get(text) is None:
            meaning = None  # it has not ended, and neither is it what those who subscribe are called
        if meaning is Meaning.RUNNING and text in never_due:
            meaning = None  # no end, but nothing to come either
        if meaning is None and count < _RARE * total:
            meaning = Meaning.NEUTRAL
        if meaning is None:
            unknown[text] = int(count)
        else:
            means[meaning] = (*means.get(meaning, ()), text)
    if leaving := _still_to_end(column, [*means.get(Meaning.ENDED, ()), *unknown], means.get(Meaning.ENDED, ()), ends):
        means[Meaning.NOTICE] = (*means.get(Meaning.NOTICE, ()), *leaving)
        means[Meaning.ENDED] = tuple(text for text in means[Meaning.ENDED] if text not in leaving)
        unknown = {text: count for text, count in unknown.items() if text not in leaving}
    running = [text for meaning in _RUNS for text in means.get(meaning, ())]
    of_running = rows.filter(pl.col("text").is_in(running))
    past = of_running.height >= _PROOF and share_of(of_running["has_end"]) >= _NEARLY
    ordered = {meaning: means[meaning] for meaning in Meaning if meaning in means}
    over = int(of_running["is_over"].fill_null(value=False).sum())
    likeliest = {text: beside[text] for text in unknown if text in beside}
    likeliest |= {text: Meaning.NEVER_STARTED for text in unknown if text in never_due}
    has_ends = Meaning.ENDED in means
    return States("status", column.source, ordered, unknown, has_ends, past, of_running.height, over, likeliest)


def _beside_the_running(rows: pl.DataFrame, meanings: Mapping[str, Meaning | None]) -> dict[str, Meaning]:
    """Values of no known word whose rows have no end, beside a word for those that run, with what they are most likely.

    Trials have all begun lately; what has not is a pause, or a payment that is due.

    Args:
        rows: text, has_end, begin.
        meanings: of each text, by its words.
    """
    running = [text for text, meaning in meanings.items() if meaning is Meaning.RUNNING]
    ended = [text for text, meaning in meanings.items() if meaning is Meaning.ENDED]
    with_ends = rows.group_by("text").agg(pl.col("has_end").mean()).filter(pl.col("has_end") >= _NEARLY)["text"]
    if not running or share_of(rows.filter(pl.col("text").is_in([*ended, *with_ends]))["has_end"]) < _NEARLY:
        return {}
    is_late = (pl.col("begin") >= pl.col("begin").max() - pl.duration(days=_LATELY)).fill_null(value=False)
    rows = rows.with_columns(is_late=is_late)
    counts = rows.group_by("text").agg(
        pl.len().alias("rows"), pl.col("has_end").mean(), pl.col("is_late").mean()
    )  # fmt: skip
    usual = share_of(rows.filter(pl.col("text").is_in(running))["is_late"])
    without = counts.filter(pl.col("has_end") <= 1 - _NEARLY)
    return {
        str(text): Meaning.TRIALING if late >= _NEARLY and usual**count < _PROBABILITY else Meaning.PAUSED
        for text, count, _, late in without.iter_rows()
        if meanings.get(text) is None
    }


def _still_to_end(column: Profile, texts: Sequence[str], ended: Sequence[str], ends: pl.Series) -> list[str]:
    """The values of which every row ends later than all rows of the most frequent value for what has ended.

    Two words for an end are told apart by their days: of what is only leaving, the end is still to come.
    """
    rows = pl.DataFrame({"text": column.series, "end": ends}).filter(pl.col("text").is_in([*texts, *ended]))
    by_text = rows.group_by("text").agg(
        pl.len().alias("rows"), pl.col("end").count().alias("ends"), pl.col("end").min().alias("first"),
        pl.col("end").max().alias("last"),
    )  # fmt: skip
    usual = by_text.filter(pl.col("text").is_in([*ended]), pl.col("ends") >= 2 * _PROOF).sort("rows", "text").tail(1)
    if usual.is_empty():
        return []
    later = by_text.filter(
        pl.col("first") > usual["last"].item(), pl.col("ends") == pl.col("rows"), pl.col("rows") >= _FEWEST_LEAVING
    )
    return sorted(later["text"].to_list())


def _by_ends(rows: int, has_end: float, is_over: float) -> Meaning | None:
    """What ends say of a value that no word explains: all of its rows are over, or none has an end."""
    if rows < _PROOF:
        return None
    if is_over >= _MOSTLY_OVER and has_end >= _NEARLY:  # some ended after the last begin, and before the export
        return Meaning.ENDED
    return Meaning.RUNNING if has_end <= 1 - _NEARLY else None
