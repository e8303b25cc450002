"""Two tables of the same money: what was charged or promised, and what came in of it; only one of them counts.

    with_settlements(tables, profiles) -> tables, of which one is a question where the two come to different sums

That a row of one table pays a row of another is shown by rows: the number of the one in the other, or the same customer
and amount later; never more than was charged. States of the charged rows are judged by whether anything came in.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import permutations

import polars as pl

from holdfast.formatting import percent
from holdfast.inference.guesses import Guess, StatusGuess, TableGuess
from holdfast.inference.money.refunds import tells_of_refunds
from holdfast.inference.money.rows_of_money import OF_MONEY, MoneyRows, amounts_of, rows_of, rows_of_parts
from holdfast.inference.money.two_systems import rows_that_count, with_one_that_counts
from holdfast.inference.profiles.columns import Profile, share_of
from holdfast.inference.profiles.tables import TableProfile, as_keys, containment
from holdfast.meanings import Meaning
from holdfast.table_settings import MoneySettings

_FEWEST = 20  # rows that are compared
_CONTAINED = 0.9
_NEARLY_ALL = 0.95
_NEAR_LINES, _MOST_BESIDE = 0.8, 0.25  # share of orders paid near their lines; and how near, as a share of the larger
_IN_FULL = 0.3  # share of the charged rows with anything received that are received in full
_PAID = 0.3  # share of the charged rows of which anything came in; of fewer they are refunds, or something else
_OWN_AMOUNTS = 0.8  # share of a table's rows whose amounts no other row of their customer has
_ACCIDENTAL = 1 / 3  # of the matches, that other customers' rows may have as well
_AGREES = 0.005  # of what came in: with so little between them both tables say the same
_NEVER, _ALWAYS = 0.02, 0.9  # shares of a state's rows of which anything came in
_FEWEST_OF_STATE = 5
_CENT = 0.011
_SURE = 0.85


@dataclass(frozen=True)
class _Settlement:
    """That the rows of one table pay those of another."""

    charged: MoneyRows
    received: MoneyRows
    is_paid: pl.Series  # (charged rows,) whether anything came in
    words: str
    is_numbered: bool = True


def with_settlements(tables: Sequence[TableGuess], profiles: Mapping[str, TableProfile]) -> tuple[TableGuess, ...]:
    """The tables; of two that hold the same money, what was charged and what came in of it, one counts.

    Args:
        tables: the project's tables.
        profiles: by sample name.
    """
    tables = _with_payments_as_sales(tables, profiles)
    result = {table.name: table for table in tables}
    moneyed = [rows for table in tables if (rows := rows_of(table, tables, profiles)) is not None]
    for charged, received in permutations(moneyed, 2):
        later = result[received.guess.name]
        named = result[charged.guess.name].through
        if (later.money is not None and later.money.settles) or (named is not None and named.table == later.name):
            continue  # it pays another table already, or is what the rows of the other name
        if charged.is_of_lines and result[charged.guess.name].holds.value == "transactions":
            first = result[charged.guess.name]
            if words := _with_what_lines_lack(charged, received):
                result[first.name], result[later.name] = _as(first, "events", words), _as(later, "transactions", words)
                continue
        settlement = _settlement(charged, received)
        if settlement is not None and result[charged.guess.name].holds.value == "transactions":
            first = _with_states(result[charged.guess.name], settlement)
            result[first.name], result[later.name] = _decided(first, later, settlement)
    for parts in tables:
        whole = result.get(parts.parts_of.table) if parts.parts_of is not None else None
        paid = None if whole is None else rows_of_parts(parts, whole, profiles)
        if paid is not None and whole is not None:
            teller = tells_of_refunds(parts) or tells_of_refunds(whole)
            others = [rows for rows in moneyed if rows.guess.name != whole.name]
            result |= {later.name: later for later in _giving_back_of(paid, others, result, teller)}
    return tuple(result[table.name] for table in tables)


def _with_payments_as_sales(
    tables: Sequence[TableGuess], profiles: Mapping[str, TableProfile]
) -> tuple[TableGuess, ...]:
    """The tables; where no order says what it is worth, what was paid for orders counts, and each order once.

    A table of payments counts where what is given back is taken off; one that is read as sales does anyway.
    """
    gives_back = any(_gives_money_back(table) for table in tables)
    moneyed = [table for table in tables if not table.left_out and not _gives_money_back(table)]
    counted = OF_MONEY if gives_back else frozenset({"transactions"})
    paid = [each for each in moneyed if each.holds.value in counted and each.column("amount") and each.through]
    sales = [each for each in moneyed if each.holds.value == "transactions" and each not in paid]
    leading = {table.through.table for table in paid if table.through is not None}
    leads = bool(leading & {table.name for table in sales})
    if not leads and all(table.holds.value == "transactions" for table in paid):
        return tuple(tables)
    if any(amounts_of(table, tables, profiles) is not None for table in sales):
        return tuple(tables)
    return tuple(
        _as(table, "transactions", "no order says what it is worth, so what was paid counts")
        if table in paid
        else _as(table, "events", "it says no amount, and what was paid stands in another table")
        if table in sales and table.name in leading
        else table
        for table in tables
    )


def _gives_money_back(table: TableGuess) -> bool:
    return table.money is not None and table.money.gives_back


def _as(table: TableGuess, holds: str, why: str) -> TableGuess:
    evidence = f"{table.holds.evidence}; {why}"
    return replace(table, holds=replace(table.holds, value=holds, confidence=_SURE, evidence=evidence))


def _giving_back_of(
    paid: MoneyRows, others: Sequence[MoneyRows], tables: Mapping[str, TableGuess], teller: str
) -> Iterator[TableGuess]:
    """The tables whose rows name few rows of a table of parts, later and never for more, with a question."""
    for received in others:
        later = tables[received.guess.name]
        if later.money is not None and later.money != MoneySettings():
            continue
        settlement = _settlement_by_number(paid, received)
        if settlement is not None and share_of(settlement.is_paid) < _PAID:
            yield _may_give_back(later, settlement, teller)


def _settlement(charged: MoneyRows, received: MoneyRows) -> _Settlement | None:
    """That one table's rows pay the other's; None where rows do not show it."""
    if charged.rows.height < _FEWEST or received.rows.height < _FEWEST:
        return None
    by_number = _settlement_by_number(charged, received)
    if by_number is not None:
        return by_number
    paid = _by_amount(charged, received)
    if paid is None:
        return None
    words = f"rows of {received.guess.name} have the customer and amount of earlier ones of {charged.guess.name}"
    return _Settlement(charged, received, paid, words, is_numbered=False)


def _settlement_by_number(charged: MoneyRows, received: MoneyRows) -> _Settlement | None:
    """That one table's rows name those of the other that they pay; None where they do not."""
    for named, naming in _numbers(charged.profile, received.profile):
        paid = _by_number(charged, received, named, naming)
        if paid is not None:
            words = f"{naming.source} of {received.guess.name} names the rows of {charged.guess.name} that it pays"
            return _Settlement(charged, received, paid, words)
    return None


def _numbers(charged: TableProfile, received: TableProfile) -> Iterator[tuple[Profile, Profile]]:
    """Columns that name the rows of the one table, each with a column of the other that holds such numbers."""
    named = [each for each in charged.columns.values() if each.is_unique and _could_name(each, charged)]
    naming = [each for each in received.columns.values() if each.distinct >= _FEWEST and _could_name(each, received)]
    for ours in named:
        for theirs in naming:
            if containment(theirs, ours) >= _CONTAINED:
                yield ours, theirs


def _could_name(column: Profile, table: TableProfile) -> bool:
    return column.could_name_things and (column.is_whole or column.is_code) and column.source not in table.times


def _by_number(charged: MoneyRows, received: MoneyRows, named: Profile, naming: Profile) -> pl.Series | None:
    """(charged rows,) whether anything came in, by numbers; None where amounts, days or customers speak against it."""
    sums = (
        received.rows.with_columns(key=as_keys(naming))
        .filter(pl.col("key").is_not_null(), pl.col("amount") > 0)
        .group_by("key")
        .agg(came=pl.col("amount").sum(), first=pl.col("day").min(), by=pl.col("who").first())
    )
    both = charged.rows.with_columns(key=as_keys(named)).join(sums, on="key").filter(pl.col("amount") > 0)
    if both.height < _FEWEST:
        return None
    within = share_of(both["came"] <= both["amount"] + _CENT)
    in_full = share_of((both["came"] - both["amount"]).abs() <= _CENT)
    later = share_of(both["first"] >= both["day"])
    same = (both["by"] == both["who"]).drop_nulls()
    is_same = not len(same) or share_of(same) >= _NEARLY_ALL
    # What is promised may be paid by instalments, of which none is all of it; refunds are of few rows.
    is_paid = in_full >= _IN_FULL or both.height >= _PAID * charged.rows.height
    if within < _NEARLY_ALL or not is_paid or later < _NEARLY_ALL or not is_same:
        return None
    return charged.rows["row"].is_in(both["row"].implode())


def _with_what_lines_lack(charged: MoneyRows, received: MoneyRows) -> str:
    """In words, that payments are the lines of their order and what no line says; empty where they are not.

    What no line says makes them more, as shipping does, or less, as a discount on the order does.
    """
    for named, naming in _numbers(charged.profile, received.profile):
        came = received.rows.with_columns(key=as_keys(naming)).filter(pl.col("amount") > 0).drop_nulls("key")
        sums = came.group_by("key").agg(came=pl.col("amount").sum())
        both = charged.rows.with_columns(key=as_keys(named)).join(sums, on="key").filter(pl.col("amount") > 0)
        if both.height < _FEWEST:
            continue
        covers = share_of(both["came"] >= both["amount"] - _CENT)
        more = share_of(both["came"] > both["amount"] + _CENT)
        if covers >= _NEARLY_ALL and 1 - _NEARLY_ALL < more <= 1 - _IN_FULL:
            return (
                f"{received.guess.name} come to the lines of {charged.guess.name} and in {percent(more, 0)} of them to "
                "more, which no line says: what was paid counts"
            )
        near, accidental = (_share_near(both["amount"], paid) for paid in (both["came"], both["came"].reverse()))
        if more > 1 - _NEARLY_ALL and near >= _NEAR_LINES and accidental <= near / 2:
            return (
                f"{received.guess.name} name the rows of {charged.guess.name} and come near to their lines, with what "
                "no line says on top or off: what was paid counts"
            )
    return ""


def _share_near(amounts: pl.Series, paid: pl.Series) -> float:
    """The share of amounts that differ from what was paid by no more than a discount or a fee."""
    pairs = pl.DataFrame({"amount": amounts, "paid": paid})
    difference = (pl.col("paid") - pl.col("amount")).abs()
    return share_of(pairs.select(difference <= _MOST_BESIDE * pl.max_horizontal("amount", "paid")).to_series())


def _by_amount(charged: MoneyRows, received: MoneyRows) -> pl.Series | None:
    """(charged rows,) whether their customer paid their amount later; None where that may be accidental."""
    came = received.rows.drop_nulls().filter(pl.col("amount") > 0)
    owed = charged.rows.drop_nulls().filter(pl.col("amount") > 0)
    if came.height < _FEWEST or owed.height < _FEWEST:
        return None
    # Who pays the same each time has his amounts in any two tables.
    if min(rows.select("who", "amount").n_unique() / rows.height for rows in (came, owed)) < _OWN_AMOUNTS:
        return None
    pairs = _pairs(owed, came)
    matched = pairs["row_right"].n_unique() / came.height
    people = came["who"].unique().sort()
    others = dict(zip(people, people.shift(-1).fill_null(people[0]), strict=True))
    accidental = _pairs(owed, came.with_columns(pl.col("who").replace(others)))["row_right"].n_unique() / came.height
    if matched < _CONTAINED or accidental > _ACCIDENTAL * matched:
        return None
    return charged.rows["row"].is_in(pairs["row"].unique().implode())


def _pairs(owed: pl.DataFrame, came: pl.DataFrame) -> pl.DataFrame:
    """Each charged row with the later ones of the same customer and amount in the other table."""
    cents = (pl.col("amount") * 100).round().cast(pl.Int64).alias("cents")
    both = owed.with_columns(cents).join(came.with_columns(cents), on=["who", "cents"])
    return both.filter(pl.col("day_right") >= pl.col("day"))


def _with_states(table: TableGuess, settlement: _Settlement) -> TableGuess:
    """The charged table with states of which nothing ever came in as open, or asked about, and paid ones as sales."""
    sources = {column.name: column.source for column in table.columns}
    statuses = [
        _with_payments(status, settlement.charged.profile.columns[sources[status.column]], settlement)
        if sources.get(status.column) in settlement.charged.profile.columns
        else status
        for status in table.statuses
    ]
    return replace(table, statuses=tuple(statuses))


def _with_payments(status: StatusGuess, column: Profile, settlement: _Settlement) -> StatusGuess:
    rows = pl.DataFrame({"text": column.series.cast(pl.String), "paid": settlement.is_paid}).drop_nulls()
    shares = {
        text: (share, count)
        for text, share, count in rows.group_by("text").agg(pl.col("paid").mean(), pl.len()).iter_rows()
    }
    frequent = {text: share for text, (share, count) in shares.items() if count >= _FEWEST_OF_STATE}
    if not any(share >= _ALWAYS for share in frequent.values()):
        return status
    never = {text for text, share in frequent.items() if share <= _NEVER}
    always = {text for text, share in frequent.items() if share >= _ALWAYS}
    likeliest = dict(status.likeliest)
    likeliest |= {text: Meaning.OPEN for text in status.unknown if text in never}
    likeliest |= {text: Meaning.SALE for text in status.unknown if text in always}
    if not never & set(status.unknown):
        return replace(status, likeliest=likeliest)
    why = f"nothing came in {settlement.received.guess.name} of {', '.join(sorted(never & set(status.unknown)))}"
    return replace(status, likeliest=likeliest, why=f"{status.why}; {why}" if status.why else why)


def _decided(first: TableGuess, later: TableGuess, settlement: _Settlement) -> tuple[TableGuess, TableGuess]:
    """The charged and the received table: one counts by itself where both say the same, else it is asked."""
    charged, received = settlement.charged, settlement.received
    sums = [
        float(charged.rows.filter(rows_that_count(first, charged.profile, but=but))["amount"].sum())
        for but in (frozenset[Meaning](), frozenset({Meaning.REVERSED}))  # what was paid may have been given back since
    ]
    if any(abs(each - received.total) <= _AGREES * received.total for each in sums):
        if later.holds.value == "payments":
            return first, later
        evidence = f"{later.holds.evidence}; {settlement.words}: the same money, which counts there"
        paying = replace(later.holds, value="payments", confidence=_SURE, evidence=evidence, choices=())
        if not settlement.is_numbered:
            both = (
                f"{received.shown}: payments of {charged.shown}, or sales of their own (transactions), counted as well"
            )
            paying = replace(
                paying, confidence=0.5, evidence=f"{evidence}; {both}", choices=("payments", "transactions")
            )
        return first, replace(later, holds=paying, sale_lines=False)
    paid = share_of(settlement.is_paid)
    if paid < _PAID:
        return first, _may_give_back(later, settlement, tells_of_refunds(first))
    evidence = (
        f"{settlement.words}, {percent(paid, 0)} of them: the same money, so only one table counts; what came in "
        f"({received.shown}: answer events), or what was charged or promised ({charged.shown}: answer transactions)"
    )
    counts = replace(later.holds, value="transactions", evidence=f"{later.holds.evidence}; {settlement.words}")
    return with_one_that_counts(first, replace(later, holds=counts), evidence)


def _may_give_back(later: TableGuess, settlement: _Settlement, teller: str) -> TableGuess:
    """A table that names few rows of the sales, later and never for more, with a question: is its money given back?

    Args:
        later: the table. settlement: how its rows name those of the sales.
        teller: the column of the sales that tells of refunds already; empty where none does.
    """
    if not settlement.is_numbered or later.holds.value != "transactions":
        return later
    words = settlement.words.replace("that it pays", "that it is of")
    words = f"{words}, {percent(share_of(settlement.is_paid), 0)} of them, later and never for more"
    sums = f"{settlement.received.shown}; {settlement.charged.shown}"
    if teller:
        evidence = (
            f"{words}: {teller} tells of refunds already, so they are not taken off again (events), or they are money "
            f"that comes in as well (transactions)? {sums}"
        )
        holds = replace(later.holds, value="events", confidence=0.5, choices=("events", "transactions"))
        return replace(later, holds=replace(holds, evidence=evidence))
    evidence = f"{words}: money given back (true), or money that comes in as well (false)? {sums}"
    about = f"{later.name}.money.gives_back"
    question = Guess(about, "true", 0.5, evidence, f"tables.{about}", ("true", "false"))
    money = (later.money or MoneySettings()).model_copy(update={"gives_back": True})
    return replace(later, money=money, settings_guesses=(*later.settings_guesses, question))
