"""The part of the checklist for projects in which a column says who left."""

from holdfast.project import FILE_NAME, Project
from holdfast.quality.clean import Cleaned
from holdfast.quality.leaks import suspected_leaks
from holdfast.quality.readiness_items import Item, Mark, base_rate_item, customers_item, leavers_item

_SHOWN = 6


def label_items(cleaned: Cleaned, project: Project) -> list[Item]:
    """Customers, label, both classes, base rate, suspected leaks."""
    customers = cleaned.tables["customers"]
    items = [customers_item(customers.height)]
    if "label" not in customers.columns:
        table = next((name for name, settings in project.tables.items() if settings.holds == "customers"), "customers")
        mend = f'In {FILE_NAME}: tables.{table}.columns.label: {{from: "YOUR COLUMN", kind: flag, true: ["Yes"]}}'
        return [*items, Item("label", Mark.BAD, "none", "one column", "No column says who left.", mend)]
    known = customers["label"].drop_nulls()
    left, asked = int(known.sum()), len(known)
    unknown = customers.height - asked
    if unknown:
        mark = Mark.CARE if asked else Mark.BAD
        sentence = (
            f"The label of {unknown:,} of {customers.height:,} customers is not known: nothing is learnt from them."
        )
        mend = (
            f"In {FILE_NAME}, list the texts that mean yes: tables.<table>.columns.label.true, or complete the column."
        )
        items.append(Item("label", mark, f"{asked:,} known", f"{customers.height:,}", sentence, mend))
    items += [leavers_item(left, asked - left, "by the label"), base_rate_item(left, asked)]
    leaks = suspected_leaks(customers)
    if not leaks:
        items.append(Item("leaks", Mark.GOOD, "none", "none", "No single column tells the label by itself."))
        return items
    named = ", ".join(f"{leak.column} ({leak.auc:.2f}: {leak.why})" for leak in leaks[:_SHOWN])
    sentence = f"{len(leaks)} column(s) nearly tell the label alone, and may have been written after it: {named}."
    mend = f"In {FILE_NAME}, move what is learnt only afterwards from tables.<table>.columns to .ignore."
    items.append(Item("leaks", Mark.CARE, f"{len(leaks)}", "none", sentence, mend))
    return items
