"""How far back new records reach: the files of a store that a result was measured from, against those of today."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from holdfast.store.events.manifest import EVENTS, RAW, StoredFile
from holdfast.store.events.store import EventStore

_BEGIN = datetime(1970, 1, 1, tzinfo=UTC)
_NEVER = datetime.max.replace(tzinfo=UTC)


def files_read(store: EventStore) -> dict[str, tuple[str, ...]]:
    """Partition -> all files that features may be measured from, each as its path and the head of its hash."""
    found: dict[str, list[str]] = {}
    for table in store.manifest.tables.values():
        for partition, files in table.files.items() if table.kind != RAW else ():
            found.setdefault(str(partition), []).extend(_name(file) for file in files)
    return {partition: tuple(sorted(names)) for partition, names in found.items()}


def is_the_same_store(read: Mapping[str, tuple[str, ...]], now: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether files that were read before are still what they were: a store made anew may use the same names."""
    old, new = (dict(name.split() for names in files.values() for name in names) for files in (read, now))
    shared = old.keys() & new.keys()
    return bool(shared) and all(old[path] == new[path] for path in shared)


def unmoved_until(
    store: EventStore, read: Mapping[str, tuple[str, ...]], partitions: Iterable[int]
) -> dict[int, datetime]:
    """The moment up to which no cutoff sees anything new; a partition is left out where it may be any.

    Files only ever come. Where one has gone, its rows were written anew, and where attributes of customers were
    written, they hold at all cutoffs: then nothing is known of how far back the change reaches.

    Args:
        store: as it stands.
        read: what `files_read` said when the result was measured.
        partitions: those with changes.
    """
    found = {}
    for partition in partitions:
        before = set(read.get(str(partition), ()))
        now = {
            _name(file): (table.kind, file)
            for table in store.manifest.tables.values()
            for file in (table.files.get(partition, ()) if table.kind != RAW else ())
        }
        new = [now[name] for name in now if name not in before]
        if before <= set(now) and all(kind == EVENTS and file.first is not None for kind, file in new):
            firsts = [_BEGIN + timedelta(microseconds=file.first or 0) for _, file in new]
            found[partition] = min(firsts, default=_NEVER)
    return found


def _name(file: StoredFile) -> str:
    return f"{file.path} {file.sha256[:16]}"
