"""Pseudonyms of customers: an id and a secret in, a text that only who holds the secret can trace back, out.

    load_pseudonyms(settings) -> Pseudonyms | None      by `pseudonyms: key:` in holdfast.yaml; None: ids stay
    Pseudonyms.of(customer_id) -> "p_2k7..."            the one place where an id becomes a pseudonym

The records as they were read (raw/, events/, features/) keep their ids, and nothing else does: the cleaned tables of a
run carry pseudonyms, and so does everything that is made of them.
"""

import base64
import hmac
import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import polars as pl

from holdfast.errors import HoldfastError
from holdfast.quality.clean import Cleaned
from holdfast.quality.records import WholeTables
from holdfast.settings import FILE_NAME, Settings
from holdfast.store.erasure.tombstones import canonical
from holdfast.table_settings import TableSettings

LEAST_SECRET = 32  # letters
_BYTES = 16  # of the hash; two of a billion customers meet with a chance of 1 in 10^20
_SHAPE = re.compile(r"p_[a-z2-7]{26}")
_MARKED = b"holdfast"  # what is hashed to know a secret by, without telling it
HIDDEN = "(not shown: it may name a customer)"


@dataclass(frozen=True)
class Pseudonyms:
    """The pseudonyms of one project."""

    secret: bytes = field(repr=False)

    @property
    def mark(self) -> str:
        """A text that is another one for another secret."""
        return hmac.digest(self.secret, _MARKED, "sha256").hex()[:16]

    def of(self, customer_id: str) -> str:
        """The pseudonym of an id; of a pseudonym itself."""
        plain = canonical(customer_id)
        if is_pseudonym(plain):
            return plain
        digest = hmac.digest(self.secret, plain.encode(), "sha256")[:_BYTES]
        return "p_" + base64.b32encode(digest).decode().rstrip("=").lower()

    def column(self, ids: pl.Series) -> pl.Series:
        """(n,) pseudonyms of ids; null stays null."""
        different = ids.drop_nulls().unique()
        names = {each: self.of(each) for each in different.cast(pl.String).to_list()}
        return ids.cast(pl.String).replace_strict(list(names), list(names.values()), return_dtype=pl.String)

    def cleaned(self, cleaned: Cleaned, settings: Settings) -> Cleaned:
        """Cleaned tables, and the rows that were set aside, under pseudonyms."""
        return replace(
            cleaned,
            records=WholeTables(self.tables(cleaned.tables)),
            set_aside=self.set_aside(cleaned.set_aside, settings),
        )

    def tables(self, tables: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
        """Cleaned tables with pseudonyms in place of ids."""
        return {
            name: table.with_columns(self.column(table["customer_id"]).alias("customer_id"))
            if "customer_id" in table.columns
            else table
            for name, table in tables.items()
        }

    def set_aside(self, rows: pl.DataFrame, settings: Settings) -> pl.DataFrame:
        """Rows that were set aside, with pseudonyms in the columns of ids; other content that may name one is hidden.

        Args:
            rows: table, content (the row as JSON), ...
            settings: which columns of each table hold ids.
        """
        sources = {name: _id_columns(table, settings, name) for name, table in settings.tables.items()}
        contents = [
            self._content(content, sources.get(table, ()))
            for table, content in zip(rows["table"].to_list(), rows["content"].to_list(), strict=True)
        ]
        return rows.with_columns(pl.Series("content", contents, dtype=pl.String))

    def _content(self, content: str | None, columns: Sequence[str]) -> str | None:
        if not content:
            return content
        try:
            values = json.loads(content)
        except ValueError:
            return HIDDEN
        if not isinstance(values, dict):
            return HIDDEN
        for name in columns:
            if values.get(name) is not None:
                values[name] = self.of(str(values[name]))
        return json.dumps(values, ensure_ascii=False)


def is_pseudonym(customer_id: str) -> bool:
    """Whether a text is written as pseudonyms are."""
    return _SHAPE.fullmatch(customer_id) is not None


def load_pseudonyms(settings: Settings, environment: Mapping[str, str] = os.environ) -> Pseudonyms | None:
    """The pseudonyms of a project; None where its outputs hold the ids of the records.

    Raises:
        HoldfastError: the secret is not in the environment, or too short.
    """
    if settings.pseudonyms is None:
        return None
    name = settings.pseudonyms.key[2:-1]
    secret = environment.get(name, "")
    if not secret:
        raise HoldfastError(
            f"{FILE_NAME}: pseudonyms reads the environment variable {name}, which is not set.",
            fix=f"export {name}=..., the secret that this project's pseudonyms are made with; then the same again.",
        )
    if len(secret) < LEAST_SECRET:
        raise HoldfastError(
            f"{FILE_NAME}: the secret in {name} has {len(secret)} letters; pseudonyms take {LEAST_SECRET} at least.",
            fix=f"export {name}=$(openssl rand -hex 32), and keep it: nothing can make the same pseudonyms without it.",
        )
    return Pseudonyms(secret.encode())


def pseudonyms_at_hand(settings: Settings) -> Pseudonyms | None:
    """As `load_pseudonyms`, for look-ups; None also where the secret is not here: only pseudonyms are found then."""
    try:
        return load_pseudonyms(settings)
    except HoldfastError:
        return None


def pseudonym_mark(settings: Settings) -> str | None:
    """What tells outputs of one secret from those of another; None where ids stay."""
    pseudonyms = load_pseudonyms(settings)
    return None if pseudonyms is None else pseudonyms.mark


def _id_columns(table: TableSettings, settings: Settings, name: str) -> tuple[str, ...]:
    """The columns of a file that hold ids of customers."""
    columns = []
    if (column := table.columns.get("customer_id")) is not None:
        columns += [column.source, *column.otherwise, *column.joined_with]
    roll = settings.roll_up
    if roll is not None and roll.table == name:
        columns += [roll.customer, roll.account]
    return tuple(dict.fromkeys(columns))
