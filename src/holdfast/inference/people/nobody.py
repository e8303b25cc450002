"""Finds what stands in the customer's column and names no customer: total rows, guests, one id for many people."""

# ruff: noqa: E501
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

import polars as pl

from holdfast.formatting import percent, plural
from holdfast.inference.guesses import CONFIDENT
from holdfast.inference.people.key import Key
from holdfast.inference.profiles.columns import Profile, share_of
from holdfast.inference.profiles.tables import TableProfile
from holdfast.inference.words.names import plain

_SURE_TOTAL = re.compile(
    r"^(?:(?:grand|overall|report|sheet|sub) ?-?totals?|total (?:general|generale|geral|overall|amount|sum)|totaux|gesamt ?-?(?:summe|ergebnis|betrag|total)|zwischen ?-?(?:summe|ergebnis)|end ?-?summe|summe gesamt|somme totale|sous ?-?total|suma total|totaal generaal|eindtotaal|subtotaal|总计|合计|小计|総計|合計|小計|итого|всего)\b.*$"
)
_TOTAL = re.compile(
    r"^(?:totals?|total(?:e|es|i)|summen?|sums?|somme|suma|soma|totaal|gesamt|insgesamt|razem|celkem|toplam)\b.*$"
)
# A word of each pattern here: what has none of them matches none of them.
_OF_TOTALS = "(?i)tota|sum|som|gesamt|ergebnis|razem|celkem|toplam|итог|всего|计|計"
_OF_GROUP = re.compile(r"^(.+?)[ _-]+(total|subtotal|ergebnis|summe|gesamt|totale|totaal|итог)$", re.IGNORECASE)
_STAND_INS = frozenset(
    [
        "null",
        "undefined",
        "(not set)",
        "not set",
        "(none)",
        "none",
        "nan",
        "n/a",
        "na",
        "#n/a",
        "nil",
        "guest",
        "guests",
        "guest checkout",
        "gast",
        "gastbestellung",
        "invite",
        "invitado",
        "convidado",
        "ospite",
        "anonymous",
        "anonym",
        "anonyme",
        "anonimo",
        "unknown",
        "unbekannt",
        "inconnu",
        "desconocido",
        "sconosciuto",
        "test",
        "tester",
        "test customer",
        "testkunde",
        "test user",
        "dummy",
        "no customer",
        "no name",
        "walk-in",
        "walk in",
        "walk-in customer",
        "cash customer",
        "barverkauf",
        "laufkunde",
        "default",
        "deleted",
        "-",
        "--",
        "?",
        "00000000-0000-0000-0000-000000000000",
    ]
)
_NUMBERS = (
    "0",
    "-1",
    "99999",
    "999999",
    "9999999",
    "99999999",
    "999999999",
    "-999",
)  # real ids too: only where they hold many rows
_OUTSIZED = 10  # times the rows of the average customer from which a number of these is no customer
_LARGE = 0.1  # share of the rows from which one id is asked about, and
_MOST_TIMES = 20  # times the rows of the average customer
_FEW = 30  # different customers below which one of them may well hold much
_MOST_TOTALS = 0.2  # share of rows that may be totals
_AS_MANY = 0.9  # share of different ids that there must be different addresses of
_CENT = 0.011
_FEWEST_TIMES = 3  # days or months of which a row is the sum of the others, from which on it is a total
_GUESTS = 0.01  # share of rows without a customer but with an address from which on they are asked about
_FEWEST_ABOVE, _FEWEST_SUMS = 10, 2
_MOSTLY = 0.5
_TEST_ADDRESS = re.compile(
    r"^(?:test(?:er|ing|s)?\d*|dummy|fake|noreply|no-reply)@.*$|^.*@(?:test|example)\.(?:com|org|net)$"
)
_MOST_OWN = 0.05  # share of the addresses that a business's own domain holds at most
_OWN_ROWS = 0.01  # share of the rows that make it worth a question
_OWN_TIMES = 4.0  # times the rows of the average address


@dataclass(frozen=True)
class Nobody:
    """Texts of the customer's column that name nobody, and the key with the question that they give rise to."""

    key: Key
    texts: tuple[str, ...] = ()
    is_address: bool = False  # the key may be an e-mail address, whose case does not matter


def without_nobody(table: TableProfile, key: Key) -> Nobody:
    """What of the customer's column names no customer.

    Args:
        table: events or customers.
        key: the customer's column.
    """
    column = table.columns[key.source]
    blank = ("",) if column.filled < column.rows else ()
    if not column.is_text_typed and not column.is_number:
        return Nobody(key, blank)
    rows_of = _rows_of(column)
    totals = _totals(table, column, rows_of)
    stand_ins = _stand_ins(rows_of, column)
    texts = (*blank, *totals, *stand_ins)
    key = _with_evidence(key, totals, stand_ins, rows_of)
    address = _address(table, key.source)
    is_address = key.source == address
    rest = {text: rows for text, rows in rows_of.items() if text not in {*totals, *stand_ins}}
    large = _large(rest)
    if is_address:
        return _without_own_addresses(key, texts, rest)
    if large:
        texts = (*texts, large)
    blanks = _blank_rows_with(table, column, address)
    nameless = sum(rows_of[text] for text in stand_ins) + (rest[large] if large else 0) + blanks
    if not (large or (address and nameless)):
        return Nobody(key, texts)
    share = percent((nameless or rest[large]) / column.rows, 0)
    held_by = large or ", ".join(stand_ins)
    named = f"{held_by} holds {share} of the rows" if held_by else f"{share} of the rows have no {key.source}: it"
    if address:
        people = table.columns[address]
        is_nobody = column.series.is_null() | column.series.cast(pl.String).is_in([*stand_ins, large])
        by_address = people.series.str.to_lowercase().filter(is_nobody).drop_nulls().n_unique()
        joined = "and stands" if held_by else "stands"
        evidence = f"{named} {joined} for {plural(by_address, 'address', 'addresses')} of {address}, which may name the customers; else these rows are nobody's"
        question = Key(address, 0.5, evidence, (address, key.source))
        return Nobody(question, texts, True)
    evidence = f"{named}: taken for nobody; if it is one customer, take it out of nobody"
    return Nobody(replace(key, confidence=0.5, evidence=evidence, choices=(key.source,)), texts)


def named_nobody(table: TableProfile, key: Key) -> Nobody:
    """Total rows and stand-ins of the customer's column, by their words and sums; nothing of it is a question."""
    column = table.columns[key.source]
    blank = ("",) if column.filled < column.rows else ()
    if not column.is_text_typed:
        return Nobody(key, blank)
    rows_of = _rows_of(column)
    totals, stand_ins = _totals(table, column, rows_of), _stand_ins(rows_of, column)
    return Nobody(_with_evidence(key, totals, stand_ins, rows_of), (*blank, *totals, *stand_ins))


def _blank_rows_with(table: TableProfile, column: Profile, address: str) -> int:
    """Rows without a customer that have an address all the same: guests; 0 where they are too few to ask about."""
    if not address:
        return 0
    rows = int((column.series.is_null() & table.columns[address].series.is_not_null()).sum())
    return rows if rows >= _GUESTS * column.rows else 0


def _without_own_addresses(key: Key, texts: tuple[str, ...], rows_of: Mapping[str, int]) -> Nobody:
    """Addresses of tests name nobody; those of a domain whose few addresses hold many rows are asked about."""
    tests = tuple(text for text in rows_of if _TEST_ADDRESS.match(text.strip().lower()))
    if tests:
        rows = sum(rows_of[text] for text in tests)
        evidence = f"{key.evidence}; {', '.join(tests[:4])} ({plural(rows, 'row')}) is a test, no customer"
        key = replace(key, evidence=evidence)
    own = _own_domains({text: rows for text, rows in rows_of.items() if text not in tests})
    texts = (*texts, *tests, *(f"*@{domain}" for domain in own))
    if not own or key.confidence < CONFIDENT:
        return Nobody(key, texts, True)
    shown = "; ".join(
        f"{plural(addresses, 'address', 'addresses')} of {domain} hold {plural(rows, 'row')}"
        for domain, (addresses, rows) in own.items()
    )
    evidence = f"{shown}, many times those of others: taken for the business's own; if they are customers, take them out of nobody"
    return Nobody(replace(key, confidence=0.5, evidence=evidence, choices=(key.source,)), texts, True)


def _own_domains(rows_of: Mapping[str, int]) -> dict[str, tuple[int, int]]:
    """Domains of few addresses with many rows each -> their addresses and rows: staff order again and again."""
    by_domain: dict[str, list[int]] = {}
    for text, rows in rows_of.items():
        by_domain.setdefault(text.strip().lower().rpartition("@")[2], []).append(rows)
    if len(rows_of) < _FEW:
        return {}
    average = sum(rows_of.values()) / len(rows_of)
    return {
        domain: (len(rows), sum(rows))
        for domain, rows in by_domain.items()
        if domain
        and len(rows) <= _MOST_OWN * len(rows_of)
        and sum(rows) >= _OWN_ROWS * sum(rows_of.values())
        and sum(rows) / len(rows) >= _OWN_TIMES * average
    }


def _rows_of(column: Profile) -> dict[str, int]:
    texts = (
        column.series.cast(pl.String)
        if not column.series.dtype.is_float()
        else column.series.cast(pl.Int64, strict=False).cast(pl.String)
    )
    counts = texts.drop_nulls().value_counts(name="rows").sort("rows", texts.name, descending=[True, False])
    return {str(text): int(rows) for text, rows in counts.iter_rows()}


def _with_evidence(key: Key, totals: tuple[str, ...], stand_ins: tuple[str, ...], rows_of: Mapping[str, int]) -> Key:
    parts = []
    if totals:
        parts.append(f"{', '.join(totals[:4])}: {plural(len(totals), 'total')}, no customer")
    if stand_ins:
        rows = sum(rows_of[text] for text in stand_ins)
        parts.append(f"{', '.join(stand_ins[:4])} ({plural(rows, 'row')}) stands for nobody")
    return replace(key, evidence="; ".join([key.evidence, *parts])) if parts else key


def _totals(table: TableProfile, column: Profile, rows_of: Mapping[str, int]) -> tuple[str, ...]:
    """Texts of total and subtotal rows: by sure words, or by weaker ones and the sums that stand beside them."""
    texts = pl.Series(list(rows_of), dtype=pl.String)
    like_totals = texts.filter(texts.str.contains(_OF_TOTALS)).to_list()  # of 100,000 customers hardly any
    sure = [text for text in like_totals if _SURE_TOTAL.match(plain(text).strip())]
    of_group = [text for text in like_totals if (match := _OF_GROUP.match(text.strip())) and match[1] in rows_of]
    maybe = [text for text in like_totals if text not in {*sure, *of_group} and _TOTAL.match(plain(text).strip())]
    last = _last_text(column)
    if last and last not in {*sure, *of_group, *maybe} and len(rows_of) >= _FEWEST_ABOVE:
        sure += [last] if _is_sum_of_all(table, column, last) else []
    suspects = [*sure, *of_group, *maybe]
    if not suspects or sum(rows_of[text] for text in suspects) > _MOST_TOTALS * column.filled:
        return ()
    proved = [text for text in maybe if _adds_up(table, column, text, suspects)]
    endings = sorted({match[2] for text in of_group if (match := _OF_GROUP.match(text.strip()))})
    groups = [f"* {ending}" for ending in endings] if len(of_group) > 3 else of_group
    return (*sure, *groups, *proved)


def _adds_up(table: TableProfile, column: Profile, text: str, suspects: list[str]) -> bool:
    """Whether a number of the rows that hold the text is the sum of all other rows, or of those since the last total."""
    is_suspect = column.series.is_in(suspects).fill_null(value=False)
    position = is_suspect.rle_id()
    for name, other in table.columns.items():
        if name == column.source or not other.is_number or name in table.times:
            continue
        rows = pl.DataFrame({"text": column.series, "n": other.all_numbers, "total": is_suspect, "run": position})
        everything = float(rows.filter(~pl.col("total"))["n"].sum() or 0.0)
        by_run = rows.filter(~pl.col("total")).group_by("run").agg(pl.col("n").sum().alias("block"))
        sums = rows.filter(text=text).select("n", before=pl.col("run").cast(pl.Int64) - 1)
        sums = sums.join(
            by_run.with_columns(pl.col("run").cast(pl.Int64)), left_on="before", right_on="run", how="left"
        )
        matches = sums.select(
            ((pl.col("n") - everything).abs() <= _CENT + 1e-6 * abs(everything))
            | ((pl.col("n") - pl.col("block")).abs() <= _CENT + 1e-6 * pl.col("block").abs()).fill_null(value=False)
        ).to_series()
        if abs(everything) > 0 and share_of(matches) >= 0.9:
            return True
        if any(_adds_up_by(table, rows, text, time) for time in table.times):
            return True
    return False


def _adds_up_by(table: TableProfile, rows: pl.DataFrame, text: str, time: str) -> bool:
    """Whether the rows that hold the text are each the sum of the others of their day or month."""
    dated = rows.with_columns(time=table.timestamps(time)).drop_nulls("time")
    of_text = dated.filter(text=text, total=True)
    if of_text.height < _FEWEST_TIMES or not of_text["time"].is_unique().all():
        return False
    others = (
        dated.filter(~pl.col("total"))
        .group_by("time")
        .agg(pl.col("n").sum().alias("sum"), (pl.col("n") != 0).sum().alias("summed"))
    )
    totals = of_text.join(others, on="time", how="left")
    # One number alone, or none, is its own sum without being a total.
    is_of_several = share_of(totals["summed"].fill_null(0) > 1) >= _MOSTLY
    matches = (totals["n"] - totals["sum"].fill_null(0.0)).abs() <= _CENT + 1e-6 * totals["sum"].fill_null(0.0).abs()
    return is_of_several and share_of(matches) >= 0.9


def _last_text(column: Profile) -> str:
    last = column.series[-1] if column.is_text_typed and column.rows else None
    return last if isinstance(last, str) else ""


def _is_sum_of_all(table: TableProfile, column: Profile, text: str) -> bool:
    """Whether the file ends with a row whose numbers are the sums of all above, whatever it is called."""
    is_last = (column.series == text).fill_null(value=False)
    numbers = {
        name: other.all_numbers
        for name, other in table.columns.items()
        if name != column.source and other.is_number and name not in table.times
    }
    if int(is_last.sum()) > 1:  # once a month, in a table that had one column a month
        rows = [pl.DataFrame({"text": column.series, "n": each, "total": is_last}) for each in numbers.values()]
        return any(_adds_up_by(table, each, text, time) for time in table.times for each in rows)
    agrees: list[bool] = []
    for each in numbers.values():
        of_row, above = each.filter(is_last)[0], float(each.filter(~is_last).sum() or 0.0)
        if of_row is not None and above:
            agrees.append(abs(float(of_row) - above) <= _CENT + 1e-9 * abs(above))
    # Averages and rates stand beside sums; one number alone may be the sum of the others by accident.
    return len(agrees) >= _FEWEST_SUMS and sum(agrees) >= max(_FEWEST_SUMS, len(agrees) // 2 + 1)


def _stand_ins(rows_of: Mapping[str, int], column: Profile) -> tuple[str, ...]:
    worded = [text for text in rows_of if plain(text).strip() in _STAND_INS]
    average = column.filled / max(len(rows_of), 1)
    numbers = [text for text in _NUMBERS if rows_of.get(text, 0) >= max(_OUTSIZED * average, 5)]
    return (*worded, *numbers)


def _large(rows_of: Mapping[str, int]) -> str:
    """The one id that holds so many rows that it can hardly be one customer; empty where there is none."""
    if len(rows_of) < _FEW:
        return ""
    text, rows = next(iter(rows_of.items()))
    total = sum(rows_of.values())
    return text if rows >= _LARGE * total and rows >= _MOST_TIMES * total / len(rows_of) else ""


def _address(table: TableProfile, source: str) -> str:
    """The column of e-mail addresses that names about as many people as the customer's, or more; empty without one."""
    for name, column in table.columns.items():
        if (
            column.is_text_typed
            and column.filled >= 0.9 * column.rows
            and share_of(column.values.str.contains("@", literal=True)) >= 0.9
        ):
            return name if name == source or column.distinct >= _AS_MANY * table.columns[source].distinct else ""
    return ""
