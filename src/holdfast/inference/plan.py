"""Which tables hold customers, events, parts of events and look-ups, before their columns are read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from holdfast.inference.event_time import happened_at
from holdfast.inference.guesses import CONFIDENT
from holdfast.inference.joins.foreign_keys import lookups, unproved, ways_to_customers, wholes, without_detours
from holdfast.inference.joins.link import Link
from holdfast.inference.joins.pieces import PartsPlan, plan_parts
from holdfast.inference.people.key import Key
from holdfast.inference.people.key_columns import customer_keys
from holdfast.inference.people.members import of_who_pays
from holdfast.inference.people.questions import NOBODYS, may_be_of_customers, whose_money
from holdfast.inference.people.totals import looks_like_totals
from holdfast.inference.profiles.tables import TableProfile
from holdfast.inference.recipes.export_columns import SURE
from holdfast.inference.recipes.match import RecipeMatch
from holdfast.inference.subscriptions.detect import NAME, Subscriptions
from holdfast.inference.subscriptions.prices.plans import is_price_list
from holdfast.inference.words.names import says
from holdfast.inference.words.vocabulary import ENDED, HAPPENED, HAPPENED_STRONG, ORDER_ID, PRODUCT, QUANTITY, SIGNED_UP

_NEARLY_ALL = 0.99
_ALIKE = 0.9  # share of different ids among the rows from which a table without times holds customers


@dataclass(frozen=True)
class Plan:
    """Which tables hold customers, events and look-ups, before their columns are read."""

    profiles: Sequence[TableProfile]
    keys: Mapping[str, Key]
    ways: Mapping[str, Link]
    references: Mapping[str, tuple[Link, ...]]
    parts: PartsPlan
    alone: bool  # the project has no other table
    subscriptions: Subscriptions | None = None  # the table that tells of subscriptions

    @property
    def lookups(self) -> list[TableProfile]:
        return [table for table in self.profiles if table.name in self.references]

    @cached_property
    def customers(self) -> list[TableProfile]:
        return [table for table in self.profiles if self._holds_customers(table)]

    @property
    def events(self) -> list[TableProfile]:
        return [
            table
            for table in self.profiles
            if table not in self.customers
            and (table.name in self.keys or table.name in self.ways)
            and (self.subscriptions is None or table.name != self.subscriptions.name)
        ]

    def _holds_customers(self, table: TableProfile) -> bool:
        key = self.keys.get(table.name)
        if self.subscriptions is not None and table.name == self.subscriptions.name:
            return self.subscriptions.has_attributes
        if key is None:
            return self.alone and happened_at(table) is None
        column = table.columns[key.source]
        if key.confidence <= NOBODYS and happened_at(table) is not None:
            return False  # nothing names the customers of what happened
        if column.share_distinct >= _NEARLY_ALL:  # a few rows repeated by mistake are still customers
            return not _is_log(table, key)
        return self.alone and happened_at(table) is None and column.share_distinct >= _ALIKE

    def dated_by(self, table: TableProfile) -> Link | None:
        """The look-up that tells when the rows of a table happened, where they do not say so."""
        links = [
            link
            for name in sorted(self.references)
            for link in self.references[name]
            if link.table == table.name and any(other.name == name and other.times for other in self.profiles)
        ]
        return links[0] if links else None

    def names(self) -> dict[str, str]:
        """Sample name -> table name in the project."""
        names = {table.name: table.name for table in self.profiles}
        if len(self.customers) == 1:
            names[self.customers[0].name] = "customers"
        if self.alone and self.events:
            names[self.events[0].name] = "transactions"
        customers = {table.name for table in self.customers}
        return {
            sample: f"{name}_records" if name == "customers" and sample not in customers else name
            for sample, name in names.items()
        }

    def name_of_subscriptions(self, names: Mapping[str, str]) -> str:
        """What the table of subscriptions is called in the project."""
        taken = {name for sample, name in names.items() if self.subscriptions and sample != self.subscriptions.name}
        own = self.subscriptions.name if self.subscriptions is not None else NAME
        return NAME if NAME not in taken else own

    @property
    def links(self) -> list[Link]:
        """How the tables are joined."""
        referring = (link for several in self.references.values() for link in several)
        return [*self.ways.values(), *self.parts.links.values(), *referring]

    def keep(self) -> dict[str, frozenset[str]]:
        """Columns that tables are joined by, by sample name."""
        columns: dict[str, set[str]] = {}
        for link in self.links:
            columns.setdefault(link.table, set()).add(link.source)
            columns.setdefault(link.other, set()).add(link.other_source)
        return {name: frozenset(sources) for name, sources in columns.items()}


def _is_log(table: TableProfile, key: Key) -> bool:
    """Whether rows that each name another customer are purchases all the same: dated, with an order or units."""
    when = happened_at(table)
    if looks_like_totals(table):
        return False
    if when is None or not (says(when.source, HAPPENED_STRONG) or says(when.source, HAPPENED)):
        return False
    if says(when.source, SIGNED_UP) or says(when.source, ENDED):
        return False
    return any(
        says(name, ORDER_ID) or says(name, PRODUCT) or says(name, QUANTITY)
        for name in table.columns
        if name != key.source
    )


def _usable_ways(profiles: Sequence[TableProfile], ways: Mapping[str, Link], parts: PartsPlan) -> dict[str, Link]:
    """The ways of tables that are no parts: over dated tables, or over parts, whose customers their whole names."""
    dated = {table.name for table in profiles if table.times}
    usable = {name: link for name, link in ways.items() if name not in parts.links and name in dated}
    passed = {name for name in ways if name not in dated and name not in parts.links}
    while lost := {name for name, link in usable.items() if link.other in passed}:
        passed |= lost
        usable = {name: link for name, link in usable.items() if name not in lost}
    return usable


def plan_tables(profiles: Sequence[TableProfile], matches: Mapping[str, RecipeMatch]) -> Plan:
    """Which tables that are no known export hold customers, events and look-ups."""
    unknown = [table for table in profiles if table.name not in matches]
    people = [table for table in profiles if len(profiles) == 1 or not is_price_list(table)]
    keys = without_detours(profiles, of_who_pays(profiles, customer_keys(people))) if unknown else {}
    sure = {
        name: Key(source, SURE, f"names the customer of {match.title}")
        for name, match in matches.items()
        if (source := match.customer_source) is not None
    }
    if sure:
        keys = {name: key for name, key in keys.items() if key.confidence >= CONFIDENT or key.choices}
    keys = {name: key for name, key in keys.items() if name not in matches} | sure
    ways = (
        {name: link for name, link in ways_to_customers(profiles, keys).items() if name not in matches}
        if unknown
        else {}
    )
    parts = plan_parts(profiles, {} if not unknown else wholes(unknown, keys, ways), keys)
    ways = _usable_ways(profiles, ways, parts)
    joined = {*ways, *parts.links, *parts.again}
    references = lookups([table for table in unknown if table.name not in joined], keys)
    settled = {*keys, *joined, *references}
    rest = [table.name for table in unknown if table.name not in settled and may_be_of_customers(table)]
    keys |= unproved(profiles, keys, rest)
    led_on = {*keys, *joined, *references, *matches}
    keys |= whose_money(profiles, led_on, of_refunds_alone=bool(matches))
    return Plan(unknown, keys, ways, references, parts, alone=len(profiles) == 1)
