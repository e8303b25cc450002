"""Write the next change of the results database's tables: the tables as released against those of the code.

usage: python scripts/write_migration.py "What changes"
"""

import subprocess
import sys
from pathlib import Path

import sqlalchemy as sa

from holdfast.store.results.migrate import alembic_config

VERSIONS = Path(__file__).parents[1] / "src/holdfast/store/results/migrations/versions"


def main(what: str) -> None:
    """Upgrade an empty database to the newest script there is, and write what is missing as the next one."""
    from alembic import command

    number = 1 + max((int(file.name[:4]) for file in VERSIONS.glob("0*.py")), default=0)
    engine = sa.create_engine("sqlite://", poolclass=sa.pool.StaticPool)
    config = alembic_config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        written = command.revision(config, what, autogenerate=True, rev_id=f"{number:04}")
    _without_notes(Path(written.path))  # type: ignore[union-attr]
    ruff = Path(sys.executable).parent / "ruff"
    for arguments in (["format", "--quiet"], ["check", "--fix", "--quiet"]):
        subprocess.run([ruff, *arguments, VERSIONS], check=True)


def _without_notes(file: Path) -> None:
    """Take out what Alembic says about having written the file."""
    lines = file.read_text().splitlines(keepends=True)
    file.write_text("".join(line for line in lines if not line.strip().startswith("# ###")))


if __name__ == "__main__":
    main(*sys.argv[1:2])
