"""The child process that parses a workbook, so that a damaged file kills it and not its parent.

Called as: python -m holdfast.sources.workbook.child WORKBOOK FOLDER MEMORY_BYTES SECONDS. It writes one Arrow
file a sheet and sheets.json into FOLDER; on a file it cannot read it exits with 3 and the reason on stderr.
"""

import json
import resource
import sys
from pathlib import Path

CANNOT_READ = 3


def main(workbook: str, folder: str, memory: str, seconds: str) -> int:
    """Write every sheet of a workbook as text."""
    resource.setrlimit(resource.RLIMIT_AS, (int(memory), int(memory)))
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds)))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    import fastexcel

    try:
        book = fastexcel.read_excel(workbook)
        for index in range(len(book.sheet_names)):
            sheet = book.load_sheet(index, header_row=None, skip_rows=0, dtypes="string")
            sheet.to_polars().write_ipc(Path(folder) / f"{index}.arrow")
    except fastexcel.FastExcelError as error:
        sys.stderr.write(str(error).splitlines()[0])
        return CANNOT_READ
    (Path(folder) / "sheets.json").write_text(json.dumps(book.sheet_names), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
