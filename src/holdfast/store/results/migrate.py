"""Brings a results database to the tables of this version: an engine in, its tables created or changed."""

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from holdfast.errors import HoldfastError
from holdfast.sources.database.connect import location, with_patience
from holdfast.store.results.engine import FIX, results_errors
from holdfast.store.results.schema import RESULTS, current_view

if TYPE_CHECKING:
    from alembic.config import Config

_SCRIPTS = "holdfast:store/results/migrations"


def migrate(engine: sa.Engine) -> None:
    """Create the tables, or change them to those of this version; nothing happens where they are up to date.

    Raises:
        HoldfastError: the database cannot be reached, or was written by a newer version.
    """
    from alembic import command
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    config = alembic_config()
    scripts = ScriptDirectory.from_config(config)
    connection = with_patience(engine, engine.connect, FIX)
    with results_errors(engine), connection, connection.begin():
        revision = MigrationContext.configure(connection).get_current_revision()
        if revision == scripts.get_current_head():
            return
        if revision is not None and revision not in {script.revision for script in scripts.walk_revisions()}:
            raise HoldfastError(
                f"{location(engine)}: the tables are those of a newer version ({revision}).",
                fix="Update Holdfast (pip install --upgrade holdfast), or name another database in results.url.",
            )
        config.attributes["connection"] = connection
        for contract_table in RESULTS.values():
            connection.execute(sa.text(f"DROP VIEW IF EXISTS {_view_name(contract_table[1])}"))
        command.upgrade(config, "head")
        for _, table in RESULTS.values():
            connection.execute(sa.text(f"CREATE VIEW {_view_name(table)} AS {current_view(table)}"))


def alembic_config() -> "Config":
    """Alembic's settings: where its scripts lie in the package."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", _SCRIPTS)
    return config


def _view_name(table: sa.Table) -> str:
    return f"current_{table.name}"


def differences(connection: sa.Connection) -> list[Any]:
    """What the tables of a database lack against those of this version, in Alembic's words; empty: nothing."""
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext

    from holdfast.store.results.schema import METADATA

    return list(compare_metadata(MigrationContext.configure(connection), METADATA))
