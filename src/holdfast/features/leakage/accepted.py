"""Findings that somebody who knows the business found honest, as holdfast.yaml says with the reason."""

import difflib
from collections.abc import Collection, Sequence
from dataclasses import replace

from holdfast.errors import HoldfastError
from holdfast.features.leakage.evidence import Evidence
from holdfast.features.leakage.findings import Accepted, Audit, Finding, Leak
from holdfast.project import FILE_NAME, AcceptedLeak

_OF_ALL = ("who is a customer", "the choice of features", "events of ")  # places that are no table's


def refuse_unknown(evidence: Evidence) -> None:
    """Refuse what the audit could never find: an unknown kind, table or column; and what is our own fault.

    Raises:
        HoldfastError: which entry, what is wrong with it, and what was probably meant.
    """
    for place, one in enumerate(evidence.project.leakage.accepted, 1):
        kinds = [leak.value for leak in Leak if leak is not Leak.TIME_ORDER]
        if one.kind == Leak.TIME_ORDER:
            raise _wrong(place, "time_order is a fault of Holdfast, which nobody can find honest", "Report it.")
        if one.kind not in kinds:
            raise _wrong(place, f"there is no kind of leak {one.kind!r}", f"kind: {_nearest(one.kind, kinds)}")
        if not one.where.startswith(_OF_ALL):
            for part in one.where.split(" and "):
                _refuse_unknown_place(place, part, evidence)


def _refuse_unknown_place(place: int, where: str, evidence: Evidence) -> None:
    table, _, column = where.partition("=")[0].partition(".")
    if table not in evidence.tables:
        near = _nearest(table, evidence.tables)
        raise _wrong(place, f"there is no table {table!r}", f"where: {near}" + (f".{column}" if column else ""))
    if column and column not in evidence.tables[table].columns:
        near = _nearest(column, evidence.tables[table].columns)
        raise _wrong(place, f"{table} has no column {column!r}", f"where: {table}.{near}")


def _wrong(place: int, what: str, mend: str) -> HoldfastError:
    return HoldfastError(f"{FILE_NAME}: leakage.accepted, entry {place}: {what}.", mend=mend)


def _nearest(word: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(word, known, n=1)
    return near[0] if near else f"one of {', '.join(known)}"


def accept(audit: Audit, accepted: Sequence[AcceptedLeak]) -> Audit:
    """The audit with its accepted findings apart, each with the reason; and what is accepted but was not found."""
    why = {(one.kind, one.where): one.why for one in accepted}

    def is_open(one: Finding) -> bool:
        return (one.leak.value, one.where) not in why

    found = {(one.leak.value, one.where): one for one in (*audit.findings, *audit.hints)}
    return replace(
        audit,
        findings=tuple(filter(is_open, audit.findings)),
        hints=tuple(filter(is_open, audit.hints)),
        accepted=tuple(Accepted(one, why[key]) for key, one in found.items() if key in why),
        not_found=tuple(one for one in accepted if (one.kind, one.where) not in found),
    )
