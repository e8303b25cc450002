"""Three log files a project: all that happened, what went wrong, and what it cost."""

import contextlib
import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from holdfast.store.artifacts import writable

_ROOT = logging.getLogger("holdfast")
_WARNINGS = logging.getLogger("py.warnings")  # of libraries, where whoever called had them captured


class _JsonLine(logging.Formatter):
    """One JSON object a line: line breaks in a message cannot forge a second entry."""

    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "where": record.name,
            "says": record.getMessage(),
        }
        if stage := getattr(record, "stage", None):
            entry |= {"stage": stage}
        if record.exc_info:
            entry["trace"] = self.formatException(record.exc_info)
        return json.dumps(entry, ensure_ascii=False, default=str)


@contextlib.contextmanager
def logging_to(folder: Path) -> Iterator[None]:
    """Keep `all.log`, `errors.log` and `performance.log` in `folder` while the block runs."""
    with writable(folder):
        folder.mkdir(parents=True, exist_ok=True)
        handlers = [
            logging.FileHandler(folder / f"{name}.log", encoding="utf-8") for name in ("all", "errors", "performance")
        ]
    everything, errors, performance = handlers
    errors.setLevel(logging.ERROR)
    performance.addFilter(lambda record: hasattr(record, "stage"))
    level = _ROOT.level
    _ROOT.setLevel(logging.INFO)
    for handler in handlers:
        handler.setFormatter(_JsonLine())
        _ROOT.addHandler(handler)
    _WARNINGS.addHandler(everything)
    try:
        yield
    except Exception:
        _ROOT.exception("the run ended in an error")
        raise
    finally:
        _WARNINGS.removeHandler(everything)
        for handler in handlers:
            _ROOT.removeHandler(handler)
            handler.close()
        _ROOT.setLevel(level)
