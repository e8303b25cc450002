"""The page docs/reference/features.md, drawn from the records."""

import re
from collections.abc import Iterator
from dataclasses import replace

from holdfast.column_types import Kind
from holdfast.features.library.choose import features_for
from holdfast.features.library.schema import TableFacts
from holdfast.features.operators import FORMULAS, MEASURES, when_empty
from holdfast.features.spec import Composite, Feature, Operator
from holdfast.settings import ChurnRule, ChurnSettings, Settings, Shape
from holdfast.tables.contracts import CONTRACTS, MOVEMENTS, SUBSCRIPTIONS, TableContract

_WINDOW = re.compile(r"_(\d+d|ever)$")
_WORDS = re.compile(r" (in the last \d+ days|so far)")
_VALUES = {
    "kind": ("A", "B"),
    "marketing.kind": ("sent", "opened", "clicked", "converted"),
    "status": ("paid", "failed"),
}


def reference_page() -> str:
    """All features of tables that hold every column of their contract, and nothing else."""
    project = Settings(name="reference", shape=Shape.EVENTS, tables={}, churn=ChurnSettings(rule=ChurnRule.LABEL))
    contracts = {contract.name: contract for contract in CONTRACTS if contract.name != "lookup"}
    contracts[SUBSCRIPTIONS.name] = replace(MOVEMENTS, name=SUBSCRIPTIONS.name)  # what cleaning makes of them
    facts = {name: _facts(contract) for name, contract in contracts.items()}
    features = features_for(facts, project)
    windows = ", ".join(map(str, project.features.windows))
    lines = [
        "# Features",
        "",
        f"Drawn from the records in `src/holdfast/features/families/`; windows are the defaults ({windows} days).",
        "Each table below holds all columns of its contract; a run writes its own features to `features.json`.",
        "A, B stand for the commonest values of a category, learnt before the first training cutoff. "
        "A column of your own becomes features as the contract's columns of its kind do.",
        "",
        *_closed_sets(),
    ]
    for table in dict.fromkeys(feature.table for feature in features):
        own = [feature for feature in features if feature.table == table]
        heading = "several tables" if table == "several" else table
        lines += [f"## {heading} ({len(own)})", "", "| feature | windows | unit | meaning |", "|---|---|---|---|"]
        lines += [*_rows(own), ""]
    return "\n".join(lines)


def _closed_sets() -> Iterator[str]:
    """What the library and features of one's own are made of, from the enums that the kernel reads."""
    yield "Features of your own are made of the same closed sets: see [own features](../guides/own-features.md)."
    yield ""
    yield "## Measures"
    yield ""
    yield "Of one table's events in a window. Values not known are left out, NaN and infinite numbers among them."
    yield ""
    yield "| measure | tells | of columns of kind | window without events | unit |"
    yield "|---|---|---|---|---|"
    for operator, measure in MEASURES.items():
        of = ", ".join(kind.value for kind in measure.of)
        if operator is Operator.COUNT:
            of = f"none, or {of}"
        unit = measure.unit or "the column's"
        yield f"| `{operator.value}` | {measure.tells} | {of or 'none'} | {when_empty(operator)} | {unit} |"
    yield ""
    yield "## Formulas"
    yield ""
    yield "Over other features, by their names."
    yield ""
    yield "| formula | of features | tells | not known when | unit |"
    yield "|---|---|---|---|---|"
    for formula, recipe in FORMULAS.items():
        of = str(recipe.least) if recipe.most == recipe.least else f"{recipe.least} or more"
        unit = recipe.unit or "that of its features"
        yield f"| `{formula.value}` | {of} | {recipe.tells} | {recipe.null_when} | {unit} |"
    yield ""


def _facts(contract: TableContract) -> TableFacts:
    columns = [column for column in contract.columns if column.name not in {"customer_id", "happened_at", "known_at"}]
    kinds = {column.name: column.kind for column in columns}
    if contract.name == "transactions":
        kinds["is_return"] = Kind.FLAG  # cleaning marks returns
    units = {column.name: column.unit for column in columns if column.unit}
    categories = [column.name for column in columns if column.kind is Kind.CATEGORY]
    values = {name: _VALUES.get(f"{contract.name}.{name}", _VALUES.get(name, ("A", "B"))) for name in categories}
    return TableFacts(contract.name, kinds, units, values)


def _rows(features: list[Feature]) -> Iterator[str]:
    """One row for a measure in several windows."""
    groups: dict[tuple[str, str], list[Feature]] = {}
    for feature in features:
        head = _WINDOW.sub("", feature.name)
        groups.setdefault((head, _WORDS.sub("", feature.meaning)), []).append(feature)
    for (head, meaning), alike in groups.items():
        windows = [found.group(1) for feature in alike if (found := _WINDOW.search(feature.name))]
        if len(alike) == 1:
            name, told, said = alike[0].name, "", alike[0].meaning
        else:
            name, told, said = f"{head}_…", ", ".join(windows), meaning
        inputs = ""
        if isinstance(alike[0], Composite):
            inputs = f" ({alike[0].formula.value} of {', '.join(f'`{part.name}`' for part in alike[0].inputs)})"
        yield f"| `{name}` | {told} | {alike[0].unit} | {said}{inputs if len(alike) == 1 else ''} |"
