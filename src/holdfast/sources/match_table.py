"""Finds the table of a project that a new file belongs to, by its columns."""

from pathlib import Path

from holdfast.errors import HoldfastError
from holdfast.notation.json_cells import column_of
from holdfast.settings import Settings
from holdfast.sources.sniff import profile_file
from holdfast.table_settings import ReadSettings, TableSettings


def table_for(settings: Settings, file: Path) -> str:
    """The table whose columns a file has.

    Raises:
        HoldfastError: no such file, or one that fits no table; it names the nearest.
    """
    if not file.exists():
        raise HoldfastError(f"{file}: there is no such file.", fix="Name a file that exists after --data.")
    columns = {column for profile in profile_file(file) for column in profile.columns}
    missing = {
        name: sorted(_needed(table) - columns) for name, table in settings.tables.items() if table.holds != "lookup"
    }
    fitting = [name for name, lacking in missing.items() if not lacking]
    if fitting:
        return max(fitting, key=lambda name: len(settings.tables[name].columns))
    name = min(missing, key=lambda each: len(missing[each]))
    raise HoldfastError(
        f"{file}: fits none of the project's tables. Nearest is {name}, but the file has no column "
        f"{', '.join(missing[name][:8])}.",
        fix=f"Bring a file with the columns of {name}: {', '.join(sorted(_needed(settings.tables[name])))}.",
    )


def read_settings_for(table: TableSettings, file: Path) -> ReadSettings:
    """How a new file of a table is read: as the table's files, but for what its own bytes show to be another.

    A delimiter or header row under which the table's columns stand there is no guess; signs of numbers and texts that
    stand for "not known" stay those of the table.
    """
    needed = _needed(table)
    for profile in profile_file(file):
        if needed <= set(profile.columns):
            own = {name: getattr(profile.settings, name) for name in ("delimiter", "header_row", "quote", "sheet")}
            # A few rows may not show what they are written in: they are as the first ones were, if they are not UTF-8.
            encoding = table.read.encoding if profile.encoding is not None else None
            return table.read.model_copy(update=own | {"encoding": encoding})
    return table.read


def _needed(table: TableSettings) -> set[str]:
    needed = {column.source for name, column in table.columns.items() if name not in {"label", "ended_at", "known_at"}}
    for source, paths in table.unpack.items():
        unpacked = {column_of(source, path) for path in paths}
        needed = needed - unpacked | ({source} if needed & unpacked else set())
    for name, source in table.letters_of.items():
        needed = needed - {name} | ({source} if name in needed else set())
    if table.carry_down is not None and table.carry_down.headings_in:
        needed = needed - {*table.carry_down.columns} | {table.carry_down.headings_in}
    across = table.month_columns
    needed -= {name for name, unit in table.from_file_name.items() if unit != "year"}
    if across is None:
        return needed
    year = {across.year} if across.year and not across.year.isdigit() else set()
    year -= {*table.from_file_name}
    return needed - {across.month, across.amount} | year
