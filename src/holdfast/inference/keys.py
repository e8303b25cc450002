"""Guesses customer id columns, links to the table that holds them, and lookups, by names and values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from holdfast.formatting import percent
from holdfast.inference.guesses import CONFIDENT
from holdfast.inference.profile import Profile
from holdfast.inference.table_profile import TableProfile, as_keys, containment, one_to_one
from holdfast.inference.words.names import says, whole_words, words
from holdfast.inference.words.vocabulary import BARE_ID, CUSTOMER_ID, CUSTOMER_WORD, ORDER_ID, PERSONAL, PRODUCT

_PERSON = whole_words(
    r"customers?|clients?|clientes?|clienti|kunden?|klant|klanten|klient|kund|cust|kundennummer|kundennr|klantnummer|klantnr|клиента?|客户|顾客|顧客|покупателя?|acheteur|comprador|buyers?|shoppers?"
)


_MEMBER = whole_words(
    r"users?|members?|subscribers?|players?|households?|usuarios?|utilisateurs?|nutzer|benutzer|abonnes?|mitglied|guests?|patients?|donors?|students?|用户|会员|пользователя"
)


_ZIP = whole_words(
    r"zip(?: code)?|zipcode|post(?:al)? code|postcode|plz|cp|codigo postal|postleitzahl|year|jahr|age|week|month|day"
)


@dataclass(frozen=True)
class Key:
    """The column that names the customer, in one table."""

    source: str
    confidence: float
    evidence: str
    choices: tuple[str, ...] = ()


def customer_keys(tables: Sequence[TableProfile]) -> dict[str, Key]:
    """The customer's column of each table that has one, by table name.

    A doubtful column stands here (confidence below the threshold) only where no table has a sure one.
    """
    named = [
        (table, column) for table in tables for column in table.columns.values() if _is_named(column) and _fits(column)
    ]
    keys = {table.name: key for table in tables if (key := _best(table, named)) is not None}
    if not keys:
        return {table.name: _nobody(table) for table in tables if table.has_event_times}
    if any(key.confidence >= CONFIDENT for key in keys.values()):
        return {name: key for name, key in keys.items() if key.confidence >= CONFIDENT or key.choices}
    return keys


def _nobody(table: TableProfile) -> Key:
    """A question: the rows are dated, so they are somebody's, but nothing says whose; or one customer's."""
    lone = [column for column in table.columns.values() if _is_named(column) and column.filled and column.distinct == 1]
    if len(lone) == 1:
        return Key(lone[0].source, 0.75, "the name says whose the row is; every row names the same customer")
    could = tuple(
        column.source
        for column in table.columns.values()
        if _fits(column)
        and column.source not in table.times
        and (column.is_code or column.is_whole)
        and not column.is_unique
    )
    first = could[0] if could else next(iter(table.columns))
    return Key(first, 0.2, "the rows are dated, but no column names the customer", could)


def _is_named(column: Profile) -> bool:
    return says(column.source, CUSTOMER_ID) or says(column.source, CUSTOMER_WORD)


def _fits(column: Profile) -> bool:
    return column.could_name_things and column.share_filled >= 0.3


def _best(table: TableProfile, named: Sequence[tuple[TableProfile, Profile]]) -> Key | None:
    fitting = [column for column in table.columns.values() if _fits(column) and column.source not in table.times]
    unique = [column for column in fitting if column.is_unique]
    judged = [_judge(table, column, named, len(unique)) for column in fitting]
    ranked = sorted((key for key in judged if key is not None), key=lambda key: (-key.confidence, _rank(key.source)))
    if not ranked:
        return None
    best = min((key for key in ranked if key.confidence >= ranked[0].confidence - 0.12), key=_strength)
    rivals = [key for key in ranked if key is not best and key.confidence >= max(best.confidence - 0.12, 0.5)]
    return _against(table, best, rivals)


def _strength(key: Key) -> tuple[int, float]:
    return _rank(key.source), -key.confidence


def _rank(source: str) -> int:
    return 0 if says(source, _PERSON) else 1 if says(source, _MEMBER) else 2


def _against(table: TableProfile, best: Key, rivals: Sequence[Key]) -> Key:
    """Weigh the best column against the others that could be meant."""
    twins = [key.source for key in rivals if one_to_one(table.columns[best.source], table.columns[key.source])]
    others = [key for key in rivals if key.source not in twins]
    if twins and _rank(best.source) == 2:
        first = next(name for name in table.columns if name in {best.source, *twins})
        best = next(key for key in (best, *rivals) if key.source == first)
        same = [name for name in (*twins, best.source) if name != first]
        best = Key(first, best.confidence, f"{best.evidence}; {', '.join(sorted(set(same)))} says the same one to one")
    if not others or (_rank(best.source) == 0 and all(_rank(key.source) > 0 for key in others)):
        return best
    names = tuple(sorted({best.source, *(key.source for key in others)}))
    return Key(best.source, min(best.confidence, 0.5), f"{', '.join(names)} could each name the customer", names)


def _judge(
    table: TableProfile, column: Profile, named: Sequence[tuple[TableProfile, Profile]], unique: int
) -> Key | None:
    by_name, evidence = _name_points(table, column)
    if by_name == 0 and (
        says(column.source, ORDER_ID) or says(column.source, PRODUCT) or says(column.source, PERSONAL)
    ):
        return None
    if by_name == 0 and (says(column.source, _ZIP) or not (column.is_code or column.is_whole)):
        return None
    points = by_name
    is_row_number = column.is_unique and table.has_event_times and by_name < 0.5
    if is_row_number:
        return None
    if column.is_unique:
        points += 0.25
        evidence.append("names each row once")
        if unique == 1:
            points += 0.2
            evidence.append("no other column does")
    elif column.share_distinct <= 0.98 and (by_name > 0 or table.times):
        points += 0.25
        evidence.append(f"{column.distinct:,} different values in {column.filled:,} rows")
    elif by_name >= 0.5:
        points += 0.15
        evidence.append(f"{column.distinct:,} different values in {column.filled:,} rows")
    if column.has_leading_zeros or column.is_code:
        points += 0.1
        evidence.append("leading zeros" if column.has_leading_zeros else "written as codes")
    shared = _shared(table, column, named)
    if shared:
        points += 0.15
        evidence.append(shared)
    elif by_name < 0.5 and any(other is not table for other, _ in named):
        return None  # another table names the customer, and this column does not share its values
    return Key(column.source, round(min(points, 0.99), 2), "; ".join(evidence)) if points >= 0.3 else None


def _name_points(table: TableProfile, column: Profile) -> tuple[float, list[str]]:
    shown = " ".join(words(column.source))
    if says(column.source, CUSTOMER_ID):
        return 0.6, [f'the name says "{shown}"']
    if says(column.source, CUSTOMER_WORD):
        return 0.5, [f'the name says "{shown}"']
    if not table.sample.headed:
        return 0.4 if column.has_leading_zeros or column.is_code else 0.3, [
            "the file names no columns, so the values decide"
        ]
    if says(column.source, BARE_ID):
        return 0.3, [f'the name says only "{shown}"']
    return 0.0, ["the name says nothing of a customer"]


def _shared(table: TableProfile, column: Profile, named: Sequence[tuple[TableProfile, Profile]]) -> str:
    for other, theirs in named:
        if other is table:
            continue
        share = max(containment(column, theirs), containment(theirs, column))
        if share >= 0.5:
            return f"{percent(share, 0)} of the values stand in {other.name}.{theirs.source} too"
    return ""


_MOST = 0.9  # share of values that must be found for columns of different names


_HALF = 0.5  # the same for columns of one name


@dataclass(frozen=True)
class Link:
    """A column of one table whose values name rows of another."""

    table: str
    source: str
    other: str
    other_source: str
    share: float  # of the different values of `source` that are found there

    @property
    def words(self) -> str:
        target = f"{self.other}.{self.other_source}"
        return f"{percent(self.share, 0)} of the different values of {self.table}.{self.source} stand in {target}"


def ways_to_customers(tables: Sequence[TableProfile], keys: Mapping[str, Key]) -> dict[str, Link]:
    """For tables without a customer column: the column by which another table names the customer."""
    best: dict[str, Link] = {}
    for table in tables:
        if table.name in keys or not table.times:
            continue
        links = [
            link
            for other in tables
            if other.name in keys
            for link in _links(table, other)
            if _one_customer_each(other, link.other_source, keys[other.name].source)
        ]
        if links:
            best[table.name] = max(links, key=lambda link: (link.share, link.other))
    return best


def _one_customer_each(table: TableProfile, source: str, key: str) -> bool:
    """Whether a value of a column belongs to one customer, nearly always."""
    if source == key:
        return False
    pairs = pl.DataFrame({"value": as_keys(table.columns[source]), "customer": as_keys(table.columns[key])})
    pairs = pairs.drop_nulls().unique()
    return pairs.height <= 1.01 * pairs["value"].n_unique()


def lookups(tables: Sequence[TableProfile], keys: Mapping[str, Key]) -> dict[str, tuple[Link, ...]]:
    """For tables without a customer column: the columns of other tables that name their rows."""
    best_links: dict[str, tuple[Link, ...]] = {}
    for table in tables:
        if table.name in keys:
            continue
        links = tuple(
            link
            for other in tables
            if other.name in keys
            for link in _links(other, table)
            if link.source != keys[other.name].source and table.columns[link.other_source].is_unique
        )
        if links:
            best = max(links, key=lambda link: (link.share, link.source))
            best_links[table.name] = tuple(link for link in links if link.other_source == best.other_source)
    return best_links


def _links(table: TableProfile, other: TableProfile) -> list[Link]:
    return [
        Link(table.name, ours.source, other.name, theirs.source, share)
        for ours in table.columns.values()
        for theirs in other.columns.values()
        if (share := _share(ours, theirs, table, other)) > 0
    ]


def _share(ours: Profile, theirs: Profile, table: TableProfile, other: TableProfile) -> float:
    if ours.source in table.times or theirs.source in other.times:
        return 0.0
    if not ours.could_name_things or not (theirs.could_name_things or theirs.distinct == 2):
        return 0.0
    same_name = words(ours.source) == words(theirs.source) and not says(ours.source, BARE_ID)
    if not same_name and (ours.is_number or theirs.is_number or not theirs.is_unique):
        return 0.0  # small numbers stand in each other by chance
    share = containment(ours, theirs)
    return share if share >= (_HALF if same_name else _MOST) else 0.0
