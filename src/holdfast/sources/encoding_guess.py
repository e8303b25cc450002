"""Guesses the encoding of text that is not UTF-8 from samples of its lines: the reading whose letters are likeliest.

Each encoding is tried for the languages that are written in it. A letter costs the less the more usual it is there,
and much where it is none of the language, or stands where no letter can; the reading that costs least is chosen.
"""

import codecs
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

_WESTERN_CODES = ("cp1252", "mac_roman", "cp850")
_CENTRAL_CODES = ("cp1250", "iso8859-2")
_CYRILLIC_CODES = ("cp1251", "koi8-r", "cp866", "iso8859-5")
_NO_LETTER = -10.0  # of a character that the language does not have
_SYMBOL = -4.0
_MISPLACED = -10.0  # a symbol inside a word, a capital after a small letter, a letter where a sign of money stands
_SYMBOLS = frozenset(
    "\u20ac\u00a3\u00a5\u00b0\u2013\u2014\u201c\u201d\u201e\u2018\u2019\u00ab\u00bb\u2026\u00b7\u2022\u2122\u00ae\u00a9\u00a7\u2116\u00a0\u00ba\u00aa\u00bf\u00a1\u00b4\u00bd"
)
_AFTER_AN_AMOUNT = re.compile(r"\d[ \u00a0]?$|[(\[]$")  # 11,90 € at the end of a field, or (€)
_ENDS_OF_FIELDS = frozenset(';,\t|")]\r\n')
_IN_WORDS = frozenset("\u2019\u00b7\u00b4\u2013")
_DECAY, _MIXED_DECAY = 0.82, 0.9
_UNREADABLE = (-5.6, -9.5)  # mean cost of a letter and of an ideograph, from which on no reading makes sense
_FEWEST = 24  # characters beyond ASCII before a text is called unreadable, or two readings are said to compete
_CLEAR = 3.0  # by how much more another reading must cost in all before the best is sure
_AGAINST_WESTERN = 12.0  # two letters that are none in windows-1252: most files that are not UTF-8 are in it
_DOUBLED = 40.0  # of an encoding that takes letters of ASCII for second bytes: some words of its language
_LONE = -4.0  # an ideograph beside a Latin letter


@dataclass(frozen=True)
class _Language:
    """A language: the encodings that it is written in, and its letters beyond ASCII, the most usual first."""

    name: str
    encodings: tuple[str, ...]
    letters: str
    decay: float = _DECAY

    def costs(self) -> dict[str, float]:
        weights = {letter: self.decay**rank for rank, letter in enumerate(self.letters)}
        total = sum(weights.values())
        return {letter: math.log(weight / total) for letter, weight in weights.items()}


_LANGUAGES = (
    _Language("German", _WESTERN_CODES, "üäöß"),
    _Language("French", _WESTERN_CODES, "éèàêçôâîûïëùœ"),
    _Language("Spanish", _WESTERN_CODES, "óíáéñúü"),
    _Language("Portuguese", _WESTERN_CODES, "ãçáéíóêúõâôàü"),
    _Language("Italian", _WESTERN_CODES, "àèéùòì"),
    _Language("Danish or Norwegian", _WESTERN_CODES, "øåæéö"),
    _Language("Swedish or Finnish", _WESTERN_CODES, "äåöé"),
    _Language("Icelandic", _WESTERN_CODES, "íáðöþéóúæý"),
    _Language("several languages of the West", _WESTERN_CODES, "éüöäáóíñèçãåøßæêàôâëúîïõòûìùœðþýÿ", _MIXED_DECAY),
    _Language("Polish", _CENTRAL_CODES, "łęąóśżćńź"),
    _Language("Czech", _CENTRAL_CODES, "íáéěýřčžůšúóťňď"),
    _Language("Slovak", _CENTRAL_CODES, "áíéýčžúšľťôóňäďĺŕ"),
    _Language("Hungarian", _CENTRAL_CODES, "áéóöőüíúű"),
    _Language("Romanian", _CENTRAL_CODES, "ăîâşţ"),
    _Language("Slovene or Croatian", _CENTRAL_CODES, "čšžćđ"),
    _Language("Lithuanian", ("cp1257",), "ėąųžščįūę"),
    _Language("Latvian", ("cp1257",), "āīēšūļņžčķģ"),
    _Language("Estonian", ("cp1257",), "äõüöšž"),
    _Language("Turkish", ("cp1254",), "ıüşğçöİâî"),
    _Language("Russian", _CYRILLIC_CODES, "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё", 0.93),
    _Language("Ukrainian", ("cp1251", "koi8-u"), "оанивіетрлскдумпязьйгблчхжюїцшщєфґ", 0.93),
    _Language("Greek", ("cp1253", "iso8859-7"), "αοιετσνηυρπκμλόάέίήύώγθδβφχςωξζψϊϋΐ", 0.93),
    _Language("Hebrew", ("cp1255",), "יוהלאמרבתנשדםכפקחטעגסזןךצףץ", 0.93),
    _Language("Arabic", ("cp1256",), "اليمنروتبةعدسكحجفقهشخصطأزضغإثذىئءآظؤ", 0.93),
    _Language("Thai", ("cp874",), "านรอกเงมยลวดทสตะปบคหแจพชขใไโผซถฟศณธภษฉฐญฎฏฆฬฮ่้ิีัุู์ำๆ็ึื๊๋", 0.97),
)  # fmt: skip


@dataclass(frozen=True)
class _Ideographs:
    """An encoding of two bytes a character: the blocks of its usual characters, and some of the most usual ones."""

    name: str
    encoding: str
    usual_leads: tuple[int, int]  # first bytes of its usual characters
    frequent: str
    has_kana: bool = False
    has_hangul: bool = False


_JAPANESE = (
    "日月年注文会員金額商品番号状況名前様田山川木村支払合計送料済電話住所氏数量取消発完了購入店舗大小中本林高佐藤"
)
_SIMPLE = (
    "日期客户金额状态订单完成取消名称编号商品数量价支付电话地址先生女已的会员王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
)
_TRADITIONAL = (
    "日期客戶金額狀態訂單完成取消名稱編號商品數量價支付電話地址先生女已的會員王李張劉陳楊趙黃周吳徐孫胡朱高林何郭馬羅"
)
_DOUBLE = (
    _Ideographs("Japanese", "cp932", (0x88, 0x97), _JAPANESE, has_kana=True),
    _Ideographs("Japanese", "euc_jp", (0xB0, 0xCF), _JAPANESE, has_kana=True),
    _Ideographs("Chinese", "gb18030", (0xB0, 0xD7), _SIMPLE),
    _Ideographs("Chinese", "cp950", (0xA4, 0xC6), _TRADITIONAL),
    _Ideographs("Korean", "cp949", (0xB0, 0xC8), "", has_hangul=True),
)
_FREQUENT, _KANA, _USUAL, _RARE, _HALF_WIDTH, _WIDE_SIGN = -5.0, -4.0, -7.0, -12.0, -7.0, -6.0


@dataclass(frozen=True)
class EncodingGuess:
    """The encoding of lines that are not UTF-8."""

    encoding: str  # as Python names it
    language: str
    rivals: tuple[str, ...] = ()  # encodings that read the lines about as well, and otherwise
    is_readable: bool = True

    @property
    def shown(self) -> str:
        """Its usual name."""
        return self.encoding.replace("cp125", "windows-125")

    @property
    def is_double(self) -> bool:
        """Whether characters beyond ASCII take two bytes."""
        return _is_double(self.encoding)


def _is_double(encoding: str) -> bool:
    return any(encoding == each.encoding for each in _DOUBLE)


def guess_encoding(lines: Sequence[bytes]) -> EncodingGuess:
    """The encoding of sampled lines that are not UTF-8; windows-1252 where little speaks for another."""
    readings: dict[str, tuple[float, str, str]] = {}
    for language in _LANGUAGES:
        costs = language.costs()
        for encoding in language.encodings:
            text = _decoded(lines, encoding)
            if text is not None:
                _keep(readings, encoding, sum(_cost(line, costs) for line in text), language.name, "".join(text))
    for ideographs in _DOUBLE:
        text = _decoded(lines, ideographs.encoding)
        if text is not None:
            cost = sum(_cost_of_ideographs(line, ideographs) for line in text)
            _keep(readings, ideographs.encoding, cost, ideographs.name, "".join(text))
    best = max(readings, key=lambda encoding: readings[encoding][0])
    western = readings["cp1252"]
    margin = _DOUBLED if _is_double(best) else _AGAINST_WESTERN
    if western[0] >= readings[best][0] - margin or western[2] == readings[best][2]:
        best = "cp1252"
    cost, language_name, words = readings[best]
    count = sum(not char.isascii() for char in words)
    rivals = tuple(
        encoding
        for encoding, (other, _, text_of_it) in sorted(readings.items(), key=lambda pair: -pair[1][0])
        if encoding != best and text_of_it != words and other > cost - _CLEAR and best != "cp1252"
    )
    is_readable = count < _FEWEST or cost / count > _UNREADABLE[_is_double(best)]
    return EncodingGuess(best, language_name, rivals if count >= _FEWEST else (), is_readable)


def _keep(readings: dict[str, tuple[float, str, str]], encoding: str, cost: float, language: str, text: str) -> None:
    if encoding not in readings or cost > readings[encoding][0]:
        readings[encoding] = (cost, language, text)


def _decoded(lines: Sequence[bytes], encoding: str) -> list[str] | None:
    """The lines as text; None where they cannot be in that encoding."""
    try:
        # Five bytes have no meaning in windows-1252, and are read as control codes then.
        errors = "holdfast-latin" if encoding == "cp1252" else "strict"
        return [line.decode(encoding, errors) for line in lines]
    except UnicodeDecodeError:
        return None


def _as_latin(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("latin-1"), error.end


codecs.register_error("holdfast-latin", _as_latin)


def _cost(line: str, costs: dict[str, float]) -> float:
    total = 0.0
    for position, char in enumerate(line):
        if char.isascii():
            continue
        before, after = line[position - 1 : position] if position else "", line[position + 1 : position + 2]
        if char in _SYMBOLS:
            is_inside = before.isalpha() and after.isalpha() and char not in _IN_WORDS
            total += _MISPLACED if is_inside else _SYMBOL
        elif (before.isdigit() and after.isdigit()) or (char.isupper() and before.islower()):
            total += _MISPLACED  # within a number there are blanks of some kind, and no letters
        elif _stands_for_money(line, position, after):
            total += _MISPLACED
        else:
            total += costs.get(char, costs.get(char.lower(), _NO_LETTER))
    return total


def _stands_for_money(line: str, position: int, after: str) -> bool:
    """Whether a character stands alone at the end of a field, behind an amount: a sign of money, and no letter."""
    return (not after or after in _ENDS_OF_FIELDS) and bool(
        _AFTER_AN_AMOUNT.search(line[max(0, position - 2) : position])
    )


def _cost_of_ideographs(line: str, kind: _Ideographs) -> float:
    total = 0.0
    for position, char in enumerate(line):
        if char.isascii():
            continue
        total += _cost_of_ideograph(char, kind)
        around = line[max(position - 1, 0) : position + 2]
        if any(other.isascii() and other.isalpha() for other in around):
            total += _LONE
    return total


def _cost_of_ideograph(char: str, kind: _Ideographs) -> float:
    code = ord(char)
    if "\u3041" <= char <= "\u30ff":
        return _KANA if kind.has_kana else _RARE
    if 0xAC00 <= code <= 0xD7A3:
        is_usual = kind.has_hangul and len(written := char.encode(kind.encoding)) == 2 and written[1] >= 0xA1
        return _USUAL + 0.5 if is_usual else _RARE
    if 0xFF61 <= code <= 0xFF9F:
        return _HALF_WIDTH
    if 0x4E00 <= code <= 0x9FFF:
        if char in kind.frequent:
            return _FREQUENT
        first, last = kind.usual_leads
        is_usual = first <= char.encode(kind.encoding)[0] <= last and not kind.has_hangul
        return _USUAL if is_usual else _RARE
    return _WIDE_SIGN if 0x3000 <= code <= 0x303F or 0xFF00 <= code <= 0xFF60 else _RARE
