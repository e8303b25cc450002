"""The tables of results, written where a caller wants them; nothing else of the service writes there."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from holdfast.errors import HoldfastError
from holdfast.reports.spreadsheets import spreadsheet_safe
from holdfast.service.contacts.plan import Plan
from holdfast.service.results import FeatureTable, Predictions, Result, WrittenFile
from holdfast.service.spreadsheet_files import as_workbook
from holdfast.store import artifacts

if TYPE_CHECKING:
    from holdfast.service.audits.restatement import Restatement
    from holdfast.service.scores.score import Scores


WORKBOOK = ".xlsx"


def refuse_suffix(path: Path, allowed: Sequence[str]) -> None:
    """Refuse a file name whose ending no table can be written as, before any work is done for it.

    Raises:
        HoldfastError: with a name that will do.
    """
    if path.suffix not in allowed:
        raise HoldfastError(
            f"{path}: cannot be written as {path.suffix or 'a file without ending'}.",
            fix=f"--out {path.stem or 'table'}{allowed[0]}",
        )


def write_table(result: "FeatureTable | Plan | Predictions | Restatement | Scores", path: Path) -> WrittenFile:
    """Write a result's table: as CSV that is safe to open in a spreadsheet, as Parquet, or a plan as a workbook.

    Args:
        result: features are written as Parquet only, a part at a time.
        path: ends in .csv or .parquet, with the columns that are documented; in .xlsx for people (a plan only).

    Raises:
        HoldfastError: another ending, a full disk, a folder that may not be written to.
    """
    if isinstance(result, FeatureTable):
        refuse_suffix(path, (".parquet",))
        from holdfast.store.features.reading import export

        features, pseudonyms = result.measured
        export(features, path, None if pseudonyms is None else pseudonyms.column)
        return WrittenFile(path)
    if isinstance(result, Plan) and path.suffix == WORKBOOK:
        artifacts.write_bytes(path, as_workbook(result.people(), "call list"))
        return WrittenFile(path)
    refuse_suffix(path, (".csv", ".parquet", *([WORKBOOK] if isinstance(result, Plan) else [])))
    table = result.table
    if path.suffix == ".csv":
        table = spreadsheet_safe(table)
    artifacts.write_table(path, table)
    return WrittenFile(path)


def write_record(result: Result, path: Path) -> WrittenFile:
    """Write a result as JSON.

    Args:
        result: any answer.
        path: ends in .json.

    Raises:
        HoldfastError: another ending, a full disk, a folder that may not be written to.
    """
    refuse_suffix(path, (".json",))
    artifacts.write_json(path, result.to_record())
    return WrittenFile(path)
