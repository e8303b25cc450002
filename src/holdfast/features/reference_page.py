"""The page docs/reference/features.md, written from the records of features, operators and formulas."""

import re
from collections.abc import Iterator
from dataclasses import replace

from holdfast.column_types import Kind
from holdfast.features.library.choose import features_for
from holdfast.features.library.schema import TableFacts
from holdfast.features.operators import FORMULAS, OPERATORS, Operator, when_empty
from holdfast.features.spec import Composite, Feature
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
        f"Written from the records in `src/holdfast/features/library/`; windows are the defaults ({windows} days).",
        "Each table below holds all columns of its contract; a run writes its own features to `features.json`.",
        "A, B stand for the most frequent values of a category before the first training cutoff. "
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
    """The operators and formulas, one table each."""
    yield "Features of your own are made of the same closed sets: see [own features](../guides/own-features.md)."
    yield ""
    yield "## Measures"
    yield ""
    yield "Of one table's events in a window. Values not known are left out, NaN and infinite numbers among them."
    yield ""
    yield "| measure | gives | of columns of kind | window without events | unit |"
    yield "|---|---|---|---|---|"
    for operator, record in OPERATORS.items():
        kinds = ", ".join(kind.value for kind in record.kinds)
        if operator is Operator.COUNT:
            kinds = f"none, or {kinds}"
        unit = record.unit or "the column's"
        yield f"| `{operator.value}` | {record.description} | {kinds or 'none'} | {when_empty(operator)} | {unit} |"
    yield ""
    yield "## Formulas"
    yield ""
    yield "Over other features, by their names."
    yield ""
    yield "| formula | of features | gives | not known when | unit |"
    yield "|---|---|---|---|---|"
    for formula, rule in FORMULAS.items():
        inputs = str(rule.fewest) if rule.most == rule.fewest else f"{rule.fewest} or more"
        unit = rule.unit or "that of its features"
        yield f"| `{formula.value}` | {inputs} | {rule.description} | {rule.null_when} | {unit} |"
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
    for (head, meaning), members in groups.items():
        windows = [match.group(1) for feature in members if (match := _WINDOW.search(feature.name))]
        if len(members) == 1:
            name, listed, sentence = members[0].name, "", members[0].meaning
        else:
            name, listed, sentence = f"{head}_…", ", ".join(windows), meaning
        inputs = ""
        if isinstance(members[0], Composite):
            inputs = (
                f" ({members[0].formula.value} of {', '.join(f'`{feature.name}`' for feature in members[0].inputs)})"
            )
        yield f"| `{name}` | {listed} | {members[0].unit} | {sentence}{inputs if len(members) == 1 else ''} |"
