"""Plain readers accept a part of what the parsing accepts, and read it to the last bit alike."""

from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.column_types import Kind
from holdfast.notation.id_spelling import plain_ids
from holdfast.quality.new_rows import in_training_notation
from holdfast.quality.parsing.columns import read_column
from holdfast.quality.plain.readers import NotPlainError, reader_of
from holdfast.quality.training_columns import TrainingColumn, TrainingTable
from holdfast.table_settings import ColumnSettings, ReadSettings

_RUN: dict[str, tuple[ColumnSettings, list[str]]] = {  # what a run read, by which it knows words and numbers
    "id": (ColumnSettings(source="c", kind=Kind.TEXT), ["A1", "A2"]),
    "dotted id": (ColumnSettings(source="c", kind=Kind.TEXT), ["17850.0", "17851"]),
    "number": (ColumnSettings(source="c", kind=Kind.NUMBER), ["-3", "250.5"]),
    "money": (ColumnSettings(source="c", kind=Kind.MONEY), ["0", "12.30"]),
    "word": (ColumnSettings(source="c", kind=Kind.CATEGORY), ["web", "Web", "e-mail", "n/a", "büro"]),
    "flag": (ColumnSettings(source="c", kind=Kind.FLAG), ["yes", "no", "Y"]),
    "own flag": (ColumnSettings(source="c", kind=Kind.FLAG, true=("Left",)), ["left", "here", "LEFT"]),
    "iso time": (ColumnSettings(source="c", kind=Kind.TIME), ["2024-01-31"]),
    "german time": (ColumnSettings(source="c", kind=Kind.TIME, format="%d.%m.%Y %H:%M"), ["31.01.2024 10:15"]),
    "day": (ColumnSettings(source="c", kind=Kind.TIME, format="%m/%d/%Y"), ["01/31/2024"]),
    "spelt id": (
        ColumnSettings(source="c", kind=Kind.TEXT, letters_and_digits=True, without_prefix=("PL", "A")),
        ["5213017000"],
    ),
}
_DIGITS = st.from_regex(r"[-+]?[0-9]{0,5}([.,][0-9]{1,3}){0,2}(e[0-9])?", fullmatch=True)
_TIMES = st.from_regex(
    r"(2024|1799|2200|0018)-(0[1-9]|1[0-3])-(29|3[0-2])([ T](0|2)[0-9]:[0-6][0-9](:[0-6][0-9](\.[0-9]{1,7})?)?Z?)?",
    fullmatch=True,
)
_GERMAN = st.from_regex(r"(29|3[0-2])[./](0?2|12)[./](2024|24)( [0-2][0-9]:[0-6][0-9])?", fullmatch=True)
_WORDS = st.sampled_from(
    [
        "web",
        "WEB",
        "Web",
        "e-mail",
        "shop",
        "n/a",
        "büro",
        "yes",
        "YES",
        "Sí",
        "ja",
        "left",
        "Left",
        "17850.0",
        "A7",
        "PL 52-13",
        "B7C",
        "",
    ]
)
_AROUND = st.sampled_from(["", " ", "  ", "\t", "\u00a0", "\x1c"])


@st.composite
def _texts(draw: st.DrawFn) -> list[str | None]:
    one = st.one_of(_WORDS, _DIGITS, _TIMES, _GERMAN, st.text(max_size=4))
    padded = st.builds(lambda before, text, after: before + text + after, _AROUND, one, _AROUND)
    return draw(st.lists(st.one_of(st.none(), one, one, padded), min_size=1, max_size=4))


def _trained(name: str, read: ReadSettings) -> TrainingColumn:
    settings, texts = _RUN[name]
    written = [
        text.replace(".", read.decimal) if settings.kind in {Kind.NUMBER, Kind.MONEY} else text for text in texts
    ]
    return TrainingColumn.of(settings, read_column(pl.Series("c", written), settings, read, "UTC"))


def _read_plainly(name: str, read: ReadSettings, values: list[Any], *, are_texts: bool) -> list[Any] | None:
    readers = reader_of(_trained(name, read), read, "UTC", may_be_negative=False)
    assert readers is not None
    try:
        return readers[are_texts](values)
    except NotPlainError:
        return None


def _as_cleaning_reads(name: str, read: ReadSettings, values: pl.Series) -> pl.Series:
    """What is read of a column that needs nothing but its words in the spellings of the run."""
    trained = _trained(name, read)
    if trained.settings.letters_and_digits:
        values = plain_ids(values, trained.settings.without_prefix)
    table = TrainingTable(read, {"ours": trained})
    noted = in_training_notation(pl.DataFrame({"c": values}), "t", table, has_events=False)
    assert all(count.is_only_respelt or not count.says_something for count in noted.columns)
    spelling = trained.spelling.decided() if trained.spelling is not None else None
    spelling = noted.spellings.get("ours", spelling)
    result = read_column(noted.rows["c"], trained.settings, read, "UTC", spelling, noted.before.get("ours")).values
    return result.cast(pl.Int64) if trained.settings.kind is Kind.TIME else result


@pytest.mark.parametrize("decimal", [".", ","])
@pytest.mark.parametrize("name", _RUN)
@given(texts=_texts())
def test_texts_are_read_as_cleaning_reads_them_or_are_not_plain(
    name: str, decimal: Any, texts: list[str | None]
) -> None:
    read = ReadSettings(decimal=decimal, missing=("", "n/a"))
    plain = _read_plainly(name, read, texts, are_texts=True)
    if plain is not None:
        assert [repr(each) for each in plain] == [
            repr(each) for each in _as_cleaning_reads(name, read, pl.Series("c", texts, dtype=pl.String))
        ]


@pytest.mark.parametrize("name", ["number", "money", "flag"])
@given(
    values=st.one_of(
        st.lists(st.one_of(st.none(), st.integers(-(2**62), 2**62), st.integers(-9, 99)), min_size=1, max_size=4),
        st.lists(st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False)), min_size=1, max_size=4),
        st.lists(st.one_of(st.none(), st.booleans()), min_size=1, max_size=4),
    )
)
def test_numbers_and_flags_of_json_are_read_as_cleaning_reads_them(name: str, values: list[Any]) -> None:
    plain = _read_plainly(name, ReadSettings(), values, are_texts=False)
    if plain is not None and any(value is not None for value in values):
        read = _as_cleaning_reads(name, ReadSettings(), pl.Series("c", values, strict=False))
        assert [repr(each) for each in plain] == [repr(each) for each in read]


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("id", ["A7", " B 8 ", None, ""]),
        ("dotted id", ["17850"]),
        ("number", ["-3", "12.75", "n/a", None]),
        ("money", ["12", " 3.5 "]),
        ("word", ["web", "Web", "büro", " e-mail", ""]),
        ("flag", ["yes", "NO", "Y", "ja", None]),
        ("own flag", ["left", "LEFT", "here"]),
        ("iso time", ["2024-02-29", "2024-02-29 23:59:59", "2024-02-29T10:15", "2024-02-29T10:15:00.25"]),
        ("german time", ["31.01.2024 10:15"]),
        ("day", ["12/31/2024"]),
        ("spelt id", ["5213017000", "PLUS7", None]),
    ],
)
def test_what_is_written_as_usual_is_plain(name: str, texts: list[str | None]) -> None:
    assert _read_plainly(name, ReadSettings(missing=("", "n/a")), texts, are_texts=True) is not None


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("number", "1e30"),
        ("money", "-1"),
        ("word", "carrier pigeon"),
        ("flag", "perhaps"),
        ("own flag", "gone"),
        ("iso time", "2024-02-30"),
        ("iso time", "9999-12-31"),
        ("day", "31/12/2024"),
        ("spelt id", "521-301-70-00"),
        ("spelt id", "PL5213017000"),
        ("spelt id", " 5213017000"),
        ("spelt id", "x7"),
    ],
)
def test_what_cleaning_would_say_something_of_is_not_plain(name: str, text: str) -> None:
    assert _read_plainly(name, ReadSettings(), [text], are_texts=True) is None


def test_columns_that_settings_say_more_of_have_no_plain_values() -> None:
    for settings in (
        ColumnSettings(source="c", kind=Kind.TIME, format="epoch_s"),
        ColumnSettings(source="c", kind=Kind.TIME, format="%d %b %Y"),
        ColumnSettings(source="c", kind=Kind.NUMBER, plus=("d",)),
        ColumnSettings(source="c", kind=Kind.TEXT, joined_with=("d",)),
        ColumnSettings(source="c", kind=Kind.TEXT, fold_case=True),
    ):
        assert reader_of(TrainingColumn(settings), ReadSettings(), "UTC", may_be_negative=True) is None
    time = TrainingColumn(ColumnSettings(source="c", kind=Kind.TIME))
    assert reader_of(time, ReadSettings(), "Europe/Berlin", may_be_negative=True) is None
