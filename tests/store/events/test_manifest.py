"""A store's manifest is the same after it was written as JSON and read again."""

import json
from pathlib import Path

from holdfast.sources.results import SourceFile
from holdfast.store.events.manifest import EVENTS, Manifest, StoredFile, StoredTable

FILE = StoredFile("events/p3/1.parquet", 12, 900, "ab" * 32, 1, first=-5, last=7, lacks_known_at=True)


def test_a_manifest_survives_json() -> None:
    table = StoredTable(EVENTS, {"customer_id": "String"}, {3: (FILE,), 4: ()})
    manifest = Manifest(8, 2, {"orders": table}, {3: FILE}, {"cd": {"name": "a.csv", "rows": 12}}, {"x": 1}, {1: "ef"})
    record = json.loads(json.dumps(manifest.to_record()))
    assert Manifest.from_record(record) == manifest
    assert record["rows"] == {"orders": 12}


def test_a_manifest_of_the_first_format_is_read() -> None:
    record = Manifest(8).to_record()
    del record["notes"], record["marks"]
    assert Manifest.from_record(record) == Manifest(8)


def test_a_source_file_survives_json() -> None:
    file = SourceFile(Path("a/b.xlsx"), 10, "ab" * 32, 3, sheet="Sheet 1", notes=("read as UTF-8",))
    assert SourceFile.from_record(json.loads(json.dumps(file.to_record()))) == file
