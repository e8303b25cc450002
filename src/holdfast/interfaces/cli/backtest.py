"""`holdfast backtest`: how good the forecasts would have been at past cutoffs."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from holdfast.formatting import day_of
from holdfast.interfaces.cli.progress import showing_progress
from holdfast.interfaces.cli.terminal import (
    AsJson,
    ConfigFile,
    Cutoff,
    ProjectFolder,
    TenantName,
    command,
    opened,
    say,
    say_json,
    table,
)

if TYPE_CHECKING:
    from holdfast.service.audits.backtest import Backtest

RESULTS = ("service.audits.backtest.Backtest",)
_COLUMNS = ("cutoff", "customers", "ROC-AUC", "leavers expected", "left")


def backtest(
    project: ProjectFolder,
    cutoff: Cutoff = None,
    tenant: TenantName = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Forecast past cutoffs by what was known at each, and say what came: leavers and money.

    Example: holdfast backtest shop
    """
    opened_project = opened(project, config, cutoff, tenant)
    with showing_progress(machine=as_json) as progress:
        result = opened_project.backtest(now=datetime.now(UTC), progress=progress)
    if as_json:
        say_json(result.to_record())
        return
    _say_backtest(result)
    say(f"Next: {command('run', project, config, tenant=tenant)}")


def _say_backtest(result: "Backtest") -> None:
    """The sentences, a table of the cutoffs, and which could not be evaluated."""
    say()
    for line in result.words:
        say(line)
    if result.origins:
        say()
        money = (f"{result.currency} expected", "came", "inside 80 %")
        table([_cells(origin) for origin in result.origins], _COLUMNS + money)
    for origin in result.not_evaluated:
        say(f"- {day_of(origin['cutoff'])} not evaluated: {origin['why']}")
    say(f"By risk band and segment: {result.table}")


def _cells(origin: Mapping[str, Any]) -> tuple[str, ...]:
    leavers, money = origin["leavers"], origin["money"]
    auc = f"{origin['roc_auc']:.3f}" if origin["roc_auc"] is not None else "-"
    cells = [day_of(origin["cutoff"]), f"{origin['customers']:,}", auc, f"{leavers['expected']:,.0f}"]
    cells.append(f"{leavers['observed']:,}")
    if money is None:
        return (*cells, "-", "-", "-")
    inside = f"{100 * money['inside_80']:.0f} %" if "inside_80" in money else "-"
    return (*cells, f"{money['predicted']:,.0f}", f"{money['observed']:,.0f}", inside)
