"""Values and comments as YAML text."""

from collections.abc import Mapping, Sequence


def quoted(value: str) -> str:
    """A double-quoted YAML text; what cannot be printed is escaped."""
    safe = value.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(letter if letter.isprintable() else _escaped(letter) for letter in safe) + '"'


def _escaped(letter: str) -> str:
    return f"\\u{ord(letter):04x}" if ord(letter) <= 0xFFFF else f"\\U{ord(letter):08x}"


def listed(values: Sequence[str]) -> str:
    """A YAML list of quoted texts on one line."""
    return f"[{', '.join(quoted(value) for value in values)}]"


def as_value(value: object) -> str:
    """A number, a text, or lists and mappings of them, on one line."""
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{name}: {as_value(item)}' for name, item in value.items())}}}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"[{', '.join(as_value(item) for item in value)}]"
    return str(value) if isinstance(value, int | float) else quoted(str(value))


def comment(words: str, indent: str = "") -> str:
    """A comment line."""
    return f"{indent}# {''.join(letter if letter.isprintable() else '?' for letter in words)}"
