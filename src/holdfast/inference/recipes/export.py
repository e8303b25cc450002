"""One table that is a known export: its columns by the recipe's names, its rows, and what it joins to."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from holdfast.inference.profiles.tables import TableProfile
from holdfast.inference.recipes.catalog import recipe_named
from holdfast.inference.recipes.match import RecipeMatch
from holdfast.inference.recipes.record import Join, Recipe
from holdfast.tables.contracts import TableContract, contract_named


@dataclass(frozen=True)
class Export:
    """A table, the known export that it is, and the project's tables of the other known exports."""

    table: TableProfile
    match: RecipeMatch
    name: str  # in the project
    others: Mapping[str, str]  # key of a recipe -> the project's table recognised as it

    @property
    def recipe(self) -> Recipe:
        return self.match.recipe

    @cached_property
    def fields(self) -> dict[str, str]:
        """Field's name or role -> source column."""
        names = {field.name: source for source, field in self.match.fields.items()}
        stand_ins: dict[str, str] = {}
        for source, field in self.match.fields.items():
            if field.instead_of and field.instead_of not in names:
                stand_ins.setdefault(field.instead_of, source)
        return names | stand_ins

    @cached_property
    def contract(self) -> TableContract:
        return contract_named("parts" if self.whole is not None else self.recipe.holds)

    @cached_property
    def whole(self) -> Join | None:
        """The table whose rows these are pieces of; None where they stand for themselves."""
        return next((join for join in self.recipe.joins if join.is_part and join.recipe in self.others), None)

    @cached_property
    def link(self) -> Join | None:
        """The join that leads to the customer, where no column names one."""
        if self.customers:
            return None
        return next((join for join in self.recipe.joins if not join.is_part and join.recipe in self.others), None)

    @cached_property
    def customers(self) -> tuple[str, ...]:
        """Source columns that name the customer, the best first, without empty ones."""
        sources = [self.fields[name] for name in self.recipe.customer if name in self.fields]
        return tuple(source for source in sources if self.table.columns[source].filled)

    @cached_property
    def is_first(self) -> pl.Series:
        """(rows,) whether a row is the first of its order; all true where rows are no lines."""
        order = self.recipe.carry_down or (self.recipe.money.once_per if self.recipe.money is not None else "")
        if order not in self.fields:
            return pl.Series([True]).new_from_index(0, self.table.rows)
        runs = self.table.columns[self.fields[order]].series.rle_id()
        return runs.is_first_distinct()


def unusable(export: Export) -> str:
    """Why nothing can be learned from the export by itself; empty where it can."""
    if export.recipe.unusable:
        return f"{export.match.sentence}; {export.recipe.unusable}"
    if export.whole is not None or export.customers or export.link is not None:
        return ""
    if export.recipe.joins and not export.recipe.customer:
        needed = " and ".join(sorted({recipe_named(join.recipe).title for join in export.recipe.joins}))
        return f"{export.match.sentence}; its customers stand in another file: bring the {needed} as well"
    wanted = ", ".join(f'"{export.recipe.field(name).names[0]}"' for name in export.recipe.customer)
    return f"{export.match.sentence}; no column names the customer: export it with {wanted}"
