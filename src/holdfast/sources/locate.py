"""Finds the files that a table's settings name."""

from collections.abc import Sequence
from pathlib import Path

from holdfast.errors import HoldfastError
from holdfast.sources.formats import suffixes

WILDCARDS = "*?["
_OF_THE_SYSTEM = ("/proc/", "/sys/", "/dev/")  # reading some of these never ends
_IN_MEMORY = "/dev/shm/"  # noqa: S108  # a disk in memory: files like any other
PAGES = {"readme", "license", "licence", "changelog", "notes"}  # text files beside tables that hold none


def is_table_file(path: Path) -> bool:
    """Whether a file in a folder is taken for a table by its name."""
    if path.name.split(".")[0].lower() in PAGES:
        return False
    return not path.name.startswith((".", "~$")) and path.name.lower().removesuffix(".gz").endswith(suffixes())


def find_sources(name: str, patterns: Sequence[str], folder: Path) -> tuple[Path, ...]:
    """The files that paths, globs and folders name, in that order; each once.

    Args:
        name: the table, for messages.
        patterns: absolute, or relative to `folder`.
        folder: the project's folder.

    Raises:
        HoldfastError: a pattern that names nothing; it lists what is there.
    """
    paths: dict[Path, None] = {}
    for pattern in patterns:
        for path in _named_by(name, pattern, folder):
            _refuse_of_the_system(name, path)
            paths[path] = None
    if not paths:
        raise HoldfastError(f"{name}: no files are named.", fix=f"List them in holdfast.yaml: tables.{name}.files")
    return tuple(paths)


def _refuse_of_the_system(name: str, path: Path) -> None:
    real = str(path.resolve())
    if real.startswith(_OF_THE_SYSTEM) and not real.startswith(_IN_MEMORY):
        raise HoldfastError(
            f"{name}: {path} is no file of records: the operating system answers for itself there.",
            fix=f"Correct tables.{name}.files in holdfast.yaml, or copy the file to a folder of yours.",
        )


def _named_by(name: str, pattern: str, folder: Path) -> list[Path]:
    path = folder / pattern
    try:
        if path.is_file():
            return [path]
        if path.is_dir():
            inside = sorted(entry for entry in path.iterdir() if entry.is_file() and is_table_file(entry))
            if inside:
                return inside
            folders = [entry for entry in path.iterdir() if entry.is_dir() and not entry.name.startswith(".")]
            below = [entry for folder in sorted(folders) for entry in sorted(folder.iterdir())]
            below = [entry for entry in below if entry.is_file() and is_table_file(entry)]
            if below:  # a folder for each table
                return below
            raise HoldfastError(
                f"{name}: the folder {path} holds no table; {_listing(path)}.",
                fix=f"Put files there that end in {', '.join(suffixes())}, or name another folder.",
            )
        if any(sign in pattern for sign in WILDCARDS):
            root = Path(path.anchor)
            matches = sorted(entry for entry in root.glob(str(path.relative_to(root))) if entry.is_file())
            if matches:
                return matches
    except PermissionError as error:
        raise HoldfastError(
            f"{name}: {path} cannot be read: {error.strerror}.", fix=f"Make it readable: chmod u+rx '{path}'"
        ) from error
    near = path.parent
    while any(sign in str(near) for sign in WILDCARDS) or not near.is_dir():
        near = near.parent
    fix = f"Correct tables.{name}.files in holdfast.yaml; paths are relative to {folder}."
    if name.startswith("--"):  # named on the command line, not in the settings
        fix = f"Name a file that exists after {name}; paths are relative to {folder}."
    raise HoldfastError(f"{name}: no file matches {pattern} (looked in {near}); {_listing(near)}.", fix=fix)


def _listing(folder: Path) -> str:
    try:
        names = sorted(
            entry.name + ("/" if entry.is_dir() else "") for entry in folder.iterdir() if not entry.name.startswith(".")
        )
    except PermissionError:
        return "its contents may not be listed"
    if not names:
        return "it is empty"
    more = f" and {len(names) - 12} more" if len(names) > 12 else ""
    return f"there are: {', '.join(names[:12])}{more}"
