"""Finds tables with one column a month, and reads them as one row a customer and month."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import polars as pl

from holdfast.formatting import plural
from holdfast.inference.guesses import CONFIDENT, Guess, Sample, TableGuess
from holdfast.inference.label import label_column
from holdfast.inference.profiles.columns import profile, share_of
from holdfast.inference.words.names import says, whole_words
from holdfast.inference.words.subscriptions import MRR, SUBSCRIPTION
from holdfast.notation.month_columns import affix_of, has_year, month_headers, month_layouts, months_as_rows
from holdfast.table_settings import MonthColumns

_ALIKE = 0.6  # share of paid months that cost what the month before did
_SAME = 0.02  # by how much a sum of the months may differ
_NEARLY_ALL = 0.95
# Measures of a month that are no money.
_NO_MONEY = whole_words(
    r"visits?|log ?ins?|sessions?|orders?|purchases|transactions|qty|quantit(?:y|ies)|counts?|number|num|units?|items?"
    r"|usage|kwh|gb|minutes|hours?|days?|clicks?|opens?"
    r"|tickets?|calls?|messages?|mails?|seats?|users?|active|points?"
    r"|besuche|bestellungen|anzahl|menge|stuck|visites|commandes|visitas|pedidos|score|rank|nps|returns?|refunds?"
)
_YEAR_NAME = whole_words(r"year|calendar year|fiscal year|fy|yr|jahr|annee|ano|anio|anno|jaar|rok|год|年|年度")
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?!\d)")


@dataclass(frozen=True)
class AcrossMonths:
    """How a table with one column a month is read."""

    settings: MonthColumns
    ignore: Mapping[str, str] = field(default_factory=dict)  # source columns that say it again
    lacks_year: str = ""  # evidence of the question which year it is; empty: it is known
    years: tuple[str, ...] = ()  # that it could be


def with_months_as_rows(samples: Sequence[Sample]) -> tuple[list[Sample], dict[str, AcrossMonths]]:
    """The samples, those with one column a month by rows; and how each of these is read.

    Revenue that recurs has a row each month, also of nothing; of purchases a month without any is no row.
    """
    result, by_sample = [], {}
    for sample in samples:
        across = _across(sample)
        if across is None:
            result.append(sample)
            continue
        settings = across.settings
        rows = months_as_rows(
            sample.frame.drop(across.ignore),
            settings.format,
            settings.month,
            settings.amount,
            year=settings.year if settings.year or not across.years else across.years[0],
            at_the_end=settings.day == "last",
            without_empty=settings.empty == "left_out",
        )
        records = round(sample.records * rows.height / max(1, sample.frame.height))
        result.append(replace(sample, frame=rows, records=records, files=()))
        by_sample[sample.name] = across
    return result, by_sample


def with_month_columns(table: TableGuess, across: AcrossMonths | None) -> TableGuess:
    """A table as guessed from its rows, with what its file needs to be read so."""
    if across is None:
        return table
    guesses = table.settings_guesses
    if across.lacks_year:
        about = f"{table.name}.month_columns.year"
        guesses = (*guesses, Guess(about, "", 0.3, across.lacks_year, f"tables.{about}", across.years))
    return replace(
        table,
        month_columns=across.settings,
        ignore={**table.ignore, **across.ignore},
        settings_guesses=guesses,
    )


def _across(sample: Sample) -> AcrossMonths | None:
    if not sample.headed:
        return None
    names = sample.frame.columns
    layouts = [*month_layouts(names)] or [*month_layouts(names, with_year=False)]
    usable = [each for each in layouts if _holds_money(sample, each)]
    if not usable:
        return None
    layout = min(usable, key=lambda each: (not says(affix_of(each), MRR), layouts.index(each)))
    months = month_headers(names, layout)
    amounts = _amounts(sample, list(months))
    is_named = any(says(text, MRR) or says(text, SUBSCRIPTION) for text in (sample.name, affix_of(layout)))
    recurs = is_named or _alike(amounts) >= _ALIKE
    if not recurs and _has_label(sample, months):
        return None  # one row a customer, of whom is known who left: the months are what it is foretold by
    taken = set(names)
    month, amount = (f"{name}_" if name in taken else name for name in ("month", "mrr" if is_named else "amount"))
    year, lacks, years = ("", "", ()) if has_year(layout) else _year(sample, months)
    settings = MonthColumns(
        format=layout,
        month=month,
        amount=amount,
        year=year,
        day="first" if recurs else "last",
        empty="kept" if recurs else "left_out",
    )
    others = {name for each in layouts if each != layout for name in month_headers(names, each)}
    ignore = {name: f"another measure of each month; {layout} is read" for name in names if name in others - {*months}}
    ignore |= {name: "the sum of the months" for name in names if name not in months and _is_sum(sample, name, amounts)}
    return AcrossMonths(settings, ignore, lacks, years)


def _holds_money(sample: Sample, layout: str) -> bool:
    """Whether the columns of a format hold amounts of money."""
    months = month_headers(sample.frame.columns, layout)
    affix = affix_of(layout)
    if len(months) == len(sample.frame.columns) or says(affix, _NO_MONEY):
        return False
    if not affix and says(sample.name, _NO_MONEY) and not says(sample.name, MRR):
        return False
    cells = [profile(sample.frame[name]) for name in months]
    return all(cell.is_number or not cell.filled for cell in cells) and any(cell.is_number for cell in cells)


def _amounts(sample: Sample, names: Sequence[str]) -> pl.DataFrame:
    """One column a month, in the order of time."""
    columns = (profile(sample.frame[name]).all_numbers.cast(pl.Float64) for name in names)
    return pl.DataFrame({str(number): column for number, column in enumerate(columns)})


def _alike(amounts: pl.DataFrame) -> float:
    """Share of months with an amount, of those that follow one, whose amount is the same."""
    same: list[pl.Series] = []
    for earlier, current in zip(amounts.columns, amounts.columns[1:], strict=False):
        paid = amounts.filter(pl.col(earlier) > 0, pl.col(current) > 0)
        same.append((paid[earlier] == paid[current]).rename("same"))
    return share_of(pl.concat(same)) if same else 0.0


def _is_sum(sample: Sample, name: str, amounts: pl.DataFrame) -> bool:
    column = profile(sample.frame[name])
    if not column.is_number:
        return False
    sums = amounts.sum_horizontal()
    return share_of((column.all_numbers.cast(pl.Float64) - sums).abs() <= _SAME) >= _NEARLY_ALL


def _has_label(sample: Sample, months: Collection[str]) -> bool:
    others = {name: profile(sample.frame[name]) for name in sample.frame.columns if name not in months}
    label = label_column(others, experiment=False)
    return label is not None and label.confidence >= CONFIDENT


def _year(sample: Sample, months: Mapping[str, object]) -> tuple[str, str, tuple[str, ...]]:
    """The year of headers that name none, or the column that holds it; else what to ask, and the years it may be."""
    others = [name for name in sample.frame.columns if name not in months]
    for name in others:
        texts = sample.frame[name].cast(pl.String).drop_nulls()
        if says(name, _YEAR_NAME) and len(texts) and bool(texts.str.contains(r"^(?:19|20)\d\d(?:\.0)?$").all()):
            return name, "", ()
    named = {*_YEAR.findall(sample.name)}
    if len(named) == 1:
        return named.pop(), "", ()
    shown = list(months)
    evidence = (
        f"{plural(len(shown), 'column')} are named by months, from {shown[0]} to {shown[-1]}, and nothing says of "
        "which year"
    )
    texts = pl.concat([sample.frame[name].cast(pl.String).rename("text") for name in others])
    years = texts.str.extract(r"(?:^|\D)((?:19|20)\d\d)(?:\D|$)").drop_nulls().cast(pl.Int32)
    last = years.max()
    return "", evidence, tuple(str(last + step) for step in (0, 1, -1)) if isinstance(last, int) else ()
