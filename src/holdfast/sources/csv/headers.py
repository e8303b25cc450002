"""Names of columns: as written, blanks around them taken off, none empty, none twice."""

from collections import Counter

import polars as pl

from holdfast.errors import HoldfastError
from holdfast.formatting import plural
from holdfast.sources.results import ROW

MOST_COLUMNS = 20_000


def column_names(header: tuple[str, ...] | None, chosen: tuple[str, ...], width: int, where: str) -> tuple[str, ...]:
    """The names of a file's columns.

    A blank name becomes `column_<place>`. A name that stands twice is refused: nobody but the owner knows
    which of the two is meant.

    Args:
        header: the header's cells; None where the file has no header.
        given: names from the settings; they replace the header's.
        width: number of columns where there is no header.
        where: the file, for messages.
    """
    cells = chosen or header or tuple("" for _ in range(width))
    if chosen and header and len(chosen) != len(header):
        raise HoldfastError(
            f"{where}: {len(chosen)} column names are given but the header has {len(header)} columns.",
            fix="Give read.column_names one name a column, in the file's order.",
        )
    if len(cells) > MOST_COLUMNS:
        raise HoldfastError(
            f"{where}: {len(cells):,} columns; at most {MOST_COLUMNS:,} are read.",
            fix="Keep the columns that say something about a customer; turn one column a day into rows.",
        )
    stripped = [cell.replace("\x00", "").strip() for cell in cells]
    written = set(stripped)
    names: list[str] = []
    for position, name in enumerate(stripped, start=1):
        fresh = name if name and name != ROW else f"column_{position}"
        while (not name or name == ROW) and fresh in written:
            fresh += "_"
        names.append(fresh)
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        duplicates = [
            f"{name!r} (columns {', '.join(str(at) for at, other in enumerate(names, start=1) if other == name)})"
            for name in twice[:5]
        ]
        more = f" and {len(twice) - 5} more" if len(twice) > 5 else ""
        raise HoldfastError(
            f"{where}: {plural(len(twice), 'column name')} used more than once: {'; '.join(duplicates)}{more}.",
            fix="Rename one of each in the file, or list all names in holdfast.yaml: read: {column_names: [...]}",
        )
    return tuple(names)


def named(rows: pl.DataFrame, where: str) -> pl.DataFrame:
    """A table of a format that names its columns, with the names that `column_names` makes of them."""
    names = column_names(tuple(rows.columns), (), 0, where)
    return rows.rename(dict(zip(rows.columns, names, strict=True)))
