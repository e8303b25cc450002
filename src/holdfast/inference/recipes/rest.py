"""A file of events in; its purchases as one table and what else customers do as another out."""

from collections.abc import Collection
from dataclasses import replace

import polars as pl

from holdfast.column_types import Kind
from holdfast.formatting import percent, plural
from holdfast.inference.guesses import ColumnGuess, StatusGuess, TableGuess
from holdfast.inference.profiles.columns import share_of
from holdfast.inference.recipes.apply import from_recipe
from holdfast.inference.recipes.export import Export
from holdfast.inference.recipes.invoices import invoice_tables, is_invoiced
from holdfast.inference.recipes.record import Field, Recipe, Rest
from holdfast.meanings import Meaning

_PAID = 0.8  # share of the purchases whose amount must be read
_DOUBTFUL = 0.3
_MOST_CHOICES = 5
_FEW_BUY = 0.5  # share of the customers who bought, below which purchases alone do not show who is alive
_OF_PURCHASES = "of purchases, which are a table of their own"


def tables_of(export: Export, taken: Collection[str]) -> tuple[TableGuess, ...]:
    """The tables of a known export: one, or the purchases and the other events of a file that holds both.

    Args:
        export: the file.
        taken: names of the project's other tables.
    """
    if is_invoiced(export):
        return invoice_tables(export, _free_name("transactions", export, taken))
    rest = export.recipe.rest
    if rest is None:
        return (from_recipe(export),)
    others = _others(export, rest, taken)
    paid = _paid(export, rest)
    if not paid.any():
        return (replace(others, notes=(f"{export.name}: no event of it is a purchase.", *others.notes)),)
    money = _with_kinds_that_carry_money(_purchases(export, paid), export, rest)
    if money is None:
        bought = plural(int(paid.sum()), "purchase")
        note = f"{export.name}: {bought} stand in it without a number that could be their money."
        return (replace(others, notes=(note, *others.notes)),)
    return (money, replace(others, is_life=_few_buy(export, paid)))


def _free_name(holds: str, export: Export, taken: Collection[str]) -> str:
    return holds if holds not in {*taken, export.name} else f"{export.name}_{holds}"


def _others(export: Export, rest: Rest, taken: Collection[str]) -> TableGuess:
    recipe = _recipe_of(export.recipe, rest)
    fields = {source: recipe.field(field.name) for source, field in export.match.fields.items()}
    name = _free_name(rest.holds, export, taken)
    other = replace(export, match=replace(export.match, recipe=recipe, fields=fields), name=name)
    return from_recipe(other)


def _recipe_of(recipe: Recipe, rest: Rest) -> Recipe:
    """The recipe as it reads the rows that are no purchases."""
    fields = tuple(_field(field, rest) for field in recipe.fields)
    return replace(
        recipe,
        holds=rest.holds,
        fields=fields,
        customer=rest.customer or recipe.customer,
        nobody=rest.nobody,
        statuses=rest.statuses,
        refunded={},
        only={},
        money=None,
        row_id=rest.row_id,
        joins=(),
        proofs=(),
        rest=None,
        notes=(),
    )


def _field(field: Field, rest: Rest) -> Field:
    if field.out:
        return replace(field, instead_of="")
    return field if field.name in rest.columns else replace(field, out=_OF_PURCHASES, plus=(), minus=())


def _kinds(export: Export, rest: Rest) -> pl.Series:
    return export.table.columns[export.fields[rest.kind]].series.cast(pl.String).str.strip_chars().str.to_lowercase()


def _texts(texts: Collection[str]) -> list[str]:
    return sorted({text.lower() for text in texts})


def _paid(export: Export, rest: Rest) -> pl.Series:
    """(n,) whether each row is a sale; the texts that the recipe knows."""
    sales = export.recipe.statuses[rest.kind][Meaning.SALE]
    return _kinds(export, rest).is_in(_texts(sales)).fill_null(value=False)


def _purchases(export: Export, paid: pl.Series) -> TableGuess | None:
    """The purchases; a question where their money is not read, None where no number could be it."""
    table = from_recipe(export)
    amount = table.column("amount")
    columns = export.table.columns
    filled = share_of(columns[amount.source].series.filter(paid).is_not_null()) if amount is not None else 0.0
    if amount is not None and filled >= _PAID:
        return table
    numbers = {
        name: share_of(column.all_numbers.filter(paid).is_not_null())
        for name, column in columns.items()
        if column.is_number and name not in export.table.times and (amount is None or name != amount.source)
    }
    better = [name for name in sorted(numbers, key=lambda name: -numbers[name]) if numbers[name] > max(filled, 0.5)]
    better = better[:_MOST_CHOICES]
    if amount is None and not better:
        return None
    if not better:
        return table
    share = percent(numbers[better[0]])
    why = f"no column is called as their money is; {better[0]} is a number in {share} of the purchases"
    if amount is not None:
        why = f"{amount.source} is given in {percent(filled)} of the purchases only"
    choices = tuple(dict.fromkeys((*better, *((amount.source,) if amount is not None else ()))))
    guess = ColumnGuess(better[0], "amount", Kind.MONEY, _DOUBTFUL, why, "amount", choices=choices)
    others = tuple(column for column in table.columns if column.name != "amount" and column.source != better[0])
    return replace(table, columns=(*others, guess))


def _with_kinds_that_carry_money(table: TableGuess | None, export: Export, rest: Rest) -> TableGuess | None:
    """The purchases, with a question about further kinds of events that carry an amount above zero."""
    amount = table.column("amount") if table is not None else None
    if table is None or amount is None:
        return table
    settled = {text for texts in export.recipe.statuses[rest.kind].values() for text in _texts(texts)}
    settled |= {*_texts(rest.unpaid)}
    settled |= {
        text
        for statuses in rest.statuses.values()
        for meaning, texts in statuses.items()
        if meaning is not Meaning.NEUTRAL
        for text in _texts(texts)
    }
    kinds = export.table.columns[export.fields[rest.kind]].series.cast(pl.String)
    rows = pl.DataFrame({"kind": kinds, "amount": export.table.columns[amount.source].all_numbers})
    is_settled = pl.col("kind").str.strip_chars().str.to_lowercase().is_in(sorted(settled))
    paid = rows.filter(pl.col("amount") > 0, ~is_settled)
    counts = dict(paid["kind"].drop_nulls().value_counts(sort=True, name="rows").iter_rows())
    if not counts:
        return table
    statuses = tuple(
        StatusGuess(status.column, status.means, {**counts, **status.unknown}, (Meaning.SALE, Meaning.PASSIVE))
        if status.column == rest.kind
        else status
        for status in table.statuses
    )
    only = {name: (*values, *counts) if name == rest.kind else values for name, values in table.only.items()}
    return replace(table, statuses=statuses, only=only)


def _few_buy(export: Export, paid: pl.Series) -> bool:
    """Whether most known customers bought nothing: then purchases alone do not show who is alive."""
    customers = [export.table.columns[source].series.cast(pl.String) for source in export.customers]
    if not customers:
        return False
    everybody = customers[0].drop_nulls()
    everybody = everybody.filter(everybody.str.strip_chars() != "")
    buyers = customers[0].filter(paid).drop_nulls()
    return buyers.n_unique() < _FEW_BUY * max(1, everybody.n_unique())
