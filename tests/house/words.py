"""Banned words in identifiers and in the texts that people read; `python -m tests.house.words [FOLDER]` lists them."""

import ast
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
HOUSE = Path(__file__).parent
_SENTENCE = re.compile(r"\S\s+\S")
_TOKENS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


@dataclass(frozen=True)
class Hit:
    """One banned word: where it stands, what it is part of, and the better word."""

    path: Path
    line: int
    kind: str  # name or text
    context: str
    word: str
    better: str

    @property
    def folder(self) -> str:
        return self.path.relative_to(ROOT).parent.as_posix()

    def __str__(self) -> str:
        return f"{self.path.relative_to(ROOT)}:{self.line}: {self.context!r}: {self.word} -> {self.better}"


@dataclass(frozen=True)
class Dictionary:
    """The banned words of each scope with the better word, and the phrases that are allowed in texts."""

    names: dict[str, str]
    tokens: dict[str, str]
    texts: dict[str, str]
    allowed: tuple[str, ...]

    def in_name(self, name: str) -> str | None:
        """The first banned word of an identifier, if any."""
        whole = name.strip("_").lower()
        if whole in self.names:
            return whole
        return next((token.lower() for token in _TOKENS.findall(name) if token.lower() in self.tokens), None)

    def in_text(self, text: str) -> Iterator[tuple[int, str]]:
        """Offset and word of every banned word of a text."""
        banned = _pattern(tuple(self.texts))
        if not banned.search(text):  # nearly always; what is allowed need not be looked for then
            return
        for match in banned.finditer(_without(text, self.allowed)):
            yield match.start(), " ".join(match.group().lower().split())


@cache
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    spaced = (re.escape(word).replace(r"\ ", r"\s+") for word in sorted(words, key=len, reverse=True))
    return re.compile(rf"(?<![\w-])(?:{'|'.join(spaced)})(?![\w-])", re.IGNORECASE)


def _without(text: str, phrases: tuple[str, ...]) -> str:
    """The text with the allowed phrases blanked out, at its old length."""
    for phrase in phrases:
        spaced = re.escape(phrase).replace(r"\ ", r"\s+")
        text = re.sub(spaced, lambda match: re.sub(r"\S", "·", match.group()), text, flags=re.IGNORECASE)
    return text


@cache
def dictionary() -> Dictionary:
    """The house dictionary, from banned_words.txt."""
    scopes: dict[str, dict[str, str]] = {"name": {}, "token": {}, "text": {}}
    banned, _, allowed = (HOUSE / "banned_words.txt").read_text(encoding="utf-8").partition("\nallowed\n")
    for line in banned.splitlines():
        if line.strip() and not line.startswith("#"):
            word, scope, better = (cell.strip() for cell in line.split("|"))
            for name in scope.split():
                scopes[name][word] = better
    phrases = tuple(line.strip() for line in allowed.splitlines() if line.strip())
    return Dictionary(scopes["name"], scopes["token"], scopes["text"], phrases)


@lru_cache(maxsize=1)
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """Every node of a module, the module itself first; of the module read last alone, for all of them are large."""
    return tuple(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


def name_hits(path: Path) -> Iterator[Hit]:
    """Banned words among the names that a module defines, its own name included."""
    words = dictionary()
    better = {**words.tokens, **words.names}
    for line, name in _names(path):
        if word := words.in_name(name):
            yield Hit(path, line, "name", name, word, better[word])


def _names(path: Path) -> Iterator[tuple[int, str]]:
    yield 1, path.stem
    for node in nodes(path):
        if isinstance(node, ast.arg):
            yield node.lineno, node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.attr
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.lineno, node.name


def text_hits(path: Path) -> Iterator[Hit]:
    """Banned words in what people read of a file: all of a page or template; a module's docstrings and messages."""
    words = dictionary()
    for line, text in _texts(path):
        for offset, word in words.in_text(text):
            context = " ".join(text[max(offset - 30, 0) : offset + 40].split())
            yield Hit(path, line + text.count("\n", 0, offset), "text", context, word, words.texts[word])


def _texts(path: Path) -> Iterator[tuple[int, str]]:
    if path.suffix != ".py":
        yield 1, path.read_text(encoding="utf-8")
        return
    is_command = "interfaces/cli" in path.as_posix()
    docstrings: set[ast.AST] = set()
    for node in nodes(path):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and ast.get_docstring(node):
                docstrings.add(first.value)
                whole = str(first.value.value)
                yield first.lineno, whole if is_command else whole.partition("\n\n")[0]
    for node in nodes(path):
        is_message = isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in docstrings
        # A text without a blank is a key, a column or a file name; those are contracts.
        if is_message and _SENTENCE.search(str(node.value)):
            yield node.lineno, str(node.value)


def hits_in_tests(path: Path) -> Iterator[Hit]:
    """Banned words in the names of a test module's tests, which people read when one fails."""
    words = dictionary()
    for node in nodes(path):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            for _, word in words.in_text(node.name.replace("_", " ")):
                yield Hit(path, node.lineno, "test", node.name, word, words.texts[word])


def sources() -> list[Path]:
    """The modules whose names and messages count."""
    return [path for folder in ("src", "scripts", "benchmarks") for path in sorted((ROOT / folder).rglob("*.py"))]


def pages() -> list[Path]:
    """The files that are read as they are."""
    templates = (ROOT / "src" / "holdfast").rglob("templates/*")
    return sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *templates])


@cache
def hits() -> tuple[Hit, ...]:
    """Every banned word of the repository."""
    of_modules = [hit for path in sources() for hit in (*name_hits(path), *text_hits(path))]
    return (*of_modules, *(hit for path in pages() for hit in text_hits(path)))


def allowances() -> dict[tuple[str, str], int]:
    """(folder, kind) -> how many banned words a folder may still hold."""
    rows = (line.split() for line in (HOUSE / "allowances.txt").read_text(encoding="utf-8").splitlines())
    table = [row for row in rows if row and row[0] != "#"]
    return {(folder, kind): int(limit) for folder, *limits in table for kind, limit in zip(KINDS, limits, strict=True)}


KINDS = ("name", "text")
_HEAD = """\
# How many banned words (banned_words.txt) a folder may still hold: folder, names, texts. Numbers only shrink.
# A folder that is not listed may hold none. `python -m tests.house.words FOLDER` lists them, `--lower` lowers them.
"""


def lower() -> None:
    """Write the present counts where they are lower than what is allowed."""
    counts = Counter((hit.folder, hit.kind) for hit in hits())
    limits = allowances()
    folders = sorted({folder for folder, _ in limits})
    rows = [(folder, *(min(limits[folder, kind], counts[folder, kind]) for kind in KINDS)) for folder in folders]
    lines = [f"{folder} {names} {texts}\n" for folder, names, texts in rows if names or texts]
    (HOUSE / "allowances.txt").write_text(_HEAD + "".join(lines), encoding="utf-8")


def main() -> None:
    """List the banned words below a folder (all without one), or lower the allowances."""
    if "--lower" in sys.argv:
        lower()
        return
    below = sys.argv[1].rstrip("/") if len(sys.argv) > 1 else ""
    for hit in hits():
        if hit.path.relative_to(ROOT).as_posix().startswith(below):
            sys.stdout.write(f"{hit.kind} {hit}\n")


if __name__ == "__main__":
    main()
