"""Movements of an account: a column that says in or out beside unsigned amounts, and balances that prove whose they are."""

# ruff: noqa: E501
import re
from collections.abc import Collection
from dataclasses import dataclass

import polars as pl

from holdfast.formatting import percent
from holdfast.inference.guesses import StatusGuess
from holdfast.inference.profiles.columns import Profile, least_of, share_of
from holdfast.inference.profiles.tables import TableProfile, as_keys
from holdfast.inference.words.names import plain, says, whole_words
from holdfast.inference.words.states import MOST_STATES, Purpose, is_named_kind, meaning_of
from holdfast.inference.words.vocabulary import QUANTITY, UNIT_PRICE
from holdfast.meanings import Meaning

BALANCE = whole_words(
    r"balance|saldo|kontostand|solde|running balance|account balance|saldo disponible|saldi|zustatek|bilans|остаток|баланс|残高|余额"
)
_ACCOUNT = whole_words(r"account|accounts|konto|kontonummer|iban|wallet|compte|cuenta|conta|rekening|счет|口座|账户")
# What comes in and what goes out, as the column writes it; whether the words are of bookkeeping, where only the account
# of which they stand says what comes in.
_PAIRS: tuple[tuple[str, str, bool], ...] = (
    ("credit", "debit", True), ("credits", "debits", True), ("c", "d", True), ("cr", "dr", True), ("crdt", "dbit", True),
    ("cred", "deb", True), ("haben", "soll", True), ("h", "s", True), ("haber", "debe", True), ("abono", "cargo", True),
    ("credito", "debito", True), ("avere", "dare", True), ("a", "d", True), ("ma", "wn", True), ("kredyt", "debet", True),
    ("credit", "debet", True), ("kredit", "debet", True), ("kredit", "debit", True), ("дебет", "кредит", True), ("bij", "af", False),
    ("in", "out", False), ("incoming", "outgoing", False), ("inflow", "outflow", False), ("inbound", "outbound", False),
    ("eingang", "ausgang", False), ("einnahme", "ausgabe", False),
    ("gutschrift", "lastschrift", False), ("entrada", "salida", False), ("entrada", "saida", False), ("ingreso", "egreso", False),
    ("ingreso", "gasto", False), ("receita", "despesa", False), ("entrata", "uscita", False), ("recette", "depense", False),
    ("encaissement", "decaissement", False), ("income", "expense", False),
    ("received", "sent", False), ("received", "paid", False), ("wplyw", "wydatek", False), ("приход", "расход", False),
    ("+", "-", False), ("plus", "minus", False), ("入金", "出金", False), ("收入", "支出", False),
)  # fmt: skip
_SHORT = 2  # letters; C and D may be anything, so a short one needs a name that says direction
_NAMED = re.compile(
    r"(?<![a-z])(?:d ?/ ?c|c ?/ ?d|dr ?/ ?cr|cr ?/ ?dr|s ?/ ?h|soll ?[/_ -] ?haben|debe ?[/_ -] ?haber|dare ?[/_ -] ?avere|wn ?/ ?ma"
    r"|af ?[/_ ] ?bij|debit ?[/_ -]? ?credit|credit ?[/_ -]? ?debit|direction|sign|drcr|crdr|dc|vorzeichen|richtung|sens|sentido|segno|flow|in ?/ ?out"
    r"|indicator|kennzeichen|sh|buchungsart|umsatzart)(?![a-z])"
)
_NO_DIRECTION = whole_words(r"card|method|payment method|funding|account type|instrument|karte|kartenart")
_PROVEN = 0.95  # share of the steps from a balance to the next that are the amount
_FEWEST = 20  # such steps
_CLEARED = 0.3  # share of the payments of what is owed after which nothing is
_CENT = 0.011


@dataclass(frozen=True)
class Direction:
    """A column that says of each unsigned amount whether it came in or went out."""

    source: str
    into: str
    out: str
    is_ledger: bool


def direction_of(table: TableProfile, amount: str) -> Direction | None:
    """The column that tells what comes in from what goes out; None where there is none, or the amounts have signs."""
    if least_of(table.columns[amount].numbers) < 0:
        return None
    has_balance = _balance_of(table, amount) is not None
    for name, column in table.columns.items():
        if not column.is_text_typed or column.distinct != 2 or says(name, _NO_DIRECTION):
            continue
        written = {_word(text): text for text in column.values}
        for into, out, is_ledger in _PAIRS:
            if set(written) != {into, out}:
                continue
            is_named = bool(_NAMED.search(plain(name).replace("_", " ")))
            is_clear = max(len(into), len(out)) > _SHORT or into == "+"
            if is_named or (is_clear and (not is_ledger or has_balance or is_named_kind(name))):
                return Direction(name, written[into], written[out], is_ledger)
    return None


def movement_statuses(
    table: TableProfile, amount: str, names: dict[str, str], whose: Collection[str]
) -> list[tuple[str, StatusGuess]]:
    """What the rows of an account's statement are, each with the source of its column; none of other tables.

    Args:
        table: the table.
        amount: the source column of the money.
        names: source column -> our name of it.
        whose: source columns that say whose a row is.
    """
    direction = direction_of(table, amount)
    proof = _running_balance(table, amount, whose)
    if proof is not None and proof.accounts > 1:
        column = _kinds(table, {amount, *(() if direction is None else (direction.source,))}) or (
            None if direction is None else table.columns[direction.source]
        )
        if column is None:
            return []
        if owed := _of_what_is_owed(table, column, proof):
            return [(column.source, StatusGuess(names.get(column.source, column.source), owed))]
        return [
            (
                column.source,
                _question(table, column, amount, names, f"{proof.evidence}: the rows move the customers' own money"),
            )
        ]
    if direction is None:
        return []
    name = names.get(direction.source, direction.source)
    if direction.is_ledger and proof is None:
        why = f"{direction.source} gives the unsigned amounts a direction, and which of the two is a sale depends on the account that is booked"
        column = table.columns[direction.source]
        guess = _question(
            table, column, amount, names, why, (Meaning.SALE, Meaning.REFUND, Meaning.SETTLEMENT, Meaning.TRANSFER)
        )
        return [(direction.source, guess)]
    # Of the business's own account, what goes out is money that it spends; elsewhere what goes out is given back.
    out = Meaning.TRANSFER if proof is not None else Meaning.REFUND
    return [(direction.source, StatusGuess(name, {Meaning.SALE: (direction.into,), out: (direction.out,)}))]


def _word(text: str) -> str:
    return text.strip() if text.strip() in {"+", "-"} else re.sub(r"[^\w]+", "", plain(text))


def _balance_of(table: TableProfile, amount: str) -> str | None:
    return next(
        (name for name, column in table.columns.items() if name != amount and column.is_number and says(name, BALANCE)),
        None,
    )


@dataclass(frozen=True)
class _Proof:
    accounts: int
    evidence: str
    balance: str
    keys: pl.Series  # (rows,) whose balance it is
    step: int  # from the row before (1) or, newest first, from the one after (-1)


def _is_priced_by_piece(table: TableProfile, amount: str) -> bool:
    """Whether the amounts are units times their price: sales, whose balance is no more than their sum so far."""
    numbers = {name: column.all_numbers for name, column in table.columns.items() if column.is_number}
    units = [numbers[name] for name in numbers if says(name, QUANTITY) and name != amount]
    prices = [numbers[name] for name in numbers if says(name, UNIT_PRICE) and name != amount]
    products = [count * price for count in units for price in prices]
    return any(share_of((each.abs() - numbers[amount].abs()).abs() <= _CENT) >= _PROVEN for each in products)


def _running_balance(table: TableProfile, amount: str, whose: Collection[str]) -> _Proof | None:
    """Proof that a balance runs beside the amounts: over the whole file, or for each account by itself."""
    balance = _balance_of(table, amount)
    if balance is None or not table.sample.is_whole or _is_priced_by_piece(table, amount):
        return None
    rows = pl.DataFrame(
        {"balance": table.columns[balance].all_numbers, "amount": table.columns[amount].all_numbers.abs()}
    )
    accounts = [name for name in table.columns if name in whose or says(name, _ACCOUNT)]
    for name in ("", *accounts):
        keys = pl.Series([""]).new_from_index(0, rows.height) if not name else as_keys(table.columns[name])
        with_key = rows.with_columns(keys.alias("key"))
        for step in (1, -1):  # oldest first, or newest first
            moved = (pl.col("balance") - pl.col("balance").shift(step).over("key")).abs()
            off = with_key.select((moved - pl.col("amount")).abs().alias("off"))["off"].drop_nulls()
            if len(off) >= _FEWEST and share_of(off <= _CENT) >= _PROVEN:
                of = f" of {name}" if name else ""
                words = f"each {balance}{of} is the one before it plus or minus {amount}, in {percent(share_of(off <= _CENT))} of the rows"
                return _Proof(keys.n_unique(), words, balance, keys.alias("key"), step)
    return None


def _of_what_is_owed(table: TableProfile, column: Profile, proof: _Proof) -> dict[Meaning, tuple[str, ...]]:
    """What the kinds of movements mean where the balance is what a customer owes: charges raise it, payments settle it.

    What is owed is paid in full, so that nothing is left after many payments; credit notes lower it too, and seldom to
    nothing. Empty where the balance may be anything else.
    """
    rows = pl.DataFrame([proof.keys, table.columns[proof.balance].all_numbers.alias("after")]).with_columns(
        kind=column.series.cast(pl.String)
    )
    before = pl.col("after").shift(proof.step).over("key").fill_null(0.0)
    moved = rows.with_columns(moved=pl.col("after") - before).drop_nulls("kind").filter(pl.col("moved").abs() > _CENT)
    kinds = moved.group_by("kind").agg(
        raises=(pl.col("moved") > 0).mean(),
        clears=(pl.col("after").abs() <= _CENT).filter(pl.col("moved") < 0).mean(),
        total=pl.col("moved").abs().sum(),
    ).sort("total", descending=True)  # fmt: skip
    charges = kinds.filter(pl.col("raises") >= _PROVEN)["kind"].to_list()
    lowering = kinds.filter(pl.col("raises") <= 1 - _PROVEN)
    clearing = lowering.filter(pl.col("clears") >= _CLEARED)["kind"].to_list()
    payments = [kind for kind in clearing if meaning_of(kind, Purpose.MONEY) is not Meaning.REFUND]
    if not charges or not payments or len(charges) + lowering.height < kinds.height:
        return {}
    notes = tuple(kind for kind in lowering["kind"] if kind not in payments)
    owed = {Meaning.SALE: tuple(charges), Meaning.REFUND: notes, Meaning.SETTLEMENT: tuple(payments)}
    return {meaning: texts for meaning, texts in owed.items() if texts}


def _kinds(table: TableProfile, taken: Collection[str]) -> Profile | None:
    """The column that says of which kind a movement is: a named one first, else the one with fewest texts."""
    fitting = [
        column
        for name, column in table.columns.items()
        if name not in taken and column.is_text_typed and not column.is_number and name not in table.times
        and 2 <= column.distinct <= MOST_STATES and is_named_kind(name)
    ]  # fmt: skip
    return min(fitting, key=lambda column: column.distinct) if fitting else None


def _question(
    table: TableProfile, column: Profile, amount: str, names: dict[str, str], why: str,
    proposed: tuple[Meaning, ...] = (Meaning.TRANSFER, Meaning.SALE, Meaning.REFUND, Meaning.NEUTRAL),
) -> StatusGuess:  # fmt: skip
    rows = pl.DataFrame({"text": column.series, "amount": table.columns[amount].all_numbers}).drop_nulls("text")
    by_text = (
        rows.group_by("text")
        .agg(pl.len().alias("rows"), pl.col("amount").sum())
        .sort(["rows", "text"], descending=[True, False])
    )
    sums = "; ".join(f"{text}: {total:,.2f} in all" for text, _, total in by_text.head(8).iter_rows())
    why = f"{why}; which are income of the business (sale), and which not (transfer)? {sums}"
    unknown = {str(text): int(count) for text, count, _ in by_text.iter_rows()}
    return StatusGuess(names.get(column.source, column.source), {}, unknown, proposed, why)
