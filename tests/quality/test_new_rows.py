"""New rows in the notation of the run that trained: what is read, what is rewritten, what is counted."""

import polars as pl
import pytest

from holdfast.errors import HoldfastError
from holdfast.quality.new_rows import NewRows, in_training_notation, refuse_strange
from holdfast.quality.parsing.columns import read_column
from holdfast.quality.training_columns import TrainingColumn, TrainingColumns, TrainingTable
from holdfast.table_settings import ColumnSettings, ReadSettings


def trained(kind: str, values: list[str], *, decimal: str = ".", **more: object) -> TrainingTable:
    settings = ColumnSettings.model_validate({"from": "X", "kind": kind, **more})
    read = ReadSettings.model_validate({"decimal": decimal})
    reading = read_column(pl.Series("X", values), settings, read, "UTC")
    return TrainingTable(read, {"x": TrainingColumn.of(settings, reading)})


def rewritten(training: TrainingTable, values: list[object], *, has_events: bool = False) -> NewRows:
    return in_training_notation(pl.DataFrame({"X": values}, strict=False), "t", training, has_events=has_events)


@pytest.mark.parametrize(
    ("decimal", "new", "written"),
    [
        (".", ["29,85", "1.029,85", "7"], ["29.85", "1029.85", "7.0"]),
        (",", ["29.85", "1,029.85", "7"], ["29,85", "1029,85", "7,0"]),
        (".", ["29.85", "1,029.85"], ["29.85", "1,029.85"]),  # already as the run wrote: untouched
        (".", ["29,85", "29.85"], ["29,85", "29.85"]),  # two signs in one column: neither explains all
    ],
)
def test_numbers_are_written_with_the_runs_decimal_sign(decimal: str, new: list[object], written: list[str]) -> None:
    known = ["20", "1500"]
    assert rewritten(trained("money", known, decimal=decimal), new).rows["X"].to_list() == written


def test_what_two_signs_leave_unread_is_counted_and_refused() -> None:
    new = rewritten(trained("money", ["20", "150"]), ["29,85", "29.85"])
    assert (new.columns[0].unread, new.columns[0].examples) == (1, ("29,85",))
    with pytest.raises(HoldfastError, match=r"50 % of t\.x \(X\): 1 of 2 values cannot be read.*29,85") as refused:
        refuse_strange(new.columns, (), "holdfast run shop")
    assert 'accept: ["unread:t.x"]' in refused.value.fix
    refuse_strange(new.columns, ("unread:t.x",), "holdfast run shop")


def test_negative_numbers_of_events_are_returns_and_stay() -> None:
    training = trained("money", ["20", "150"])
    assert rewritten(training, ["-20"], has_events=True).columns[0].implausible == 0
    assert rewritten(training, ["-20"]).columns[0].implausible == 1
    assert rewritten(training, ["-20"]).rows["X"].to_list() == [None]


def test_flags_and_times_that_the_run_could_not_read_are_counted() -> None:
    flags = rewritten(trained("flag", ["Ja!", "Nö"], true=["Ja!"]), ["JA!", "nö", "oui"])
    assert (flags.columns[0].unseen, flags.columns[0].examples) == (1, ("oui",))
    times = rewritten(trained("time", ["31/12/2025"], format="%d/%m/%Y"), ["2026-01-01", "01/02/2026"])
    assert (times.columns[0].unread, times.columns[0].examples) == (1, ("2026-01-01",))


@pytest.mark.parametrize(
    ("layout", "new", "written", "read_with"),
    [
        (None, ["31/12/2024", "01/02/2025"], ["2024-12-31T00:00:00", "2025-02-01T00:00:00"], "%d/%m/%Y"),
        (
            None,
            ["12/31/2024 09:30", "02/01/2025 10:00"],
            ["2024-12-31T09:30:00", "2025-02-01T10:00:00"],
            "%m/%d/%Y %H:%M",
        ),
        ("%d/%m/%Y", ["12/31/2024", "02/01/2025"], ["31/12/2024", "01/02/2025"], "%m/%d/%Y"),
        (
            "%d.%m.%Y %H:%M",
            ["2024-12-31 09:30", "2025-02-01 10:00"],
            ["31.12.2024 09:30", "01.02.2025 10:00"],
            "ISO 8601",
        ),
    ],
)
def test_times_in_another_format_are_read_where_one_alone_fits_them_all(
    layout: str | None, new: list[object], written: list[str], read_with: str
) -> None:
    known = {None: "2023-05-06", "%d/%m/%Y": "06/05/2023", "%d.%m.%Y %H:%M": "06.05.2023 00:00"}[layout]
    rows = rewritten(trained("time", [known], format=layout), new, has_events=True)
    assert rows.rows["X"].to_list() == written
    (count,) = rows.columns
    assert (count.unread, count.time_format, count.id) == (0, read_with, "")
    assert read_with in count.sentence


def test_times_that_nothing_decides_are_refused() -> None:
    for layout, new in ((None, ["03/04/2025", "05/06/2025"]), ("%d/%m/%Y", ["2025-04", "in May"])):
        rows = rewritten(trained("time", ["2023-05-06" if layout is None else "06/05/2023"], format=layout), new)
        assert (rows.columns[0].unread, rows.rows["X"].to_list()) == (2, new)
        with pytest.raises(HoldfastError, match="cannot be read as time"):
            refuse_strange(rows.columns, (), "holdfast run shop")


def test_one_time_that_shows_day_and_month_traded_makes_all_unsure() -> None:
    new = [f"{day:02d}/13/2024" if day == 7 else f"{day:02d}/0{1 + day % 9}/2024" for day in range(1, 31)]
    rows = rewritten(trained("time", ["06/05/2023"], format="%d/%m/%Y"), new)
    assert rows.columns[0].unread == 1  # of thirty: few enough, were it another kind of slip
    with pytest.raises(HoldfastError, match="day and month traded, so none of them is sure"):
        refuse_strange(rows.columns, (), "holdfast run shop")


def test_a_few_strange_words_are_a_note_and_many_are_refused() -> None:
    training = trained("category", ["Web", "shop"])
    few = rewritten(training, ["kiosk", "WEB", "shop"])
    assert (few.columns[0].unseen, few.columns[0].respelt) == (1, 1)
    refuse_strange(few.columns, (), "holdfast run shop")
    many = rewritten(training, ["kiosk"] * 10 + ["Web"] * 10)
    with pytest.raises(HoldfastError, match=r"50 % of t\.x"):
        refuse_strange(many.columns, (), "holdfast run shop")


def test_what_the_run_saw_survives_its_files() -> None:
    tables = {"t": trained("category", ["Web", "web"]), "u": trained("money", ["1,5"], decimal=",")}
    columns = TrainingColumns("Europe/Berlin", tables)
    assert TrainingColumns.from_files(columns.to_files()) == columns
