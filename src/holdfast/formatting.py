"""Numbers as people read them: money, shares, counts, days."""

import math
from collections.abc import Sequence
from datetime import date, datetime

UNKNOWN = "not known"
_SIGNS = {"EUR": "€", "USD": "$", "GBP": "£"}


def is_known(number: float | None) -> bool:
    """Whether there is a number at all: neither None nor NaN nor infinite."""
    return number is not None and math.isfinite(number)


def money(amount: float | None, currency: str) -> str:
    """An amount, with cents only where they matter: €12.50, €1,240, 8,000 SEK."""
    if amount is None or not math.isfinite(amount):
        return UNKNOWN
    digits = f"{abs(amount):,.2f}" if 0 < abs(amount) < 100 else f"{abs(amount):,.0f}"
    return _signed(amount, digits, currency)


def short_money(amount: float | None, currency: str) -> str:
    """An amount as said aloud: €840, €12,400, €1.24 million."""
    if amount is None or not math.isfinite(amount):
        return UNKNOWN
    size = abs(amount)
    if size >= 999_500_000:
        digits = f"{size / 1e9:,.2f} billion"
    elif size >= 999_500:
        digits = f"{size / 1e6:,.2f} million"
    else:
        return money(amount, currency)
    return _signed(amount, digits, currency)


def money_range(low: float, high: float, currency: str) -> str:
    """Two amounts with their currency once where it stands behind: €12 to €40, 12 to 40 SEK."""
    if currency in _SIGNS:
        return f"{money(low, currency)} to {money(high, currency)}"
    return f"{money(low, '').strip()} to {money(high, currency)}"


def tick_money(amount: float, currency: str) -> str:
    """An amount as short as an axis needs it: €840, €12k, €1.2m."""
    size = abs(amount)
    for least, sign in ((999_500_000, "bn"), (999_500, "m"), (9_999.5, "k")):
        if size >= least:
            scaled = size / {"bn": 1e9, "m": 1e6, "k": 1e3}[sign]
            return _signed(amount, f"{scaled:,.3g}{sign}", currency)
    return _signed(amount, f"{size:,.0f}" if size >= 10 or size == int(size) else f"{size:,.2g}", currency)


def _signed(amount: float, digits: str, currency: str) -> str:
    minus = "−" if amount < 0 and any(digit in "123456789" for digit in digits) else ""
    return f"{minus}{_SIGNS[currency]}{digits}" if currency in _SIGNS else f"{minus}{digits} {currency}"


def share(part: float | None) -> str:
    """A share of 1 as a percentage: 27.2 %."""
    if part is None or not math.isfinite(part):
        return UNKNOWN
    percent = 100 * part
    if 0 < abs(percent) < 0.1:
        return "under 0.1 %"
    return f"{percent:.0f} %" if abs(percent) >= 99.95 or percent == 0 else f"{percent:.1f} %"


def count(number: float | None) -> str:
    """A count with thousands set apart."""
    return f"{number:,.0f}" if number is not None and math.isfinite(number) else UNKNOWN


def quantity(number: float | None) -> str:
    """A measured number with about three digits that mean something."""
    if number is None or not math.isfinite(number):
        return UNKNOWN
    if abs(number) >= 100 or number == int(number):
        return f"{number:,.0f}"
    return f"{number:,.1f}" if abs(number) >= 10 else f"{number:.3g}"


def day(moment: date | datetime | None) -> str:
    """A day in words: 5 March 2025."""
    return f"{moment.day} {moment:%B %Y}" if moment is not None else UNKNOWN


def plural(number: float, one: str, many: str | None = None) -> str:
    """A count with its noun: 1 customer, 1,204 customers."""
    return f"{number:,.0f} {one if round(number) == 1 else many or one + 's'}"


def listed(words: Sequence[str], last: str = "and") -> str:
    """Words as one says them: a, b and c."""
    if len(words) <= 1:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def seconds(time: float | None) -> str:
    """A duration: 0.4 s, 12 s, 3 min 20 s."""
    if time is None or not math.isfinite(time):
        return UNKNOWN
    if time >= 120:
        return f"{int(time // 60)} min {int(time % 60)} s"
    return f"{time:.0f} s" if time >= 10 else f"{time:.1f} s"


_UNSPOKEN = frozenset({"ratio", "number", "score", "score 1-5", "values", "category", "yes or no"})


def with_unit(number: float | None, unit: str, currency: str) -> str:
    """A number with its unit; money where the unit is currency; bare where the unit is no word to count in."""
    if unit in {"currency", currency}:
        return money(number, currency)
    if not is_known(number):
        return UNKNOWN
    if unit in _UNSPOKEN:
        return quantity(number)
    one = unit[:-1] if number == 1 and unit.endswith("s") else unit
    return f"{quantity(number)} {one}".strip()
