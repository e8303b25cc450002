"""Reads holdfast.yaml: YAML as people mean it, within limits; each fault in words, with the setting that was meant."""

import difflib
import re
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import ValidationError

from holdfast.errors import HoldfastError
from holdfast.formatting import plural
from holdfast.settings import FILE_NAME, UNANSWERED, ResultsSettings, Settings
from holdfast.table_settings import TableSettings

MOST_BYTES = 2_000_000  # a table of 2,000 columns takes 0.3 MB
MOST_VALUES = 200_000  # once every alias is written out
MOST_LEVELS = 50  # the settings nest 6 deep
_SHOWN = 8  # faults named in an error; looking for the setting that was meant takes time


class _Loader(yaml.SafeLoader):
    """YAML as people mean it: only true and false are flags, so a key `on` or an answer `no` stays a word."""

    levels = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        """A node of the document; refused where it nests deeper than any settings do."""
        if self.levels >= MOST_LEVELS:
            raise yaml.MarkedYAMLError(
                problem=f"values nest more than {MOST_LEVELS} deep",
                problem_mark=self.peek_event().start_mark,  # type: ignore[no-untyped-call]
            )
        self.levels += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self.levels -= 1

    def get_single_node(self) -> Any:
        """The document; refused where its aliases, written out, make it enormous, deep or endless."""
        node = super().get_single_node()
        if node is not None:
            values, levels = _extent(node, {})
            if values > MOST_VALUES or levels > MOST_LEVELS:
                raise yaml.YAMLError(
                    f"with its aliases (*name) written out it holds more than {MOST_VALUES:,} values, or values more "
                    f"than {MOST_LEVELS} deep"
                )
        return node


_ENDLESS = (MOST_VALUES + 1, MOST_LEVELS + 1)


def _extent(node: Any, extents: dict[int, tuple[int, int]]) -> tuple[int, int]:
    """How many values a node holds and how deep they nest once every alias is written out.

    Args:
        node: of a document that itself nests no deeper than `MOST_LEVELS`.
        extents: of the nodes that were counted before, by identity; a node being counted is endless, for it holds an
            alias of itself.
    """
    if isinstance(node, yaml.ScalarNode):
        return 1, 1
    if id(node) not in extents:
        extents[id(node)] = _ENDLESS
        is_mapping = isinstance(node, yaml.MappingNode)
        children = [child for pair in node.value for child in pair] if is_mapping else node.value
        values, levels = 1, 1
        for child in children:
            more, deeper = _extent(child, extents)
            values, levels = min(values + more, _ENDLESS[0]), max(levels, deeper + 1)
        extents[id(node)] = (values, levels)
    return extents[id(node)]


def _without_repeated_keys(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    """A mapping; YAML itself lets the last of two equal names win, and the first would be lost unnoticed."""
    names: set[str] = set()
    for key, _ in node.value:
        name = str(key.value)
        if name in names:
            raise yaml.MarkedYAMLError(problem=f"{name} stands twice here", problem_mark=key.start_mark)
        names.add(name)
    return loader.construct_mapping(node, deep=True)


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _without_repeated_keys)
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:true|false)$"), list("tf"))


def _with_words_for_keys(node: Any) -> Any:
    if isinstance(node, dict):
        return {_as_word(key): _with_words_for_keys(value) for key, value in node.items()}
    return [_with_words_for_keys(value) for value in node] if isinstance(node, list) else node


def _as_word(key: Any) -> str:
    return str(key).lower() if isinstance(key, bool) else str(key)


def _unanswered(node: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _unanswered(value, (*path, str(key)))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _unanswered(value, (*path, str(index)))
    elif node == UNANSWERED:
        yield path


def open_questions(settings: Any) -> list[str]:
    """The settings that still wait for an answer, as dotted names.

    Which column holds a flag and which of its texts means yes is one question, as `holdfast init` counts.
    """
    paths = list(_unanswered(settings))
    columns = {path[:-1] for path in paths if path[-1] == "from"}
    return [".".join(path) for path in paths if not (path[-2:-1] == ("true",) and path[:-2] in columns)]


def settings_node(text: str) -> yaml.Node | None:
    """The nodes of a project file's text, each with the place where it stands; None where it holds nothing."""
    node: yaml.Node | None = yaml.compose(text, Loader=_Loader)
    return node


def accept_line(ids: Iterable[str]) -> str:
    """The line of holdfast.yaml that accepts findings by their ids: `accept: ["ID", ...]`."""
    escaped = (name.replace("\\", "\\\\").replace('"', '\\"') for name in dict.fromkeys(ids))
    return "accept: [" + ", ".join(f'"{name}"' for name in escaped) + "]"


def load_settings(file: Path) -> Settings:
    """Read and check a project file.

    Raises:
        HoldfastError: no such file, not readable, not YAML, a question left open, or a setting that is not one.
    """
    begin = f"holdfast init {file.parent} --from YOUR_FILE..."
    if not file.is_file():
        raise HoldfastError(f"{file}: there is no project file.", fix=begin)
    raw = _parsed(file, _content(file))
    if not isinstance(raw, dict):
        raise HoldfastError(f"{file}: holds no settings.", fix=begin)
    questions = open_questions(raw)
    if questions:
        raise HoldfastError(
            f"{file}: {plural(len(questions), 'question')} still open: {', '.join(questions)}.",
            fix=f'Open {file} and put an answer in place of each "{UNANSWERED}"; its comment says what was found.',
        )
    try:
        settings = Settings.model_validate(raw)
    except ValidationError as error:
        errors = error.errors(include_url=False, include_context=False, include_input=False)
        faults = "; ".join(_in_words(fault) for fault in errors[:_SHOWN])
        more = f"; and {len(errors) - _SHOWN:,} more" if len(errors) > _SHOWN else ""
        raise HoldfastError(
            f"{file}: {plural(len(errors), 'wrong setting')}: {faults}{more}",
            fix="Correct the named settings; docs/reference/settings.md lists them all.",
        ) from error
    check_settings(settings)
    return settings


_OUTCOMES = ("label", "ended_at", "notice_at")
_MOST_NAMES = 200  # that a misspelt name is compared with


def check_settings(settings: Settings) -> None:
    """Refuse settings that contradict each other, which no single setting shows.

    Raises:
        HoldfastError: an outcome's column mapped once more, or a name of a table or column that names nothing.
    """
    for name, table in settings.tables.items():
        _refuse_outcome_twice(name, table)
    faults = [(where, word, names) for where, word, names in _names_used(settings) if word and word not in names]
    if not faults:
        return
    lines = [f'{where}: there is no "{word[:80]}"{_meant(word, names)}' for where, word, names in faults[:_SHOWN]]
    more = f"; and {len(faults) - _SHOWN:,} more" if len(faults) > _SHOWN else ""
    raise HoldfastError(
        f"{FILE_NAME}: {'; '.join(lines)}{more}",
        fix=f"In {FILE_NAME}, correct {', '.join(dict.fromkeys(where for where, _, _ in faults[:_SHOWN]))}.",
    )


def _refuse_outcome_twice(name: str, table: TableSettings) -> None:
    """What says who left may be read once only: under a second name it would be a feature that knows the outcome."""
    if table.holds not in {"customers", "subscriptions"}:
        return
    outcomes = {table.columns[ours].source: ours for ours in _OUTCOMES if ours in table.columns}
    for ours, column in table.columns.items():
        sources = {
            column.source,
            *column.otherwise,
            *column.joined_with,
            *column.plus,
            *column.minus,
            column.less_percent,
        }
        again = [source for source in outcomes if source in sources]
        if ours not in _OUTCOMES and again:
            first = outcomes[again[0]]
            raise HoldfastError(
                f'{FILE_NAME}: the column "{again[0]}" says who left and stands under two names: '
                f"tables.{name}.columns.{first} and tables.{name}.columns.{ours}; the second would tell the model "
                "the outcome.",
                fix=f"In {FILE_NAME}, delete tables.{name}.columns.{ours}.",
            )


def _names_used(settings: Settings) -> Iterator[tuple[str, str, Collection[str]]]:
    """Where a setting names a table or one of our columns, the name, and what it may be."""
    tables = settings.tables
    for word in settings.churn.activity:
        yield "churn.activity", word, tables
    if settings.roll_up is not None:
        yield "roll_up.table", settings.roll_up.table, tables
    added = {ours for table in tables.values() if table.holds == "lookup" for ours in table.columns}
    for name, table in tables.items():
        where, names = f"tables.{name}", {**table.columns, **dict.fromkeys(added), **dict.fromkeys(_COMPUTED)}
        for key, link in (("through", table.through), ("parts_of", table.parts_of)):
            yield f"{where}.{key}.table", link.table if link is not None else "", tables
        for status in table.statuses:
            yield f"{where}.statuses.column", status.column, names
            if status.unless is not None:
                yield f"{where}.statuses.unless.column", status.unless.column, names
        if table.money is not None:
            for word in table.money.refunds:
                yield f"{where}.money.refunds", word, names
            yield f"{where}.money.currency", table.money.currency, names
            yield f"{where}.money.rate", table.money.rate, names
            yield f"{where}.money.settles", table.money.settles, tables
            yield f"{where}.money.once_per", table.money.once_per, names
        if table.subscriptions is not None:
            yield f"{where}.subscriptions.paid_in", table.subscriptions.paid_in, tables
        for word in table.row_id:
            yield f"{where}.row_id", word, names
        for word in table.only:
            yield f"{where}.only", word, names
        for word in table.idle_when_zero:
            yield f"{where}.idle_when_zero", word, names


_COMPUTED = ("amount", "known_at", "happened_at", "customer_id", "failed")  # filled in while cleaning


def _meant(word: str, names: Collection[str]) -> str:
    near = difflib.get_close_matches(word[:80], list(names)[:_MOST_NAMES], n=1)
    if near:
        return f"; did you mean {near[0]}?"
    return f"; there are {', '.join(list(names)[:_SHOWN])}" if names else ""


def _content(file: Path) -> bytes:
    """The bytes of a settings file, which are few."""
    try:
        size = file.stat().st_size
        if size > MOST_BYTES:
            raise HoldfastError(
                f"{file}: {size:,} bytes; settings take at most {MOST_BYTES:,}.",
                fix=f"Put records into files of their own, and only settings into {file.name}.",
            )
        return file.read_bytes()
    except OSError as error:
        raise HoldfastError(
            f"{file}: cannot be read: {error.strerror or error}.", fix="Check the rights of the file (ls -l)."
        ) from error


def _parsed(file: Path, content: bytes) -> Any:
    """The values of a YAML file, its keys as words."""
    try:
        return _with_words_for_keys(yaml.load(content.decode("utf-8"), Loader=_Loader))  # noqa: S506
    except (yaml.YAMLError, ValueError) as error:  # a date such as 2026-02-30 is a ValueError
        raise HoldfastError(f"{file}: not readable as YAML: {error}", fix="Fix the line named above.") from error


def _in_words(fault: Any) -> str:
    """A fault of the settings: where, and what is wrong; a misspelt name with the one that was meant."""
    *within, name = [str(step)[:80] for step in fault["loc"]] or [""]
    where = re.sub(r"\.(\d+)(?=\.|$)", lambda index: f", entry {int(index[1]) + 1}", ".".join([*within, name]))
    where = re.sub(r"(entry \d+)\.", r"\1, ", where)
    if fault["type"] != "extra_forbidden":
        message = fault["msg"].removeprefix("Value error, ")
        return f"{where}: {message}" if where else message
    model: Any = Settings
    for step in within:
        if step.isdigit():  # an index of a list, whose annotation led to the model of its entries
            continue
        field = model.model_fields.get(step) if hasattr(model, "model_fields") else None
        model = _model_in(field.annotation) if field is not None else None
    names = sorted(model.model_fields) if hasattr(model, "model_fields") else []
    near = difflib.get_close_matches(name, names, n=1)
    hint = f"; did you mean {near[0]}?" if near else f"; known are {', '.join(names)}." if names else ""
    return f"{where}: there is no such setting{hint}"


def _model_in(annotation: Any) -> Any:
    """The settings that an annotation holds, one or a list of them."""
    if hasattr(annotation, "model_fields"):
        return annotation
    models = (_model_in(argument) for argument in get_args(annotation))
    return next((model for model in models if model is not None), None)


def load_results_settings(file: Path) -> ResultsSettings:
    """The part of a project file that says where results are published, also while the rest is unfinished.

    Args:
        file: may be missing: then everything is as by default.

    Raises:
        HoldfastError: not readable, not YAML, or wrong in this part.
    """
    return _results_settings(file, _content(file) if file.is_file() else b"")


@lru_cache(maxsize=256)  # a server looks with every request; by the content, so that no change is overlooked
def _results_settings(file: Path, content: bytes) -> ResultsSettings:
    raw = _parsed(file, content)
    try:
        return ResultsSettings.model_validate((raw.get("results") if isinstance(raw, dict) else None) or {})
    except ValidationError as error:
        faults = "; ".join(fault["msg"] for fault in error.errors(include_url=False, include_input=False))
        raise HoldfastError(
            f"{file}: results: {faults}", fix="Correct the setting; docs/reference/settings.md lists them all."
        ) from error
