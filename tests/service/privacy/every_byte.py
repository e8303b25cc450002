"""Looks for texts in every file of a folder: raw bytes, the values inside Parquet, the whole of a SQLite file."""

import sqlite3
from collections.abc import Collection, Iterator
from pathlib import Path

import polars as pl


def files_naming(folder: Path, texts: Collection[str]) -> list[str]:
    """The files in which any of the texts stands, however it is stored there."""
    wanted = sorted(texts)
    return [
        file.relative_to(folder).as_posix()
        for file in sorted(folder.rglob("*"))
        if file.is_file() and any(any(text in content for text in wanted) for content in _contents(file))
    ]


def _contents(file: Path) -> Iterator[str]:
    yield file.read_bytes().decode("latin-1")
    if file.suffix == ".parquet":
        for column in pl.read_parquet(file).iter_columns():
            yield "\n".join(str(value) for value in column.unique().to_list())
    if file.suffix == ".db":
        with sqlite3.connect(file) as connection:
            yield "\n".join(connection.iterdump())
