"""Guesses the columns of one row a customer with totals: first and last purchase, how many, and what they came to."""

# ruff: noqa: E501
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from itertools import permutations

import polars as pl

from holdfast.column_types import Kind
from holdfast.inference.guesses import ColumnGuess
from holdfast.inference.profiles.columns import Profile, evenly, greatest_of, least_of, share_of
from holdfast.inference.profiles.tables import TableProfile
from holdfast.inference.words.names import says, spaced, whole_words

_BUY = r"orders?|purchases?|transactions?|txns?|sales?|invoices?|bought|buy|bookings?|checkouts?|bestellung(?:en)?|bestell|kauf|einkauf|kaufe|auftrag|achats?|commandes?|compras?|pedidos?|acquist[oi]|ordin[ei]|bestelling(?:en)?|aankoop|aankopen|покупк\w*|заказ\w*|zamowieni[ea]|zakup(?:y|u|ow)?|nakup(?:y|u)?|objednavk[ay]|kob|kop|ordrer?|ordrar|bestallning(?:ar)?"
_DAY = r"(?: (?:date|day|at|on|time|ts|dt|datum))?"
LAST_PURCHASE = whole_words(
    rf"(?:last|latest|most recent|newest|final|letzte[rsn]?|dernier(?:e)?|ultim[ao]|laatste) (?:{_BUY}){_DAY}",
    rf"(?:date|datum|fecha|data) (?:of |de |da |del? )?(?:the |la |l )?(?:last|latest|letzten?|dernier(?:e)?|ultim[ao]) (?:{_BUY})",
    rf"(?:{_BUY}) (?:date |at )?(?:last|latest)|letztes (?:bestell|kauf)datum|last(?:order|purchase)date|last order at|последн\w+ (?:покупк\w*|заказ\w*)",
)
FIRST_PURCHASE = whole_words(
    rf"(?:first|earliest|initial|erste[rsn]?|premier(?:e)?|primer[ao]?|prim[ao]|eerste) (?:{_BUY}){_DAY}",
    rf"(?:date|datum|fecha|data) (?:of |de |da |del? )?(?:the |la |l )?(?:first|ersten?|premier(?:e)?|primer[ao]) (?:{_BUY})",
    rf"(?:{_BUY}) (?:date |at )?first|erstes (?:bestell|kauf)datum|first(?:order|purchase)date|перв\w+ (?:покупк\w*|заказ\w*)",
)
SINCE_LAST = whole_words(
    rf"days? since (?:the )?(?:last|latest|most recent)(?: (?:{_BUY}))?|recency(?: days| in days)?|inactive days|days inactive|tage seit (?:der |dem )?letzte[rnm]? (?:{_BUY})|jours depuis (?:le |la )?derni\w+ (?:{_BUY})|dias desde (?:la |a |o )?ultim\w+ (?:{_BUY})"
)
SINCE_FIRST = whole_words(
    rf"days? since (?:the )?(?:first|earliest)(?: (?:{_BUY}))?|customer age(?: days)?|age days|tenure days|tage seit (?:der |dem )?erste[rnm]? (?:{_BUY})|t days"
)
COUNT = whole_words(
    rf"(?:{_BUY}) (?:count|counts|number|num|cnt|qty|quantity|total|anzahl|frequency)(?: \w+)*|(?:number|num|no|nr|count|cnt|total|lifetime|anzahl|nombre|numero|n) (?:of |de |der |d )?(?:\w+ )?(?:orders|purchases|transactions|txns|invoices|bookings|bestellungen|kaufe|auftrage|achats|commandes|compras|pedidos|acquisti|ordini|bestellingen)(?: \w+)?|frequency|orders|purchases|bestellanzahl|ordini|pedidos|commandes|bestellungen|bestellingen|zamowienia|objednavky|ordrer|ordrar"
)
MEAN = whole_words(
    r"aov|(?:average|avg|mean|durchschnittliche[rn]?|durchschnitt|moyen(?:ne)?|promedio|media) (?:\w+ )?(?:order|purchase|basket|ticket|transaction|bestell\w*|warenkorb|korb|einkauf|pedido|compra)(?: (?:value|amount|size|total|spend|wert))?|panier moyen|ticket medio|scontrino medio|bestellwert|valore medio (?:dell )?ordine|valor medio (?:del |do )?pedido|valeur moyenne (?:des )?commandes?|durchschnittlicher bestellwert|gemiddelde bestelwaarde|srednia wartosc zamowienia|snittorder(?:varde)?|gennemsnitlig ordre"
)
SUM = whole_words(
    r"total (?:amount|spend|spent|spending|revenue|sales|value|paid|purchases? (?:amount|value)|order (?:amount|value)|money)|(?:amount|money|revenue|sales|value|spend) (?:total|spent|ever|lifetime)(?: \w+)*|lifetime (?:revenue|spend|spent|value|amount|sales)|customer value(?: \w+)*|monetary(?: value)?|spent|total spent|net sales|gesamtumsatz|umsatz(?: gesamt)?|gesamtbetrag|ca total|chiffre d affaires|gasto total|valor total|importe total|spesa totale|totale besteding|ltv|historical value|total[e]? (?:degli )?acquist[oi]|acquisti totali|total (?:de )?compras|compras totales|total (?:de |des )?achats|total (?:des )?commandes|total (?:de )?pedidos|totaal aankopen|suma zakupow|wartosc zakupow|kob i alt|kop totalt|totalt kop"
)
_AS_OF_EXPORT = whole_words(
    r"lifetime \w+|ltv|clv|cltv|rfm(?: \w+)?|(?:loyalty|reward|bonus) points?|points? (?:balance|total)|is repeat(?:ed)?(?: customer)?|repeat customer|total returns|returns? (?:count|total)|refunds? (?:count|total)"
)
_CHANNEL = whole_words(
    r"online|offline|web|website|app|mobile|store|stores|shop|retail|pos|phone|telefon|filiale|magasin|tienda|marketplace|amazon|ebay"
)
_SAME = 0.98  # share of rows in which one column must equal what others give
_LEAST_SEVERAL = 0.1  # share of the customers who bought more than once
_HALF_A_CENT, _CENT = 0.0051, 0.011
_MOST_TRIED, _MOST_ROWS = 24, 1_000  # columns of which every three are multiplied, and rows looked at


@dataclass(frozen=True)
class Totals:
    """The columns of totals that a table of customers has."""

    columns: tuple[ColumnGuess, ...] = ()
    ignore: dict[str, str] = field(default_factory=dict)


def looks_like_totals(table: TableProfile) -> bool:
    """Whether a table holds one row a customer with totals: when each bought last, and how often or for how much."""
    if not table.sample.headed:
        return False
    numbers = [name for name, column in table.columns.items() if column.is_number and name not in table.times]
    last = any(says(name, LAST_PURCHASE) for name in table.times) or any(says(name, SINCE_LAST) for name in numbers)
    counted = any(says(name, pattern) for name in numbers for pattern in (COUNT, SUM, MEAN))
    return last and (counted or any(says(name, FIRST_PURCHASE) for name in table.times))


def totals_columns(table: TableProfile, taken: Collection[str]) -> Totals:
    """The totals of a table that `looks_like_totals`.

    Args:
        table: the table.
        taken: source columns with another role.
    """
    free = {name: column for name, column in table.columns.items() if name not in taken and column.filled}
    guesses: list[ColumnGuess] = []
    ignore: dict[str, str] = {}
    for role, pattern in (("last_purchase_at", LAST_PURCHASE), ("first_purchase_at", FIRST_PURCHASE)):
        named = [name for name in table.times if name in free and says(name, pattern)]
        if named:
            best = _plainest(named)
            reading = table.times[best]
            evidence = f"the name says so; {reading.evidence}"
            guesses.append(ColumnGuess(best, role, Kind.TIME, 0.92, evidence, role, time=reading))
            ignore |= {name: f"of a part only; {best} is of all" for name in named if name != best}
    numbers = {name: column for name, column in free.items() if column.is_number and name not in table.times}
    for role, pattern in (("days_since_purchase", SINCE_LAST), ("days_since_first_purchase", SINCE_FIRST)):
        named = [name for name in numbers if says(name, pattern)]
        has_date = any(
            guess.role == role.replace("days_since_first", "first").replace("days_since", "last") + "_at"
            for guess in guesses
        )
        if named and not has_date:
            best = _plainest(named)
            guesses.append(_number(numbers[best], role, Kind.NUMBER, "the name says days until the export"))
        elif named:
            ignore |= dict.fromkeys(named, "follows from the date")
    used = {guess.source for guess in guesses} | set(ignore)
    proven = _multiplied({name: column for name, column in numbers.items() if name not in used})
    for role, pattern, kind in (
        ("mean_amount", MEAN, Kind.MONEY),
        ("purchases", COUNT, Kind.NUMBER),
        ("total_amount", SUM, Kind.MONEY),
    ):
        named = [name for name in numbers if name not in used and says(name, pattern) and _can_be(role, numbers[name])]
        if role in proven:
            guesses.append(replace(_number(numbers[proven[role]], role, kind, proven["evidence"]), confidence=0.95))
            ignore |= {name: f"another {role.replace('_', ' ')}" for name in named if name not in proven.values()}
            used |= {*named, proven[role]}
        elif named:
            guess, others = _in_all({name: numbers[name] for name in named}, role, kind)
            guesses.append(guess)
            ignore |= others
            used |= {*named}
    return Totals(tuple(guesses), ignore)


def _multiplied(numbers: Mapping[str, Profile]) -> dict[str, str]:
    """The sum, the count and the mean of purchases, whatever their names: the count times the mean is the sum.

    Returns:
        Role -> source column, and "evidence"; empty where no columns, or several, are so.
    """
    if not 3 <= len(numbers) <= _MOST_TRIED:
        return {}
    rows = evenly(
        pl.DataFrame({name: column.all_numbers.fill_null(0.0) for name, column in numbers.items()}), _MOST_ROWS
    )
    values = {name: rows[name] for name in numbers}
    counts = [name for name, column in numbers.items() if column.flag is None and _can_be("purchases", column)]
    fits = []
    for count in counts:
        bought = values[count] > 0
        if share_of((values[count] > 1).filter(bought)) < _LEAST_SEVERAL:
            continue  # of single purchases the sum and the mean are one
        sums = [name for name in values if name != count and share_of((values[name] > 0).filter(bought)) > 1 / 2]
        for total, mean in permutations(sums, 2):  # a nought is any count times a nought
            off = (values[total] - values[count] * values[mean]).abs().filter(bought)
            if share_of(off <= _HALF_A_CENT * values[count].filter(bought) + _CENT) >= _SAME:
                fits.append((total, count, mean))
    if len(fits) != 1:
        return {}
    total, count, mean = fits[0]
    evidence = f"{total} = {count} x {mean} in nearly all rows"
    return {"total_amount": total, "purchases": count, "mean_amount": mean, "evidence": evidence}


def as_of_the_export(table: TableProfile, taken: Collection[str]) -> dict[str, str]:
    """Columns of a customers table beside a log that tell more than the log did at a past day: they leak.

    Args:
        table: the table of customers.
        taken: source columns with a role.
    """
    reason = "a total as of the export, with all later orders in it: the log tells it as of each day"
    patterns = (LAST_PURCHASE, FIRST_PURCHASE, SINCE_LAST, SINCE_FIRST, COUNT, MEAN, SUM, _AS_OF_EXPORT)
    return {
        name: reason
        for name, column in table.columns.items()
        if name not in taken
        and column.filled
        and (column.is_number or name in table.times or column.flag is not None or says(name, _AS_OF_EXPORT))
        and any(says(name, pattern) for pattern in patterns)
    }


def _can_be(role: str, column: Profile) -> bool:
    return column.flag is None and (column.is_whole and least_of(column.numbers) >= 0 if role == "purchases" else True)


def _plainest(names: Collection[str]) -> str:
    """The name without a channel in it, then the shortest."""
    return min(names, key=lambda name: (says(name, _CHANNEL), len(spaced(name)), name))


def _number(column: Profile, role: str, kind: Kind, evidence: str) -> ColumnGuess:
    spread = f"{least_of(column.numbers):g} to {greatest_of(column.numbers):g}"
    return ColumnGuess(column.source, role, kind, 0.88, f"{evidence}; {spread}", role)


def _in_all(named: Mapping[str, Profile], role: str, kind: Kind) -> tuple[ColumnGuess, dict[str, str]]:
    """One number of several columns: the one that the others add up to, their sum by channel, or a question."""
    names = sorted(named, key=lambda name: (says(name, _CHANNEL), len(spaced(name)), name))
    first = names[0]
    if len(names) == 1:
        return _number(named[first], role, kind, "the name says so"), {}
    for name in names:
        others = [named[other].all_numbers.fill_null(0.0) for other in names if other != name]
        summed = others[0]
        for other in others[1:]:
            summed = summed + other
        if share_of((named[name].all_numbers.fill_null(0.0) - summed).abs() <= 0.01) >= _SAME:
            evidence = f"the sum of {', '.join(other for other in names if other != name)}"
            return _number(named[name], role, kind, evidence), {
                other: f"a part of {name}" for other in names if other != name
            }
    by_channel = [name for name in names if says(name, _CHANNEL)]
    if by_channel == names:
        guess = _number(named[first], role, kind, f"by channel: {' + '.join(names)}")
        plus = tuple(name for name in names if name != first)
        return ColumnGuess(guess.source, role, kind, 0.85, guess.evidence, role, plus=plus), dict.fromkeys(
            plus, f"added to {first}"
        )
    if len(names) - len(by_channel) == 1:
        return _number(named[first], role, kind, "the name says so"), dict.fromkeys(by_channel, f"a part of {first}")
    evidence = f"{', '.join(names)} could each be it"
    return ColumnGuess(first, role, kind, 0.5, evidence, role, choices=tuple(names)), {}
