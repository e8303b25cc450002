"""The audit on one page: every kind of leak, how records are searched for it, and when they cannot be.

audit(evidence, progress) -> Audit
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from holdfast.column_types import TIME
from holdfast.leakage import columns, events, future, proxies
from holdfast.leakage import duplicates as twins
from holdfast.leakage import splits as order
from holdfast.leakage.evidence import Evidence
from holdfast.leakage.findings import Audit, Finding, Grade, Leak, Unseen, accept, refuse_unknown
from holdfast.stats.separation import FEWEST

_NO_EVENTS = "There are no events."


def _without_schedule(evidence: Evidence) -> str:
    if evidence.schedule is not None:
        return ""
    if evidence.events:
        return "The label is given without a day: no past cutoff can be tested."
    return "The records are one snapshot: no column says when anything happened."


def _without_end(evidence: Evidence) -> str:
    if not evidence.events:
        return _NO_EVENTS
    return "" if evidence.has_end else "No column says on which day a customer left."


def _without_events(evidence: Evidence) -> str:
    return "" if evidence.events else _NO_EVENTS


def _without_known_at(evidence: Evidence) -> str:
    if evidence.schedule is None or not evidence.events:
        return _without_schedule(evidence) or _NO_EVENTS
    undone = [name for name, table in evidence.tables.items() if table.schema.get("cancelled_at") == TIME]
    later = (
        f" {', '.join(undone)}: what was cancelled by the export is missing at earlier cutoffs too." if undone else ""
    )
    silent = [name for name in evidence.events if not evidence.says_when_known(name)]
    if not silent:
        return later.strip()
    why = "no column says when a row became known; rows written back later look like any other."
    return f"{', '.join(silent)}: {why}{later}"


def _with_few(evidence: Evidence) -> str:
    left = evidence.evaluated["left"]
    leavers = int(left.sum())
    few = min(leavers, len(left) - leavers)
    return f"Only {few} customers of one outcome; {FEWEST} are needed." if few < FEWEST else ""


def _all_known_today(evidence: Evidence) -> str:
    names = columns.without_time(evidence.tables)
    if evidence.schedule is None or not names:
        return ""
    shown = ", ".join(names[:6]) + (", ..." if len(names) > 6 else "")
    return (
        f"customers: {shown}: nothing says since when these values hold. They are reported if only leavers have them, "
        "not if they changed a little shortly before the end."
    )


def _with_events(evidence: Evidence) -> str:
    return "" if evidence.schedule is None else "With a history, events are compared instead of rows."


def _without_caps(evidence: Evidence) -> str:
    return "" if evidence.caps else "quality.cap_outliers is off: no limits are fitted to rows before the models."


@dataclass(frozen=True)
class Check:
    """One test for one kind of leak."""

    leak: Leak
    how: str  # what is done, in words
    look: Callable[[Evidence], Iterator[Finding]]
    blind: Callable[[Evidence], str] = lambda _: ""  # why it finds nothing, or not all; "" where it can
    is_blinded: bool = True  # whether `blind` means that nothing at all is looked at


_SOME = f"up to {future.SAMPLE:,} customers compared to the last bit"
CHECKS: tuple[Check, ...] = (
    Check(
        Leak.FUTURE_ROWS,
        f"rows from the test cutoff on deleted, the rest cleaned and measured again; {_SOME}",
        future.without_future,
        _without_schedule,
    ),
    Check(
        Leak.SIMULATED_FUTURE,
        f"absurd later rows and backfilled rows added at two cutoffs; {_SOME}",
        future.with_simulated_future,
        _without_schedule,
    ),
    Check(Leak.TARGET_PROXY, "each feature alone against the outcome", proxies.proxies, _with_few),
    Check(
        Leak.POST_OUTCOME,
        "each value and each blank of the customers' columns against the outcome",
        columns.written_afterwards,
        _all_known_today,
        is_blinded=False,
    ),
    Check(
        Leak.WHOLE_HISTORY,
        "each number of the customers against totals of events",
        columns.whole_histories,
        _without_schedule,
    ),
    Check(Leak.SAME_CUSTOMER, "columns that name a person under several ids", twins.same_identity),
    Check(Leak.SAME_CUSTOMER, "ids with the same history", twins.same_history, _without_events),
    Check(Leak.SAME_CUSTOMER, "rows equal in every column", twins.same_row, _with_events),
    Check(
        Leak.BACKFILLED,
        "rows before the end that became known only with it",
        events.backfilled,
        _without_known_at,
        is_blinded=False,
    ),
    Check(Leak.BACKFILLED, "each kind of event against the end within 30 days", events.piled_up, _without_end),
    Check(Leak.LABEL_IN_EVENTS, "each kind of event against the outcome", events.of_leavers_only, _without_events),
    Check(Leak.TIME_ORDER, "cutoffs, label windows and customers of the three sides", order.sides_in_order),
    Check(Leak.TIME_ORDER, "limits fitted again to training rows alone", order.limits_of_train, _without_caps),
)


def audit(evidence: Evidence, progress: Callable[[float, str], None] = lambda _share, _words: None) -> Audit:
    """Look for every kind of leak.

    Args:
        evidence: one business, measured and labelled.
        progress: receives the share done and what is being tested.

    Raises:
        HoldfastError: the settings accept what could never be found.
    """
    refuse_unknown(evidence)
    findings: list[Finding] = []
    looked: dict[str, str] = {}
    unseen: list[Unseen] = []
    for index, check in enumerate(CHECKS):
        progress(index / len(CHECKS), check.how)
        why = check.blind(evidence)
        if why:
            unseen.append(Unseen(check.leak, why))
        if why and check.is_blinded:
            continue
        findings.extend(check.look(evidence))
        looked[check.leak.value] = "; ".join(filter(None, [looked.get(check.leak.value, ""), check.how]))
    worst_first = sorted(
        _once(findings), key=lambda finding: (list(Grade).index(finding.grade), list(Leak).index(finding.leak))
    )
    leaks = tuple(finding for finding in worst_first if finding.grade is not Grade.HINT)
    named = {finding.where for finding in leaks}
    hints = tuple(finding for finding in worst_first if finding.grade is Grade.HINT and finding.where not in named)
    everything = Audit(leaks, looked, tuple(dict.fromkeys(unseen)), hints)
    return accept(everything, evidence.settings.leakage.accepted)


def _once(findings: list[Finding]) -> list[Finding]:
    """One finding a place: that only leavers have it says more than that it separates them well."""
    certain = {
        finding.where for finding in findings if finding.leak is Leak.POST_OUTCOME and finding.grade is not Grade.HINT
    }
    return [finding for finding in findings if finding.leak is not Leak.TARGET_PROXY or finding.where not in certain]
