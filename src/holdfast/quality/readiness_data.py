"""The part of the checklist that every project has: identifiers, rows lost, rules broken."""

from holdfast.project import Project
from holdfast.quality.clean import Cleaned
from holdfast.quality.findings import Category, Severity
from holdfast.quality.ledger import EVERYONE
from holdfast.quality.readiness_items import Item, Mark
from holdfast.words import plural

_LOSABLE = 0.05  # share of rows whose loss hardly bends anything
_TOO_MANY = 0.60
_STRANGERS = 0.95  # share of rows about unknown customers from which on a table belongs elsewhere


def data_items(cleaned: Cleaned, project: Project) -> list[Item]:
    """Identifiers, rows set aside, severe findings."""
    return [_identifiers(cleaned), _same_customers(cleaned), _rows_kept(cleaned, project), _severe_findings(cleaned)]


def _same_customers(cleaned: Cleaned) -> Item:
    """Whether the tables speak of the same customers at all."""
    asked = [found for found in cleaned.findings if found.category is Category.FOREIGN_KEYS and found.rows_checked]
    strange = sorted({found.table for found in asked if found.share >= _STRANGERS})
    needed = f"less than {_STRANGERS:.0%} of a table's rows about unknown customers"
    if not strange:
        return Item("same customers", Mark.GOOD, "yes", needed, "The tables speak of the same customers.")
    tables = ", ".join(strange)
    return Item(
        "same customers",
        Mark.BAD,
        f"no: {tables}",
        needed,
        f"Nearly every row of {tables} is about a customer that no other table knows: these are two businesses, or two "
        "ways of writing ids.",
        f"Take {tables} out of holdfast.yaml, or name the column that holds the same ids.",
    )


def _identifiers(cleaned: Cleaned) -> Item:
    missing = sum(entry.set_aside for entry in cleaned.ledger if entry.step == "missing_customer")
    rows = sum(entry.rows_before for entry in cleaned.ledger if entry.step == "missing_customer")
    merged = sum(entry.merged for entry in cleaned.ledger)
    alike = sum(
        found.rows_failed for found in cleaned.findings if found.column == "customer_id" and "case" in found.rule
    )
    share = missing / rows if rows else 0.0
    found = f"{missing:,} of {rows:,} rows without id"
    needed = f"at most {_LOSABLE:.0%} without id, each id written one way"
    if share <= _LOSABLE and not alike:
        also = f"; over blanks in the id, {plural(merged, 'row')} merged" if merged else ""
        sentence = f"{1 - share:.1%} of the rows name their customer{also}."
        return Item("identifiers", Mark.GOOD, found, needed, sentence)
    mark = Mark.BAD if share > _TOO_MANY else Mark.CARE
    sentence = f"{share:.0%} of the rows name no customer and were set aside; {alike:,} of the ids differ only in case."
    mend = "Fill the customer id in the source; if A1 and a1 are one customer, write them alike."
    return Item("identifiers", mark, found, needed, sentence, mend)


def _rows_kept(cleaned: Cleaned, project: Project) -> Item:
    entries = [entry for entry in cleaned.ledger if entry.table != EVERYONE and entry.step != "missing_customer"]
    hidden = sum(entry.set_aside for entry in entries if entry.step == "future_rows")
    lost = sum(entry.set_aside for entry in entries) - hidden
    rows = sum(entry.rows_before for entry in entries if entry.step == "types") - hidden
    share = lost / rows if rows else 0.0
    mark = Mark.GOOD if share <= _LOSABLE else Mark.CARE if share <= _TOO_MANY else Mark.BAD
    after = f" ({hidden:,} more lie after the cutoff {project.cutoff})" if project.cutoff else ""
    sentence = f"{lost:,} of {rows:,} rows were set aside for other reasons than a missing customer{after}."
    mend = "" if mark is Mark.GOOD else "See the steps in reports/cleaning.json, and the rows that were set aside."
    return Item("rows kept", mark, f"{share:.1%} set aside", f"at most {_LOSABLE:.0%}", sentence, mend)


def _severe_findings(cleaned: Cleaned) -> Item:
    severe = [found for found in cleaned.findings if found.severity is Severity.SEVERE]
    if not severe:
        return Item("checks", Mark.GOOD, "none severe", "none severe", "No check found anything severe.")
    worst = max(severe, key=lambda found: found.share)
    column = f".{worst.column}" if worst.column else ""
    sentence = (
        f"{plural(len(severe), 'check')} found something severe, above all in {worst.table}{column}: "
        f"{worst.rows_failed:,} of {worst.rows_checked:,} break the rule: {worst.rule}"
    )
    return Item("checks", Mark.CARE, f"{len(severe)} severe", "none severe", sentence, worst.mend)
