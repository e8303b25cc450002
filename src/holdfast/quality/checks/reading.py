"""Rules about reading: values that could not be read, rows set aside, columns left unused."""

from collections.abc import Callable, Iterator

from holdfast.column_types import Kind
from holdfast.quality.checks.findings import Category, Severity
from holdfast.quality.checks.rule import Rule, RuleCount, View
from holdfast.quality.exclusions import KEPT_REPEATS
from holdfast.quality.parsing.columns import RESPELT
from holdfast.quality.table_state import TableState

_SETTINGS = "holdfast.yaml, tables.{table}"


def _set_aside_in(step: str, column: str = "") -> Callable[[View], Iterator[RuleCount]]:
    def count(view: View) -> Iterator[RuleCount]:
        if view.state:
            for entry in view.state.ledger:
                if entry.step == step:
                    says = f"{entry.set_aside:,} set aside."
                    is_named = step == "missing_customer" and _empty_is_nobody(view.state)
                    is_named |= step == "price" and not entry.amount  # what is given away takes no money along
                    yield RuleCount(entry.set_aside, entry.rows_before, column, says, is_named=is_named)

    return count


def _empty_is_nobody(state: TableState) -> bool:
    """Whether the settings say that rows without a customer are nobody's."""
    column = state.settings.columns.get("customer_id")
    return column is not None and "" in column.nobody


def _fact(name: str, of: str = "", column: str = "") -> Callable[[View], Iterator[RuleCount]]:
    def count(view: View) -> Iterator[RuleCount]:
        facts = view.state.facts if view.state else view.facts
        if name in facts:
            yield RuleCount(facts[name], facts[of] if of else max(view.height, facts[name]), column)

    return count


def _unused_columns(view: View) -> Iterator[RuleCount]:
    if view.state:
        link = view.state.settings.through
        ignored = {*view.state.settings.ignore, *([link.on] if link else [])}
        unused = [name for name in view.state.rest.columns if name not in ignored and not name.startswith("_")]
        total = view.state.rest.width + len(view.state.readings)
        yield RuleCount(len(unused), total, says=f"Unused: {', '.join(unused[:8])}.")


def _unreadable(view: View) -> Iterator[RuleCount]:
    if view.state:
        for name, reading in view.state.readings.items():
            examples = ", ".join(f'"{example}"' for example in reading.examples)
            yield RuleCount(reading.unreadable, reading.filled, name, f"Not readable, for example: {examples}.")


def _some_yes(view: View) -> Iterator[RuleCount]:
    if view.state:
        for name, reading in view.state.readings.items():
            wanted = view.state.settings.columns[name].true
            if view.state.settings.columns[name].kind is Kind.FLAG and wanted:
                texts = ", ".join(f'"{text}"' for text in reading.instead)
                expected = ", ".join(f'"{text}"' for text in wanted)
                says = f"{expected} never occurs; the column holds {texts}."
                yield RuleCount(reading.filled if reading.instead else 0, reading.filled, name, says)


def _amount_is_there(view: View) -> Iterator[RuleCount]:
    if view.state and view.state.contract.name in {"transactions", "payments"}:
        yield RuleCount(int("amount" not in view.schema), 1, "amount")


def _kept_repeats(view: View) -> Iterator[RuleCount]:
    if view.state and KEPT_REPEATS in view.state.facts:
        yield RuleCount(view.state.facts[KEPT_REPEATS], view.height, says="Kept, as the settings say.")


def _lookups(view: View) -> Iterator[RuleCount]:
    facts = view.state.facts if view.state else view.facts
    for name, count in facts.items():
        if name.startswith("lookup_not_found:"):
            yield RuleCount(count, max(view.height, count), says=f"Looked up in {name.partition(':')[2]}.")


def _local_times(view: View) -> Iterator[RuleCount]:
    if view.state:
        for name, reading in view.state.readings.items():
            if reading.values.dtype.is_temporal():
                yield RuleCount(sum(reading.repaired.values()), reading.filled, name)


def _respelt(view: View) -> Iterator[RuleCount]:
    if view.state:
        for name, reading in view.state.readings.items():
            if view.state.settings.columns[name].kind is Kind.CATEGORY:
                yield RuleCount(reading.repaired.get(RESPELT, 0), reading.filled, name, "Written alike now.")


def _returns_without_sale(view: View) -> Iterator[RuleCount]:
    if view.state and "returns" in view.state.facts:
        facts = view.state.facts
        yield RuleCount(facts["returns"] - facts.get("returns_linked", 0), facts["returns"], "amount")


READING_RULES: tuple[Rule, ...] = (
    Rule(
        "unused columns",
        Category.SCHEMA,
        "Every column of the file is used, or left out on purpose.",
        f"Name the column under {_SETTINGS}.columns, or under .ignore with the reason.",
        _unused_columns,
        Severity.NOTE,
    ),
    Rule(
        "readable values",
        Category.SCHEMA,
        "{column} can be read as what the settings say it is.",
        f"Set the kind, format or decimal that the file really uses: {_SETTINGS}.columns.{{column}}.",
        _unreadable,
        severe_from=0.05,
    ),
    Rule(
        "some yes",
        Category.SCHEMA,
        "Some value of {column} means yes.",
        f'Name the text that means yes in {_SETTINGS}.columns.{{column}}: "true": ["THE TEXT"]',
        _some_yes,
        severe_from=0.0,
    ),
    Rule(
        "amounts given",
        Category.SCHEMA,
        "Purchases and payments say what was paid.",
        f'Name the source: {_SETTINGS}.columns.amount: {{{{from: "YOUR COLUMN", kind: {Kind.MONEY.value}}}}}',
        _amount_is_there,
    ),
    Rule(
        "customer given",
        Category.COMPLETENESS,
        "Every row names its customer.",
        "Ask the source for the customers of these rows; until then they count for nobody.",
        _set_aside_in("missing_customer", "customer_id"),
        severe_from=0.5,
    ),
    Rule(
        "time given",
        Category.COMPLETENESS,
        "Every event has a time.",
        f"Correct the rows, or the format under {_SETTINGS}.columns.happened_at.",
        _set_aside_in("unreadable_time", "happened_at"),
        severe_from=0.05,
    ),
    Rule(
        "known_at given",
        Category.COMPLETENESS,
        "Every event says when the business came to know of it.",
        f"If the records come in late, name the booking time: {_SETTINGS}.columns.known_at.",
        _fact("known_at_defaulted", column="known_at"),
        Severity.NOTE,
    ),
    Rule(
        "exact repeats",
        Category.UNIQUENESS,
        "No row repeats another in every column.",
        f"If repeats are different events, set {_SETTINGS}.repeats_are_real: true.",
        _set_aside_in("exact_repeats"),
        severe_from=0.2,
    ),
    Rule(
        "exact repeats kept",
        Category.UNIQUENESS,
        "No row repeats another in every column (repeats are kept).",
        f"If they are copies, set {_SETTINGS}.repeats_are_real: false.",
        _kept_repeats,
        Severity.NOTE,
    ),
    Rule(
        "one row a customer",
        Category.UNIQUENESS,
        "No two rows of customers share a customer id.",
        "Keep one row a customer in the source, or let {table} hold events with a time.",
        _set_aside_in("repeated_customer", "customer_id"),
        severe_from=0.01,
    ),
    Rule(
        "one spelling an id",
        Category.UNIQUENESS,
        "No customer id is written in several ways (blanks, 17850.0).",
        "Write ids one way in the source; rows that differ in blanks only were taken for one customer.",
        _fact("ids_merged", column="customer_id"),
    ),
    Rule(
        "positive prices",
        Category.BUSINESS_RULES,
        "Prices are above zero.",
        "Gifts and stock corrections belong in a table of their own.",
        _set_aside_in("price", "unit_price"),
        severe_from=0.1,
    ),
    Rule(
        "no bad debt among purchases",
        Category.BUSINESS_RULES,
        "No purchase is an adjustment of bad debt.",
        "Leave adjustments out of {table} in the source.",
        _set_aside_in("bad_debt"),
        Severity.NOTE,
    ),
    Rule(
        "sales cancelled the same day",
        Category.BUSINESS_RULES,
        "No sale is taken back whole on the day it was made.",
        "Nothing to do: both rows were set aside.",
        _set_aside_in("cancelled_the_same_day"),
        Severity.NOTE,
    ),
    Rule(
        "returns have a sale",
        Category.BUSINESS_RULES,
        "Each return has an earlier sale of the same customer, product and price.",
        "Returns of sales before the first record are normal; else check that {table} is complete.",
        _returns_without_sale,
        Severity.NOTE,
    ),
    Rule(
        "returns within sales",
        Category.BUSINESS_RULES,
        "No return is of more units than the sales before it hold.",
        "Check that {table} reaches back far enough.",
        _fact("returns_beyond_sale", of="returns", column="quantity"),
        Severity.NOTE,
    ),
    Rule(
        "tables of customers agree",
        Category.BUSINESS_RULES,
        "Tables of customers agree where they hold the same column.",
        "Keep the column of one table only; the first table's value was taken.",
        _fact("disagreeing"),
    ),
    Rule(
        "customers found through a table",
        Category.FOREIGN_KEYS,
        "Each row's customer is found in the table that links them.",
        f"Complete the table named in {_SETTINGS}.through.",
        _fact("through_not_found", column="customer_id"),
        severe_from=0.1,
    ),
    Rule(
        "one customer a link",
        Category.FOREIGN_KEYS,
        "Each link leads to one customer.",
        f"Correct the table named in {_SETTINGS}.through; the first customer was taken.",
        _fact("through_ambiguous", column="customer_id"),
    ),
    Rule(
        "lookups found",
        Category.FOREIGN_KEYS,
        "Everything that is looked up is found.",
        "Complete the lookup table; what it adds is empty in these rows.",
        _lookups,
        Severity.NOTE,
    ),
    Rule(
        "one spelling a value",
        Category.ANOMALIES,
        "Each value of {column} is written one way, in case and blanks.",
        "Nothing to do: they were written alike. If A and a are two values, set kind: text.",
        _respelt,
        Severity.NOTE,
    ),
    Rule(
        "events after their link began",
        Category.TIME_ORDER,
        "No event lies before the row that links it to its customer (a use before its subscription).",
        "Correct the dates of the table, or of the one named in its .through.",
        _fact("before_link", of="linked", column="happened_at"),
        severe_from=0.05,
    ),
    Rule(
        "local times exist once",
        Category.TIME_ORDER,
        "No local time falls into an hour that daylight saving skips or repeats.",
        "Write times in UTC or with their offset.",
        _local_times,
        Severity.NOTE,
    ),
    Rule(
        "nothing after the cutoff",
        Category.FUTURE_ROWS,
        "No row lies at or after the cutoff.",
        "Nothing to do: the cutoff hides these rows. Without `cutoff` in holdfast.yaml all rows count.",
        _set_aside_in("future_rows"),
        Severity.NOTE,
    ),
    Rule(
        "no end after the cutoff",
        Category.FUTURE_ROWS,
        "No customer's end lies at or after the cutoff.",
        "Nothing to do: the cutoff hides these ends.",
        _fact("ends_hidden", column="ended_at"),
        Severity.NOTE,
    ),
)
