"""What the states of a table of subscriptions mean, by their words and by the ends that stand beside them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import polars as pl

from holdfast.inference.guesses import StatusGuess
from holdfast.inference.profiles.columns import Profile, share_of
from holdfast.inference.profiles.tables import TableProfile
from holdfast.inference.words.names import says
from holdfast.inference.words.states import MOST_STATES, Purpose, is_named_state, meaning_of
from holdfast.inference.words.subscriptions import ACTIVE, TEST
from holdfast.inference.words.vocabulary import LABEL_STRONG
from holdfast.meanings import Meaning

_RUNS = frozenset({Meaning.RUNNING, Meaning.PAST_DUE, Meaning.TRIALING})
_PROOF = 10  # rows from which on ends beside a value say what it means
_NEARLY = 0.97
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
        return (_states(column, meanings, ends, begins),)
    return ()


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
    """Source columns of yes and no whose yes says that the row is a test of the shop, with what they mean."""
    flags = {}
    for name, column in table.columns.items():
        if name not in taken and column.flag is not None and says(name, TEST):
            no = next(str(value) for value in column.values if str(value) != column.flag)
            flags[name] = StatusGuess("", {Meaning.TEST: (column.flag,), Meaning.NEUTRAL: (no,)})
    return flags


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
        is_no = column.series.cast(pl.String) == no
        if share_of((ends <= begins.max()).filter(is_no.fill_null(value=False))) >= _NEARLY:
            return (states,)
    return ()


def _may_hold(name: str, column: Profile, table: TableProfile) -> bool:
    return (
        column.is_text_typed
        and not column.is_number
        and name not in table.times
        and 1 <= column.distinct <= MOST_STATES
    )


def _states(column: Profile, meanings: Mapping[str, Meaning | None], ends: pl.Series, begins: pl.Series) -> States:
    today = begins.max()
    rows = pl.DataFrame({"text": column.series, "has_end": ends.is_not_null(), "is_over": (ends <= today)})
    by_text = rows.drop_nulls("text").group_by("text").agg(
        pl.len().alias("rows"), pl.col("has_end").mean(), pl.col("is_over").fill_null(value=False).mean()
    ).sort(["rows", "text"], descending=[True, False])  # fmt: skip
    total = int(by_text["rows"].sum())
    means: dict[Meaning, tuple[str, ...]] = {}
    unknown: dict[str, int] = {}
    for text, count, has_end, is_over in by_text.iter_rows():
        meaning = meanings.get(text) or _by_ends(int(count), float(has_end), float(is_over))
        if meaning is None and count < _RARE * total:
            meaning = Meaning.NEUTRAL
        if meaning is None:
            unknown[text] = int(count)
        else:
            means[meaning] = (*means.get(meaning, ()), text)
    running = [text for meaning in _RUNS for text in means.get(meaning, ())]
    of_running = rows.filter(pl.col("text").is_in(running))
    past = of_running.height >= _PROOF and share_of(of_running["has_end"]) >= _NEARLY
    ordered = {meaning: means[meaning] for meaning in Meaning if meaning in means}
    over = int(of_running["is_over"].fill_null(value=False).sum())
    return States("status", column.source, ordered, unknown, Meaning.ENDED in means, past, of_running.height, over)


def _by_ends(rows: int, has_end: float, is_over: float) -> Meaning | None:
    """What ends say of a value that no word explains: all of its rows are over, or none has an end."""
    if rows < _PROOF:
        return None
    if is_over >= _NEARLY:
        return Meaning.ENDED
    return Meaning.RUNNING if has_end <= 1 - _NEARLY else None
