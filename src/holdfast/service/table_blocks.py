"""The settings of a table that say what its rows, statuses and amounts mean, as lines of YAML."""

from collections.abc import Iterator

from holdfast.formatting import percent
from holdfast.inference.guesses import Guess, StatusGuess, TableGuess
from holdfast.service.yaml_text import as_value, comment, listed, quoted
from holdfast.table_settings import MoneySettings, MonthColumns, SubscriptionSettings, ThroughSettings

_INDENT = "    "


def table_blocks(table: TableGuess) -> Iterator[str]:
    """Lines for what is known of a table's rows; none for a table of which nothing is."""
    if table.recipe:
        yield comment(f"recipe only names where these settings come from ({_page(table.recipe)}); change any.", _INDENT)
        yield f"{_INDENT}recipe: {table.recipe}"
    if table.parts_of is not None:
        what = "from whose amount they are taken off" if _gives_back(table) else "whose amount is their sum"
        yield comment(f"Its rows are parts of those of {table.parts_of.table}, {what}.", _INDENT)
        yield f"{_INDENT}parts_of: {as_link(table.parts_of)}"
    if table.carry_down is not None and table.carry_down.lines_have:
        yield comment("A report with groups: the text of each heading goes to the lines below it.", _INDENT)
        yield f"{_INDENT}carry_down:"
        yield f"{_INDENT}  lines_have: {quoted(table.carry_down.lines_have)}"
        yield f"{_INDENT}  columns: {listed(table.carry_down.columns)}"
        if table.carry_down.headings_in:
            yield f"{_INDENT}  headings_in: {quoted(table.carry_down.headings_in)}"
    elif table.carry_down is not None:
        yield comment("These stand on the first line of an order only: they are carried to its other lines.", _INDENT)
        yield f"{_INDENT}carry_down:"
        yield f"{_INDENT}  by: {quoted(table.carry_down.by)}"
        yield f"{_INDENT}  columns: {listed(table.carry_down.columns)}"
    if table.month_columns is not None:
        yield from _month_columns(table, table.month_columns)
    if table.unpack:
        yield comment("Cells of JSON: the paths that are read as columns, such as properties.revenue.", _INDENT)
        paths = ", ".join(f"{quoted(name)}: {listed(several)}" for name, several in table.unpack.items())
        yield f"{_INDENT}unpack: {{{paths}}}"
    if table.letters_of:
        yield comment("The letters in the number of a document say of what kind it is: INV of INV-0012.", _INDENT)
        letters = ", ".join(f"{quoted(name)}: {quoted(source)}" for name, source in table.letters_of.items())
        yield f"{_INDENT}letters_of: {{{letters}}}"
    if table.row_id:
        yield comment("Of a row that stands in several exports, the last one counts.", _INDENT)
        yield f"{_INDENT}row_id: {listed(table.row_id)}"
    if table.repeats_are_real:
        yield comment("Two rows that are alike are two lines of an order.", _INDENT)
        yield f"{_INDENT}repeats_are_real: true"
    if table.only:
        yield comment("Only rows with these values count.", _INDENT)
        yield f"{_INDENT}only: {{{', '.join(f'{name}: {listed(values)}' for name, values in table.only.items())}}}"
    if table.idle_when_zero:
        yield comment("Rows in which all of these are 0 say that nothing happened: they are set aside.", _INDENT)
        yield f"{_INDENT}idle_when_zero: {listed(table.idle_when_zero)}"
    if table.statuses:
        yield f"{_INDENT}statuses:"
        for status in table.statuses:
            yield from _status(table, status)
    if table.money is not None:
        yield from _money(table, table.money)
    if table.subscriptions is not None:
        yield from _subscriptions(table, table.subscriptions)


def _gives_back(table: TableGuess) -> bool:
    return table.money is not None and table.money.gives_back


def as_link(link: ThroughSettings) -> str:
    """A link to another table as YAML."""
    their = f", their: {quoted(link.their)}" if link.their else ""
    return f'{{table: {link.table}, "on": {quoted(link.on)}{their}}}'


def _page(recipe: str) -> str:
    return f"docs/reference/exports.md, {recipe}"


def _status(table: TableGuess, status: StatusGuess) -> Iterator[str]:
    yield f"{_INDENT}  - column: {status.column}"
    for meaning, texts in status.means.items():
        yield f"{_INDENT}    {meaning.value}: {listed(texts)}"
    if status.words:
        as_words = ", ".join(f"{code} is {word}" for code, word in status.words.items())
        yield comment(f"By the words of its codes: {as_words}.", f"{_INDENT}    ")
    if status.unless is not None:
        yield f"{_INDENT}    unless: {{column: {status.unless.column}, says: {listed(status.unless.says)}}}"
    if status.unknown:
        question = status.question(table.name)
        yield comment(f"QUESTION: {question.evidence}? Move each to its meaning.", f"{_INDENT}    ")
        yield f"{_INDENT}    unknown: {listed(tuple(status.unknown))}"


def _money(table: TableGuess, money: MoneySettings) -> Iterator[str]:
    entries = money.model_dump(exclude_defaults=True)
    yield comment("From what is written to what was received.", _INDENT)
    for name, guess in _questions(table, "money").items():
        entries[name] = guess.written
        yield comment(f"{name}: {reason_of(guess)}", _INDENT)
    yield f"{_INDENT}money: {{{', '.join(f'{name}: {as_value(value)}' for name, value in entries.items())}}}"


def _month_columns(table: TableGuess, across: MonthColumns) -> Iterator[str]:
    entries = {"month": across.month, "amount": across.amount, **across.model_dump(exclude_defaults=True)}
    yield comment("The file has one column a month: each of its cells is read as a row.", _INDENT)
    for name, guess in _questions(table, "month_columns").items():
        entries[name] = guess.written
        yield comment(f"{name}: {reason_of(guess)}", _INDENT)
    yield f"{_INDENT}month_columns: {{{', '.join(f'{name}: {as_value(value)}' for name, value in entries.items())}}}"


def _questions(table: TableGuess, block: str) -> dict[str, Guess]:
    """Setting -> the guess about it, of one block of a table's settings."""
    start = f"{table.name}.{block}."
    return {guess.about.removeprefix(start): guess for guess in table.settings_guesses if guess.about.startswith(start)}


def _subscriptions(table: TableGuess, subscriptions: SubscriptionSettings) -> Iterator[str]:
    entries = {"rows": subscriptions.rows, **subscriptions.model_dump(exclude_defaults=True)}
    yield comment("What one row is of a subscription.", _INDENT)
    for name, guess in _questions(table, "subscriptions").items():
        entries[name] = guess.written if not guess.written.isdigit() else int(guess.written)
        yield comment(f"{name}: {reason_of(guess)}", _INDENT)
    yield f"{_INDENT}subscriptions: {{{', '.join(f'{name}: {as_value(value)}' for name, value in entries.items())}}}"


def reason_of(guess: Guess) -> str:
    """Why a setting is as it is written, or the question that it is, with its choices."""
    choices = f" Choices: {', '.join(guess.choices)}." if guess.choices else ""
    if guess.is_question:
        return f"QUESTION: {guess.evidence}.{choices}"
    return f"{percent(guess.confidence)} sure: {guess.evidence}."
