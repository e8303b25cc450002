"""A new project from raw files: look at them, guess what they hold, write the project file with the evidence."""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl

from holdfast.errors import HoldfastError
from holdfast.formatting import NO_CURRENCY, plural
from holdfast.inference.guesses import Guess, ProjectGuess, Sample, TableGuess
from holdfast.inference.infer import infer
from holdfast.inference.recipes.catalog import recipe_named
from holdfast.notation.file_periods import Unit, with_file_period
from holdfast.notation.grouped_rows import lines_of_groups
from holdfast.notation.json_cells import with_paths_as_columns
from holdfast.progress import SILENT, Progress
from holdfast.quality.clean import money_received
from holdfast.quality.gross_to_net import MoneyLine, sum_in_words
from holdfast.quality.money import CONTAINED, PENDING
from holdfast.service.database import IMPORTS, fetch_all, folder_of, is_url
from holdfast.service.file_names import from_file_names, with_begins
from holdfast.service.results import Result
from holdfast.service.settings_writer import TableFiles, written
from holdfast.service.setup.money_taken import money_taken
from holdfast.service.table_groups import Group, grouped
from holdfast.settings import FILE_NAME, MOST_FEATURES
from holdfast.settings_file import load_settings
from holdfast.simulator.write import AMOUNTS, SIMULATED
from holdfast.sources.locate import find_sources
from holdfast.sources.read import read_table
from holdfast.sources.sniff import FileProfile, profile_file
from holdfast.store.artifacts import write_text
from holdfast.table_settings import DatabaseSettings, TableSettings
from holdfast.tables.mapping import ROW

_BEFORE_0_1 = "These records are made up."  # what READMEs said
_CURRENCY = re.compile(rf"{AMOUNTS} ([A-Z]{{3}})\.")
_MOST_COMPARED = 300_000  # records that are cleaned to name the revenue of two months
MOST_RECORDS = 3_000_000  # tables with more records are judged by a sample spread over the file


@dataclass(frozen=True)
class GuessEntry:
    """One guess: what it is about, how sure it is, what shows it, and how to change it."""

    about: str
    value: str  # as it stands in the project file; "?": to be answered
    best_guess: str
    confidence: float
    evidence: str
    change: str
    choices: tuple[str, ...]
    is_question: bool
    likeliest: Mapping[str, str] = field(default_factory=dict)  # of several values asked in one: the best for each


@dataclass(frozen=True)
class KnownExport:
    """A table recognised as the export of a platform."""

    table: str
    recipe: str
    sentence: str  # orders.csv looks like a Shopify orders export: 58 of 60 columns
    page: str  # where the reference describes it
    money: tuple[MoneyLine, ...]  # from gross to net; empty where a question is open or the table holds no money
    currency: str

    @property
    def account(self) -> tuple[str, ...]:
        """The money received, to the cent: gross, what is taken off it, net, and what of it has not arrived."""
        lines = {line.line: line for line in self.money}
        if not lines:
            return ()
        contained = ", ".join(f"{name} {lines[name].amount:,.2f}" for name in CONTAINED if name in lines)
        sums = (sum_in_words(self.money, self.currency), *([f"of which {contained}, as written"] if contained else []))
        waiting = lines.get(PENDING)
        if waiting is None or not waiting.rows:
            return sums
        received = lines["net"].amount - waiting.amount
        return (
            *sums,
            f"of which not received yet: {waiting.amount:,.2f} ({plural(waiting.rows, 'row')}); "
            f"received: {received:,.2f} {self.currency}",
        )


@dataclass(frozen=True)
class ProjectDraft(Result):
    """A project file that was written from guesses, and the questions that it leaves open."""

    folder: Path
    """the project's folder"""
    file: Path
    """the project file"""
    guesses: tuple[GuessEntry, ...]
    """about, value (as written), best_guess, confidence, evidence, change, choices, is_question, likeliest"""
    questions: tuple[str, ...]
    """what each open question is about"""
    left_out: Mapping[str, str]
    """columns and tables that are left out, each with the reason"""
    notes: tuple[str, ...]
    """what a person should know before going on"""
    read: tuple[str, ...]
    """how each file was found to be written"""
    exports: tuple[KnownExport, ...]
    """tables recognised as a platform's export: table, recipe, sentence, page, money (from gross to net)"""
    money: tuple[str, ...]
    """what each kind of row is taken for, with its rows and its money; `holdfast check` says it again"""
    compared: tuple[str, ...] = ()
    """known totals beside what is read, and what they settled; without any, the revenue of two months to compare"""

    @property
    def open_questions(self) -> tuple[GuessEntry, ...]:
        """The guesses that must be answered before anything runs."""
        return tuple(guess for guess in self.guesses if guess.is_question)

    @property
    def sentence(self) -> str:
        return f"Written: {self.file}. Every guess stands there with its evidence; change what is wrong."


def init(
    folder: Path | str,
    sources: Sequence[Path | str],
    *,
    base: Path | None = None,
    force: bool = False,
    known_totals: Sequence[str] = (),
    progress: Progress = SILENT,
) -> ProjectDraft:
    """Look at files, guess what they hold, and write the project file.

    Args:
        folder: the project's folder; it is made where there is none.
        sources: files, folders, globs, or URLs of databases, all of whose tables are fetched.
        base: the folder that relative sources are relative to; None: all are absolute.
        force: write over an earlier project file.
        known_totals: what your own system shows, as "revenue=45783.20 in 2024-05": settles what it can.
        progress: hears which file is looked at.

    Raises:
        HoldfastError: nothing to look at, a file that cannot be read, or a project file that is there already.
    """
    from holdfast.service.setup.known_totals import totals_from, with_known_totals  # both work on drafts

    home, totals = Path(folder), totals_from(known_totals)
    target = home / FILE_NAME
    patterns = [str(source) for source in sources]
    urls = [pattern for pattern in patterns if is_url(pattern)]
    _refuse(home, target, patterns, base, force=force)
    fetched = fetch_all(urls, home, progress)
    named = [pattern for pattern in patterns if pattern not in urls]
    paths = (
        *(find_sources("--from", named, base or home) if named else ()),
        *(path for name in fetched for path in sorted(folder_of(home, name).glob("*.parquet"))),
    )
    profiles: list[FileProfile] = []
    for position, path in enumerate(paths):
        progress.update(f"looking at {path.name}", position, len(paths))
        profiles.extend(profile_file(path))
    groups = grouped(profiles)
    dated = {group.name: from_file_names(group) for group in groups}
    samples, notes = _with_records(_samples(groups, dated), groups)
    progress.update("guessing what they hold", 0, None)
    guess = infer(samples)
    if recurring := {table.sample for table in guess.tables if _pays_by_month(table)} & {*filter(dated.get, dated)}:
        # What is paid for a month in advance is dated by its first day; what happened in it, by its last.
        dated |= {name: with_begins(dated[name]) for name in recurring}
        samples, _ = _with_records(_samples(groups, dated), groups)
        guess = infer(samples)
    readmes = _readmes(paths)
    guess = _with_currency_of(_with_note_of_width(guess), readmes)
    guess = replace(guess, notes=tuple(dict.fromkeys((*notes, *guess.notes))))
    if all(table.left_out for table in guess.tables):
        reasons = "; ".join(f"{table.name}: {table.left_out}" for table in guess.tables)
        raise HoldfastError(
            f"None of the {len(guess.tables)} tables can be used. {reasons}.",
            fix="Bring what is missing: a column of dates where each row is something that happened; one row a "
            "customer where each row is a customer (ids that differ only in blanks are one); or, after --from as "
            "well, the file that says which customer each row belongs to.",
        )
    files = {
        group.name: replace(_table_files(group, home, fetched), from_file_name=dated[group.name]) for group in groups
    }
    write_text(target, written(home.resolve().name or "business", guess, files, simulated=_is_simulated(readmes)))
    evidence = tuple(f"{profile.path.name}: {words}" for profile in profiles for words in profile.evidence)
    exports = _known_exports(target, guess, {group.name: group for group in groups}, samples)
    draft = replace(_draft(home, target, guess, evidence), exports=exports, money=money_taken(guess, samples))
    if totals:
        return with_known_totals(draft, totals)
    return replace(draft, compared=_to_compare(draft, sum(group.records for group in groups)))


def _to_compare(draft: ProjectDraft, records: int) -> tuple[str, ...]:
    """The revenue of two months that a person may look up elsewhere; nothing where the records tell none."""
    from holdfast.service.setup.known_totals import months_to_compare

    words = "" if draft.questions or records > _MOST_COMPARED else months_to_compare(draft.file)
    return (words,) if words else ()


def _samples(groups: Sequence[Group], dated: Mapping[str, dict[str, Unit]]) -> list[Sample]:
    return [
        Sample(
            each.name,
            _frame(each, dated[each.name]),
            each.records,
            each.is_headed,
            _rows_of_files(each),
            " ".join(dict.fromkeys(profile.above for profile in each.profiles if profile.above)),
        )
        for each in groups
    ]


def _pays_by_month(table: TableGuess) -> bool:
    return table.subscriptions is not None and table.subscriptions.rows == "months"


def _table_files(group: Group, home: Path, fetched: Mapping[str, DatabaseSettings]) -> TableFiles:
    """What the project file says of where a table's records stand."""
    name = group.paths[0].parent.name
    if name in fetched and group.paths[0].parent == folder_of(home, name):
        return TableFiles((f"{IMPORTS}/{name}/*.parquet",), group.read, fetched[name])
    return TableFiles(_written_paths(group, home), group.read)


def _with_records(samples: Sequence[Sample], groups: Sequence[Group]) -> tuple[list[Sample], tuple[str, ...]]:
    """The samples that hold records, and a note on those that hold a header alone."""
    empty = {sample.name for sample in samples if sample.frame.is_empty()}
    if not empty:
        return list(samples), ()
    named = ", ".join(str(path) for group in groups if group.name in empty for path in group.paths)
    words = f"{named}: {len(empty)} of {len(groups)} tables hold a header and no record"
    if len(empty) == len(samples):
        raise HoldfastError(f"{words}.", fix="Name files that hold records, or leave these out.")
    return [sample for sample in samples if sample.name not in empty], (f"{words}; left out.",)


def _known_exports(
    target: Path, guess: ProjectGuess, groups: Mapping[str, Group], samples: Sequence[Sample]
) -> tuple[KnownExport, ...]:
    """The tables that are known exports, with the money received where no question is open."""
    if not any(table.recipe for table in guess.tables):
        return ()
    settings = None if guess.questions() else load_settings(target)
    frames = {sample.name: sample.frame for sample in samples if sample.is_whole}
    exports = []
    for table in guess.tables:
        if not table.recipe:
            continue
        money: tuple[MoneyLine, ...] = ()
        has_account = table.holds.value == "transactions" and table.through is None and table.sample in frames
        if settings is not None and has_account:
            rows = _as_read(frames[table.sample], table).with_row_index(ROW, 1)
            money = money_received({table.name: rows}, settings, table.name)
        recipe = recipe_named(table.recipe)
        names = ", ".join(path.name for path in groups[table.sample].paths)
        page = f"docs/reference/exports.md#{recipe.anchor}"
        exports.append(
            KnownExport(table.name, table.recipe, f"{names} {table.holds.evidence}", page, money, guess.currency.value)
        )
    return tuple(exports)


def _as_read(frame: pl.DataFrame, table: TableGuess) -> pl.DataFrame:
    """A sample of all records as a run reads them: cells of JSON as columns, lines of groups with their headings."""
    carry = table.carry_down
    if carry is not None and carry.lines_have:
        frame, _ = lines_of_groups(frame, carry.columns[0], carry.lines_have, carry.headings_in, None)
    return with_paths_as_columns(frame, table.unpack)


def _refuse(home: Path, target: Path, patterns: Sequence[str], base: Path | None, *, force: bool) -> None:
    if target.exists() and not force:
        raise HoldfastError(
            f"{target}: there is a project file already.",
            fix=f"Keep it, or write it again: holdfast init {home} --from {' '.join(patterns)} --force",
        )
    if home.exists() and not home.is_dir():
        raise HoldfastError(f"{home} is a file.", fix=f"Name a folder: holdfast init PROJECT --from {home}")
    if not patterns:
        raise HoldfastError("No files are named.", fix=f"holdfast init {home} --from YOUR_FILE...")
    relative = [pattern for pattern in patterns if not Path(pattern).is_absolute() and not is_url(pattern)]
    if relative and base is None:
        raise HoldfastError(
            f"{relative[0]}: a relative path, and no folder is named that it is relative to.",
            fix="Pass base=FOLDER, or absolute paths.",
        )


def _draft(home: Path, target: Path, guess: ProjectGuess, evidence: tuple[str, ...]) -> ProjectDraft:
    columns = {f"{table.name}.{source}": reason for table in guess.tables for source, reason in table.ignore.items()}
    return ProjectDraft(
        folder=home,
        file=target,
        guesses=tuple(_entry(each) for each in guess.guesses()),
        questions=tuple(each.about for each in guess.questions()),
        left_out={table.name: table.left_out for table in guess.tables if table.left_out} | columns,
        notes=guess.notes,
        read=evidence,
        exports=(),
        money=(),
    )


def _entry(guess: Guess) -> GuessEntry:
    return GuessEntry(
        guess.about,
        guess.written,
        guess.value,
        guess.confidence,
        guess.evidence,
        guess.change,
        guess.choices,
        guess.is_question,
        guess.likeliest,
    )


def _with_note_of_width(guess: ProjectGuess) -> ProjectGuess:
    """Each column of the customers becomes a feature or more: say so now if they are too many for a run."""
    customers = [table for table in guess.tables if table.holds.value == "customers" and not table.left_out]
    columns = sum(len(table.columns) for table in customers)
    if columns <= MOST_FEATURES:
        return guess
    note = (
        f"The customers have {columns:,} columns, and a run uses {MOST_FEATURES:,} features at most: move those that "
        "say nothing about a customer from columns to ignore."
    )
    return replace(guess, notes=(*guess.notes, note))


def _readmes(files: Sequence[Path]) -> list[str]:
    """What stands at the top of each README beside the files."""
    readmes = {file.parent / "README.txt" for file in files}
    return [path.read_text(encoding="utf-8", errors="replace")[:2000] for path in sorted(readmes) if path.is_file()]


def _is_simulated(readmes: Sequence[str]) -> bool:
    """Whether a README beside the files says that the records are simulated, as `holdfast simulate` writes it."""
    return any(words in text for words in (SIMULATED, _BEFORE_0_1) for text in readmes)


def _with_currency_of(guess: ProjectGuess, readmes: Sequence[str]) -> ProjectGuess:
    """The currency of simulated records is what their README says, where the records themselves name none."""
    codes = {match[1] for text in readmes if SIMULATED in text and (match := _CURRENCY.search(text))}
    if guess.currency.value != NO_CURRENCY or len(codes) != 1:
        return guess
    evidence = "the README beside the files says so"
    return replace(guess, currency=replace(guess.currency, value=codes.pop(), confidence=0.95, evidence=evidence))


def _frame(group: Group, dated: dict[str, Unit]) -> pl.DataFrame:
    """All records where memory holds them, else the sample; dated by the files' names where these say when."""
    is_whole = all(profile.sample.height == profile.records for profile in group.profiles)
    if is_whole or group.records > MOST_RECORDS:
        samples = [
            with_file_period(each.sample, dated, each.period) if dated and each.period is not None else each.sample
            for each in group.profiles
        ]
        return pl.concat(samples, how="diagonal_relaxed")
    files = tuple(str(path.absolute()) for path in group.paths)
    settings = TableSettings(files=files, holds="events", read=group.read, columns={}, from_file_name=dated)
    return read_table(group.name, settings, group.paths[0].parent).rows.drop("_row")


def _rows_of_files(group: Group) -> tuple[int, ...]:
    """Rows of each file of a table that stands in several; none where only a sample of them was read."""
    rows = tuple(profile.records for profile in group.profiles)
    return rows if len(rows) > 1 and group.records <= MOST_RECORDS else ()


def _written_paths(group: Group, folder: Path) -> tuple[str, ...]:
    home = folder.resolve()
    return tuple(Path(os.path.relpath(path.resolve(), home)).as_posix() for path in group.paths)
