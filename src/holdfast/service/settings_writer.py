"""The project file as `init` writes it: settings that load, and a comment for every guess."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from holdfast.column_types import Kind
from holdfast.formatting import plural
from holdfast.inference.guesses import (
    CONFIDENT,
    ColumnGuess,
    Guess,
    ProjectGuess,
    TableGuess,
    column_guess,
    decimal_question,
    format_question,
)
from holdfast.inference.label import means_leaving
from holdfast.notation.file_periods import Unit
from holdfast.service.table_blocks import as_link, reason_of, table_blocks
from holdfast.service.yaml_text import as_value, comment, listed, quoted
from holdfast.settings import EVERYBODY, PLACEHOLDER_OFFERS, UNANSWERED, ChurnRule
from holdfast.table_settings import DatabaseSettings, ReadSettings

_NEXT = (
    "Every guess below says how sure it is and what shows it. Change what is wrong; docs/guides/your-own-data.md helps."
)

_NO_EVENTS = frozenset({"customers", "lookup", UNANSWERED})


@dataclass(frozen=True)
class TableFiles:
    """Where a table's records stand and how they are read."""

    files: tuple[str, ...]  # as they are written in the project file
    read: ReadSettings
    database: DatabaseSettings | None = None  # where they are fetched from
    from_file_name: Mapping[str, Unit] = field(default_factory=dict)  # what the files' names say of their rows


def written(name: str, guess: ProjectGuess, files: Mapping[str, TableFiles], *, simulated: bool = False) -> str:
    """The text of a project file.

    Args:
        name: the business's name.
        guess: what was guessed.
        files: each sample's files, by sample name.
        simulated: the records are simulated.
    """
    lines = list(_lines(name, guess, files))
    if simulated:
        position = lines.index("churn:")
        lines[position:position] = [
            "# The README beside the files says that the records are simulated.",
            "simulated: true",
        ]
    return "\n".join(lines) + "\n"


def _lines(name: str, guess: ProjectGuess, files: Mapping[str, TableFiles]) -> Iterator[str]:
    questions = len(guess.questions())
    yield "# Written by holdfast init."
    yield f"# {_NEXT}"
    if questions:
        yield f'# {plural(questions, "open question")}: answer each "{UNANSWERED}". Until then nothing runs.'
    for note in guess.notes:
        yield comment(note)
    yield f"name: {quoted(name)}"
    yield from _setting("shape", guess.shape)
    yield from _setting("currency", guess.currency)
    if guess.currencies is not None:
        yield comment(reason_of(guess.currencies))
        yield f"currencies: {{keep: {quoted(guess.currencies.written)}}}"
    if guess.exported_on is not None:
        yield from _setting("exported_on", guess.exported_on)
    if guess.time_zone is not None:
        yield from _setting("time_zone", guess.time_zone)
    else:
        yield "# Times that carry no zone of their own are taken as UTC; else write e.g. Europe/London."
        yield "time_zone: UTC"
    if guess.identities is not None:
        change = guess.identities
        yield "# Customers whose id was replaced count as one."
        yield "identities:"
        yield f"  files: {listed(files[change.sample].files)}"
        yield f"  old: {quoted(change.old)}"
        yield f"  new: {quoted(change.new)}"
    yield from _leaving(guess)
    yield "churn:"
    yield from _setting("rule", guess.rule, "  ")
    yield from _setting("horizon_days", guess.horizon, "  ")
    if guess.activity:
        yield "  # A customer with none of these in the horizon has left (rule: inactivity)."
        if guess.active_by is not None:
            yield comment(reason_of(guess.active_by), "  ")
        activity = guess.activity if guess.active_by is None else (quoted(UNANSWERED),)
        yield f"  activity: [{', '.join(activity)}]"
    if guess.rule.value == ChurnRule.INACTIVITY:
        yield "  # Predictions are made for customers active lately: how lately is learned; `holdfast check` says it."
        yield f"  # A number of days sets it yourself, {EVERYBODY} keeps everybody:"
        yield f"  # active_within_days: {EVERYBODY}"
    yield from _decisions(guess)
    yield from _own_features(guess)
    yield "tables:"
    for table in guess.tables:
        if not table.left_out:
            yield from _table(table, files[table.sample])
    for table in guess.tables:
        if table.left_out:
            yield comment(f"Left out: {table.name} ({', '.join(files[table.sample].files)}): {table.left_out}.", "  ")


def _leaving(guess: ProjectGuess) -> Iterator[str]:
    """What the label says, where its name does not speak of leaving."""
    for table in guess.tables:
        for column in () if table.left_out else table.columns:
            source = column.source
            is_settled = column_guess(table, column).written != UNANSWERED or UNANSWERED not in column.true
            if column.name == "label" and is_settled and not means_leaving(source, column.true):
                says = f"{source} is {' or '.join(column.true) or 'yes'}"
                yield "# The label does not speak of leaving: what to leave means here, for the reports."
                yield f"leaving_means: {quoted(says)}"


def _decisions(guess: ProjectGuess) -> Iterator[str]:
    yield "decisions:"
    yield f"  # Offers: cost a customer contacted, in {guess.currency.written}; the share of leavers it keeps."
    yield "  # These are placeholders, not yours: put in what your offers cost; an experiment shows what they keep."
    yield "  # Until you do, the plan says what an offer must keep to pay, and promises no money."
    yield "  # capacity: how many customers can get it at most; 200 calls are a guess of what people have time for."
    yield "  offers:"
    for offer in PLACEHOLDER_OFFERS:
        limit = "" if offer.capacity is None else f", capacity: {offer.capacity}"
        yield f"    - {{name: {quoted(offer.name)}, cost: {offer.cost:g}, saves: {offer.saves:g},"
        yield f"       owner: {quoted(offer.owner)}, within_days: {offer.within_days}{limit}}}"


def _own_features(guess: ProjectGuess) -> Iterator[str]:
    """An example that works once its # are taken away, where there is a table of events to measure."""
    events = [table for table in guess.tables if not table.left_out and table.holds.written not in _NO_EVENTS]
    if not events:
        return
    name = events[0].name
    yield "# Features of your own, beside the library's (docs/guides/own-features.md); take the # away to use them."
    yield "# features:"
    yield "#   own:"
    yield f"#     - {{name: {name}_rows_60d, table: {name}, measure: count, days: 60, unit: rows}}"
    yield f"#     - {{name: {name}_rows_60d_until_60d_ago, table: {name}, measure: count, days: 60, ends_days_ago: 60}}"
    yield f"#     - {{name: {name}_change, ratio: [{name}_rows_60d, {name}_rows_60d_until_60d_ago]}}"


def _setting(key: str, guess: Guess, indent: str = "") -> Iterator[str]:
    yield comment(reason_of(guess), indent)
    value = guess.written
    yield f"{indent}{key}: {value if value.isalnum() or value.replace('_', '').isalnum() else quoted(value)}"


def _table(table: TableGuess, source: TableFiles) -> Iterator[str]:
    yield f"  {table.name}:"
    yield f"    files: [{', '.join(quoted(file) for file in source.files)}]"
    if source.database is not None:
        yield comment("Fetched again by every run; with watermark: COLUMN only what is new.", "    ")
        yield f"    database: {{url: {quoted(source.database.url)}, table: {quoted(source.database.table)}}}"
    yield comment(reason_of(table.holds), "    ")
    yield f"    holds: {table.holds.written if not table.holds.is_question else quoted(UNANSWERED)}"
    read = _read(table, source.read)
    if read:
        yield f"    read: {{{', '.join(read)}}}"
    if source.from_file_name:
        yield comment(
            "The files' names say when: the year of days without one, or the period of rows without a date.", "    "
        )
        named = ", ".join(f"{quoted(name)}: {unit}" for name, unit in source.from_file_name.items())
        yield f"    from_file_name: {{{named}}}"
    if table.decimal == UNANSWERED:
        yield comment(reason_of(decimal_question(table)), "    ")
    if table.through is not None:
        yield f"    # No column names the customer: {table.through.table} does, by {table.through.on}."
        yield f"    through: {as_link(table.through)}"
    if table.sale_lines:
        yield "    # One order_id stands on several rows: they are the lines of one purchase."
        yield "    sale_lines: true"
    yield from table_blocks(table)
    yield "    columns:"
    for column in table.columns:
        yield from _column(table, column)
    if table.ignore:
        yield "    # Left out, each with the reason; to use one, move it up to columns."
        yield "    ignore:"
        for name, reason in table.ignore.items():
            yield f"      {quoted(name)}: {quoted(reason)}"


def _read(table: TableGuess, settings: ReadSettings) -> list[str]:
    plain = ReadSettings()
    changed = {
        key: value
        for key, value in settings.model_dump().items()
        if value != getattr(plain, key) and key not in {"decimal", "missing"}
    }
    entries = [f"{key}: {as_value(value)}" for key, value in changed.items()]
    if table.decimal != ".":
        entries.append(f"decimal: {quoted(table.decimal)}")
    if table.missing:
        entries.append(f"missing: {as_value(['', *table.missing])}")
    return entries


def _column(table: TableGuess, column: ColumnGuess) -> Iterator[str]:
    guess = column_guess(table, column)
    doubtful_time = column.time is not None and column.time.confidence < CONFIDENT
    entries = [f"from: {quoted(guess.written)}", f"kind: {column.kind.value}"]
    if column.kind is Kind.TIME and column.time is not None and (doubtful_time or column.time.format):
        entries.append(f"format: {quoted(UNANSWERED if doubtful_time else column.time.format or '')}")
    if column.kind is Kind.FLAG and column.true:
        entries.append(f'"true": [{", ".join(quoted(value) for value in column.true)}]')
    lists = {
        "otherwise": column.otherwise,
        "nobody": column.nobody,
        "joined_with": column.joined_with,
        # What is asked about is added or taken off by the answer.
        "plus": () if guess.is_question else column.plus,
        "minus": () if guess.is_question else column.minus,
    }
    entries += [f"{key}: {listed(texts)}" for key, texts in lists.items() if texts]
    entries += [f"less_percent: {quoted(column.less_percent)}"] if column.less_percent else []
    entries += ["fold_case: true"] if column.fold_case else []
    entries += ["letters_and_digits: true"] if column.letters_and_digits else []
    entries += [f"without_prefix: {listed(column.without_prefix)}"] if column.without_prefix else []
    entry = f"      {column.name}: {{{', '.join(entries)}}}"
    if guess.is_question or doubtful_time:
        yield comment(reason_of(guess), "      ")
        if doubtful_time and column.time is not None:
            yield comment(reason_of(format_question(table, column, column.time)), "      ")
        yield entry
    elif column.role:
        yield comment(reason_of(guess), "      ")
        yield entry
    else:
        yield f"{entry}  {comment(column.evidence)}"
