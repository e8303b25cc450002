"""Who was erased from a project, as keyed hashes: enough to know a person again, not enough to name one.

DIR/erased/key               32 random bytes, readable by its owner alone
DIR/erased/tombstones.json   one HMAC-SHA256 an id
DIR/erased/pending.json      the ids whose removal is not finished yet; removed as the last step
DIR/erased/proofs.jsonl      one line an erasure: when, which hashes, how many rows left which place
"""

import hmac
import json
import os
import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from holdfast.errors import HoldfastError
from holdfast.quality.parsing.texts import without_points
from holdfast.store.artifacts import clear_unfinished, read_json, writable, write_json, write_text

FOLDER = "erased"
_KEY, _LIST, _PENDING, _PROOFS = "key", "tombstones.json", "pending.json", "proofs.jsonl"
_KEY_BYTES = 32


@dataclass(frozen=True)
class Tombstones:
    """The erased of a project. Without any, nothing is hashed and nothing is slower."""

    key: bytes = b""
    hashes: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.hashes)

    @property
    def mark(self) -> str:
        """A text that changes with every erasure; empty without any."""
        listed = "\n".join(sorted(self.hashes))
        return hmac.digest(self.key, listed.encode(), "sha256").hex()[:16] if self.hashes else ""

    def hash_of(self, customer_id: str) -> str:
        """The keyed hash of an id."""
        return hmac.digest(self.key, customer_id.encode(), "sha256").hex()

    def covers(self, customer_id: str) -> bool:
        """Whether the customer of this id was erased."""
        return bool(self.hashes) and self.hash_of(canonical(customer_id)) in self.hashes

    def among(self, ids: pl.Series) -> pl.Series:
        """Those of some ids that were erased; each once, as they are written.

        Args:
            ids: any, in any order; nulls are nobody.
        """
        different = ids.drop_nulls().unique()
        if not self.hashes:
            return different.clear()
        is_erased = [self.hash_of(each) in self.hashes for each in _canonical(different.to_list())]
        return different.filter(pl.Series(is_erased, dtype=pl.Boolean))


def canonical(customer_id: str) -> str:
    """An id as it is hashed: without blanks around it, and 17850.0 as 17850."""
    return _canonical([customer_id])[0]


def _canonical(ids: Sequence[str]) -> list[str]:
    """Ids as they are hashed, all at once: one by one a million of them take minutes."""
    return without_points(pl.Series([each.strip() for each in ids], dtype=pl.String)).to_list()


def load_tombstones(home: Path) -> Tombstones:
    """The erased of a project.

    Args:
        home: its folder.

    Raises:
        HoldfastError: there are tombstones but no key: who they stand for can no longer be known.
    """
    listed, key = home / FOLDER / _LIST, home / FOLDER / _KEY
    if not listed.is_file():
        return Tombstones()
    if not key.is_file():
        raise HoldfastError(
            f"{key}: the key is gone, so {listed.name} says of nobody any more that they were erased.",
            fix="Restore the file from a backup. Without it an old file would bring erased customers back.",
        )
    return Tombstones(key.read_bytes(), frozenset(read_json(listed, fix="Restore the file from a backup.")))


def add_tombstones(home: Path, ids: Collection[str], now: datetime) -> Tombstones:
    """Note that these customers are erased and that their removal is not finished.

    Args:
        home: the project's folder.
        ids: of the customers.
        now: when it was requested.
    """
    key = project_key(home)
    earlier = load_tombstones(home).hashes
    named = Tombstones(key)
    hashes = earlier | {named.hash_of(canonical(each)) for each in ids}
    _write_pending(home, [*pending_ids(home), *ids], now)
    write_json(home / FOLDER / _LIST, sorted(hashes))
    return Tombstones(key, frozenset(hashes))


def project_key(home: Path) -> bytes:
    """The secret of a project by which ids are hashed; created where it has none."""
    file = home / FOLDER / _KEY
    with writable(file):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.parent.chmod(0o700)
        try:
            handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return file.read_bytes()
        with os.fdopen(handle, "wb") as sink:
            sink.write(secrets.token_bytes(_KEY_BYTES))
    return file.read_bytes()


def tombstones_version(home: Path) -> str:
    """A text that is another one after each erasure; quick, however many there were."""
    try:
        listed = (home / FOLDER / _LIST).stat()
    except FileNotFoundError:
        return ""
    return f"{listed.st_ino} {listed.st_mtime_ns} {listed.st_size}"


def has_unfinished_erasure(home: Path) -> bool:
    """Whether a removal began in a project and was not finished."""
    return (home / FOLDER / _PENDING).is_file()


def pending_ids(home: Path) -> list[str]:
    """The ids whose removal began and was not finished."""
    file = home / FOLDER / _PENDING
    return list(read_json(file)["ids"]) if file.is_file() else []


def pending_since(home: Path) -> datetime:
    """When the removal that is not finished was requested."""
    return datetime.fromisoformat(read_json(home / FOLDER / _PENDING)["at"])


def _write_pending(home: Path, ids: Iterable[str], now: datetime) -> None:
    file = home / FOLDER / _PENDING
    write_json(file, {"at": now.isoformat(), "ids": sorted(set(ids))})
    clear_unfinished(file, abandoned_after=-1)  # one that was killed while it wrote this named the same people
    file.chmod(0o600)


def finish_pending(home: Path, proof: Mapping[str, Any]) -> None:
    """Keep the proof of an erasure, and forget the ids that it was about.

    Args:
        home: the project's folder.
        proof: when, which hashes, what was removed where; no id.
    """
    file = home / FOLDER / _PROOFS
    earlier = file.read_text(encoding="utf-8") if file.is_file() else ""
    write_text(file, earlier + json.dumps(proof, ensure_ascii=False, default=str) + "\n")
    (home / FOLDER / _PENDING).unlink(missing_ok=True)


def proofs(home: Path) -> list[dict[str, Any]]:
    """The proofs of all erasures, oldest first."""
    file = home / FOLDER / _PROOFS
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    return [json.loads(line) for line in lines]
