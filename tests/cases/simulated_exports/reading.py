"""The words of exports in a language: one text file each, a concept a line, the plainest word first."""

from pathlib import Path


def read_words(path: Path) -> dict[str, list[str]]:
    """Reads ``concept: word | word`` lines."""
    words = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if ":" in line:
            concept, rest = line.split(":", 1)
            words[concept.strip()] = [word.strip() for word in rest.split("|") if word.strip()]
    return words
