"""What a run saw in each column it was trained on: its notation, its spellings, its range. Scoring reads by them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from holdfast.quality.parsing.columns import Reading
from holdfast.quality.parsing.spelling import Spelling, SpellingCounts
from holdfast.settings import Settings
from holdfast.table_settings import ColumnSettings, ReadSettings

_FILE = "columns.json"


@dataclass(frozen=True)
class TrainingColumn:
    """One column as the run read it."""

    settings: ColumnSettings  # its kind, its format of times, its texts that mean yes
    spelling: SpellingCounts | None = None  # of ids, words and flags
    least: float | None = None  # of numbers
    most: float | None = None

    @classmethod
    def of(cls, settings: ColumnSettings, reading: Reading) -> Self:
        """The column from what reading it gave."""
        if not reading.values.dtype.is_numeric():
            return cls(settings, reading.spelling)
        least, most = reading.values.min(), reading.values.max()
        return cls(settings, None, _number(least), _number(most))

    def to_record(self) -> dict[str, Any]:
        return {
            "settings": self.settings.model_dump(mode="json", by_alias=True),
            "spelling": self.spelling.to_record() if self.spelling else None,
            "least": self.least,
            "most": self.most,
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Self:
        """The column that `to_record` wrote."""
        spelling = SpellingCounts.from_record(record["spelling"]) if record["spelling"] else None
        return cls(ColumnSettings.model_validate(record["settings"]), spelling, record["least"], record["most"])


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


@dataclass(frozen=True)
class TrainingTable:
    """One table as the run read it."""

    read: ReadSettings  # its decimal sign, its texts that stand for "not known"
    columns: Mapping[str, TrainingColumn]


@dataclass(frozen=True)
class TrainingColumns:
    """All tables as the run read them."""

    time_zone: str
    tables: Mapping[str, TrainingTable]

    @classmethod
    def of(cls, settings: Settings, columns: Mapping[str, Mapping[str, TrainingColumn]]) -> Self:
        """From the columns by table, as cleaning gives them."""
        tables = {name: TrainingTable(settings.tables[name].read, each) for name, each in columns.items()}
        return cls(settings.time_zone, tables)

    def as_read(self, settings: Settings) -> Settings:
        """The settings with the notation of the run: whatever was changed since, its models know only that."""
        tables = dict(settings.tables)
        for name, table in self.tables.items():
            if name not in tables:
                continue
            notation = {"decimal": table.read.decimal, "missing": table.read.missing}
            columns = {
                ours: table.columns[ours].settings if ours in table.columns else column
                for ours, column in tables[name].columns.items()
            }
            read = tables[name].read.model_copy(update=notation)
            tables[name] = tables[name].model_copy(update={"read": read, "columns": columns})
        return settings.model_copy(update={"tables": tables, "time_zone": self.time_zone})

    @property
    def spellings(self) -> dict[str, dict[str, Spelling]]:
        """How the run spelt each column of ids and words."""
        return {
            name: {
                ours: column.spelling.decided() for ours, column in table.columns.items() if column.spelling is not None
            }
            for name, table in self.tables.items()
        }

    def to_files(self) -> dict[str, bytes]:
        tables = {
            name: {
                "read": table.read.model_dump(mode="json"),
                "columns": {ours: column.to_record() for ours, column in table.columns.items()},
            }
            for name, table in self.tables.items()
        }
        record = {"time_zone": self.time_zone, "tables": tables}
        return {_FILE: json.dumps(record, indent=1, ensure_ascii=False).encode()}

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> Self:
        """The columns that `to_files` wrote."""
        record = json.loads(files[_FILE])
        tables = {
            name: TrainingTable(
                ReadSettings.model_validate(table["read"]),
                {ours: TrainingColumn.from_record(column) for ours, column in table["columns"].items()},
            )
            for name, table in record["tables"].items()
        }
        return cls(record["time_zone"], tables)
