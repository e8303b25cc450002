"""Whether a project may be trained on: what blocks it, what was accepted, and the line that accepts the rest."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from typing import Any

from holdfast.errors import HoldfastError
from holdfast.formatting import percent
from holdfast.meanings import EXCLUDED, Meaning
from holdfast.quality.checks.findings import Severity
from holdfast.quality.clean import Cleaned
from holdfast.quality.ledger import EVERYONE
from holdfast.quality.new_rows import UNREAD, UNSEEN
from holdfast.quality.readiness.items import Item
from holdfast.settings import FILE_NAME, Settings
from holdfast.settings_file import accept_line

MOST_SET_ASIDE = 0.20  # share of a table's rows that one cause may take away without a word in the settings
LEAK = "leak:"  # ids of what training finds: a feature that alone tells the outcome
SET_ASIDE = "set-aside:"  # ids of causes that took more rows than that
TOO_GOOD = "too-good:model"  # the model as a whole is better than honest records allow
_OF_OTHER_COMMANDS = (LEAK, TOO_GOOD, UNSEEN, UNREAD)  # found in training or scoring, not in the records
# Steps whose cause somebody wrote into the settings: they are no surprise.
NAMED_BY_SETTINGS = frozenset(
    {
        "nobody",
        "does_not_count",
        "nothing_happened",
        "other_currency",
        "older_export",
        "future_rows",
        "of_undone_order",
        "given_back",
        *(meaning.value for meaning in (*EXCLUDED, Meaning.PASSIVE)),
    }
)
# Steps that a rule reports too: where it is severe, it blocks, and the step does not do so again.
_RULE_OF_STEP = {
    "missing_customer": "customer-given",
    "unreadable_time": "time-given",
    "exact_repeats": "exact-repeats",
    "repeated_customer": "one-row-a-customer",
    "price": "positive-prices",
}


@dataclass(frozen=True)
class Blocker:
    """One reason not to train, with the id that accepts it."""

    id: str
    sentence: str
    fix: str  # how to set it right; the line that accepts it instead

    def to_record(self) -> dict[str, str]:
        return asdict(self)


@dataclass(frozen=True)
class Acceptance:
    """What stands against training."""

    blocking: tuple[Blocker, ...]
    accepted: tuple[Blocker, ...]  # blockers that `accept` in the settings names
    notes: tuple[str, ...]  # entries of `accept` that nothing needs

    def to_record(self) -> dict[str, Any]:
        return {
            "blocking": [blocker.to_record() for blocker in self.blocking],
            "accepted": [blocker.to_record() for blocker in self.accepted],
            "accept_all": accept_line(blocker.id for blocker in (*self.accepted, *self.blocking)),
            "notes": list(self.notes),
        }


def acceptance_of(cleaned: Cleaned, items: Sequence[Item], settings: Settings) -> Acceptance:
    """What blocks training and what of it is accepted.

    Args:
        cleaned: its findings and its ledger.
        items: the checklist; an item that names what it `blocks` is a reason too.
        settings: `accept`.

    Raises:
        HoldfastError: `accept` names an id that nothing has, but something has nearly the same.
    """
    severe = [finding for finding in cleaned.findings if finding.severity is Severity.SEVERE]
    reasons = [
        *((finding.id, finding.sentence, finding.fix) for finding in severe),
        *_of_ledger(cleaned, {(finding.table, finding.slug) for finding in severe}, settings),
        *((item.blocks, item.sentence, item.fix) for item in items if item.blocks),
    ]
    blockers = [
        Blocker(name, sentence, f"{fix} Or, if it is right as it is, in {FILE_NAME}: {_accepting(settings, name)}")
        for name, sentence, fix in {reason[0]: reason for reason in reasons}.values()
    ]
    accepted = set(settings.accept)
    return Acceptance(
        blocking=tuple(blocker for blocker in blockers if blocker.id not in accepted),
        accepted=tuple(blocker for blocker in blockers if blocker.id in accepted),
        notes=_unneeded(settings, [blocker.id for blocker in blockers], _ids(cleaned)),
    )


def _accepting(settings: Settings, name: str) -> str:
    return accept_line([*settings.accept, name])


def _of_ledger(cleaned: Cleaned, severe: set[tuple[str, str]], settings: Settings) -> Iterable[tuple[str, str, str]]:
    """Steps that took more than a fifth of a table's rows for a cause that nobody named."""
    rows_in: dict[str, int] = {}
    for entry in cleaned.ledger:
        rows = rows_in.setdefault(entry.table, entry.rows_before)
        if entry.table == EVERYONE or entry.set_aside <= MOST_SET_ASIDE * rows:
            continue
        if entry.step == "price" and not entry.amount:
            continue  # what was given away: the rule of prices speaks of it
        if is_named(entry.table, entry.step, settings) or (entry.table, _RULE_OF_STEP.get(entry.step, "")) in severe:
            continue
        sentence = (
            f"{entry.table}: {percent(entry.set_aside / rows)} of the rows ({entry.set_aside:,} of {rows:,}) are set "
            f"aside for one cause: {entry.what}"
        )
        yield _step_id(entry.table, entry.step), sentence, _fix_of_step(entry.table, entry.step)


def is_named(table: str, step: str, settings: Settings) -> bool:
    """Whether the settings themselves say that rows of this cause are set aside."""
    if step in NAMED_BY_SETTINGS:
        return True
    column = settings.tables[table].columns.get("customer_id") if table in settings.tables else None
    return step == "missing_customer" and column is not None and "" in column.nobody


def _step_id(table: str, step: str) -> str:
    return f"{SET_ASIDE}{table}.{step.replace('_', '-')}"


def _fix_of_step(table: str, step: str) -> str:
    if step == "missing_customer":
        return (
            f"Name the column that holds the customer; or, if these rows are nobody's, in {FILE_NAME}: "
            f'tables.{table}.columns.customer_id.nobody: [""]'
        )
    return "Look at these rows in set_aside.parquet, and correct the source or the settings of their column."


def _ids(cleaned: Cleaned) -> list[str]:
    """Every id that a finding or a step of this project can have."""
    steps = [_step_id(entry.table, entry.step) for entry in cleaned.ledger if entry.table != EVERYONE]
    return [*(finding.id for finding in cleaned.findings), *steps, LEAK, TOO_GOOD, "label-implausible"]


def _unneeded(settings: Settings, blockers: Sequence[str], names: Sequence[str]) -> tuple[str, ...]:
    """Notes on entries of `accept` that nothing needs; an entry that is nearly an id is refused."""
    notes = []
    for name in settings.accept:
        if name in blockers or name.startswith(_OF_OTHER_COMMANDS):
            continue
        if name in names:
            notes.append(f"accept names {name}, which is no longer found: take it out of {FILE_NAME}.")
            continue
        near = get_close_matches(name, [*blockers, *names], n=1, cutoff=0.75)
        if near:
            raise HoldfastError(
                f"accept: no finding has the id {name}; did you mean {near[0]}?",
                fix=f"In {FILE_NAME}: {accept_line(near[0] if each == name else each for each in settings.accept)}",
            )
        notes.append(f"accept names {name}, which nothing here is like: take it out of {FILE_NAME}.")
    return tuple(notes)
