"""The columns of a known export as guesses: checked by their values, doubtful where those say otherwise."""

from collections.abc import Collection
from dataclasses import replace

import polars as pl

from holdfast.column_types import Kind
from holdfast.formatting import percent
from holdfast.inference.free_columns import constant_reason, kind_of
from holdfast.inference.guesses import ColumnGuess, TimeReading
from holdfast.inference.profiles.columns import Profile, profile, share_of
from holdfast.inference.profiles.times import read_time
from holdfast.inference.recipes.export import Export
from holdfast.inference.recipes.record import Field

SURE = 0.98
HOLDS = 0.95  # share of the orders in which a sum must hold
_DOUBTFUL = 0.4  # a column whose values are not what the export writes: a question
_MOST_EXAMPLES = 3
_MOST_CHOICES = 5
_UNMATCHED = "no column of this export: move it up to columns to use it"


def columns_of(export: Export) -> tuple[list[ColumnGuess], dict[str, str]]:
    """An export's columns in the order of its contract, and those left out with the reason."""
    customer = _customer(export)
    columns = [customer] if customer is not None else []
    ignore: dict[str, str] = {}
    for source, column in export.table.columns.items():
        field = export.match.fields.get(source)
        if field is None:
            ignore[source] = constant_reason(column) or _UNMATCHED
            continue
        guess = _column(export, source, field)
        if isinstance(guess, ColumnGuess):
            columns.append(_by_proof(export, guess))
        elif guess:
            ignore[source] = guess
    order = {column.name: position for position, column in enumerate(export.contract.columns)}
    return sorted(columns, key=lambda column: order.get(column.name, len(order))), ignore


def _customer(export: Export) -> ColumnGuess | None:
    if export.whole is not None or not export.customers:
        return None
    first, *others = export.customers
    columns = [export.table.columns[source] for source in export.customers]
    own = _own_address(export)
    texts = {text.lower() for text in (*export.recipe.nobody, *own) if text}
    usable = [~_is_any_of(column.series.cast(pl.String), texts) for column in columns]
    nobody = (
        export.is_first
        & ~pl.DataFrame([flags.alias(str(n)) for n, flags in enumerate(usable)])
        .select(pl.any_horizontal(pl.all()))
        .to_series()
    )
    stand_ins = tuple(text for text in export.recipe.nobody if text and _holds(columns, text))
    blank = ("",) if nobody.any() else ()
    evidence = f"names the customer in {export.match.title}"
    if others:
        evidence += f"; where it is blank: {', '.join(others)}"
    if nobody.any():
        evidence += f"; {int(nobody.sum()):,} of {int(export.is_first.sum()):,} name nobody"
    return ColumnGuess(
        first,
        "customer_id",
        Kind.TEXT,
        SURE,
        evidence,
        "customer_id",
        otherwise=tuple(others),
        nobody=(*blank, *stand_ins, *own),
        fold_case=export.recipe.fold_case,
    )


def _holds(columns: list[Profile], text: str) -> bool:
    return any(_is_any_of(column.values, {text.lower()}).any() for column in columns)


def _is_any_of(values: pl.Series, texts: Collection[str]) -> pl.Series:
    """(n,) whether each value is blank or one of the texts, in which * stands for any letters."""
    folded = values.str.strip_chars().str.to_lowercase()
    result = folded.is_in(sorted(text for text in texts if "*" not in text))
    for begin in (text.removesuffix("*") for text in texts if text.endswith("*")):
        result |= folded.str.starts_with(begin)
    return result.fill_null(value=True)


def _own_address(export: Export) -> tuple[str, ...]:
    """The business's own address: what the recipients' column names in most rows."""
    source = export.fields.get(export.recipe.own_address)
    if source is None or not export.table.columns[source].filled:
        return ()
    counts = export.table.columns[source].series.drop_nulls().value_counts(sort=True, name="rows")
    most, rows = str(counts[source][0]), int(counts["rows"][0])
    return (most,) if rows > 0.5 * export.table.columns[source].filled else ()


def _column(export: Export, source: str, field: Field) -> ColumnGuess | str:
    """A column's guess; or why it is left out, empty where it is used in another column only."""
    column = export.table.columns[source]
    stands_in = bool(field.instead_of) and export.fields.get(field.instead_of) == source
    if field.out and not stands_in:
        return "" if source in _used_with(export) else field.out
    better = export.match.source(field.unless) if field.unless else None
    if better is not None:
        return f'says nothing of "{better}", which is used'
    if _has_rows(export, *field.unless_rows):
        return "stands in rows of its own"
    name = field.instead_of if stands_in else field.name
    promised = export.contract.column(name)
    if promised is None and source in export.customers:
        return ""
    if export.whole is not None and promised is None:
        return "of a piece of an order: the order's table says the rest"
    if not column.filled:
        return "empty in every row"
    kind = promised.kind if promised is not None else field.kind
    if kind is None and name in export.recipe.statuses:
        kind = Kind.CATEGORY
    if promised is None and kind is not Kind.TIME and name not in export.recipe.statuses:
        reason = constant_reason(column)
        if reason:
            return reason
    role = name if promised is not None else ""
    if kind is Kind.TIME:
        return _time(export, source, field, name)
    evidence = f'"{field.names[0]}" of {export.match.title}'
    if kind is None:
        kind, _ = kind_of(column, export.table.times.get(source))
        if kind is Kind.TIME:
            return _time(export, source, field, name)
    choices: tuple[str, ...] = ()
    confidence = SURE
    if kind in {Kind.NUMBER, Kind.MONEY} and not _is_number(column):
        examples = ", ".join(column.values.head(_MOST_EXAMPLES))
        confidence, evidence = _DOUBTFUL, f"{evidence}, but its values are not read as numbers: {examples}"
        choices = tuple(
            each for each in export.match.fields if each != source and export.table.columns[each].is_number
        )[:_MOST_CHOICES]
    plus = tuple(export.fields[other] for other in field.plus if other in export.fields)
    minus = tuple(export.fields[other] for other in field.minus if other in export.fields)
    return ColumnGuess(
        source,
        name,
        kind,
        confidence,
        evidence,
        role,
        choices=choices,
        true=field.true if kind is Kind.FLAG else (),
        plus=plus,
        minus=minus,
    )


def _has_rows(export: Export, name: str, values: tuple[str, ...]) -> bool:
    """Whether the file has rows with one of these values of a field."""
    source = export.fields.get(name)
    if source is None:
        return False
    return bool(_is_any_of(export.table.columns[source].values, {text.lower() for text in values}).any())


def _is_number(column: Profile) -> bool:
    """Whether a column is read as numbers; few of them beside a text for "not known" are numbers here."""
    return column.is_number or profile(column.values.filter(~column.values.is_in(column.missing))).is_number


def _used_with(export: Export) -> set[str]:
    """Sources that are read together with another column, so they are neither mapped nor left out."""
    names = {
        name
        for field in export.match.fields.values()
        if not field.out
        for name in (*field.joined_with, *field.plus, *field.minus)
    }
    return {export.fields[name] for name in names if name in export.fields}


def _time(export: Export, source: str, field: Field, name: str) -> ColumnGuess:
    column = export.table.columns[source]
    others = tuple(export.fields[other] for other in field.joined_with if other in export.fields)
    reading: TimeReading | None = None
    while reading is None and others:
        texts = [pl.col(each).cast(pl.String).fill_null("") for each in (source, *others)]
        joined = export.table.sample.frame.select(
            pl.concat_str(texts, separator=" ").str.strip_chars().alias(source)
        ).to_series()
        reading = read_time(profile(joined))
        if reading is None:  # a zone or a time of day that is not read: the day by itself is
            others = others[:-1]
    if reading is None:
        reading = next((r for layout in field.formats if (r := _read_as(column, layout)) is not None), None)
        reading = reading or export.table.times.get(source) or read_time(column)
    evidence = f'"{field.names[0]}" of {export.match.title}'
    role = name if export.contract.column(name) is not None else ""
    if reading is None:
        examples = ", ".join(column.values.head(_MOST_EXAMPLES))
        evidence += f", but its values are not read as times: {examples}; set its format"
        return ColumnGuess(source, name, Kind.TIME, _DOUBTFUL, evidence, role)
    return ColumnGuess(
        source, name, Kind.TIME, SURE, f"{evidence}; {reading.evidence}", role, time=reading, joined_with=others
    )


def _read_as(column: Profile, layout: str) -> TimeReading | None:
    """The reading by a format that the platform writes; None where the values are written otherwise."""
    if layout == "epoch_s":
        fits = column.values.str.contains(r"^1\d{9}(\.0+)?$")
    elif "%H" in layout or "%I" in layout:
        fits = column.values.str.to_datetime(layout, strict=False).is_not_null()
    else:
        fits = column.values.str.to_date(layout, strict=False).is_not_null()
    share = share_of(fits)
    return (
        TimeReading(layout, SURE, f"{percent(share)} of the different values are {layout}") if share >= HOLDS else None
    )


def _by_proof(export: Export, column: ColumnGuess) -> ColumnGuess:
    """The column; less sure where a sum of the recipe does not hold in it."""
    for proof in export.recipe.proofs:
        if proof.total != column.name or any(name not in export.fields for name in (*proof.plus, *proof.minus)):
            continue
        contained = tuple(name for name in proof.plus if name not in proof.perhaps)
        holds, sums = _holds_by_order(export, column, proof.plus, proof.minus), _as_sum(export, proof.plus)
        if proof.perhaps:
            without = _holds_by_order(export, column, contained, proof.minus)
            is_contained = share_of(without) > share_of(holds)
            holds, sums = holds | without, _as_sum(export, contained) if is_contained else sums
        share = share_of(holds)
        if share < HOLDS:
            choices = (column.source, *(export.fields[name] for name in proof.plus))
            evidence = f"{column.evidence}, but {sums} is {column.source} in {percent(share)} of the orders only"
            return replace(column, confidence=_DOUBTFUL, evidence=evidence, choices=choices)
        return replace(
            column, evidence=f"{column.evidence}; {sums} = {column.source} in {percent(share)} of the orders"
        )
    return column


def _holds_by_order(export: Export, column: ColumnGuess, plus: tuple[str, ...], minus: tuple[str, ...]) -> pl.Series:
    """(orders,) whether the sum of some fields is the column."""
    first = export.is_first & export.table.columns[column.source].series.is_not_null()
    terms = [
        export.table.columns[export.fields[name]].all_numbers.filter(first).fill_null(0.0) * sign
        for names, sign in ((plus, 1.0), (minus, -1.0))
        for name in names
    ]
    total = export.table.columns[column.source].all_numbers.filter(first)
    return (total - pl.select(pl.sum_horizontal(terms)).to_series()).abs() < 0.011


def _as_sum(export: Export, names: tuple[str, ...]) -> str:
    return " + ".join(export.fields[name] for name in names)
