"""Which column of a purchase log holds the money of a sale: by words and by sums, or a question."""

# ruff: noqa: E501
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

import polars as pl

from holdfast.formatting import percent
from holdfast.inference.joins.exports import share_named
from holdfast.inference.money.hundredths import without_hundredfolds
from holdfast.inference.money.rates import without_other_currencies, without_unconverted
from holdfast.inference.profiles.columns import Profile, evenly, least_of, middle_of, share_of
from holdfast.inference.profiles.tables import TableProfile, as_keys
from holdfast.inference.words.names import says, spaced, whole_words

_FEWEST_NUMBERS = 3  # different ones, below which a column is no amount that sums could prove
_FEWEST_SINGLE, _MOST_PRICES = 20, 0.2  # orders of one line, and different amounts of theirs
_AS_DEAR = 1.2  # times the amount of an order of one line
HOLDS = 0.95  # share of orders in which a sum must come out to count as proof
_MOST_ROWS = 5_000  # looked at for sums
_MOST_SUMMANDS = 6
_CENT = 0.011
_HALF, _MOSTLY = 0.5, 0.9  # shares of the rows with money
_NOTHING = 1e-6  # of the sum of what goes in and out
# Of value added and sales taxes; fees of payment providers are no such shares.
TAX_RATES = (0.04, 0.05, 0.055, 0.06, 0.07, 0.077, 0.08, 0.081, 0.09, 0.1, 0.12, 0.125, 0.13, 0.135, 0.14, 0.15, 0.16,
              0.17, 0.18, 0.19, 0.2, 0.21, 0.22, 0.23, 0.24, 0.25, 0.255, 0.27)  # fmt: skip


class MoneyWord(StrEnum):
    """What the name of a money column says that it is."""

    TOTAL = "total"
    PAID = "paid"
    GROSS = "gross"
    NET = "net"
    LINE = "line"
    AMOUNT = "amount"
    SUBTOTAL = "subtotal"
    REFUND = "refund"
    DISCOUNT = "discount"
    TAX = "tax"
    SHIPPING = "shipping"
    TIP = "tip"
    FEE = "fee"
    BALANCE = "balance"
    GIFT = "gift"
    COST = "cost"


# Of several that could be the money of a sale, the first of these is offered first.
OFFERED = (
    MoneyWord.TOTAL,
    MoneyWord.PAID,
    MoneyWord.GROSS,
    MoneyWord.AMOUNT,
    MoneyWord.LINE,
    MoneyWord.NET,
    MoneyWord.SUBTOTAL,
)
ADDED, TAKEN_OFF = (
    (MoneyWord.SHIPPING, MoneyWord.TAX, MoneyWord.TIP, MoneyWord.FEE),
    (MoneyWord.DISCOUNT, MoneyWord.GIFT),
)
# In this order: "refunded amount" is a refund before it is an amount, "discount tax" a discount.
_WORDS = (
    # What a donor gives is the money itself, no gift card.
    (MoneyWord.AMOUNT, r"(?:gift|donation|contribution) (?:amount|amt|value|total)|donations?|spende|spendenbetrag"),
    (MoneyWord.REFUND, r"refund\w*|returned(?: amount)?|retouren?(?:betrag|wert)?|retours?|retur(?:er)?|resi|chargebacks?|erstattung\w*|erstattet\w*|ruckerstattung\w*|gutschrift\w*|rembours\w*|reembols\w*|devoluc\w*|devolvid\w*|devuelt\w*|rimbors\w*|terugbetaa?l\w*|estornad\w*|estorno\w*|aterbetal\w*|refusjon\w*|refunder\w*|tilbagebetal\w*|tilbakebetal\w*|vracen\w*|palautet\w*|palautus\w*|hyvitet\w*|hyvitys\w*|ruckzahlung\w*|ruckbetrag|gutgeschrieben\w*|restitu\w*|zwrocon\w*|visszaterit\w*|rambursat\w*|povrac\w*|επιστροφ\w*|iade\w*|zwrot\w*|возврат\w*|返金\w*|退款\w*|환불\w*|החזר\w*|استرداد\w*"),
    (MoneyWord.BALANCE, r"balance|outstanding|due|amount due|owed|open amount|saldo|restbetrag|offener betrag|solde|остаток"),
    (MoneyWord.DISCOUNT, r"discounts?|disc|dsc|dscnt|rabatt\w*|preisnachl\w*|nachlass\w*|abschlag|alennus\w*|popust\w*|allahindlus\w*|atlaid\w*|nuolaid\w*|slevy|iskonto\w*|rabat\w*|remise|descuento\w*|desconto\w*|sconto|korting|rebates?|markdown|coupon\w*|voucher|promo\w*|скидк\w*|\w*(?:値引き?|割引)\w*|クーポン\w*|优惠\w*|折扣\w*|할인\w*|sleva|kedvezmeny|indirim|znizk\w*"),
    (MoneyWord.GIFT, r"gift ?cards?(?: sales)?|gift|store credit|gutschein\w*|cadeau\w*|points?|\w*ポイント\w*|积分|포인트"),
    (MoneyWord.TAX, r"mwsbp|mwsbk|\w*(?:steuer|mwst|ust)(?:betrag|summe)|steuern?|tax|taxes|vat|gst|hst|pst|duties|mwst|ust|tva|iva|imposto\w*|impuesto\w*|btw|moms|ндс|税|(?:消費)?税額?|税额|부가세|dph|afa|kdv|φπα"),
    (MoneyWord.SHIPPING, r"shipping|freight|postage|delivery|versand\w*|porto\w*|livraison|envio|frete|spedizione|verzending|frakt|доставка|送料|配送料|运费|運費|배송비|wysylk[ai]|doprava|postovne|szallitas\w*|kargo"),
    (MoneyWord.TIP, r"tips?|gratuity|trinkgeld\w*|pourboire|propina|mancia|fooi"),
    (MoneyWord.FEE, r"fees?|commission\w*|surcharge|gebuhr\w*|frais|comision\w*|comissao|taxa|kosten|комисси\w*|(?:決済)?手数料|手续费|수수료|prowizj\w*|poplatek"),
    (MoneyWord.COST, r"costs?|cogs|margin|profit|einkaufspreis|marge|gewinn|cost of goods|benefice|lucro|ganancia"),
    (MoneyWord.SUBTOTAL, r"sub ?total|zwischensumme|sous total|subtotale|tussentotaal|delsumma|小計|小计|商品(?:合計|金額|金额|总额)|소계|mezisoucet"),
    (MoneyWord.LINE, r"(?:total|suma|summe|montant|importe|valor|wartosc|importo) (?:do |del |de l |de la |de |da |della |of |per |par |pro |za )?(?:items?|linha|linea|ligne|articul[oe]s?|articles?|articol[oi]|riga|regel|artikel|position(?:en)?|posten|pozycj[ia]|lines?|polozk[ay]|tetel)|line ?(?:item )?(?:total|amount|price|net|gross)|item total|row total|extended (?:price|amount)|zeilensumme|(?:positions|zeilen|artikel|waren)(?:summe|betrag|wert|preis)"),
    (MoneyWord.GROSS, r"gross|brutto|brut|bruto|lordo"),
    (MoneyWord.NET, r"netwr|net|netto|neto|netto\w*|ht|ex tax|excl tax|amount minus fees"),
    (MoneyWord.PAID, r"paid|payment|received|collected|captured|charged|bezahlt|gezahlt|zahlbetrag|paye|pagado|pago|pagato|betaald|оплачено"),
    (MoneyWord.TOTAL, r"total\w*|grand total|order total|summe|suma|somma|soma|gesamt\w*|gesamtbetrag|totaal\w*|importe total|montant total|valor total|сумма|итого|\w*(?:合計|総額|总额|總額|総計|总计)(?:金額|额)?|お?支払い?(?:金額|額)|ご?請求(?:金額|額)|(?:实付|實付|应付|支付|付款|订单|訂單|交易)(?:总|總)?(?:金额|金額|额|額|款)|(?:총 ?)?(?:결제|주문) ?금액|합계(?: ?금액)?|총액|celkem|osszesen|vegosszeg|toplam(?: tutar)?|razem|do zaplaty|συνολο|סה כ|المجموع"),
    (MoneyWord.AMOUNT, r"fares?|fahrpreis|amount|amt|sales?|revenue|value|price|spend|spent|betrag|umsatz|montant|importe|valor|importo|prezzo|prix|preis|precio|preco|bedrag|belopp|belop|kwota|wartosc|\w+(?:wert|summe|betrag|umsatz)|金额|金額|売上(?:金額|高)?|판매 ?금액|tutar|ποσο|סכום|المبلغ"),
)  # fmt: skip
_TAXES = r"(?:sales )?(?:tax|taxes|vat|gst|hst|mwst|ust|umsatzsteuer|mehrwertsteuer|tva|taxe|iva|btw|moms|mva|alv|impuestos?|impostos?)"
_WITH_TAX = r"(?:incl|inc|including|inclusive(?: of)?|inkl|inklusive|con|with|mit|avec|com)"
_WITHOUT_TAX = r"(?:excl|exc|ex|excluding|exclusive(?: of)?|exkl|exklusive|ekskl|eks|ohne|sans|sin|senza|sem|zonder|without|before|utan|uten|hors|net of|pre)"
_INCLUDED, _EXCLUDED = (
    r"(?:incl|included|inclusive|inclusa|incluid[oa]|inc|compris\w*)",
    r"(?:excl|excluded|exclusive|esclusa|excluid[oa])",
)
_MENTIONS_TAX = re.compile(rf" (?:(?:{_WITH_TAX}|{_WITHOUT_TAX}) {_TAXES}|{_TAXES} (?:{_INCLUDED}|{_EXCLUDED}))(?= )")
_ONLY_TAX_MENTION = re.compile(rf" *(?:{_WITH_TAX}|{_WITHOUT_TAX}) {_TAXES} *| *{_TAXES} (?:{_INCLUDED}|{_EXCLUDED}) *")
_LESS_TAX = re.compile(rf" (?:{_WITHOUT_TAX} {_TAXES}|{_TAXES} {_EXCLUDED})(?= )")
# Asked for or in the payer's currency: what came in stands in another column, where there is one.
_NOT_YET = whole_words(r"authori[sz]ed|requested|estimated|quoted|buyer currency|presentment|original|ordered")
_PATTERNS = tuple((word, whole_words(words)) for word, words in _WORDS)
_NUMBER_OF = whole_words(r"id|ids|nr|no|num|numero|number|nummer|numer|folio|code|key|row|index")
NEVER_ALONE = frozenset(
    {
        MoneyWord.REFUND,
        MoneyWord.DISCOUNT,
        MoneyWord.TAX,
        MoneyWord.SHIPPING,
        MoneyWord.TIP,
        MoneyWord.FEE,
        MoneyWord.BALANCE,
        MoneyWord.GIFT,
        MoneyWord.COST,
    }
)


@dataclass(frozen=True)
class MoneyChoice:
    """The column of the money of a sale; several where only the reader can know."""

    source: str
    confidence: float
    evidence: str
    choices: tuple[str, ...] = ()  # the likeliest first
    refunds: tuple[str, ...] = ()  # columns of money given back later of the same sale
    once_per: str = ""  # the order's column, where the amount is an order's and stands on each of its lines


def word_of(name: str) -> MoneyWord | None:
    """What the name of a column says about its money; None where it says nothing of money."""
    name_alone = without_tax_mention(name)
    if _ONLY_TAX_MENTION.fullmatch(f" {spaced(name)} "):  # "Inc VAT" beside "Ex VAT" is no tax
        return MoneyWord.NET if _LESS_TAX.search(spaced(name)) else MoneyWord.GROSS
    word = next((word for word, pattern in _PATTERNS if says(name_alone, pattern)), None)
    is_before_tax = word in {MoneyWord.TOTAL, MoneyWord.AMOUNT, MoneyWord.GROSS} and _LESS_TAX.search(spaced(name))
    return MoneyWord.NET if is_before_tax else word


def without_tax_mention(name: str) -> str:
    """The words of a name without "incl. VAT" and "excl. tax": they tell how the money is counted, not that it is a tax."""
    rest = _MENTIONS_TAX.sub("", spaced(name)).strip()
    return rest or name


def can_be_the_amount(name: str, column: Profile, *, may_be_constant: bool = False) -> bool:
    """Whether a column could hold the money of a sale by itself: no refund, fee or tax, no constant, not all zero."""
    word = word_of(name)
    if word in NEVER_ALONE or (says(name, _NUMBER_OF) and column.is_running_number):
        return False
    numbers = column.numbers
    if not len(numbers) or bool((numbers == 0).all()):
        return False
    return may_be_constant or column.distinct > 1 or column.rows < 3


def _is_a_rest(table: TableProfile, name: str, other: str) -> bool:
    """Whether a column is another one in some rows and nothing in most: what is open of it, or was paid one way."""
    ours, theirs = (table.columns[each].all_numbers.fill_null(0.0) for each in (name, other))
    stands = (ours.abs() > _CENT) & (theirs.abs() > _CENT)
    is_mostly_nothing = share_of((ours.abs() <= _CENT).filter(theirs.abs() > _CENT)) >= _HALF
    is_the_same = share_of(((ours - theirs).abs() <= _CENT).filter(stands)) >= _MOSTLY
    return name != other and is_mostly_nothing and is_the_same and not bool(((ours.abs() > _CENT) & ~stands).any())


def _cancels_out(numbers: pl.Series) -> bool:
    """Whether amounts of both signs come to nothing: what is booked in and out again of an account between."""
    return bool((numbers < 0).any()) and abs(float(numbers.sum())) <= _NOTHING * float(numbers.abs().sum())


def choose_amount(table: TableProfile, candidates: Iterable[str], order: str | None) -> MoneyChoice | None:
    """Choose among the columns that could hold the money of a sale.

    The column to which others add up is it (total = subtotal + shipping + tax - discount); where sums prove nothing
    and several remain that differ, it is a question, the likeliest first.

    Args:
        table: the log.
        candidates: source columns of numbers whose names sound like money.
        order: the source column that names the order, if any.
    """
    usable = [name for name in candidates if can_be_the_amount(name, table.columns[name])]
    usable = [name for name in usable if not _cancels_out(table.columns[name].numbers)] or usable
    usable = without_unconverted(table, without_other_currencies(table, without_hundredfolds(table, usable)))
    usable = [name for name in usable if not any(_is_a_rest(table, name, other) for other in usable)]
    if not usable:
        return None
    refunds = refund_columns(table)
    once = order if order is not None else ""
    if len(usable) == 1:
        word = word_of(usable[0])
        evidence = f"the only column that sounds like the money of a sale ({word.value})" if word else "the only one"
        return _chosen(table, usable[0], 0.9, evidence, usable, refunds, once)
    for target in sorted(usable, key=_rank):
        proof = _adds_up(table, target, order)
        if proof and not any(adds_up_to(table, other, target, order) for other in usable if other != target):
            others = [name for name in usable if name != target]
            return _chosen(table, target, 0.95, f"{proof}; {', '.join(others)} a part of it", usable, refunds, once)
    taxed = _with_its_tax(table, usable)
    if taxed is not None:
        gross, proof = taxed
        return _chosen(table, gross, 0.9, f"{proof}: what the customer paid", usable, refunds, once)
    distinct = _differing(table, usable)
    if len(distinct) == 1:
        return _chosen(
            table, distinct[0], 0.9, "columns that sound like it hold the same numbers", usable, refunds, once
        )
    ordered = sorted(usable, key=lambda name: (_is_mostly_nothing(table, name, usable), *_rank(name)))
    sums = "; ".join(f"{name}: {_sum_of(table, name, once):,.2f} in all" for name in ordered[:5])
    evidence = f"{len(ordered)} columns could each be the money of a sale: {sums}"
    return _chosen(table, ordered[0], 0.5, evidence, ordered[:5], refunds, once)


def _sum_of(table: TableProfile, name: str, order: str) -> float:
    """The sum of a column; of an order's amount that stands on each of its lines, once an order."""
    numbers = table.columns[name].all_numbers
    if not order or not is_of_the_order(table, name, order):
        return float(numbers.sum())
    rows = pl.DataFrame({"order": as_keys(table.columns[order]), "amount": numbers})
    return float(rows.unique("order", keep="first", maintain_order=True)["amount"].sum())


def refund_columns(table: TableProfile) -> tuple[str, ...]:
    """Columns of money given back of the same sale: not negative, and no deposit that is due back anyway."""
    return tuple(
        name
        for name, column in table.columns.items()
        if column.is_number
        and word_of(name) is MoneyWord.REFUND
        and column.filled
        and column.flag is None
        and least_of(column.numbers) >= 0
        and bool((column.numbers > 0).any())
        and not says(name, whole_words(r"count|quantity|qty|number|id|reason|date|at"))
        and not _gives_deposits_back(table, name)
    )


def _gives_deposits_back(table: TableProfile, name: str) -> bool:
    """Whether a column gives back, of most rows, as much as another one took that is no amount of a sale."""
    back = table.columns[name].all_numbers.fill_null(0.0)
    returned = back > _CENT
    if share_of(returned) < _HALF:
        return False
    return any(
        share_of(((column.all_numbers.fill_null(0.0) - back).abs() <= _CENT).filter(returned)) >= _MOSTLY
        for other, column in table.columns.items()
        if other != name and column.is_number and word_of(other) not in OFFERED
    )


def _chosen(
    table: TableProfile,
    source: str,
    confidence: float,
    evidence: str,
    choices: Sequence[str],
    refunds: tuple[str, ...],
    order: str,
) -> MoneyChoice:
    once = order if order and is_of_the_order(table, source, order) else ""
    if once:
        evidence += f"; it stands on each line of {once}, so it counts once for each"
    others = tuple(name for name in choices if name != source)
    return MoneyChoice(source, confidence, evidence, (source, *others) if others else (), refunds, once)


def _rank(name: str) -> tuple[bool, int, int, str]:
    word = word_of(name)
    return (says(name, _NOT_YET), OFFERED.index(word) if word in OFFERED else len(OFFERED), len(name), name)


def _is_mostly_nothing(table: TableProfile, name: str, others: Sequence[str]) -> bool:
    """Whether a column has no money in most rows, where another has in most: the sums of pledges beside gifts."""
    shares = {other: share_of(table.columns[other].all_numbers.fill_null(0.0) != 0) for other in others}
    return shares[name] < _HALF and max(shares.values()) >= _MOSTLY


def _sampled(table: TableProfile, names: Sequence[str]) -> pl.DataFrame:
    return evenly(pl.DataFrame({str(n): table.columns[name].all_numbers for n, name in enumerate(names)}), _MOST_ROWS)


def _adds_up(table: TableProfile, target: str, order: str | None) -> str:
    """In words, to which sum a column comes in nearly every order; empty where to none."""
    bases = [
        name
        for name, column in table.columns.items()
        if name != target and column.is_number and word_of(name) in {*OFFERED} and name != order
    ]
    return next((proof for base in bases if (proof := adds_up_to(table, target, base, order))), "")


def adds_up_to(table: TableProfile, target: str, base: str, order: str | None) -> str:
    """ "Total = Subtotal + Shipping in 100 % of the orders", where one column is another plus charges."""
    charges = [
        (name, 1.0 if word_of(name) in ADDED else -1.0)
        for name, column in table.columns.items()
        if column.is_number and name not in {target, base, order} and word_of(name) in {*ADDED, *TAKEN_OFF}
        if bool((column.numbers != 0).any())
    ][:_MOST_SUMMANDS]
    names = [target, base, *(name for name, _ in charges)]
    rows = _sampled(table, names).filter(pl.col("0").is_not_null(), pl.col("1").is_not_null())
    if rows.height < 10 or share_of((rows["0"] - rows["1"]).abs() > _CENT) < 0.05:
        return ""  # nothing to tell the two apart by
    for size in range(len(charges), 0, -1):
        for chosen in combinations(range(len(charges)), size):
            total = rows["1"]
            for index in chosen:
                charge = rows[str(index + 2)].fill_null(0.0)
                # A payout's fees are mostly negative, and positive where a refund gives them back: gross = net - fees.
                total = total - charge if _mostly_negative(charge) else total + charges[index][1] * charge.abs()
            agrees = share_of((rows["0"] - total).abs() <= _CENT)
            if agrees >= HOLDS:
                terms = "".join(f" {'+' if charges[i][1] > 0 else '-'} {charges[i][0]}" for i in chosen)
                return f"{target} = {base}{terms} in {percent(agrees)} of the rows"
    return ""


def total_of(table: TableProfile, amount: str, rivals: Iterable[str], order: str | None) -> MoneyChoice | None:
    """The column that is an amount plus charges beside it in nearly every row, whatever its name; None without one."""
    for name in rivals:
        # Its name may speak of what it contains: "incl. costs".
        if word_of(name) in {MoneyWord.NET, MoneyWord.REFUND} or table.columns[name].distinct < _FEWEST_NUMBERS:
            continue
        proof = adds_up_to(table, name, amount, order)
        if proof:
            return MoneyChoice(name, 0.95, f"{proof}; {amount} a part of it")
    return None


def _with_its_tax(table: TableProfile, names: Sequence[str]) -> tuple[str, str] | None:
    """Of two columns the one that is the other with its tax, by the rates of taxes; None where they differ otherwise."""
    grosses = [name for name in names if word_of(name) is not MoneyWord.NET]
    nets = [name for name in names if word_of(name) is MoneyWord.NET]
    if len(grosses) != 1 or len(nets) != 1:
        return None
    rows = _sampled(table, [grosses[0], nets[0]]).drop_nulls().filter(pl.col("1") != 0)
    gross, net = pl.col("0"), pl.col("1")
    fits = [(gross - net * (1 + rate)).abs() <= _CENT + 0.0001 * net.abs() for rate in TAX_RATES]
    named = pl.concat_list([pl.when(fit).then(pl.lit(rate)) for fit, rate in zip(fits, TAX_RATES, strict=True)])
    rates = rows.select(named.list.drop_nulls().list.first().alias("rate"))["rate"]
    if rows.height < 10 or rates.null_count() > (1 - HOLDS) * rows.height:
        return None
    usual = ", ".join(percent(float(rate), 1) for rate in rates.drop_nulls().value_counts(sort=True)["rate"].head(2))
    return grosses[
        0
    ], f"{grosses[0]} = {nets[0]} with a tax of {usual} in {percent(1 - rates.null_count() / rows.height)} of the rows"


def _mostly_negative(numbers: pl.Series) -> bool:
    return int((numbers < 0).sum()) > int((numbers > 0).sum())


def _differing(table: TableProfile, names: Sequence[str]) -> list[str]:
    """Of columns that hold the same numbers, the first by rank."""
    remaining: list[str] = []
    for name in sorted(names, key=_rank):
        numbers = table.columns[name].all_numbers
        same = any(
            share_of((table.columns[other].all_numbers - numbers).abs().fill_null(1.0) <= _CENT) >= 0.999
            for other in remaining
        )
        if not same:
            remaining.append(name)
    return remaining


def is_of_the_order(table: TableProfile, amount: str, order: str) -> bool:
    """Whether an amount is the whole order's: the same on each of its lines, or filled on its first line only."""
    if word_of(amount) is MoneyWord.LINE or share_named(table, order) == 1.0:  # no order has several lines
        return False  # or they are of one price, and each brings its own
    rows = pl.DataFrame({"order": as_keys(table.columns[order]), "amount": table.columns[amount].all_numbers})
    by_order = (
        rows.drop_nulls("order")
        .group_by("order")
        .agg(
            pl.len().alias("lines"),
            pl.col("amount").drop_nulls().len().alias("filled"),
            pl.col("amount").drop_nulls().n_unique().alias("different"),
        )
        .filter(pl.col("lines") > 1)
    )
    if by_order.height < 5:
        return False
    first_only = share_of(by_order["filled"] == 1) >= HOLDS
    same = share_of(by_order["different"] <= 1) >= HOLDS
    # Lines of one price are alike by chance in small shops; of many orders 95 % are not.
    return same and not first_only and not _has_one_price_a_line(rows.drop_nulls())


def _has_one_price_a_line(rows: pl.DataFrame) -> bool:
    """Whether orders of several lines show the prices of single ones, no greater: each line brings its own."""
    each = rows.group_by("order").agg(pl.len().alias("lines"), pl.col("amount").first())
    single, several = (each.filter(condition)["amount"] for condition in (pl.col("lines") == 1, pl.col("lines") > 1))
    if len(single) < _FEWEST_SINGLE or single.n_unique() > _MOST_PRICES * len(single):
        return False
    return share_of(several.is_in(single.unique().implode())) >= HOLDS and middle_of(several) < _AS_DEAR * middle_of(
        single
    )
