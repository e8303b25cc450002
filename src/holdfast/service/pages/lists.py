"""Lists of customers: fixed ones and rules, with owner, due day and what came of each customer."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import polars as pl
import sqlalchemy as sa

from holdfast.errors import HoldfastError, NotFoundError
from holdfast.reports.call_list import call_list
from holdfast.service.pages.call_lists import call_list_units
from holdfast.service.pages.customers import CustomerQuery, Selection, no_such_list
from holdfast.service.results_database import PublishedResults
from holdfast.store.results.lists import (
    STATUSES,
    CustomerList,
    add_entries,
    change_entry,
    change_list,
    create_list,
    delete_list,
    entry_counts,
    has_name,
    read_entries,
    read_lists,
    remove_entries,
    set_owner,
)

__all__ = ["MOST_ENTRIES", "MOST_TAKEN_BACK", "STATUSES", "Lists"]

MOST_ENTRIES = 200_000  # added at once
MOST_TAKEN_BACK = 20_000  # customers of an assignment: more would make an answer of megabytes


class Lists:
    """The lists of a tenant.

    Args:
        results: the database.
        tenant: whose.
        now: when they are changed.

    Raises:
        NotFoundError: nothing is published for this tenant.
    """

    def __init__(self, results: PublishedResults, tenant: str, now: datetime) -> None:
        self._results, self._tenant, self._now = results, tenant, now
        self._tenant_id = results.run(tenant).tenant_id

    def all(self) -> list[dict[str, Any]]:
        """Every list with how many customers it has, those changed last first."""
        with self._results.reading() as connection:
            stored, counts = read_lists(connection, self._tenant_id), entry_counts(connection, self._tenant_id)
        return [self._record(each, counts.get(each.id, {})) for each in stored]

    def one_list(self, list_id: int) -> dict[str, Any]:
        """One list.

        Raises:
            NotFoundError: the tenant has no such list.
        """
        stored = self._stored(list_id)
        with self._results.reading() as connection:
            counts = entry_counts(connection, self._tenant_id)
        return self._record(stored, counts.get(list_id, {}))

    def _stored(self, list_id: int) -> CustomerList:
        with self._results.reading() as connection:
            stored = read_lists(connection, self._tenant_id, list_id)
        if not stored:
            raise no_such_list(list_id)
        return stored[0]

    def _record(self, stored: CustomerList, counts: Mapping[str, int]) -> dict[str, Any]:
        query = CustomerQuery(who="everyone", in_list=stored.id)
        members = Selection.of(self._results, self._tenant, query).totals()
        return {
            "id": stored.id,
            "name": stored.name,
            "note": stored.note,
            "owner": stored.owner,
            "due_on": stored.due_on,
            "rule": None if stored.rule is None else stored.rule.to_record(),
            "version": stored.version,
            "created_by": stored.created_by,
            "created_at": stored.created_at,
            "changed_at": stored.changed_at,
            "by_status": {status: counts.get(status, 0) for status in STATUSES},
            "query": query.to_record(),
            **members,
        }

    def create(self, values: Mapping[str, Any], rule: CustomerQuery | None) -> dict[str, Any]:
        """Make a list.

        Args:
            values: name, note, owner, due_on, created_by.
            rule: who is in it; None: whoever is added.

        Raises:
            HoldfastError: there is a list of that name, or the rule names a list.
        """
        if rule is not None and rule.in_list is not None:
            raise HoldfastError("A rule cannot name another list.", fix="Write that list's conditions instead.")
        with self._results.writing() as connection:
            self._refuse_name(has_name(connection, self._tenant_id, values["name"]), values["name"])
            list_id = create_list(connection, self._tenant_id, values, rule, self._now)
        return self.one_list(list_id)

    def _refuse_name(self, exists: bool, name: str) -> None:
        if exists:
            raise HoldfastError(f"There is a list {name!r} already.", fix="Use another name, or change that list.")

    def change(self, list_id: int, values: Mapping[str, Any], version: int | None) -> dict[str, Any] | None:
        """Change name, note, owner or due day; None: somebody changed it since `version`.

        Raises:
            NotFoundError: the tenant has no such list.
            HoldfastError: another list has that name.
        """
        stored = self._stored(list_id)
        with self._results.writing() as connection:
            if "name" in values:
                exists = has_name(connection, self._tenant_id, values["name"], but=list_id)
                self._refuse_name(exists, values["name"])
            if not change_list(connection, stored, values, version, self._now):
                return None
        return self.one_list(list_id)

    def delete(self, list_id: int, version: int | None) -> bool:
        """Remove a list; False: somebody changed it since `version`.

        Raises:
            NotFoundError: the tenant has no such list.
        """
        stored = self._stored(list_id)
        with self._results.writing() as connection:
            if not change_list(connection, stored, {}, version, self._now):
                return False
            delete_list(connection, stored)
        return True

    def add(self, list_id: int, ids: Sequence[str], query: CustomerQuery | None) -> dict[str, Any]:
        """Add customers: these, and all who meet a query.

        Returns:
            added, already, unknown (ids that the records do not hold) and the list.

        Raises:
            NotFoundError: the tenant has no such list.
            HoldfastError: the list is a rule, or too many at once.
        """
        stored = self._stored(list_id)
        if stored.rule is not None:
            raise HoldfastError(
                f"{stored.name!r} is a rule: who meets it is in it.", fix="Make a list without a rule, and add there."
            )
        wanted, unknown = self._wanted(ids, query)
        with self._results.writing() as connection:
            added = add_entries(connection, self._tenant_id, list_id, wanted, self._now)
            change_list(connection, stored, {}, None, self._now)
        return {"added": added, "already": len(wanted) - added, "unknown": unknown, "list": self.one_list(list_id)}

    def assign(self, owner: str, ids: Sequence[str], query: CustomerQuery | None, created_by: str) -> dict[str, Any]:
        """Give customers an owner: these, and all who meet a query.

        Who stands in a list keeps what was said of them there; the others go into a list of the owner's own.

        Returns:
            assigned, unknown (ids that the records do not hold), the owner's list (null where it was not needed), and
            way_back, what `unassign` takes; null of more than 20,000 customers.

        Raises:
            HoldfastError: too many at once, or the owner's list is a rule.
        """
        wanted, unknown = self._wanted(ids, query)
        with self._results.writing() as connection:
            before = set_owner(connection, self._tenant_id, wanted, owner, self._now)
            others = [each for each in wanted if each not in before]
            list_id, is_new = self._list_of(connection, owner, created_by) if others else (None, False)
            if list_id is not None:
                add_entries(connection, self._tenant_id, list_id, others, self._now)
        own = None if list_id is None else self.one_list(list_id)
        way_back = None
        if len(wanted) <= MOST_TAKEN_BACK:
            by_owner: dict[str, list[str]] = {}
            for customer, former in before.items():
                by_owner.setdefault(former, []).append(customer)
            owners = [{"owner": former, "customer_ids": ids} for former, ids in sorted(by_owner.items())]
            way_back = {"owners": owners, "list_id": list_id, "is_new_list": is_new, "added": others}
        return {"assigned": len(wanted), "unknown": unknown, "list": own, "way_back": way_back}

    def unassign(self, way_back: Mapping[str, Any]) -> int:
        """Take an assignment back: former owners return, and whom it put into a list leaves it; how many customers.

        Args:
            way_back: of `assign`: owners (owner, customer_ids), list_id, is_new_list, added.
        """
        changed, list_id, added = 0, way_back["list_id"], way_back["added"]
        with self._results.writing() as connection:
            for each in way_back["owners"]:
                changed += len(set_owner(connection, self._tenant_id, each["customer_ids"], each["owner"], self._now))
            stored = next((each for each in read_lists(connection, self._tenant_id) if each.id == list_id), None)
            if stored is not None and stored.rule is None:
                changed += remove_entries(connection, self._tenant_id, stored.id, added)
                change_list(connection, stored, {}, None, self._now)
                if way_back["is_new_list"] and not read_entries(connection, self._tenant_id, stored.id):
                    delete_list(connection, stored)
        return changed

    def _list_of(self, connection: sa.Connection, owner: str, created_by: str) -> tuple[int, bool]:
        """The list of those who were given this owner and stand in no other, and whether it was made for them."""
        name = f"Assigned to {owner}"
        stored = next((each for each in read_lists(connection, self._tenant_id) if each.name == name), None)
        if stored is None:
            values = {"name": name, "note": "", "owner": owner, "due_on": None, "created_by": created_by}
            return create_list(connection, self._tenant_id, values, None, self._now), True
        if stored.rule is not None:
            raise HoldfastError(f"The list {name!r} is a rule.", fix="Give it another name first.")
        change_list(connection, stored, {"owner": owner}, None, self._now)
        return stored.id, False

    def _wanted(self, ids: Sequence[str], query: CustomerQuery | None) -> tuple[list[str], list[str]]:
        everyone = Selection.of(self._results, self._tenant, CustomerQuery(who="everyone"))
        written = self._results.written_as(self._tenant, ids)
        present = everyone.columns.positions_of(written)
        unknown = [each for each, position in zip(ids, present, strict=True) if position is None]
        present_ids = (each for each, position in zip(written, present, strict=True) if position is not None)
        chosen = [] if query is None else Selection.of(self._results, self._tenant, query).ids(MOST_ENTRIES + 1)
        wanted = list(dict.fromkeys([*present_ids, *chosen]))
        if len(wanted) > MOST_ENTRIES:
            raise HoldfastError(
                f"These are more than {MOST_ENTRIES:,} customers.",
                fix="Make a list with a rule instead: it has no limit.",
            )
        return wanted, unknown

    def remove(self, list_id: int, ids: Sequence[str], query: CustomerQuery | None) -> dict[str, Any]:
        """Take customers out: these, and all who meet a query; removed and the list.

        Raises:
            NotFoundError: the tenant has no such list.
        """
        stored = self._stored(list_id)
        chosen = [] if query is None else Selection.of(self._results, self._tenant, query).ids(MOST_ENTRIES)
        ids = self._results.written_as(self._tenant, ids)
        with self._results.writing() as connection:
            removed = remove_entries(connection, self._tenant_id, list_id, list(dict.fromkeys([*ids, *chosen])))
            change_list(connection, stored, {}, None, self._now)
        return {"removed": removed, "list": self.one_list(list_id)}

    def set_entry(self, list_id: int, customer_id: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """Say what came of a customer: status, note, owner, due_on.

        Raises:
            NotFoundError: no such list, or the customer is not in it.
        """
        stored, requested = self._stored(list_id), customer_id
        (customer_id,) = self._results.written_as(self._tenant, [customer_id])
        query = CustomerQuery(who="everyone", in_list=list_id)
        members = Selection.of(self._results, self._tenant, query)
        position = members.columns.position(customer_id)
        with self._results.writing() as connection:
            changes = {**values, "changed_at": self._now}
            if not change_entry(connection, self._tenant_id, list_id, customer_id, changes):
                if position is None or not members.mask[position]:
                    raise no_such_entry(stored.name, requested)
                # Who is in a rule's list gets an entry with the first word about them.
                add_entries(connection, self._tenant_id, list_id, [customer_id], self._now)
                change_entry(connection, self._tenant_id, list_id, customer_id, changes)
            return read_entries(connection, self._tenant_id, list_id, [customer_id])[customer_id]

    def members(self, list_id: int, *, first: int, limit: int | None) -> dict[str, Any]:
        """Customers of a list with their entries, first priority first.

        Raises:
            NotFoundError: the tenant has no such list.
        """
        stored = self._stored(list_id)
        query = CustomerQuery(who="everyone", in_list=list_id)
        selection = Selection.of(self._results, self._tenant, query)
        ids = selection.ids()
        shown = ids[first:] if limit is None else ids[first : first + limit]
        with self._results.reading() as connection:
            entries = read_entries(connection, self._tenant_id, list_id, shown)
        blank = {"status": STATUSES[0], "note": "", "owner": "", "due_on": None, "added_at": None, "changed_at": None}
        rows = []
        for row in selection.rows(shown):
            entry = blank | entries.get(row["customer_id"], {})
            owner = entry["owner"] or stored.owner or row["action_owner"]
            due_on = entry["due_on"] or stored.due_on or row["action_by"]
            rows.append(row | {name: entry[name] for name in blank} | {"owner": owner, "due_on": due_on})
        return {
            "total": len(ids),
            "next_first": first + len(shown) if first + len(shown) < len(ids) else None,
            "rows": rows,
        }

    def export(self, list_id: int) -> pl.DataFrame:
        """All customers of a list as a table to work through: the columns of `call_list`.

        Raises:
            NotFoundError: the tenant has no such list.
        """
        rows = self.members(list_id, first=0, limit=None)["rows"]
        entries = [row | {"action_owner": row["owner"], "action_by": row["due_on"]} for row in rows]
        return call_list(entries, call_list_units(self._results, self._results.run(self._tenant)))


def no_such_entry(name: str, customer_id: str) -> NotFoundError:
    """What to say of a customer who is not in a list."""
    return NotFoundError(f"{customer_id!r} is not in the list {name!r}.", fix="Add the customer first.")
