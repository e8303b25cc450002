"""Reports with groups: a heading row above the lines of each customer, and often a row of totals below them."""

from dataclasses import dataclass

import polars as pl

_FEWEST_GROUPS = 3
_NEARLY_ALL = 0.98
_FEWEST_CELLS = 3  # that a line fills
_TOTAL = (
    r"(?i)^\s*(?:sub-?\s?total|total|totals|summe|gesamt|gesamtsumme|zwischensumme|totale|totaal|suma|razem|somme)\b"
)


@dataclass(frozen=True)
class Headings:
    """Where the headings of a report with groups stand."""

    column: str  # whose texts head the groups
    lines_have: str  # a column that just the lines fill
    is_shared: bool = False  # lines fill the column of the headings too


def headings_of(rows: pl.DataFrame) -> Headings | None:
    """Where the headings of groups stand; None where the rows are a plain table.

    A heading fills its column alone, a row of totals that column and sums, and a line never that column. Where lines
    fill it too, totals must name the groups ("Total for Ann"), else nothing tells a heading from a line with gaps.

    Args:
        rows: texts as written, empty cells null or blank; in the order of the file.
    """
    if rows.width < _FEWEST_CELLS + 1 or rows.height < 2 * _FEWEST_GROUPS:
        return None
    filled = rows.select(
        (pl.col(pl.String).str.strip_chars() != "").fill_null(value=False), pl.exclude(pl.String).is_not_null()
    )
    is_blank = ~filled.select(pl.any_horizontal(pl.all()).alias("any"))["any"]
    rows, filled = rows.filter(~is_blank), filled.filter(~is_blank)
    cells = filled.select(pl.sum_horizontal(pl.all()).alias("cells"))["cells"]
    for name in rows.columns:
        if rows.schema[name] != pl.String or not filled.height or not (bool(filled[name][0]) and cells[0] == 1):
            continue
        own = filled[name]
        for heads, is_shared in ((own, False), (own & _is_apart(rows[name], cells), True)):
            anchor = _anchor(filled, name, heads, cells)
            if anchor and (not is_shared or _totals_name_groups(rows[name].filter(heads))):
                return Headings(name, anchor, is_shared)
    return None


def _is_apart(texts: pl.Series, cells: pl.Series) -> pl.Series:
    """(rows,) whether a row is a heading, which stands alone, or a total by its text."""
    return (cells == 1) | texts.str.contains(_TOTAL).fill_null(value=False)


def _totals_name_groups(texts: pl.Series) -> bool:
    """Whether most headings come again as a total: "Ann" above the lines, "Total for Ann" below them."""
    plain = texts.str.strip_chars()
    is_total = plain.str.contains(_TOTAL)
    headings, totals = plain.filter(~is_total), plain.filter(is_total)
    named = pl.DataFrame({"heading": headings}).filter(pl.col("heading").is_in([*_after_total_words(totals)]))
    return named.height >= max(_FEWEST_GROUPS, len(headings) / 2)


def _after_total_words(totals: pl.Series) -> list[str]:
    """What totals are of: the text after "Total", and after "Total for"."""
    rest = totals.str.replace(_TOTAL, "").str.strip_chars(" :-")
    return [*rest.to_list(), *rest.str.replace(r"^\S+\s+", "").to_list()]


def _anchor(filled: pl.DataFrame, name: str, heads: pl.Series, cells: pl.Series) -> str:
    """A column that the lines fill, and neither headings nor totals; empty where the rows are no groups."""
    lines, alone = ~heads, heads & (cells == 1)
    total = _count(lines)
    if _count(alone) < _FEWEST_GROUPS or total < _count(heads) / 2:
        return ""
    if _count(lines & (cells >= _FEWEST_CELLS)) < _NEARLY_ALL * total:
        return ""
    for anchor in filled.columns:
        has = filled[anchor]
        if anchor != name and _count(has & lines) >= _NEARLY_ALL * total and not bool((has & heads).any()):
            return anchor
    return ""


def _count(flags: pl.Series) -> int:
    return int(flags.sum())


def with_headings_apart(rows: pl.DataFrame, column: str, lines_have: str, name: str) -> pl.DataFrame:
    """The rows with a further column of the headings alone, where lines fill the column that headings stand in."""
    is_line, texts = are_lines(rows, lines_have), rows[column].cast(pl.String)
    return rows.with_columns(texts.set(is_line, None).alias(name), texts.set(~is_line, None).alias(column))


def are_lines(rows: pl.DataFrame, lines_have: str) -> pl.Series:
    """(rows,) whether a row is a line of a group, and no heading, total or blank row."""
    return (rows[lines_have].cast(pl.String).str.strip_chars() != "").fill_null(value=False)


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
    is_line = are_lines(rows, lines_have)
    columns = []
    for name in names:
        texts = rows[name].cast(pl.String)
        own = texts.set(texts.str.strip_chars() == "", None)
        heading = own.set(is_line, None).forward_fill().fill_null(above.get(name) or "")
        heading = heading.set(heading == "", None)
        columns.append(own.zip_with(own.is_not_null(), heading).set(~is_line, None).alias(name))
    return rows.with_columns(columns)


def lines_of_groups(
    rows: pl.DataFrame, name: str, lines_have: str, headings_in: str, above: str | None
) -> tuple[pl.DataFrame, str | None]:
    """The lines of a report, each with the heading above it in column `name`; and the last heading, for later rows.

    Args:
        rows: in the order of the file. name: the column of the headings, or of those in `headings_in` alone.
        lines_have: a column that just the lines fill. headings_in: empty, or a column that lines fill as well.
        above: the last heading of the rows before.
    """
    if headings_in in rows.columns:
        rows = with_headings_apart(rows, headings_in, lines_have, name)
    is_line = are_lines(rows, lines_have)
    headings = rows[name].cast(pl.String).filter(~is_line).str.strip_chars()
    headings = headings.filter(headings != "")
    lines = with_headings_below(rows, [name], lines_have, {name: above}).filter(is_line)
    return lines, str(headings[-1]) if len(headings) else above
