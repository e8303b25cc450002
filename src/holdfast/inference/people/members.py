"""Accounts and their users in two tables: the customer is who pays, and users lead what they do to the account."""

from collections.abc import Mapping, Sequence

import polars as pl

from holdfast.formatting import plural
from holdfast.inference.people.key import Key
from holdfast.inference.profiles.columns import Profile
from holdfast.inference.profiles.tables import TableProfile, as_keys, containment
from holdfast.inference.words import subscriptions as words
from holdfast.inference.words.names import says
from holdfast.inference.words.vocabulary import AMOUNT_STRONG, MONTHLY

_CONTAINED = 0.9  # share of different values that must be there
_SEVERAL = 0.9  # accounts for each member, at most
_FEWEST = 10  # different accounts


def of_who_pays(tables: Sequence[TableProfile], keys: Mapping[str, Key]) -> dict[str, Key]:
    """The keys, where the rows of one table belong to those of another that pays: by the account, not by its members.

    Tables that name members only lose their key, for the table of members leads them to the account. Where money
    stands with the members as well, nothing changes.

    Args:
        tables: all.
        keys: the customer's column of each table that has one, by table name.
    """
    result = dict(keys)
    for accounts in _of_one_row_each(tables, keys):
        own = accounts.columns[keys[accounts.name].source]
        for members in _of_one_row_each(tables, keys):
            belongs = _account_of(members, keys[members.name].source, own) if members is not accounts else ""
            member = members.columns[keys[members.name].source]
            of_members = [
                table
                for table in tables
                if table not in (accounts, members)
                and table.name in keys
                and containment(table.columns[keys[table.name].source], member) >= _CONTAINED
                and containment(table.columns[keys[table.name].source], own) < _CONTAINED
            ]
            if not belongs or not _pays(accounts) or any(_pays(table) for table in (members, *of_members)):
                continue
            evidence = (
                f"{plural(member.distinct, 'row')} of {members.name} belong to {own.distinct:,} in {accounts.name}, "
                "which holds what is paid"
            )
            result[members.name] = Key(belongs, 0.85, evidence)
            for table in of_members:
                del result[table.name]
            # Of two ids of the account, a choice between it and the member is settled.
            result[accounts.name] = Key(own.source, max(0.85, keys[accounts.name].confidence), evidence)
    return result


def _of_one_row_each(tables: Sequence[TableProfile], keys: Mapping[str, Key]) -> list[TableProfile]:
    return [table for table in tables if table.name in keys and table.columns[keys[table.name].source].is_unique]


def _account_of(members: TableProfile, key: str, account: Profile) -> str:
    """The column of a table of members that names the account of each; empty where there is none."""
    if account.distinct < _FEWEST:
        return ""
    for name, column in members.columns.items():
        if name == key or name in members.times or column.is_number != account.is_number:
            continue
        if column.filled < 0.9 * column.rows or column.distinct > _SEVERAL * members.rows:
            continue
        if containment(column, account) >= _CONTAINED and _is_of_one(members, key, column):
            return name
    return ""


def _is_of_one(members: TableProfile, key: str, column: Profile) -> bool:
    pairs = pl.DataFrame({"member": as_keys(members.columns[key]), "account": as_keys(column)}).drop_nulls().unique()
    return pairs.height == pairs["member"].n_unique()


def _pays(table: TableProfile) -> bool:
    """Whether a table holds prices or amounts."""
    return any(
        column.is_number
        and column.flag is None
        and name not in table.times
        and (says(name, AMOUNT_STRONG) or says(name, MONTHLY) or says(name, words.MRR) or says(name, words.PRICE)
             or column.has_currency_sign)
        for name, column in table.columns.items()
    )  # fmt: skip
