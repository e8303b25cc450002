"""Numbers as people write them in; the bare digits, sign and separators out."""

import polars as pl

# Digits of other scripts, and the separators and minus signs that go with them.
_SCRIPTS = (
    "٠١٢٣٤٥٦٧٨٩",
    "۰۱۲۳۴۵۶۷۸۹",
    "०१२३४५६७८९",
    "০১২৩৪৫৬৭৮৯",
    "੦੧੨੩੪੫੬੭੮੯",
    "௦௧௨௩௪௫௬௭௮௯",
    "๐๑๒๓๔๕๖๗๘๙",
    "０１２３４５６７８９",
)
_REPLACED = {
    **{letter: str(digit) for script in _SCRIPTS for digit, letter in enumerate(script)},
    "٫": ".",
    "٬": ",",
    "−": "-",
    "－": "-",
    "＋": "+",
    "．": ".",
    "，": ",",
}
_BLANKS_AND_SIGNS = r"[\s\p{Z}'’_]|\p{Sc}"
CURRENCY_CODES = (
    "USD|EUR|GBP|CHF|SEK|NOK|DKK|PLN|BRL|INR|JPY|CNY|RMB|CAD|AUD|NZD|HKD|SGD|MXN|ARS|CLP|COP|PEN|ZAR|TRY|RUB|UAH|CZK|HUF|"
    "RON|BGN|ISK|ILS|AED|SAR|QAR|KWD|EGP|NGN|KES|THB|IDR|MYR|PHP|VND|KRW|TWD|PKR|BDT|LKR"
)
WITHOUT_CENTS = frozenset(
    ("BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF")
)
IN_THOUSANDTHS = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})
CURRENCY_SIGNS = {
    "€": "EUR", "£": "GBP", "$": "USD", "₹": "INR", "₽": "RUB", "₺": "TRY", "₩": "KRW", "₫": "VND", "₴": "UAH"
}  # fmt: skip
DOLLAR_SIGNS = {
    "R$": "BRL", "US$": "USD", "C$": "CAD", "CA$": "CAD", "A$": "AUD", "AU$": "AUD", "NZ$": "NZD", "HK$": "HKD"
}  # fmt: skip
LETTER_SIGNS = {
    "zł": "PLN",
    "Kč": "CZK",
    "Ft": "HUF",
    "лв": "BGN",
    "руб": "RUB",
    "Rs": "INR",
}  # kr is of three countries
A_CURRENCY = rf"\p{{Sc}}|{'|'.join(LETTER_SIGNS)}|\b(?:{CURRENCY_CODES})\b"  # found in amounts that name theirs
_DOLLARS = r"(?:US|CA|C|AU|A|NZ|HK|MX|NT|S|R)\$"  # R$ is Brazil's; a single letter alone, as in A7, is no sign
_LETTERS = r"kr|Kr|KR|Kč|kč|zł|ZŁ|Ft|FT|лв|Rs|RS|Fr|fr|SFr|руб|грн|TL|DM|元|円|원|บาท"  # signs that are letters
_BEFORE = rf"^([+-]?)(?:{CURRENCY_CODES}|{_LETTERS})\.?([+-]?[0-9.,])"
_AFTER = rf"([0-9.,])(?:{CURRENCY_CODES}|{_LETTERS})\.?$"
_UPPER_LETTERS = {sign.upper(): code for sign, code in LETTER_SIGNS.items()}
_LETTER_BESIDE = rf"(?:^|[0-9.,\s\p{{Z}}-])({'|'.join(_UPPER_LETTERS)})\.?(?:$|[0-9.,\s\p{{Z}}-])"
_DASHES = r"([0-9])[.,](?:-|–|—){1,2}$"  # 12,- and 12.-- are whole amounts
# 0.50K is 500; without a decimal sign 10M may as well be the name of a plan.
_THOUSANDS, _MILLIONS = r"^([+-]?[0-9]+[.,][0-9]+)[kK]$", r"^([+-]?[0-9]+[.,][0-9]+)(?:[mM]|Mio)$"


def in_plain_digits(text: pl.Expr) -> pl.Expr:
    """Digits of other scripts as 0 to 9, their signs as + - . and ,."""
    return text.str.replace_many(list(_REPLACED), list(_REPLACED.values()))


def currency_code(text: pl.Expr) -> pl.Expr:
    """The code of the currency that a text names: of itself (usd), or beside a number ($12, EUR 3,50); else null."""
    upper = text.str.strip_chars().str.to_uppercase()
    beside = pl.coalesce(
        upper.str.extract(rf"(?:^|[^A-Z])({CURRENCY_CODES})(?:$|[^A-Z])"),
        upper.str.extract(r"(?:^|[^A-Z])([A-Z]{1,2}\$)").replace_strict(DOLLAR_SIGNS, default=None),
        upper.str.extract(rf"([{''.join(CURRENCY_SIGNS)}])").replace_strict(CURRENCY_SIGNS, default=None),
        upper.str.extract(_LETTER_BESIDE).replace_strict(_UPPER_LETTERS, default=None),
    )
    alone = upper.replace({**CURRENCY_SIGNS, **DOLLAR_SIGNS})
    return pl.when(upper.str.contains(r"\d")).then(beside).otherwise(alone)


def undecorated(text: pl.Expr) -> pl.Expr:
    """A number's text without blanks, currency signs and codes; parentheses and a minus behind it as a minus before.

    Separators stay as they are: which of them is the decimal sign only the whole column tells.
    """
    bare = in_plain_digits(text.str.strip_chars())
    bare = bare.str.replace(r"^\((.*)\)$", "-$1").str.replace(_DOLLARS, "").str.replace_all(_BLANKS_AND_SIGNS, "")
    bare = bare.str.replace(_BEFORE, "$1$2").str.replace(_AFTER, "$1").str.replace(_DASHES, "$1")
    bare = bare.str.replace(r"^(.*[0-9])-$", "-$1")
    return bare.str.replace(_THOUSANDS, "${1}e3").str.replace(_MILLIONS, "${1}e6")
