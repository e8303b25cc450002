"""Which columns of a table say when a subscription began, ended, was cancelled, paid for, tried or paused."""

from dataclasses import dataclass, field

import polars as pl

from holdfast.inference.profiles.columns import middle_of, share_of
from holdfast.inference.profiles.tables import TableProfile
from holdfast.inference.subscriptions.dates.unnamed_dates import paid_by_months, pause_among, trial_among
from holdfast.inference.words import subscriptions as words
from holdfast.inference.words.names import says
from holdfast.inference.words.vocabulary import ENDED, RECORDED, SIGNED_UP
from holdfast.measured_terms import is_some_term

_FILLED = 0.95
_ORDERED = 0.97  # share of rows whose end lies after their begin
_MOSTLY_PASSED = 0.3  # of the days up to which it is paid
FOREVER = 2090  # a year of ends that stand for "no end"
_FEWEST_TERMS, _SHORTEST_TERM, _TERMS = 20, 27.0, 0.8  # rows, days in the middle, and share of usual terms
_MOSTLY_OVER = 0.7  # of those without a next payment, some rest
_MOST_WORDS = 3  # texts such as "unlimited" among the dates of an end


@dataclass(frozen=True)
class PeriodDates:
    """The source columns of the dates of a period."""

    begin: str
    end: str = ""
    notice: str = ""
    paid_until: str = ""
    trial_until: str = ""
    paused_at: str = ""
    resumed_at: str = ""
    refunded_at: str = ""
    lasts: str = ""  # the source of the months that each runs from its begin, where nothing says when it ends
    unnamed: frozenset[str] = frozenset()  # columns of the contract whose day no name says, but the rows do
    endless: tuple[str, ...] = ()  # texts of the end that mean that there is none
    ignore: dict[str, str] = field(default_factory=dict)

    @property
    def sources(self) -> dict[str, str]:
        """Column of the contract -> source column."""
        columns = {
            "happened_at": self.begin, "ended_at": self.end, "notice_at": self.notice, "paid_until": self.paid_until,
            "trial_until": self.trial_until, "paused_at": self.paused_at, "resumed_at": self.resumed_at,
            "refunded_at": self.refunded_at,
        }  # fmt: skip
        return {name: source for name, source in columns.items() if source}


def period_dates(table: TableProfile, lasts: str = "") -> PeriodDates | None:
    """The dates of a table of periods; None where no begin, or nothing that could be an end, is among its columns.

    Args:
        table: the table.
        lasts: the source column of the months that a contract runs, if there is one.
    """
    roles: dict[str, list[str]] = {}
    for name in table.times:
        roles.setdefault(_role(name), []).append(name)
    if not _begin(table, {"begin": roles.get("begin", [])}):
        # Of a policy "effective" is its begin; of a cancellation only where another column is the begin.
        effect = [name for name in roles.get("paid_until", []) if says(name, words.EFFECT)]
        roles["paid_until"] = [name for name in roles.get("paid_until", []) if name not in effect]
        roles["begin"] = [*roles.get("begin", []), *effect]
    begin = _begin(table, roles)
    if not begin:
        return None
    paused, resumed, unnamed_pause = _pause(table, begin, roles)
    roles = {role: [name for name in names if name not in unnamed_pause] for role, names in roles.items()}
    # An end that its name does not say: later than the begin in every row, and filled in some only.
    unnamed = [
        name
        for name in roles.get("", [])
        if name != begin
        and not says(name, words.NO_END)
        and 0 < table.columns[name].share_filled < _FILLED
        and _follows(table, begin, name)
    ]
    ends = [name for name in roles.get("end", []) if _follows(table, begin, name)]
    cancels = [name for name in roles.get("cancelled", []) if _follows(table, begin, name)]
    paid_until = next(iter(roles.get("paid_until", [])), "")
    if not ends and paid_until and _is_of_those_who_left(table, begin, paid_until, cancels):
        ends, paid_until = [paid_until], ""
    if len(ends) == 1 and not paid_until:
        passed = next((name for name in [*unnamed, *cancels] if _is_to_come(table, ends[0], name)), "")
        ends, paid_until = ([passed], ends[0]) if passed else (ends, "")
        cancels = [name for name in cancels if name != passed]
    end = (ends or [""])[0] if len(ends) < 2 else _last_of(table, ends)
    notice = (cancels or [""])[0]
    if not end and len(cancels) > 1:
        notice, end = _in_order(table, cancels[0], cancels[1])
    elif not end and notice:
        notice, end = "", notice
    elif not end and not notice and paid_until:
        end = next((name for name in unnamed if _stands_where_nothing_is_due(table, name, paid_until)), "")
    elif not end and not notice:
        end = next(iter(unnamed), "") or _end_of_terms(table, begin, roles.get("", []))
    by_months = "" if end or paid_until or notice else paid_by_months(table, begin, roles.get("", []))
    paid_until = paid_until or by_months
    if not (end or paid_until):
        return PeriodDates(begin, lasts=lasts) if lasts and not says(begin, words.NO_END) else None
    trials = [name for name in roles.get("trial", []) if _follows(table, begin, name) and not _begins(name)]
    trial = next(iter(trials), "")
    others = [*roles.get("", []), *(ends if len(ends) > 1 else [])]
    unnamed_trial = "" if trial else trial_among(table, begin, [name for name in others if name != end])
    trial = trial or unnamed_trial
    refunded = next(iter(roles.get("refunded", [])), "")
    used = {begin, end, notice, paid_until, trial, paused, resumed, refunded}
    by_rows = {"paused_at": unnamed_pause, "trial_until": unnamed_trial, "paid_until": by_months}
    shown_by_rows = frozenset(name for name, source in by_rows.items() if source)
    ignore = {name: "another date of the same subscription" for name in table.times if name not in used}
    return PeriodDates(
        begin, end, notice, paid_until, trial, paused, resumed, refunded_at=refunded, unnamed=shown_by_rows,
        endless=_endless(table, end), ignore=ignore,
    )  # fmt: skip


def _pause(table: TableProfile, begin: str, roles: dict[str, list[str]]) -> tuple[str, str, tuple[str, ...]]:
    """When they were paused and went on again; and these two once more where no name says so, but the rows do."""
    paused, resumed = (next(iter(roles.get(role, [])), "") for role in ("paused", "resumed"))
    if paused:
        return paused, resumed, ()
    could = [name for role in ("", "begin", "end", "cancelled") for name in roles.get(role, [])]
    first, second = pause_among(table, begin, could)
    return (first, second, (first, second)) if first else ("", resumed, ())


def _stands_where_nothing_is_due(table: TableProfile, name: str, paid_until: str) -> bool:
    """Whether a day is filled for those alone who have no next payment, and empty for nearly all others."""
    is_due = table.columns[paid_until].series.is_not_null()
    is_filled = table.columns[name].series.is_not_null()
    return share_of(~is_due.filter(is_filled)) >= _FILLED and share_of(~is_filled.filter(~is_due)) <= 1 - _MOSTLY_OVER


def _is_to_come(table: TableProfile, due: str, passed: str) -> bool:
    """Whether a day, whatever its name, is ahead of all those who have it, and another, in the past, of all others."""
    last = table.timestamps(passed).max()
    if last is None or not _stands_where_nothing_is_due(table, passed, due):
        return False
    return share_of(table.timestamps(due).drop_nulls() >= last) >= _FILLED


def _end_of_terms(table: TableProfile, begin: str, others: list[str]) -> str:
    """The time, whatever its name, that lies a month, a year or another usual term after the begin; empty without."""
    for name in others:
        days = (table.timestamps(name) - table.timestamps(begin)).dt.total_days().drop_nulls()
        if name == begin or says(name, words.NO_END) or len(days) < _FEWEST_TERMS or middle_of(days) < _SHORTEST_TERM:
            continue
        is_term = is_some_term(days) | is_some_term(days + 1)  # to the last day of a term, or to the first after it
        if share_of(is_term) >= _TERMS:
            return name
    return ""


def _role(name: str) -> str:
    """What the name of a time says that it is."""
    if says(name, words.BIRTH):
        return "birth"
    if says(name, words.RESUMED):
        return "resumed"
    if says(name, words.EFFECT) and says(name, words.BEGIN_STRONG) != says(name, words.END):
        return "end" if says(name, words.END) else "begin"
    for role, pattern in (
        ("refunded", words.REFUNDED),
        ("begin", words.FIRST_PAYMENT),
        ("trial", words.TRIAL),
        ("paused", words.PAUSED),
        ("paid_until", words.PAID_UNTIL),
        ("paid_until", words.EFFECT),
        ("cancelled", words.CANCELLED),
        ("begin", words.BEGIN_STRONG),
        ("end", words.END),
        ("end", ENDED),
        ("begin", SIGNED_UP),
        ("created", words.BEGIN),
        ("recorded", RECORDED),
    ):
        if says(name, pattern):
            return role
    return ""


def _begins(name: str) -> bool:
    return says(name, words.BEGIN_STRONG) or says(name, SIGNED_UP)


def _begin(table: TableProfile, roles: dict[str, list[str]]) -> str:
    for role in ("begin", "created", ""):
        filled = [name for name in roles.get(role, []) if table.columns[name].share_filled >= _FILLED]
        if filled:
            # Of "current period start" and "start", the subscription began with the earlier one.
            return min(
                filled,
                key=lambda name: (
                    says(name, words.PAID_UNTIL),
                    not says(name, words.FIRST_PAYMENT),
                    table.timestamps(name).mean(),
                    name,
                ),
            )
    return ""


def _follows(table: TableProfile, begin: str, end: str) -> bool:
    both = pl.DataFrame({"begin": table.timestamps(begin), "end": table.timestamps(end)}).drop_nulls()
    return both.height > 0 and share_of(both["end"].dt.date() >= both["begin"].dt.date()) >= _ORDERED


def _is_of_those_who_left(table: TableProfile, begin: str, paid_until: str, cancels: list[str]) -> bool:
    """Whether only some have a day up to which it is paid: those who cancelled, or whose day has mostly passed."""
    if not 0 < table.columns[paid_until].share_filled < _FILLED:
        return False
    paid = table.timestamps(paid_until)
    if cancels:
        return share_of(table.timestamps(cancels[0]).filter(paid.is_not_null()).is_not_null()) >= _FILLED
    return share_of(paid.drop_nulls() <= table.timestamps(begin).max()) >= _MOSTLY_PASSED


def _in_order(table: TableProfile, first: str, second: str) -> tuple[str, str]:
    return (first, second) if _follows(table, first, second) else (second, first)


def _last_of(table: TableProfile, names: list[str]) -> str:
    """Of several ends the emptiest, then the earliest: the others are ends of terms, which some do not live to see."""
    return min(names, key=lambda name: (table.columns[name].share_filled, table.timestamps(name).mean(), name))


def _endless(table: TableProfile, end: str) -> tuple[str, ...]:
    """Texts in the column of the end that stand for none: 9999-12-31, "unlimited"."""
    if not end or not table.columns[end].is_text_typed:
        return ()
    column, times = table.columns[end], table.timestamps(end)
    texts = pl.DataFrame({"text": column.series, "time": times}).drop_nulls("text").unique()
    far = texts.filter(pl.col("time").dt.year() >= FOREVER)["text"].unique().sort().to_list()
    unread = texts.filter(pl.col("time").is_null())["text"].unique().sort().to_list()
    return (*far, *(unread if len(unread) <= _MOST_WORDS else ()))


def begins_of(table: TableProfile, dates: PeriodDates) -> pl.Series:
    return table.timestamps(dates.begin).alias("begin")


def ends_of(table: TableProfile, dates: PeriodDates) -> pl.Series:
    """(rows,) the end of each period; null where there is none."""
    if dates.lasts:
        months = table.columns[dates.lasts].all_numbers.cast(pl.Int64)
        rows = pl.DataFrame({"begin": table.timestamps(dates.begin), "months": months})
        ends = pl.col("begin").dt.offset_by(pl.format("{}mo", "months"))
        return rows.select(pl.when(pl.col("months").is_not_null()).then(ends).alias("end")).to_series()
    source = dates.end or dates.paid_until
    times = table.timestamps(source).alias("end")
    if not dates.endless or source != dates.end:
        return times
    return times.set(table.columns[source].series.is_in(list(dates.endless)).fill_null(value=False), None)
