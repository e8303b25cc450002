"""Reports with groups: a heading row above the lines of each customer, and often a row of totals below them."""

import polars as pl

_FEWEST_GROUPS = 5
_NEARLY_ALL = 0.98
_FEWEST_CELLS = 3  # that a line fills


def headings_of(rows: pl.DataFrame) -> tuple[str, str]:
    """The column whose texts head groups, and one that just the lines fill; ("", "") where the rows are a plain table.

    A heading fills its column alone, a row of totals that column and sums, and a line never that column.

    Args:
        rows: texts as written, empty cells null or blank; in the order of the file.
    """
    if rows.width < _FEWEST_CELLS + 1 or rows.height < 2 * _FEWEST_GROUPS:
        return "", ""
    filled = rows.select(
        (pl.col(pl.String).str.strip_chars() != "").fill_null(value=False), pl.exclude(pl.String).is_not_null()
    )
    cells = filled.select(pl.sum_horizontal(pl.all()).alias("cells"))["cells"]
    for name in rows.columns:
        heads = filled[name]
        if rows.schema[name] != pl.String or not bool(heads.any()) or not bool(heads[0]):
            continue
        lines, alone = ~heads, heads & (cells == 1)
        total = _count(lines)
        if _count(alone) < _FEWEST_GROUPS or total < _count(heads) / 2:
            continue
        if _count(lines & (cells >= _FEWEST_CELLS)) < _NEARLY_ALL * total:
            continue
        for anchor in rows.columns:
            has = filled[anchor]
            if anchor != name and _count(has & lines) >= _NEARLY_ALL * total and not bool((has & heads).any()):
                return name, anchor
    return "", ""


def _count(flags: pl.Series) -> int:
    return int(flags.sum())


def with_headings_below(
    rows: pl.DataFrame, names: list[str], lines_have: str, above: dict[str, str | None]
) -> pl.DataFrame:
    """The rows, each line with the texts of the heading above it; headings and totals themselves keep none.

    Args:
        rows: in the order of the file.
        names: columns of the headings.
        lines_have: a column that lines fill, and headings and totals leave empty.
        above: texts of the last heading of the rows before, by column.
    """
    is_line = (rows[lines_have].cast(pl.String).str.strip_chars() != "").fill_null(value=False)
    columns = []
    for name in names:
        texts = rows[name].cast(pl.String)
        own = texts.set(texts.str.strip_chars() == "", None)
        heading = own.set(is_line, None).forward_fill().fill_null(above.get(name) or "")
        heading = heading.set(heading == "", None)
        columns.append(own.zip_with(own.is_not_null(), heading).set(~is_line, None).alias(name))
    return rows.with_columns(columns)
