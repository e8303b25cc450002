"""Guesses the columns that name the customer, by names and values."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from holdfast.inference.guesses import CONFIDENT
from holdfast.inference.people.addresses import by_address, by_telephone, holds_names, rather_address
from holdfast.inference.people.buyers import or_company, or_payer, rather_buyer
from holdfast.inference.people.candidates import (
    PERSON,
    Others,
    candidate_of,
    is_named_customer,
    is_time_of_day,
    may_be_ids,
)
from holdfast.inference.people.key import Key
from holdfast.inference.people.namesakes import rather_number
from holdfast.inference.people.questions import could_name_customers, holds_somebody, of_nobody, repeating_texts
from holdfast.inference.profiles.tables import TableProfile, containment, one_to_one
from holdfast.inference.words.names import says, whole_words
from holdfast.inference.words.vocabulary import BARE_ID

_MEMBER = whole_words(
    r"users?|members?|subscribers?|players?|households?|usuarios?|utilisateurs?|nutzer|benutzer|abonnes?|mitglied|guests?|patients?|donors?|students?|用户|会员|пользователя"
)

_SHARED = 0.5  # of the texts of one table stand in the other
_COME_AGAIN = 0.7  # share of different names among those of customers who come again


def customer_keys(tables: Sequence[TableProfile]) -> dict[str, Key]:
    """The customer's column of each table that has one, by table name.

    A doubtful column stands here (confidence below the threshold) only where no table has a sure one.
    """
    named = [
        (table, column)
        for table in tables
        for column in table.columns.values()
        if is_named_customer(column) and may_be_ids(column)
    ]
    others = Others(named, tuple(tables))
    named += [
        (table, column)
        for table in tables
        for column in table.columns.values()
        if others.people(table) and says(column.source, BARE_ID) and may_be_ids(column)
    ]
    keys = {table.name: key for table in tables if (key := _best(table, others)) is not None}
    if len(keys) == 1:
        keys = {table.name: _who_it_is(table, keys[table.name]) for table in tables if table.name in keys}
    keys = {name: key for name, key in keys.items() if not _is_rather_an_address(name, key, tables)}
    if any(_numbers_what_somebody_did(name, key, tables) for name, key in keys.items()) and not _any_sure(keys):
        dated = [table for table in tables if table.times and (holds_somebody(table) or repeating_texts(table))]
        return {table.name: of_nobody(table) for table in dated}
    if not keys:
        keys = {table.name: key for table in tables if (key := by_address(table) or by_telephone(table)) is not None}
    if not keys:
        return {table.name: of_nobody(table) for table in tables if holds_somebody(table)}
    if _any_sure(keys):
        return {name: key for name, key in keys.items() if key.confidence >= CONFIDENT or key.choices}
    return {table.name: _with_choices(table, keys[table.name]) for table in tables if table.name in keys}


def _any_sure(keys: Mapping[str, Key]) -> bool:
    return any(key.confidence >= CONFIDENT for key in keys.values())


def _numbers_what_somebody_did(name: str, key: Key, tables: Sequence[TableProfile]) -> bool:
    """Whether a doubtful column numbers the rows of a dated table that names companies or people who come again.

    Texts are names by the name of their column, or where a column of another dated table is called the same and holds
    the same texts.
    """
    table = next(table for table in tables if table.name == name)
    column = table.columns[key.source]
    if not table.times or not column.is_unique or is_named_customer(column) or key.choices:
        return False
    names = (table.columns[each] for each in could_name_customers(table))
    if any(not each.is_code and not each.is_whole and each.share_distinct <= _COME_AGAIN for each in names):
        return True
    return any(
        containment(table.columns[text], other.columns[text]) >= _SHARED
        for text in repeating_texts(table)
        for other in tables
        if other is not table and other.times and text in repeating_texts(other)
    )


def _with_choices(table: TableProfile, key: Key) -> Key:
    """The question with the columns that the customer could be named by."""
    if key.choices or not table.times:
        return key
    return replace(key, choices=tuple(dict.fromkeys((key.source, *could_name_customers(table)))))


def _is_rather_an_address(name: str, key: Key, tables: Sequence[TableProfile]) -> bool:
    """Whether a doubtful column, by its name no customer's, stands beside the addresses of people who come again."""
    table = next(table for table in tables if table.name == name)
    if key.confidence >= CONFIDENT or is_named_customer(table.columns[key.source]) or key.choices:
        return False
    return by_address(table) is not None


def _who_it_is(table: TableProfile, key: Key) -> Key:
    """The only customer's column of a project, or another one of its table that names the customer better."""
    return or_company(table, or_payer(table, rather_buyer(table, rather_address(table, rather_number(table, key)))))


def _best(table: TableProfile, others: Others) -> Key | None:
    fitting = [column for column in table.columns.values() if may_be_ids(column) and column.source not in table.times]
    fitting = [column for column in fitting if not is_time_of_day(column)]
    unique = [column for column in fitting if column.is_unique]
    candidates = [candidate_of(table, column, others, len(unique)) for column in fitting]
    ranked = sorted(
        (key for key in candidates if key is not None), key=lambda key: (-key.confidence, _rank(key.source))
    )
    if not ranked:
        return None
    best = min((key for key in ranked if key.confidence >= ranked[0].confidence - 0.12), key=_strength)
    rivals = [key for key in ranked if key is not best and key.confidence >= max(best.confidence - 0.12, 0.5)]
    return _against(table, best, rivals)


def _strength(key: Key) -> tuple[int, float]:
    return _rank(key.source), -key.confidence


def _rank(source: str) -> int:
    return 0 if says(source, PERSON) else 1 if says(source, _MEMBER) else 2


def _against(table: TableProfile, best: Key, rivals: Sequence[Key]) -> Key:
    """Weigh the best column against the others that could be meant."""
    twins = [key.source for key in rivals if one_to_one(table.columns[best.source], table.columns[key.source])]
    others = [key for key in rivals if key.source not in twins]
    if table.columns[best.source].is_code:  # the number of a person before the person's name
        others = [key for key in others if not holds_names(table.columns[key.source])]
    if twins and _rank(best.source) == 2:
        first = next(name for name in table.columns if name in {best.source, *twins})
        best = next(key for key in (best, *rivals) if key.source == first)
        same = [name for name in (*twins, best.source) if name != first]
        best = Key(first, best.confidence, f"{best.evidence}; {', '.join(sorted(set(same)))} says the same one to one")
    if not others or (_rank(best.source) == 0 and all(_rank(key.source) > 0 for key in others)):
        return best
    names = tuple(sorted({best.source, *(key.source for key in others)}))
    return Key(best.source, min(best.confidence, 0.5), f"{', '.join(names)} could each name the customer", names)
