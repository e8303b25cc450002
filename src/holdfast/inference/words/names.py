"""Splits names of columns and tables into words, and makes names for columns of the user's own."""

import re
import unicodedata
from collections.abc import Collection
from functools import cache
from itertools import pairwise

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_NOT_LETTERS = re.compile(r"[\W_]+")
_EASTERN = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3"
_TOGETHER = re.compile(r"MwSt|USt(?=[ .\-]|$|Id)|GmbH|PayPal|GoCardless|McAfee")  # capitals in the middle of one word
_NUMBER_SIGN = re.compile(r"(?<=\w)\s*#\s*$")  # Order # is the number of an order
_NUMERO = re.compile(r"(?<![^\W_])[Nn]\s?\.?\s?[º°ª]\.?")  # N.º pedido as well
_SCRIPTS = re.compile(rf"(?<=[{_EASTERN}])(?=[A-Za-z])|(?<=[A-Za-z])(?=[{_EASTERN}])")  # 会員ID is two words
_GLUED = re.compile(  # endings that are often written without a gap: userid, orderdate, kundennr
    r"^([a-z]{3,}?)(id|ids|nr|no|num|number|code|key|date|time|datum|name|amount|price|type|status|flag)$"
)
_NEVER_CUT = {
    "paid", "valid", "void", "grid", "bid", "mid", "update", "monkey", "turkey", "prepaid", "unpaid", "lifetime",
    "casino", "piano", "android", "covid", "candidate", "validate", "downtime", "uptime", "username", "overtime",
    "sometimes", "avoid", "hybrid", "liquid", "solid", "rapid", "madrid", "leadtime", "latino", "domino", "volcano",
    "casanova", "kimono", "inferno", "albino", "zipcode", "postcode", "timestamp", "datetime", "nickname", "surname",
    "betrag", "kundennummer", "mandate", "storno", "turno", "interno", "abono", "retorno",
    "oplacono", "zaplacono", "zwrocono", "anulowano", "odrzucono", "zaplaceno", "zruseno", "vraceno",
    "stornovano", "uhrazeno",
    "casenumber", "fullname", "firstname", "lastname", "hotkey",
}  # fmt: skip


_CHINESE_AND_JAPANESE = re.compile("[\u3040-\u30ff\u4e00-\u9fff]")
_TOKENS = re.compile(  # their names have no gaps between the words
    r"(注文|受注|購入|会員|顧客|お客様|得意先|客户|客戶|用户|用戶|顾客|会员|會員|支払い?|合計|総計|小計|总计|總計|合计|金額|金额|総額|总额|總額|消費税|送料|手数料|日時|日付|日期"
    r"|时间|時間|番号|编号|編號|コード|単価|单价|單價|数量|數量|個数|商品|产品|產品|状況|状態|状态|狀態|ステータス|割引|返金|売上|订单|訂單|价格|価格|價格|メール|アドレス"
    r"|電話|电话|住所|発送|登録|最終|初回|開始|終了|id|no)"
)
_LETTERS = str.maketrans({"ß": "ss", "ı": "i", "ł": "l", "Ł": "l", "ø": "o", "Ø": "o", "đ": "d", "Đ": "d"})


def plain(name: str) -> str:
    """Lower case, without accents; letters of other alphabets stay."""
    if name.isascii():  # most texts are, and a column may hold hundreds of thousands
        return name.lower()
    composed = unicodedata.normalize("NFKC", name.translate(_LETTERS))
    return "".join(map(_without_accent, composed)).lower()


def _without_accent(letter: str) -> str:
    """A letter without its accent; kana, hangul and ideographs are letters of their own with all their marks."""
    if letter.isascii() or (letter >= "\u1100" and not "\u1e00" <= letter < "\u2000"):
        return letter
    return "".join(piece for piece in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(piece))


@cache
def words(name: str) -> tuple[str, ...]:
    """The words of a name: `customerID`, `Customer ID`, `customer_id` and `customerid` are the same two."""
    pieces: list[str] = []
    spelt = _NUMERO.sub("no ", name)
    joined = _TOGETHER.sub(lambda word: word[0].capitalize(), unicodedata.normalize("NFKC", spelt))
    joined = _NUMBER_SIGN.sub(" no", joined)
    for piece in _NOT_LETTERS.split(_SCRIPTS.sub(" ", joined)):
        pieces += [plain(letters) for letters in _CAMEL.split(piece) if letters]
    result: list[str] = []
    for letters in pieces:
        glued = _GLUED.match(letters) if letters not in _NEVER_CUT else None
        result += list(glued.groups()) if glued else [letters]
        if _CHINESE_AND_JAPANESE.search(letters):
            tokens = [token for token in _TOKENS.split(letters) if token]
            result += tokens if len(tokens) > 1 else []
    numero = next((at for at, pair in enumerate(pairwise(result)) if pair == ("n", "o")), None)  # n_o_pedido
    return tuple(result if numero is None else [*result[:numero], "no", *result[numero + 2 :]])


def spaced(name: str) -> str:
    """The words of a name with single blanks between and around: ` customer id `."""
    return f" {' '.join(words(name))} "


def says(name: str, pattern: re.Pattern[str]) -> bool:
    """Whether the words of a name match a pattern of whole words."""
    return pattern.search(spaced(name)) is not None


def inner_name(name: str) -> str:
    """The name of a value within objects, without theirs: `livemode` for `event.livemode`."""
    return name.rstrip(". ").rpartition(".")[2]


def whole_words(*alternatives: str) -> re.Pattern[str]:
    """A pattern that finds any of the alternatives as whole words."""
    return re.compile(rf"(?<= )(?:{'|'.join(alternatives)})(?= )")


def exactly(*alternatives: str) -> re.Pattern[str]:
    """A pattern that a name's words must match from the first to the last."""
    return re.compile(rf"^ (?:{'|'.join(alternatives)}) $")


def own_name(name: str, taken: Collection[str]) -> str:
    """A snake_case name for a source column that no other column has."""
    letters = re.sub(r"[^a-z0-9]+", "_", plain("_".join(_snake_parts(name)))).strip("_")
    fresh = letters if letters and not letters[0].isdigit() else f"column_{letters}".rstrip("_")
    number, candidate = 2, fresh
    while candidate in taken:
        candidate, number = f"{fresh}_{number}", number + 1
    return candidate


def _snake_parts(name: str) -> list[str]:
    return [letters for piece in _NOT_LETTERS.split(name) for letters in _CAMEL.split(piece) if letters]
