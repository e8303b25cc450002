"""New files of a business that is set up: each added to the table that it fits, in holdfast.yaml or in the store."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from holdfast.errors import HoldfastError
from holdfast.formatting import plural
from holdfast.ingest.ingest import FOLDER as STORE
from holdfast.progress import SILENT, Progress
from holdfast.service.project import Project
from holdfast.service.setup.uploads import FOLDER, uploaded_path
from holdfast.service.yaml_text import listed
from holdfast.settings_file import load_settings, settings_node
from holdfast.sources.locate import find_sources
from holdfast.sources.match_table import table_for
from holdfast.store.artifacts import sha256, write_text
from holdfast.store.events.manifest import POINTER, read_manifest


def add_files(
    project: Project, settings_file: Path, names: Sequence[str], *, now: datetime, progress: Progress = SILENT
) -> Mapping[str, Any]:
    """Add uploaded files to a project; those that it has already are left alone.

    Args:
        project: gets the files.
        settings_file: of the project; the files are listed there, unless a store of events takes them.
        names: of uploaded files.
        now: rows dated after it are reported.
        progress: hears what is being done.

    Raises:
        HoldfastError: a file that was not uploaded, or fits no table; nothing is added then.
    """
    paths = [uploaded_path(project.folder, name) for name in names]
    fitting = {path: table_for(project.settings, path) for path in paths}
    new = [path for path in paths if not _is_listed(project, fitting[path], path)]
    if (project.folder / STORE / POINTER).exists():
        new = [path for path in new if not _is_stored(project.folder / STORE, path)]
        if new:
            project.ingest(new, now=now, progress=progress)
    elif new:
        _list(settings_file, {path: fitting[path] for path in new})
    return {
        "added": [{"file": path.name, "table": fitting[path]} for path in new],
        "present": [path.name for path in paths if path not in new],
        "sentence": f"{plural(len(new), 'file')} added.",
    }


def _is_listed(project: Project, table: str, path: Path) -> bool:
    listed_files = find_sources(table, project.settings.tables[table].files, project.folder)
    return path.resolve() in {file.resolve() for file in listed_files}


def _is_stored(store: Path, path: Path) -> bool:
    return sha256(path) in read_manifest(store).sources


def _list(settings_file: Path, tables: Mapping[Path, str]) -> None:
    """Write the files into the lists of their tables; all else in the project file stays as it is."""
    before = text = settings_file.read_text(encoding="utf-8")
    for path, table in tables.items():
        node = _files_of(settings_node(text), table)
        files = [str(each.value) for each in node.value]
        begin, end = (
            node.start_mark.index,
            node.value[-1].end_mark.index if not node.flow_style else node.end_mark.index,
        )
        text = text[:begin] + listed([*files, f"{FOLDER}/{path.name}"]) + text[end:]
    write_text(settings_file, text)
    try:
        load_settings(settings_file)
    except HoldfastError:
        write_text(settings_file, before)
        raise


def _files_of(root: yaml.Node | None, table: str) -> yaml.SequenceNode:
    node = root
    for step in ("tables", table, "files"):
        entries = node.value if isinstance(node, yaml.MappingNode) else ()
        node = next((value for key, value in entries if str(key.value) == step), None)
    if not isinstance(node, yaml.SequenceNode) or not node.value:
        raise HoldfastError(
            f"tables.{table}: its files are not listed in the project file.",
            fix=f"Add the file there by hand: tables.{table}.files",
        )
    return node
