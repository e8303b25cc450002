"""A file recognised as a known export in; the guesses of its table, verified by the values, out."""

from dataclasses import replace

import polars as pl

from holdfast.column_types import Kind
from holdfast.inference.guesses import ColumnGuess, Guess, StatusGuess, TableGuess
from holdfast.inference.profiles.columns import decimal_of
from holdfast.inference.recipes.export import Export, unusable
from holdfast.inference.recipes.export_columns import HOLDS, SURE, columns_of
from holdfast.inference.words.kind_rows import KindRows
from holdfast.inference.words.kind_traces import contradicted
from holdfast.inference.words.states import Purpose, meaning_of
from holdfast.inference.words.unknown_kinds import earning, likeliest_states
from holdfast.inference.words.won_flags import meanings_by_flag
from holdfast.meanings import Meaning
from holdfast.table_settings import CarrySettings, MoneySettings, ThroughSettings


def from_recipe(export: Export) -> TableGuess:
    """Guess a table by its recipe; what the values contradict is a question, never a silent mapping."""
    about, change = f"{export.name}.holds", f"tables.{export.name}.holds"
    holds = Guess(about, export.contract.name, SURE, export.match.sentence, change)
    reason = unusable(export)
    if reason:
        return TableGuess(export.name, export.table.name, replace(holds, shown_only=True), left_out=reason)
    columns, ignore = columns_of(export)
    numeric = {
        column.source: export.table.columns[column.source]
        for column in columns
        if column.kind in {Kind.NUMBER, Kind.MONEY} and column.joined_with == ()
    }
    names = {column.name for column in columns}
    lines = export.contract.name == "transactions" and not bool(export.is_first.all())
    link, whole = export.link, export.whole
    return TableGuess(
        export.name,
        export.table.name,
        holds,
        tuple(columns),
        ignore,
        through=ThroughSettings(table=export.others[link.recipe], on=link.on) if link is not None else None,
        sale_lines=lines or (export.contract.name == "transactions" and _repeats(export, "order_id")),
        repeats_are_real=export.recipe.repeats_are_real and whole is None,
        decimal=decimal_of(numeric),
        missing=_missing(export, columns),
        recipe=export.recipe.key,
        statuses=() if whole is not None else tuple(_statuses(export, names)),
        money=None if whole is not None else _money(export, names, lines=lines),
        carry_down=_carried(export, columns),
        row_id=export.recipe.row_id if whole is None and names.issuperset(export.recipe.row_id) else (),
        only={name: values for name, values in export.recipe.only.items() if name in names},
        subscriptions=export.recipe.subscriptions,
        parts_of=ThroughSettings(table=export.others[whole.recipe], on=whole.on) if whole is not None else None,
        notes=_notes(export, names),
    )


def _statuses(export: Export, names: set[str]) -> list[StatusGuess]:
    guesses = []
    has_refunds = export.recipe.money is not None and bool(names.intersection(export.recipe.money.refunds))
    for name, meanings in export.recipe.statuses.items():
        if name not in names:
            continue
        means = dict(meanings)
        full = export.recipe.refunded.get(name, ())
        if full:  # a sale whose refund stands beside it, else no sale
            meaning = Meaning.SALE if has_refunds else Meaning.REVERSED
            means[meaning] = (*means.get(meaning, ()), *full)
        texts = {text.strip().lower() for several in means.values() for text in several}
        values = export.table.columns[export.fields[name]].series.cast(pl.String).drop_nulls()
        counts = values.value_counts(sort=True, name="rows")
        counted = {value.strip().lower() for value in export.recipe.only.get(name, ())}
        unknown = {
            str(value): int(rows)
            for value, rows in counts.iter_rows()
            if "*" not in texts
            and str(value).strip().lower() not in texts
            and (not counted or str(value).strip().lower() in counted)
        }
        unless = export.recipe.unless.get(name)
        has_unless = unless is not None and unless.column in names
        guess = StatusGuess(name, means, unknown, unless=unless if has_unless else None)
        guesses.append(_against_its_rows(export, guess) if export.contract.name == "transactions" else guess)
    return guesses


def _against_its_rows(export: Export, guess: StatusGuess) -> StatusGuess:
    """The meanings of a status of sales by its rows too: words of the shop's own, sales without the payment of others.

    A yes that says won or paid settles words that the platform does not know; else they are questions, with what their
    words and rows say first.
    """
    column = export.table.columns[export.fields[guess.column]]
    amount = export.table.columns[export.fields["amount"]] if "amount" in export.fields else None
    rows = KindRows(export.table, column, None if amount is None else amount.all_numbers, None, is_received=False)
    by_flag, _ = meanings_by_flag(rows) if guess.unknown else ({}, "")
    if set(guess.unknown) <= by_flag.keys() and by_flag:
        means = dict(guess.means)
        for text in guess.unknown:
            means[by_flag[text]] = (*means.get(by_flag[text], ()), text)
        return replace(guess, means=means, unknown={})
    sold = {text.strip().lower() for text in guess.means.get(Meaning.SALE, ())}
    sales = [str(text) for text in column.values if str(text).strip().lower() in sold]
    against = contradicted(rows, sales) if export.is_first.all() else {}
    likely, traced = _likeliest(rows, guess)
    if not against and not likely:
        return guess
    folded = {text.strip().lower() for text in against}
    rest = tuple(text for text in guess.means.get(Meaning.SALE, ()) if text.strip().lower() not in folded)
    counts = {text: int((column.series == text).fill_null(value=False).sum()) for text in against}
    unknown = {**guess.unknown, **counts}
    return replace(
        guess,
        means={**guess.means, **({Meaning.SALE: rest} if against else {})},
        unknown=unknown,
        amounts={text: float(rows.amounts(text).sum()) for text in unknown} if amount is not None else {},
        likeliest=likely | earning(rows, dict.fromkeys(against, Meaning.OPEN), sales),
        why="; ".join((*traced, *against.values())),
    )


def _likeliest(rows: KindRows, guess: StatusGuess) -> tuple[dict[str, Meaning], list[str]]:
    """The likeliest meanings of the texts that the platform does not know, by their words or else by their rows."""
    if not guess.unknown:
        return {}, []
    folded = {text.strip().lower(): meaning for meaning, texts in guess.means.items() for text in texts}
    present = {str(text): meaning for text in rows.column.values if (meaning := folded.get(str(text).strip().lower()))}
    likely, shown = likeliest_states(rows, list(guess.unknown), present)
    worded = {text: meaning for text in guess.unknown if (meaning := meaning_of(text, Purpose.MONEY)) is not None}
    return likely | worded, shown


def _money(export: Export, names: set[str], *, lines: bool) -> MoneySettings | None:
    money = export.recipe.money
    if money is None:
        return None
    settings = MoneySettings(
        refunds=tuple(name for name in money.refunds if name in names),
        currency=money.currency if money.currency in names else "",
        scale=money.scale,
        once_per=money.once_per if lines else "",
    )
    return settings if settings != MoneySettings() else None


def _carried(export: Export, columns: list[ColumnGuess]) -> CarrySettings | None:
    """The used columns that are filled on the first line of an order only, to be carried to its other lines."""
    order = export.fields.get(export.recipe.carry_down)
    if not export.recipe.carry_down or order is None or bool(export.is_first.all()):
        return None
    later = ~export.is_first
    used = dict.fromkeys(source for column in columns for source in (column.source, *column.otherwise))
    carried = tuple(
        source
        for source in used
        if source != order and export.table.columns[source].series.filter(later).null_count() == int(later.sum())
    )
    return CarrySettings(by=order, columns=carried) if carried else None


def _repeats(export: Export, name: str) -> bool:
    source = export.fields.get(name)
    return source is not None and export.table.columns[source].share_distinct < HOLDS


def _missing(export: Export, columns: list[ColumnGuess]) -> tuple[str, ...]:
    """Texts that stand for "not known" in times and numbers; "0" where times alone have it."""
    times = [export.table.columns[column.source] for column in columns if column.kind is Kind.TIME]
    numbers = [export.table.columns[column.source] for column in columns if column.kind in {Kind.NUMBER, Kind.MONEY}]
    texts = {text for column in (*times, *numbers) for text in column.missing}
    if any((column.values == "0").any() for column in times if not column.is_number):
        in_numbers = any((column.values == "0").any() for column in numbers)
        texts |= set() if in_numbers else {"0"}
    return tuple(sorted(texts))


def _notes(export: Export, names: set[str]) -> tuple[str, ...]:
    notes = list(export.recipe.notes)
    recipe = export.recipe
    if recipe.subscriptions is not None and recipe.subscriptions.rows == "periods" and "ended_at" not in names:
        wanted = next((f'"{field.names[0]}"' for field in recipe.fields if field.role == "ended_at"), "its end")
        notes.append(f"The file has no {wanted}, so who left cannot be seen: export all columns and all states.")
    return tuple(notes)
