"""Statements with a column of what comes in beside one of what goes out: by a running balance, or by their names.

    moved_by(table, numbers, whose) -> the two columns and what proves them; None where a table has no such two
    amount_of(movement, table) -> the amount that follows

Each balance is the one before it plus what stands in one column less what stands in the other, which no other columns
do by chance. The balance of the whole file is the business's own, so that what raises it has come in. That of each
customer may be what the customer owes (raised by charges) or what is left of a deposit (raised by payments).
"""

# ruff: noqa: E501
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations

import polars as pl

from holdfast.column_types import Kind
from holdfast.formatting import percent
from holdfast.inference.money.word_roles import RoleGuess
from holdfast.inference.profiles.columns import Profile, greatest_of, least_of, share_of
from holdfast.inference.profiles.tables import TableProfile, as_keys
from holdfast.inference.words.names import says, whole_words
from holdfast.inference.words.status_column import StatusColumn
from holdfast.meanings import Meaning

_ACCOUNT = whole_words(r"account|accounts|konto|kontonummer|iban|wallet|compte|cuenta|conta|rekening|счет|口座|账户")
_IN = whole_words(
    r"(?:money |cash |paid |amount )?in|incoming|inflows?|deposits?|deposited|receipts?|received|einzahlung(?:en)?|eingang|eingange|gutschrift(?:en)?|zufluss|versements?|encaissements?|recettes?"
    r"|ingresos?|entradas?|depositos?|cobros?|abonad[oa]s?|versament[oi]|entrat[ae]|accredit[oi]|incass[oi]|bijschrijving(?:en)?|ontvang(?:en|sten)|bij|stortingen|insattning(?:ar)?|inbetalning(?:ar)?|indbetaling(?:er)?|innbetaling(?:er)?|innskudd|inn|ind"
    r"|wplat[ay]|wplyw[y]?|uznani[ae]|prijmy?|prijem|vklad|bevetel|befizetes|jovairas|incasari|yatan|giren|tahsilat|приход|поступлени[ея]|入金(?:額|金額)?|お?預(?:入|け入れ)(?:金額|額)?|收入(?:金额)?|存入|입금(?:액)?|πιστωση"
)
_OUT = whole_words(
    r"(?:money |cash |paid |amount )?out|outgoing|outflows?|withdrawals?|withdrawn|spending|expenses?|charges?|charged|invoiced|billed|auszahlung(?:en)?|ausgang|ausgange|ausgaben?|abfluss|belastung(?:en)?|retraits?|decaissements?|depenses?"
    r"|egresos?|salidas?|saidas?|gastos?|despesas?|retiros?|prelievi|prelievo|uscit[ae]|addebit[oi]|afschrijving(?:en)?|uitgaven|af|opnames?|uttag|utbetalning(?:ar)?|udbetaling(?:er)?|utbetaling(?:er)?|uttak|ut|ud"
    r"|wyplat[ay]|wydatki|wydatek|rozchod|obciazeni[ae]|vydaje|vydaj|vyber|kiadas|kifizetes|terheles|plati|cekilen|cikan|расход|списани[ея]|出金(?:額|金額)?|お?引(?:出|き出し)(?:金額|額)?|支出(?:金额)?|支取|출금(?:액)?|χρεωση"
)
# Of bookkeeping: what is credited to a customer, or by the bank, has come in; in the books of the business it went out.
_CREDIT = whole_words(
    r"credits?|cr|haben|haber|abonos?|creditos?|avere|ma|kredyt|kredit|credito|crediti|кредит|貸方|贷方"
)
_DEBIT = whole_words(r"debits?|dr|soll|debe|cargos?|debitos?|dare|wn|winien|debet|debiti|дебет|借方|débit")
_FEWEST = 20  # steps from a balance to the next
_PROVEN = 0.95  # share of these that are what came in less what went out
_BOTH = 0.02  # share of the rows, from which on each of the two columns is used
_ONE_OF_THEM = 0.98  # share of the rows with money in one of them alone
_MOST_COLUMNS = 10  # of numbers, that are tried
_MOST_ROWS = 20_000  # the first ones, for a balance needs the row before it
_CLEARED = 0.3  # share of the rows of one column after which nothing is left, as payments of what is owed leave it
_ALIKE = 0.9  # share of those to whom something goes out who have paid in
_LITTLE = 0.3  # of what came in; more is no money given back
_MOST = 0.7  # of what came in: its kind was received
_IN_QUESTION = 0.5
_CENT = 0.011


@dataclass(frozen=True)
class Movement:
    """The column of what came in beside that of what went out."""

    into: str
    out: str
    words: str
    confidence: float
    is_of_each: bool = False  # the balance is each customer's


def moved_by(table: TableProfile, numbers: Mapping[str, Profile], whose: Collection[str]) -> Movement | None:
    """The columns of what comes in and of what goes out; None in a table without such two.

    Args:
        table: the table.
        numbers: its columns of numbers, by source.
        whose: source columns that say whose a row is.
    """
    return table.once("in and out", lambda same: _moved_by(same, numbers, whose))


def amount_of(movement: Movement, table: TableProfile, whose: Collection[str]) -> RoleGuess:
    """The amount of a statement: what came in, less what went back to those who had paid; a question where unproven."""
    columns = table.columns
    total_in, total_out = (float(columns[name].all_numbers.abs().sum()) for name in (movement.into, movement.out))
    evidence = f"{movement.words}; {movement.into}: {total_in:,.2f} in all, {movement.out}: {total_out:,.2f}"
    minus: tuple[str, ...] = ()
    back = None if movement.is_of_each else _goes_back(table, movement, whose)
    if back is not None and back.of_rows >= _ALIKE and total_out <= _LITTLE * total_in:
        minus, evidence = (movement.out,), f"{evidence}; what goes out goes to those who have paid in: given back"
    elif back is not None and back.amount > _CENT:
        evidence += f", of which {back.amount:,.2f} went to those who have paid in and is not taken off"
    choices = (movement.into, movement.out)
    return RoleGuess(
        "amount", movement.into, Kind.MONEY, movement.confidence, evidence, choices, minus=minus, is_moved=True
    )


def with_kinds_of_what_came_in(states: Sequence[StatusColumn], table: TableProfile, into: str) -> list[StatusColumn]:
    """The states and kinds of a statement: those of rows in which nothing came in say nothing of the money.

    What a credit note takes off what is owed has not come in; and what alone came in is what was received.

    Args:
        states: the columns of states and kinds.
        table: the statement.
        into: the source column of what came in.
    """
    numbers = table.columns[into].all_numbers.fill_null(0.0).abs()
    return [_of_what_came_in(state, table.columns[state.source].series, numbers) for state in states]


def _of_what_came_in(state: StatusColumn, texts: pl.Series, numbers: pl.Series) -> StatusColumn:
    rows = pl.DataFrame({"text": texts.cast(pl.String), "amount": numbers}).drop_nulls()
    moved = {str(text): float(total) for text, total in rows.group_by("text").agg(pl.col("amount").sum()).iter_rows()}
    nothing = [text for text, total in moved.items() if total <= _CENT]
    result = state
    for meaning, several in state.means.items():
        for text in several:
            if text in nothing:
                result = result.moved(text, Meaning.NEUTRAL)
            elif meaning in {Meaning.REFUND, Meaning.REVERSED}:
                result = result.moved(text, Meaning.VOID)
    for text in state.unknown:
        if text in nothing:
            result = result.settled(text, Meaning.NEUTRAL)
        elif state.likeliest.get(text) in {Meaning.REFUND, Meaning.REVERSED}:
            result = result.doubting(text, Meaning.VOID)
    open_ones = [text for text in result.unknown if result.likeliest.get(text) is not Meaning.VOID]
    main = max(open_ones, key=lambda text: moved.get(text, 0.0), default="")
    is_most = moved.get(main, 0.0) >= _MOST * sum(moved.values())
    if main and Meaning.SALE not in result.means and (is_most or len(result.unknown) == 1):
        result = result.settled(main, Meaning.SALE)
    return result


def _moved_by(table: TableProfile, numbers: Mapping[str, Profile], whose: Collection[str]) -> Movement | None:
    rows = pl.DataFrame({name: column.all_numbers for name, column in numbers.items()}).head(_MOST_ROWS)
    for first, second in _pairs(rows):
        if table.sample.is_whole and (proven := _by_balance(table, rows, (first, second), whose)) is not None:
            return proven
        named = _by_names(first, second)
        if named is not None:
            return named
    return None


def _pairs(rows: pl.DataFrame) -> Iterator[tuple[str, str]]:
    """Columns of which nearly each row uses one alone, each with one sign."""
    used = {name: (rows[name].fill_null(0.0).abs() > _CENT) for name in rows.columns}
    fitting = [
        name
        for name, is_used in used.items()
        if _BOTH <= share_of(is_used) <= 1 - _BOTH and (least_of(rows[name]) >= 0 or greatest_of(rows[name]) <= 0)
    ][:_MOST_COLUMNS]
    for at, first in enumerate(fitting):
        for second in fitting[at + 1 :]:
            if share_of(used[first] ^ used[second]) >= _ONE_OF_THEM:
                yield first, second


def _by_names(first: str, second: str) -> Movement | None:
    """The two columns by their names, where each names its direction."""
    for into, out in permutations((first, second)):
        if says(into, _IN) and says(out, _OUT) and not (says(into, _OUT) or says(out, _IN)):
            return Movement(into, out, "by their names one column is of what comes in, the other of what goes out", 0.8)
        if says(into, _CREDIT) and says(out, _DEBIT):
            words = f"a row has {into} or {out}, and which of the two is money received depends on whose books they are"
            return Movement(into, out, words, _IN_QUESTION)
    return None


def _by_balance(
    table: TableProfile, rows: pl.DataFrame, pair: tuple[str, str], whose: Collection[str]
) -> Movement | None:
    """The two columns by a balance that one of them raises and the other lowers."""
    accounts = [name for name in table.columns if name in whose or says(name, _ACCOUNT)]
    best: tuple[float, str, str, str, str] | None = None
    moves = {name: rows[name].fill_null(0.0).abs() for name in pair}
    for balance in [name for name in rows.columns if name not in pair]:
        for account in ("", *accounts):
            keys = pl.Series([""]).new_from_index(0, rows.height) if not account else as_keys(table.columns[account])
            with_key = pl.DataFrame([keys.head(rows.height).alias("key"), rows[balance].alias("balance")])
            for raising, lowering in permutations(pair):
                step = (moves[raising] - moves[lowering]).alias("step")
                agrees = max(_agrees(with_key.with_columns(step), shift) for shift in (1, -1))
                if agrees >= _PROVEN and (best is None or agrees > best[0]):
                    best = (agrees, account, balance, raising, lowering)
    if best is None:
        return None
    agrees, account, balance, raising, lowering = best
    of = f" of one {account}" if account else ""
    words = f"each {balance}{of} is the one before it plus {raising} less {lowering}, in {percent(agrees)} of the rows"
    if not account or table.columns[account].distinct == 1:
        return Movement(raising, lowering, words, 0.9)
    return _of_each(rows, balance, (raising, lowering), words)


def _agrees(rows: pl.DataFrame, shift: int) -> float:
    """The share of the steps from a balance to the next of the same account that the movements explain."""
    moved = (pl.col("balance") - pl.col("balance").shift(shift).over("key") - pl.col("step")).abs()
    off = rows.select(moved.alias("off"))["off"].drop_nulls()
    return share_of(off <= _CENT) if len(off) >= _FEWEST else 0.0


def _of_each(rows: pl.DataFrame, balance: str, moves: tuple[str, str], words: str) -> Movement:
    """The two columns beside a balance of each customer: what is owed is paid to nothing, a deposit is used up."""
    raising, lowering = moves
    after = rows.filter(rows[lowering].fill_null(0.0).abs() > _CENT)[balance].abs()
    is_owed = share_of(after <= _CENT) >= _CLEARED
    into, out = (lowering, raising) if is_owed else (raising, lowering)
    named = _by_names(raising, lowering)
    agrees = named is not None and named.into == into
    if named is not None and named.confidence > _IN_QUESTION:  # words of bookkeeping speak of somebody's books
        into, out = named.into, named.out
    shown = "is mostly nothing" if is_owed else "is mostly something"
    return Movement(
        into, out, f"{words}, and {shown} after {lowering}", 0.85 if agrees else _IN_QUESTION, is_of_each=True
    )


@dataclass(frozen=True)
class _Back:
    """What goes out to those who have paid in."""

    of_rows: float  # share of the rows in which something goes out
    amount: float


def _goes_back(table: TableProfile, movement: Movement, whose: Collection[str]) -> _Back | None:
    """What goes out to those who have paid in; None where rows do not say to whom it goes."""
    who = next((name for name in whose if name in table.columns), None)
    if who is None:
        return None
    into, out = (table.columns[name].all_numbers.fill_null(0.0).abs() for name in (movement.into, movement.out))
    rows = pl.DataFrame([as_keys(table.columns[who]).alias("who"), into.alias("into"), out.alias("out")])
    goes_out = rows.filter(pl.col("out") > _CENT)
    if share_of(goes_out["who"].is_not_null()) < _ALIKE:
        return None
    named = goes_out.drop_nulls("who")
    back = named.filter(named["who"].is_in(rows.filter(pl.col("into") > _CENT)["who"].drop_nulls().unique().implode()))
    return _Back(back.height / max(1, named.height), float(back["out"].sum()))
