"""Column types of the results database that mean the same in SQLite, PostgreSQL and MySQL."""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from holdfast.tables.contracts import LONGEST_KEY

_LETTERS = "utf8mb4"


class KeyText(sa.types.TypeDecorator[str]):
    """A text that rows are found by: compared byte by byte, so that `a` and `A` are two customers everywhere."""

    impl = sa.String(LONGEST_KEY)
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        """The type of one database."""
        if dialect.name == "mysql":
            # Collations that count a space at the end: in others `a` and `a ` would be one customer.
            collation = "utf8mb4_nopad_bin" if getattr(dialect, "is_mariadb", False) else "utf8mb4_0900_bin"
            return dialect.type_descriptor(mysql.VARCHAR(LONGEST_KEY, charset=_LETTERS, collation=collation))
        in_bytes = "C" if dialect.name == "postgresql" else None
        return dialect.type_descriptor(sa.String(LONGEST_KEY, collation=in_bytes))


class LongText(sa.types.TypeDecorator[str]):
    """A text that is only read."""

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        """The type of one database."""
        return dialect.type_descriptor(mysql.MEDIUMTEXT(charset=_LETTERS) if dialect.name == "mysql" else sa.Text())


class UtcTime(sa.types.TypeDecorator[datetime]):
    """A moment in UTC, to the microsecond, in databases with time zones and in those without."""

    impl = sa.DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        """The type of one database."""
        if dialect.name == "mysql":
            return dialect.type_descriptor(mysql.DATETIME(fsp=6))
        return dialect.type_descriptor(sa.DateTime(timezone=dialect.name == "postgresql"))

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """A moment as the database takes it."""
        if value is None or dialect.name == "postgresql":
            return value
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002
        """A moment as the database gave it, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
