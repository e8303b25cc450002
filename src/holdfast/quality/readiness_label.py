"""The part of the checklist for projects in which a column says who left."""

from holdfast.project import FILE_NAME, ChurnRule, Project
from holdfast.quality.clean import Cleaned
from holdfast.quality.findings import Finding
from holdfast.quality.leaks import suspected_leaks
from holdfast.quality.readiness_items import Item, Mark, base_rate_item, customers_item, leavers_item
from holdfast.words import plural

_SHOWN = 6


def label_items(cleaned: Cleaned, project: Project) -> list[Item]:
    """Customers, label, both classes, base rate, suspected leaks."""
    customers = cleaned.tables["customers"]
    items = [customers_item(customers.height)]
    if "label" not in customers.columns:
        where = f"tables.{_table_of(project)}.columns.label"
        mend = f'In {FILE_NAME}: {where}: {{from: "YOUR COLUMN", kind: flag, "true": ["Yes"]}}'
        return [*items, Item("label", Mark.BAD, "none", "one column", "No column says who left.", mend)]
    known = customers["label"].drop_nulls()
    left, asked = int(known.sum()), len(known)
    items += [
        Item("label", Mark.BAD, "no yes", "some yes", _seen(found), found.mend)
        for found in _failed(cleaned, "means yes")
    ]
    unknown = customers.height - asked
    if unknown:
        mark = Mark.CARE if asked else Mark.BAD
        sentence = (
            f"The label of {unknown:,} of {customers.height:,} customers is not known: nothing is learnt from them."
        )
        sentence = " ".join([sentence, *(_seen(found) for found in _failed(cleaned, "can be read"))])
        mend = (
            f"In {FILE_NAME}, list the texts that mean yes, or complete the column: tables.{_table_of(project)}."
            'columns.label: "true": ["THE TEXT"]'
        )
        items.append(Item("label", mark, f"{asked:,} known", f"{customers.height:,}", sentence, mend))
    items += [leavers_item(left, asked - left, "by the label"), base_rate_item(left, asked, ChurnRule.LABEL)]
    leaks = suspected_leaks(customers)
    if not leaks:
        items.append(Item("leaks", Mark.GOOD, "none", "none", "No single column tells the label by itself."))
        return items
    named = ", ".join(f"{leak.column} ({leak.auc:.2f}: {leak.why})" for leak in leaks[:_SHOWN])
    sentence = f"The label is nearly told by {plural(len(leaks), 'column')} alone, perhaps written after it: {named}."
    mend = f"In {FILE_NAME}, move what is learnt only afterwards from tables.<table>.columns to .ignore."
    items.append(Item("leaks", Mark.CARE, f"{len(leaks)}", "none", sentence, mend))
    return items


def _table_of(project: Project) -> str:
    """The table that holds the label, else the first of customers."""
    holding = [name for name, settings in project.tables.items() if settings.holds == "customers"]
    return next((name for name in holding if "label" in project.tables[name].columns), (holding or ["customers"])[0])


def _seen(found: Finding) -> str:
    """What was seen, without the rule that it breaks."""
    return found.rule.partition(". ")[2] or found.rule


def _failed(cleaned: Cleaned, words: str) -> list[Finding]:
    """What was found wrong with the label as it was read, by words of the rule."""
    return [
        found for found in cleaned.findings if found.column == "label" and found.rows_failed and words in found.rule
    ]
