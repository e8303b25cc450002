"""Read holdfast.yaml: YAML as people mean it, each fault in words with the setting that was meant."""

import difflib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import ValidationError

from holdfast.errors import HoldfastError
from holdfast.formatting import plural
from holdfast.settings import UNANSWERED, Settings


class _Words(yaml.SafeLoader):
    """YAML as people mean it: only true and false are flags, so a key `on` or an answer `no` stays a word."""


def _without_twins(loader: _Words, node: yaml.MappingNode) -> dict[Any, Any]:
    """A mapping; YAML itself lets the last of two equal names win, and the first would be lost unseen."""
    seen: set[str] = set()
    for key, _ in node.value:
        name = str(key.value)
        if name in seen:
            raise yaml.MarkedYAMLError(problem=f"{name} stands twice here", problem_mark=key.start_mark)
        seen.add(name)
    return loader.construct_mapping(node, deep=True)


_Words.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _without_twins)
_Words.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Words.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:true|false)$"), list("tf"))


def _with_words_for_keys(node: Any) -> Any:
    if isinstance(node, dict):
        return {_as_word(key): _with_words_for_keys(value) for key, value in node.items()}
    return [_with_words_for_keys(value) for value in node] if isinstance(node, list) else node


def _as_word(key: Any) -> str:
    return str(key).lower() if isinstance(key, bool) else str(key)


def _unanswered(node: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _unanswered(value, (*path, str(key)))
    elif isinstance(node, list):
        for place, value in enumerate(node):
            yield from _unanswered(value, (*path, str(place)))
    elif node == UNANSWERED:
        yield ".".join(path)


def load_settings(file: Path) -> Settings:
    """Read and check a project file.

    Raises:
        HoldfastError: no such file, not YAML, a question left open, or a setting that is not one.
    """
    if not file.is_file():
        raise HoldfastError(
            f"{file}: there is no project file.",
            fix=f"holdfast init {file.parent} --from YOUR_FILE...",
        )
    try:
        raw = _with_words_for_keys(yaml.load(file.read_text(encoding="utf-8"), Loader=_Words))  # noqa: S506
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise HoldfastError(f"{file}: not readable as YAML: {error}", fix="Fix the line named above.") from error
    if not isinstance(raw, dict):
        raise HoldfastError(f"{file}: holds no settings.", fix=f"holdfast init {file.parent} --from YOUR_FILE...")
    open_questions = list(_unanswered(raw))
    if open_questions:
        raise HoldfastError(
            f"{file}: {plural(len(open_questions), 'question')} still open: {', '.join(open_questions)}.",
            fix=f'Open {file} and put an answer in place of each "{UNANSWERED}"; its comment says what was seen.',
        )
    try:
        return Settings.model_validate(raw)
    except ValidationError as error:
        faults = [_in_words(fault) for fault in error.errors()]
        raise HoldfastError(
            f"{file}: {plural(len(faults), 'wrong setting')}: " + "; ".join(faults[:8]),
            fix="Correct the named settings; docs/reference/settings.md lists them all.",
        ) from error


def _in_words(fault: Any) -> str:
    """A fault of the settings: where, and what is wrong; a misspelt name with the one that was meant."""
    *within, name = [str(part) for part in fault["loc"]] or [""]
    where = re.sub(r"\.(\d+)(?=\.|$)", lambda place: f", entry {int(place[1]) + 1}", ".".join([*within, name]))
    where = re.sub(r"(entry \d+)\.", r"\1, ", where)
    if fault["type"] != "extra_forbidden":
        return f"{where}: {fault['msg']}"
    model: Any = Settings
    for part in within:
        if part.isdigit():  # a place in a list: the model of its entries is found already
            continue
        field = model.model_fields.get(part) if hasattr(model, "model_fields") else None
        model = _model_in(field.annotation) if field is not None else None
    known = sorted(model.model_fields) if hasattr(model, "model_fields") else []
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"; did you mean {near[0]}?" if near else f"; known are {', '.join(known)}." if known else ""
    return f"{where}: there is no such setting{hint}"


def _model_in(annotation: Any) -> Any:
    """The settings that an annotation holds, one or a list of them."""
    if hasattr(annotation, "model_fields"):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_in(part)) is not None), None)
