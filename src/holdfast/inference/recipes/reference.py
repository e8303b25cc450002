"""docs/reference/exports.md: every known export in, the page that describes it out."""

from collections.abc import Iterator

from holdfast.inference.recipes.catalog import ALL
from holdfast.inference.recipes.record import Field, Join, Recipe, Rest
from holdfast.meanings import EXCLUDED, Meaning
from holdfast.tables.contracts import contract_named

_COUNTS = {
    Meaning.SALE: "counts",
    Meaning.PENDING: "counts as revenue that is not received yet, on a line of its own",
    Meaning.REFUND: "money given back",
    Meaning.NEUTRAL: "says nothing of money",
}
_MOST_TEXTS = 14  # of a status in several languages the first ones are shown


def exports_page() -> str:
    """The page, as Markdown."""
    lines = [
        "# Known exports",
        "",
        "Files that `holdfast init` recognises by their headers, and what it takes their columns for. Everything it",
        "writes can be changed in `holdfast.yaml`. A file that is not in this list is read by its names and values",
        "instead ([your own data](../guides/your-own-data.md)), and a further one can be",
        "[added](../guides/extending.md#a-known-export). Generated: `make docs`.",
        "",
        "| export | one row is | customer | rows that do not count |",
        "|---|---|---|---|",
        *(_overview(recipe) for recipe in ALL),
        "",
    ]
    for recipe in ALL:
        lines += [*_section(recipe)]
    return "\n".join(lines)


def _overview(recipe: Recipe) -> str:
    customer = " else ".join(_header(recipe.field(name)) for name in recipe.customer) or _elsewhere(recipe)
    excluded = [meaning for statuses in recipe.statuses.values() for meaning in statuses if meaning in EXCLUDED]
    meanings = ", ".join(dict.fromkeys(meaning.value for meaning in excluded)) if recipe.subscriptions is None else ""
    article = "an" if recipe.row.value[0] in "aeiou" else "a"
    return f"| [{recipe.title}](#{recipe.anchor}) | {article} {recipe.row.value} | {customer} | {meanings} |"


def _elsewhere(recipe: Recipe) -> str:
    return "named in another file" if recipe.joins else "not named"


def _section(recipe: Recipe) -> Iterator[str]:
    yield f"## {recipe.title}"
    yield ""
    sources = ", ".join(f"<{source}>" for source in recipe.sources)
    yield f"`{recipe.key}`, read as `{recipe.holds}`. Headers: {sources}"
    yield ""
    if recipe.unusable:
        yield f"By itself nothing can be learned from it: {recipe.unusable}."
        yield ""
    yield "| column | becomes | |"
    yield "|---|---|---|"
    for field in recipe.fields:
        if not field.out:
            yield _column(recipe, field)
    yield ""
    left_out = [_header(field) for field in recipe.fields if field.out]
    if left_out:
        yield f"Left out, each with its reason in `holdfast.yaml`: {', '.join(left_out)}."
        yield ""
    for name, statuses in _statuses(recipe).items():
        yield f"{_header(recipe.field(name))} means{_unless(recipe, name)}:"
        yield ""
        for meaning, texts in statuses.items():
            shown = ", ".join(f"`{text}`" for text in texts[:_MOST_TEXTS])
            more = ", and in other languages" if len(texts) > _MOST_TEXTS else ""
            effect = _effect(recipe, meaning)
            yield f"- **{meaning.value}**{effect}: {shown}{more}"
        yield ""
    yield from (f"- {note}" for note in (*_rules(recipe), *recipe.notes))
    yield ""


def _unless(recipe: Recipe, name: str) -> str:
    """Which rows a status says nothing of."""
    unless = recipe.unless.get(name)
    if unless is None:
        return ""
    return f", but where {_header(recipe.field(unless.column))} is {' or '.join(f'`{text}`' for text in unless.says)}"


def _header(field: Field) -> str:
    return f"`{field.names[0].strip()}`".replace("|", "\\|")


def _column(recipe: Recipe, field: Field) -> str:
    others = ", ".join(f"`{name}`" for name in field.names[1:])
    remarks = [
        *(["needed"] if field.needed else []),
        *([f"also {others}"] if others else []),
        *(
            [f"with {', '.join(_header(recipe.field(name)) for name in field.joined_with)}"]
            if field.joined_with
            else []
        ),
        *([f"plus {', '.join(_header(recipe.field(name)) for name in field.plus)}"] if field.plus else []),
        *([f"less {', '.join(_header(recipe.field(name)) for name in field.minus)}"] if field.minus else []),
    ]
    becomes = "`customer_id`" if field.name in recipe.customer else f"`{field.name}`"
    if field.name not in recipe.customer and contract_named(recipe.holds).column(field.name) is None:
        becomes += " (its own)"
    return f"| {_header(field)} | {becomes} | {'; '.join(remarks)} |"


def _statuses(recipe: Recipe) -> dict[str, dict[Meaning, tuple[str, ...]]]:
    statuses = {name: dict(meanings) for name, meanings in recipe.statuses.items()}
    for name, texts in recipe.refunded.items():
        statuses[name][Meaning.SALE] = (*statuses[name].get(Meaning.SALE, ()), *texts)
    return statuses


def _effect(recipe: Recipe, meaning: Meaning) -> str:
    if recipe.subscriptions is not None:
        return ""
    return f" ({_COUNTS.get(meaning, 'does not count')})"


def _rules(recipe: Recipe) -> Iterator[str]:
    if recipe.carry_down:
        yield "Fields of an order that stand on its first line only are carried to its other lines."
    money = recipe.money
    if money is not None and money.once_per:
        yield "The amount counts once an order."
    if money is not None and money.refunds:
        refunds = ", ".join(_header(recipe.field(name)) for name in money.refunds)
        yield f"Taken off the amount: {refunds}. Without that column a sale refunded in full does not count."
    if money is not None and money.scale != 1.0:
        yield f"Amounts are multiplied by {money.scale:g}."
    if recipe.row_id:
        yield (
            f"Of rows with the same {' and '.join(_header(recipe.field(name)) for name in recipe.row_id)} in several "
            + ("exports the last ones count.")
        )
    if recipe.rest is not None:
        yield _others(recipe.rest)
    for join in recipe.joins:
        yield _joined(recipe, join)


def _others(rest: Rest) -> str:
    by_meaning = [
        f"{meaning.value}: {', '.join(f'`{text}`' for text in texts[:_MOST_TEXTS:2])}"
        for meaning, texts in rest.statuses[rest.kind].items()
        if meaning is not Meaning.NEUTRAL
    ]
    return (
        f"All events are a table of `{rest.holds}` as well; no act of the customer, and no sign of life, are among "
        f"others {'; '.join(by_meaning)}."
    )


def _joined(recipe: Recipe, join: Join) -> str:
    title = next(other.title for other in ALL if other.key == join.recipe)
    if join.is_part:
        return f"Beside a {title} its rows are pieces of those rows, by {_header(recipe.field(join.on))}."
    return f"The customer stands in the {title}, by {_header(recipe.field(join.on))}."
