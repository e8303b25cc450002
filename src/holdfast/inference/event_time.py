"""Guesses which column says when an event happened."""

import polars as pl

from holdfast.inference.people.key import Key
from holdfast.inference.profiles.columns import share_of
from holdfast.inference.profiles.tables import TableProfile, as_keys
from holdfast.inference.words import vocabulary
from holdfast.inference.words.names import says, spaced, whole_words

_ALWAYS, _FEW = 0.99, 0.2  # shares of the rows that have a time


def happened_at(table: TableProfile, key: Key | None = None) -> Key | None:
    """The column that dates the rows: None where no column holds times, a question where several could.

    A time that is the same in all rows of each customer dates the customer, not the rows; one that few rows have
    where others always stand dates what came after, as does the day of a refund.
    """
    times = _of_all_rows(table)
    if key is not None and len(times) > 1:
        times = [name for name in times if _varies(table, name, key.source)] or times
    if not times:
        return None
    sure = [name for name in times if says(name, vocabulary.HAPPENED_STRONG) and not _is_end(name)]
    named = [
        name
        for name in times
        if says(name, vocabulary.HAPPENED)
        and not _is_known(name)
        and not _is_end(name)
        and not says(name, vocabulary.SIGNED_UP)
    ]
    begins = [name for name in times if says(name, vocabulary.SIGNED_UP) and not _is_known(name)]
    exact = [name for name in times if spaced(name) == " happened at "]
    for candidates, confidence, why in (
        (exact, 0.98, "the name says so"),
        (sure, 0.92, "the name says when it took place"),
        (named, 0.85, "the name says a time"),
        (begins, 0.85, "the name says when it began"),
        (times, 0.78, "the only column that holds times"),
    ):
        if len(candidates) == 1:
            return Key(candidates[0], confidence, why)
        if len(candidates) > 1:
            return _earliest(table, candidates)
    return None


def _of_all_rows(table: TableProfile) -> list[str]:
    """The times without those of few rows, or of what undoes some, where another stands in every row."""
    filled = {name: table.columns[name].share_filled for name in table.times}
    if max(filled.values(), default=0.0) < _ALWAYS:
        return list(filled)
    return [name for name, share in filled.items() if share >= (_ALWAYS if says(name, vocabulary.UNDONE_AT) else _FEW)]


def _varies(table: TableProfile, time: str, customer: str) -> bool:
    """Whether a time differs between the rows of a customer, where customers have several rows."""
    pairs = pl.DataFrame({"customer": as_keys(table.columns[customer]), "time": table.timestamps(time)}).drop_nulls()
    several = pairs.group_by("customer").agg(pl.len().alias("rows"), pl.col("time").n_unique().alias("times"))
    several = several.filter(pl.col("rows") > 1)
    return several.height < 5 or share_of(several["times"] > 1) > 0.05


def _is_end(name: str) -> bool:
    return says(name, vocabulary.ENDED) and not says(name, whole_words("churn|churned|cancel|cancellation"))


def _is_known(name: str) -> bool:
    return says(name, vocabulary.RECORDED)


def _earliest(table: TableProfile, candidates: list[str]) -> Key:
    timestamps = {name: table.timestamps(name) for name in candidates}
    for name in candidates:
        others = [other for other in candidates if other != name]
        first = all(share_of(timestamps[name].dt.date() <= timestamps[other].dt.date()) >= 0.99 for other in others)
        if first and table.columns[name].share_filled >= 0.95:
            later = any((timestamps[name] < timestamps[other]).any() for other in others)
            if later:
                return Key(name, 0.8, f"never later than {', '.join(others)}")
    names = tuple(sorted(candidates))
    return Key(names[0], 0.5, f"{', '.join(names)} could each say when it happened", names)
