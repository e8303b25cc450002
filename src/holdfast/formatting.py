"""Numbers as people read them: money, shares, counts, days.

An amount is rounded by what it is:
- counted (a cost, a price, the revenue of an account, what subscriptions bring a month): with its cents, `exact_money`
  and `money_to_the_cent`, so that sums add up;
- a fact about one customer, and the limits of a group: in whole units, cents only where they matter, `money`;
- an estimate, of one customer or of many: in three significant digits, `short_money`; counts of the kind: `about`.
Files and answers for programs are not rounded beyond cents.
"""

import math
from collections.abc import Callable, Sequence
from datetime import date, datetime

UNKNOWN = "not known"
NO_CURRENCY = "units"  # stands for a currency where the records name none
OWN_UNITS = "Amounts are in the file's own units: the records name no currency."
_SIGNS = {"EUR": "€", "USD": "$", "GBP": "£"}


def money(amount: float | None, currency: str) -> str:
    """An amount, with cents only where they matter: €12, €12.50, €1,240, 8,000 SEK."""
    if amount is None or not math.isfinite(amount):
        return UNKNOWN
    digits = f"{abs(amount):,.2f}".removesuffix(".00") if abs(amount) < 100 else f"{abs(amount):,.0f}"
    return _signed(amount, digits, currency)


def money_to_the_cent(amount: float | None, currency: str) -> str:
    """An amount with its cents: €8,695.17, 8,695.17 SEK."""
    if amount is None or not math.isfinite(amount):
        return UNKNOWN
    return _signed(amount, f"{abs(amount):,.2f}", currency)


def exact_money(amount: float | None, currency: str) -> str:
    """An amount that is counted and not estimated, as a cost: cents wherever there are any, so that sums add up.

    A price of less than a unit keeps up to four digits: an e-mail for 0.0035.
    """
    if amount is None or not math.isfinite(amount):
        return UNKNOWN
    if abs(amount) < 1 and round(amount, 4) != round(amount, 2):
        return _signed(amount, f"{abs(amount):.4f}".rstrip("0"), currency)
    return _signed(amount, f"{abs(amount):,.2f}".removesuffix(".00"), currency)


def short_money(amount: float | None, currency: str) -> str:
    """An amount as it is spoken, in three significant digits: €43.50, €840, €12,400, €346,000, €1.24 million."""
    if amount is None or not math.isfinite(amount):
        return UNKNOWN
    amount = _three_digits(amount)
    size = abs(amount)
    for unit, noun in ((1e9, "billion"), (1e6, "million")):
        if size >= unit:
            return _signed(amount, f"{size / unit:,.{_digits_behind_the_point(size / unit)}f} {noun}", currency)
    return money(amount, currency)


def money_range(low: float, high: float, currency: str) -> str:
    """Two amounts with their currency once where it stands behind: €12 to €40, 12 to 40 SEK."""
    return _between(money, low, high, currency)


def short_money_range(low: float, high: float, currency: str) -> str:
    """Two estimates with their currency once where it stands behind: €12 to €1,240, 12 to 1,240 SEK."""
    return _between(short_money, low, high, currency)


def _between(write: Callable[[float, str], str], low: float, high: float, currency: str) -> str:
    first = currency if currency in _SIGNS else ""
    return f"{write(low, first)} to {write(high, currency)}"


def tick_money(amount: float, currency: str) -> str:
    """An amount as short as an axis needs it: €840, €12k, €1.2m."""
    size = abs(amount)
    for least, sign in ((999_500_000, "bn"), (999_500, "m"), (999.5, "k")):
        if size >= least:
            scaled = size / {"bn": 1e9, "m": 1e6, "k": 1e3}[sign]
            return _signed(amount, f"{scaled:,.3g}{sign}", currency)
    return _signed(amount, f"{size:,.0f}" if size >= 10 or size == int(size) else f"{size:,.2g}", currency)


def currency_affixes(currency: str) -> tuple[str, str]:
    """What stands before and behind an amount: ("€", "") or ("", " SEK")."""
    return (_SIGNS[currency], "") if currency in _SIGNS else ("", f" {currency}".rstrip())


def _signed(amount: float, digits: str, currency: str) -> str:
    minus = "−" if amount < 0 and any(digit in "123456789" for digit in digits) else ""
    before, behind = currency_affixes(currency)
    return f"{minus}{before}{digits}{behind}"


def percent(share: float | None, digits: int = 1) -> str:
    """A share of 1 as a percentage, without a zero behind the point: 27.2 %, 74 %."""
    if share is None or not math.isfinite(share):
        return UNKNOWN
    least = 10.0**-digits
    if 0 < abs(100 * share) < least:
        return f"under {least:g} %" if share > 0 else "just below 0 %"
    shown = f"{100 * share:z,.{0 if abs(share) >= 0.9995 else digits}f}"
    return f"{shown.rstrip('0').rstrip('.') if '.' in shown else shown} %".replace("-", "−")


def least_printed_as(share: float) -> float:
    """The least share that `percent` prints as this one: who reads 8.7 % on both sides of a limit is above it."""
    shown = float(f"{100 * share:.1f}")
    if shown == 0:
        return share
    least = (shown - 0.05) / 100
    while float(f"{100 * least:.1f}") >= shown:
        least = math.nextafter(least, 0)
    while float(f"{100 * least:.1f}") < shown:
        least = math.nextafter(least, 1)
    return least


def tick_percent(share: float) -> str:
    """A share of 1 as short as an axis needs it: 25 %, 0.5 %."""
    return f"{100 * share:z.3g} %".replace("-", "−")


def count(number: float | None) -> str:
    """A count with thousands separators."""
    return f"{number:z,.0f}" if number is not None and math.isfinite(number) else UNKNOWN


def about(number: float | None) -> str:
    """A count that is not exact anyway, in three significant digits: 164, 1,980, 20,500."""
    return count(_three_digits(number)) if number is not None and math.isfinite(number) else UNKNOWN


def _three_digits(number: float) -> float:
    """The number rounded to three significant digits; no coin is worth a third one behind the point."""
    if abs(number) < 10:
        return number
    return float(round(number, 2 - math.floor(math.log10(abs(number)))))


def quantity(number: float | None) -> str:
    """A measured number with three significant digits, and whole from 100 on: 0.233, 12.4, 1,234."""
    if number is None or not math.isfinite(number):
        return UNKNOWN
    if 0 < abs(number) < 0.001:
        return "almost 0"
    return _decimals(number, _digits_behind_the_point(number))


def forecast_error(forecast: float, came: float) -> str:
    """How far a forecast was from what came: 6 % too high, 28 % too low, right to 1 %; "" where nothing came."""
    if came <= 0:
        return ""
    share = forecast / came - 1
    if abs(share) < 0.005:
        return "right to 1 %"
    return f"{percent(abs(share), 0)} too {'high' if share > 0 else 'low'}"


def quantity_range(low: float, high: float) -> str:
    """Two numbers with the decimals of the larger one: 0.012 to 0.233, almost 0 to 12.4."""
    digits = _digits_behind_the_point(max(abs(low), abs(high)))
    return f"{_rounded(low, digits)} to {_rounded(high, digits)}"


def _digits_behind_the_point(number: float) -> int:
    """How many decimals make three significant digits."""
    size = abs(number)
    if size >= 100 or size == 0:
        return 0
    return 2 - math.floor(math.log10(size))


def _rounded(number: float, digits: int) -> str:
    return "almost 0" if number != 0 and abs(number) < 0.5 * 10.0**-digits else _decimals(number, digits)


def _decimals(number: float, digits: int) -> str:
    shown = f"{number:z,.{digits}f}"
    return (shown.rstrip("0").rstrip(".") if "." in shown else shown).replace("-", "−")


def day(moment: date | datetime | None) -> str:
    """A day in words: 5 March 2025."""
    return f"{moment.day} {moment:%B %Y}" if moment is not None else UNKNOWN


def day_of(text: str) -> str:
    """The day of an ISO text, as records hold it, in words: 5 March 2025."""
    return day(date.fromisoformat(text[:10]))


def plural(number: float, singular: str, plural_form: str | None = None) -> str:
    """A count with its noun: 1 customer, 1,204 customers."""
    return f"{number:,.0f} {singular if round(number) == 1 else plural_form or singular + 's'}"


def listed(words: Sequence[str], last: str = "and") -> str:
    """Words as a list in a sentence: a, b and c."""
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


A_DAY = " a day"
_MOST_SELDOM = 2 / 3  # times a day; what is more frequent than every other day is counted a day
_SELDOM = 0.1  # from here on two decimals are two digits
_UNITLESS = frozenset({"ratio", "number", "score", "score 1-5", "values", "category", "yes or no"})


def with_unit(number: float | None, unit: str, currency: str) -> str:
    """A number with its unit; money where the unit is currency; without a unit where it is no word to count in."""
    if unit in {"currency", currency}:
        return money(number, currency)
    if number is None or not math.isfinite(number):
        return UNKNOWN
    if unit in _UNITLESS:
        return quantity(number)
    if unit.endswith(A_DAY):
        return rate(number, unit)
    noun = unit[:-1] if number == 1 and unit.endswith("s") else unit
    return f"{quantity(number)} {noun}".strip()


def rate(number: float, unit: str) -> str:
    """How often something happens; what is no daily matter in days: 1.4 orders a day, one order every 91 days.

    Args:
        number: a day, with its two significant digits at least.
        unit: orders a day.
    """
    each = round(number, 2) if number >= _SELDOM else number
    if number <= 0 or each > _MOST_SELDOM:
        return f"{quantity(each)} {unit}"
    return f"one {unit.removesuffix(A_DAY).removesuffix('s')} every {round(1 / each):,} days"


def range_with_unit(low: float, high: float, unit: str, currency: str) -> str:
    """Two numbers with their unit once: 3 to 12 days, €12 to €40, 0.012 to 0.233."""
    if low == high:
        return with_unit(low, unit, currency)
    if unit in {"currency", currency}:
        return money_range(low, high, currency)
    if unit == "days":
        return _days_range(low, high)
    if unit.endswith(A_DAY):
        return f"{rate(low, unit)} to {rate(high, unit)}"
    return f"{quantity_range(low, high)} {'' if unit in _UNITLESS else unit}".strip()


def _days_range(low: float, high: float) -> str:
    """Days as people count them, hours below two: 3 to 94 days, up to 5 days, 2 to 31 hours."""
    if max(abs(low), abs(high)) < 2:
        return f"{quantity_range(round(24 * low), round(24 * high))} hours"
    first, last = ("under 1" if 0 < number < 1 else _decimals(number, 0) for number in (low, high))
    if first == "under 1" != last:
        return f"up to {last} days"
    return f"{first} days" if first == last else f"{first} to {last} days"


def of_hundred(share: float) -> str:
    """A share as people count: 4 of 100, 1 of 250; rounded so that it is enough.

    Args:
        share: of those who would leave; above 1 means that nothing would do.
    """
    if share > 1:
        return "more than all"
    if share <= 0:
        return "none"
    if share < 0.02:  # "2 of 100" would be up to twice it; beyond a million nobody counts, 1 / share may overflow
        return f"1 of {math.floor(1 / max(share, 1e-6)):,}"
    return f"{math.ceil(round(100 * share, 9)):,} of 100"
