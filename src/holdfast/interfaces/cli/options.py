"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

ProjectFolder = Annotated[
    Path, typer.Argument(help="The project's folder (it holds holdfast.yaml).", show_default=False)
]
ConfigFile = Annotated[Path | None, typer.Option("--config", help="Another settings file than DIR/holdfast.yaml.")]
Cutoff = Annotated[str | None, typer.Option("--cutoff", metavar="YYYY-MM-DD", help="Hide everything from this day on.")]
AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON, for machines.")]
