"""What the names of files, or of sheets, say of their rows: the year of days without one, the month of rows."""

from holdfast.errors import HoldfastError
from holdfast.inference.profiles.columns import profile
from holdfast.inference.profiles.times import read_time
from holdfast.inference.words.names import says
from holdfast.inference.words.vocabulary import HAPPENED, HAPPENED_STRONG
from holdfast.notation.file_periods import Unit, lacks_year
from holdfast.notation.month_columns import month_layouts
from holdfast.service.table_groups import Group

_FEWEST_FILES = 2  # or sheets, of different periods, before their names are taken for the date of their rows


def from_file_names(group: Group) -> dict[str, Unit]:
    """Source column -> what the files' names say of it; empty where the rows say when they happened.

    Raises:
        HoldfastError: days without a year are all that dates the rows, and a file's name says no year.
    """
    first = group.profiles[0]
    if not group.is_headed or any(group.profiles[0].dtypes[name].is_temporal() for name in first.columns):
        return {}
    texts = {name: first.sample[name] for name in first.columns}
    yearless: dict[str, Unit] = {
        name: "year"
        for name, values in texts.items()
        if lacks_year(values) and (says(name, HAPPENED) or says(name, HAPPENED_STRONG) or "/" in str(values[0]))
    }
    has_times = any(name not in yearless and read_time(profile(values)) is not None for name, values in texts.items())
    periods = [each.period for each in group.profiles]
    if yearless:
        if all(period is not None for period in periods):
            return yearless
        if not has_times:
            raise _without_year(group, next(iter(yearless)))
        return {}
    units = {period.unit if period is not None else "" for period in periods}
    firsts = {period.first for period in periods if period is not None}
    if has_times or len(units) != 1 or "" in units or len(firsts) != len(group.profiles) or len(firsts) < _FEWEST_FILES:
        return {}
    unit: Unit = next(period.unit for period in periods if period is not None)
    names = list(first.columns)
    if [*month_layouts(names)]:
        return {}
    if unit == "year" and not [*month_layouts(names, with_year=False)]:
        return {}
    added = next((name for name in (unit, f"file_{unit}") if name not in names), f"{unit}_of_file")
    return {added: unit}


def with_begins(columns: dict[str, Unit]) -> dict[str, Unit]:
    """The same, rows of a month dated by its first day."""
    return {name: "month_begin" if unit == "month" else unit for name, unit in columns.items()}


def _without_year(group: Group, column: str) -> HoldfastError:
    lacking = next(profile for profile in group.profiles if profile.period is None)
    shown = ", ".join(lacking.sample[column].head(3).to_list())
    return HoldfastError(
        f"{lacking.path.name}: {column} holds days without a year ({shown}), no other column dates the rows, and the "
        "name of the file or sheet says no year.",
        fix=f"Name the file by its year, as {lacking.path.stem}_2024{lacking.path.suffix}, or write the days with it.",
    )
