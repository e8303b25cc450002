"""Takes customers out of texts: pages, JSON, lists and logs, each by its own structure.

What names a customer as a row is removed as a row; an id that is left in running text reads (erased).
"""

import html
import json
import mmap
import re
from collections.abc import Collection, Iterator
from typing import Any

import polars as pl

from holdfast.store.erasure.rows import is_distinctive

MARK = "(erased)"
_KEY = "customer_id"
_EMBEDDED = re.compile(r"(<script[^>]*type=\"application/json\"[^>]*>)(.*?)(</script>)", re.DOTALL)
_TABLE_ROW = re.compile(r"<tr\b[^>]*>(?:(?!<tr\b).)*?</tr>\s*", re.DOTALL)
_IN_SCRIPT = (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026"))  # as pages write JSON, see reports.dashboard


class Names:
    """The ids to look for, in every way that a text may write them."""

    def __init__(self, ids: Collection[str]) -> None:
        self.ids = frozenset(ids)
        distinctive = pl.Series(sorted(self.ids), dtype=pl.String)
        self._written = {
            spelt for each in distinctive.filter(is_distinctive(distinctive)) for spelt in _spellings(each)
        }
        self._encoded = {spelt.encode() for each in self.ids for spelt in _spellings(each)}

    def occur_in(self, content: bytes | mmap.mmap) -> bool:
        """Whether any id stands in a file, as a whole word."""
        present = [re.escape(each) for each in self._encoded if content.find(each) >= 0]
        return bool(present) and re.search(rb"(?<!\w)(?:" + b"|".join(present) + rb")(?!\w)", content) is not None

    def pattern(self, text: str) -> re.Pattern[str] | None:
        """What finds the ids in this text, as whole words; None: none is in it."""
        present = sorted((each for each in self._written if each in text), key=len, reverse=True)
        return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, present))})(?!\w)") if present else None

    def stand_in(self, text: str) -> bool:
        """Whether a text names one of them."""
        match = self.pattern(text)
        return match is not None and match.search(text) is not None


def _spellings(customer_id: str) -> Iterator[str]:
    as_json = json.dumps(customer_id, ensure_ascii=False)[1:-1]
    yield from {customer_id, html.escape(customer_id), html.escape(customer_id, quote=False), as_json}
    yield json.dumps(customer_id)[1:-1]
    in_script = json.dumps(customer_id)[1:-1]
    for sign, escaped in _IN_SCRIPT:
        in_script = in_script.replace(sign, escaped)
    yield in_script
    yield customer_id.replace("|", "\\|")  # in a Markdown table


def without_customers(text: str, suffix: str, names: Names) -> str:
    """A text without the customers.

    Args:
        text: of the file.
        suffix: of the file: says how it is structured.
        names: of the customers.
    """
    if suffix == ".json":
        return _json(text, names)
    if suffix == ".html":
        text = _EMBEDDED.sub(lambda match: match[1] + _script_json(match[2], names) + match[3], text)
        text = _TABLE_ROW.sub(lambda match: "" if names.stand_in(match[0]) else match[0], text)
    if suffix in {".md", ".log"}:
        lines = text.splitlines(keepends=True)
        text = "".join(line for line in lines if not (_is_row(line, suffix) and names.stand_in(line)))
    pattern = names.pattern(text)
    return text if pattern is None else pattern.sub(MARK, text)


def _is_row(line: str, suffix: str) -> bool:
    return suffix == ".log" or line.lstrip().startswith("|")


def _json(text: str, names: Names) -> str:
    try:
        content = json.loads(text)
    except ValueError:
        pattern = names.pattern(text)  # torn, or one object a line
        return text if pattern is None else pattern.sub(MARK, text)
    return json.dumps(filtered(content, names), indent=1, ensure_ascii=False) + "\n"


def _script_json(text: str, names: Names) -> str:
    try:
        content = json.loads(text)
    except ValueError:
        return text
    written = json.dumps(filtered(content, names), separators=(",", ":"))
    for sign, escaped in _IN_SCRIPT:
        written = written.replace(sign, escaped)
    return written


def filtered(node: Any, names: Names) -> Any:
    """Plain values without the records of the customers, in rows or in columns."""
    if isinstance(node, dict):
        ids = node.get(_KEY)
        if isinstance(ids, list):
            keep = [index for index, each in enumerate(ids) if str(each) not in names.ids]
            return {
                key: [values[index] for index in keep]
                if isinstance(values, list) and len(values) == len(ids)
                else values
                for key, values in node.items()
            }
        return {key: filtered(value, names) for key, value in node.items() if not names.stand_in(key)}
    if isinstance(node, list):
        return [filtered(each, names) for each in node if not (isinstance(each, dict) and _is_of(each, names))]
    if isinstance(node, str):
        pattern = names.pattern(node)
        return node if pattern is None else pattern.sub(MARK, node)
    return node


def _is_of(record: dict[str, Any], names: Names) -> bool:
    return record.get(_KEY) is not None and str(record[_KEY]) in names.ids
