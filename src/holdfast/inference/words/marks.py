"""Columns that mark single rows of money as undone: a yes, a cross, a day, a reason; or by a no that it stands.

marks_of(table, states, taken) -> each such column with what its values mean

"Bounced: Y", "Rücklastschrift: x", "Storno am: 2024-05-02", "Bounce reason: insufficient funds" and "Cleared: N" all say
that no money came. Where a column of states tells such rows apart already, its word counts and the mark adds nothing.
"""

# ruff: noqa: E501
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from holdfast.inference.profiles.columns import MISSING_WORDS, Profile, share_of
from holdfast.inference.profiles.tables import TableProfile
from holdfast.inference.words.meanings_in_rows import names_bills
from holdfast.inference.words.names import inner_name, says, whole_words
from holdfast.inference.words.status_column import StatusColumn
from holdfast.inference.words.subscriptions import LIVE
from holdfast.inference.words.vocabulary import CANCELLED_ON
from holdfast.meanings import EXCLUDED, Meaning

_IN_FULL = whole_words(r"(?:fully|full|completely|vollstandig) (?:refund\w*|returned|erstattet)")
_IN_PART = whole_words(r"partial(?:ly)? refund\w*|refund(?:ed)? amount|amount refunded")
_DISPUTED = whole_words(r"disputed?|charge ?backs?|contested")
_NO_MARK = whole_words(
    r"won|win|verified|approved|requested|possible|eligible|allowed|free|flexible|policy|protection|insurance|attempts?|retries|count|number|deadline|window|notice|fees?|rate|risk|reminder"
)
_WON_DISPUTE = whole_words(
    r"(?:disputed?|charge ?backs?|claims?|case) (?:is |was )?(?:won|reversed|withdrawn|dismissed|in our favou?r)|won (?:disputes?|charge ?backs?|claims?)"
)
_IS = r"(?:is |was |has |fully |been )*"
_BOUNCED = (
    r"bounced?|dishonou?red|nsf|insufficient funds|returned unpaid|unpaid|payment failed|failed|failures?|declined?|decline|rejected|rejection|not paid|not cleared|uncollected"
    r"|rucklastschrift(?:en)?|ruckbuchung(?:en)?|rucklaufer|zuruckgebucht|geplatzt|nicht eingelost|zuruckgewiesen|abgelehnt|fehlgeschlagen|gescheitert|unbezahlt"
    r"|impaye(?:e|s|es)?|rejet(?:e|ee|es|ees|s)?|refusee?s?|echoue(?:e|s)?|contre ?passe(?:e|s)?"
    r"|impagad[oa]s?|devuelt[oa]s?|devolucion(?:es)?|rechazad[oa]s?|fallid[oa]s?|devolvid[oa]s?|rejeitad[oa]s?|recusad[oa]s?|estornad[oa]s?|falhou|nao pag[oa]"
    r"|insolut[oi]|insolvenza|respint[oaie]|rifiutat[oaie]|fallit[oa]|non pagat[oaie]|gestorneerd|teruggeboekt|storneringen|geweigerd|mislukt|onbetaald"
    r"|zwrot|zwrocon[yaeo]|odrzucon[yaeo]|nieudan[yaeo]|nieoplacon[yaeo]|aterkallad|avvisad|studsad|misslyckad|obetald|afvist|avvist|tilbagefort|tilbakefort|mislykke[td]|ubetalt"
    r"|vracen[oaey]?|zamitnut[oaey]?|neuspesn[aey]|nezaplacen[oaey]?|visszautasitott|sikertelen|kifizetetlen|respins[ae]?|neplatit[ae]?|reddedildi|basarisiz|odenmedi"
    r"|возврат|отклонен[оаы]?|отказ|не оплачен[оаы]?|不渡り?|失敗|未払い?|退票|支付失败|未付款|반송|실패|미납"
)
_CANCELLED = (
    r"cancell?ed|cancell?ation|voided|void|storno|storniert|stornierung|annulle|annulee?s?|annulation|anulad[oa]s?|anulacion|anulacao|cancelad[oa]s?|cancelacion|cancelamento|annullat[oaie]|annullamento|geannuleerd|annulering"
    r"|anulowan[oaey]|avbruten|annulleret|annullert|makulerad|zruseno|zrusen[aey]|stornovan[oaey]|torolt|lemondott|sztorno|anulat[ae]?|iptal(?: edildi)?|отменен[оаы]?|аннулирован[оаы]?|キャンセル|取消し?|已取消|取消|취소"
    # A row that was deleted where it came from: warehouses and databases keep it and say so.
    r"|deleted|geloscht|supprimee?|efface|eliminad[oa]|borrad[oa]|excluid[oa]|eliminat[oa]|verwijderd|usuniet[ya]|raderad|slettet"
)
_RETURNED = r"refunded|refund|returned|reversed|disputed?|charge ?backs?|charged back|erstattet|retourniert|rembourse|reembolsad[oa]|rimborsat[oaie]|terugbetaald|geretourneerd|aterbetald|refunderet|refundert|返金|已退款|환불"
_STANDS = whole_words(
    rf"{_IS}(?:paid|cleared|settled|collected|captured|honou?red|succeeded|successful|bezahlt|eingelost|eingegangen|beglichen|payee?s?|encaissee?s?|reglee?s?|acquittee?s?|pagad[oa]s?|cobrad[oa]s?|pag[oa]s?|recebid[oa]s?|pagat[oaie]|incassat[oaie]|saldat[oaie]"
    r"|betaald|voldaan|geind|oplacon[yaeo]|zaplacon[yaeo]|betald|betalt|zaplacen[oaey]?|uhrazen[oaey]?|fizetve|kifizetve|platit[ae]?|incasat[ae]?|odendi|tahsil edildi|оплачен[оаы]?|入金済み?|支払い?済み?|已付款?|已支付|납부|결제 ?완료)"
)
_NOT_ALONE = whole_words(r"by|with|via|from|to|amount|method|type|in|per|durch|mit|par|con|por")
_REASON = whole_words(
    r"reason|cause|code|note|comment|message|grund|ursache|motif|motivo|causale|reden|powod|orsak|arsag|duvod|ok|motiv|sebep|причина|理由|原因|사유"
)
_ON = whole_words(r"on|at|date|time|timestamp|am|datum|le|el|em|il|op|data|fecha|dato|dnia|den|日期?|日時?|день|дата")
_FLAGS: tuple[tuple[Meaning, re.Pattern[str]], ...] = (
    (Meaning.REVERSED, whole_words(rf"{_IS}(?:{_RETURNED})")),
    (Meaning.VOID, whole_words(rf"{_IS}(?:{_CANCELLED})")),
    (Meaning.TEST, whole_words(r"(?:is )?test(?: order| sale| mode)?|sandbox")),
    (Meaning.FAILED, whole_words(rf"{_IS}(?:{_BOUNCED})")),
)
_BY_A_MARK = frozenset({Meaning.VOID, Meaning.FAILED})  # of a refund alone, a part may be given back
_MOST_UNDONE = 0.5  # of the sales; a mark on more of them says something else
_MOST_REASONS = 40  # different texts
_LONGEST_MARK = 3  # letters: x, ok, yes
_NEARLY_ALL = 0.98


@dataclass(frozen=True)
class Mark:
    """What the values of a column mean for the money."""

    means: dict[Meaning, tuple[str, ...]]
    unknown: dict[str, int] = field(default_factory=dict)
    unless: dict[str, tuple[str, ...]] = field(default_factory=dict)  # source column -> texts that take it back
    is_day: bool = False


def marks_of(
    table: TableProfile, states: Sequence[StatusColumn], taken: Collection[str], *, of_sales: bool
) -> dict[str, Mark]:
    """Source columns of marks -> what their values mean.

    Args:
        table: of sales or payments.
        states: its columns of states, with what their values mean.
        taken: source columns with another role.
        of_sales: whether the rows are sales, of which a day or a reason undoes one; payments that failed stay.
    """
    free = {name: column for name, column in table.columns.items() if name not in taken and column.filled}
    marks = _by_a_yes(table, {name: column for name, column in free.items() if name not in table.times})
    if of_sales:
        marks |= _by_what_stands_there(table, {name: column for name, column in free.items() if name not in marks})
    return {name: mark for name, mark in marks.items() if not _is_known(table, free[name], mark, states)}


def _by_a_yes(table: TableProfile, free: Mapping[str, Profile]) -> dict[str, Mark]:
    """Columns of yes and no whose yes says that a sale was undone, or whose no says that nothing came."""
    marks: dict[str, Mark] = {}
    whole = any(says(name, _IN_FULL) for name in table.columns)
    parts = any(says(name, _IN_PART) for name in table.columns)
    for name, column in free.items():
        if column.flag is None or says(name, _WON_DISPUTE):
            continue
        yes = column.flag
        no = next((value for value in column.values if value != yes), "")
        if says(inner_name(name), LIVE):
            marks[name] = Mark({Meaning.TEST: (no,), Meaning.NEUTRAL: (yes,)})
            continue
        meaning = _undone_by(name)
        is_disputed = says(name, _DISPUTED)
        if meaning is None and says(name, _STANDS) and not says(name, _NOT_ALONE) and no:
            open_one = Meaning.PENDING if names_bills(table) else Meaning.OPEN
            marks[name] = Mark({open_one: (no,), Meaning.NEUTRAL: (yes,)})
            continue
        if meaning is None or (meaning is Meaning.REVERSED and whole and not is_disputed and not says(name, _IN_FULL)):
            continue
        rows = int(column.says_yes.sum())
        if is_disputed or (parts and not says(name, _IN_FULL) and meaning is Meaning.REVERSED):
            unless = _taken_back(table, column) if is_disputed else {}
            marks[name] = Mark({Meaning.NEUTRAL: (no,)}, {yes: rows}, unless)
        else:
            marks[name] = Mark({meaning: (yes,), Meaning.NEUTRAL: (no,)})
    return marks


def _by_what_stands_there(table: TableProfile, free: Mapping[str, Profile]) -> dict[str, Mark]:
    """Columns that hold a cross, a day or a reason on rows that were undone, and nothing on those that stand."""
    marks: dict[str, Mark] = {}
    for name, column in free.items():
        nothing = [text for text in column.values.head(_MOST_REASONS) if text.lower() in MISSING_WORDS]
        filled = share_of(
            column.series.is_not_null() & ~column.series.cast(pl.String).is_in(nothing).fill_null(value=False)
        )
        if not 0 < filled <= _MOST_UNDONE or column.flag is not None:
            continue
        meaning = _undone_by(name)
        if name in table.times:
            if says(name, CANCELLED_ON) or (meaning in _BY_A_MARK and says(name, _ON)):
                marks[name] = Mark({meaning if meaning in _BY_A_MARK else Meaning.VOID: ("*",)}, is_day=True)
            continue
        is_mark = column.distinct == 1 and len(column.values[0]) <= _LONGEST_MARK
        if meaning is None or (column.is_number and not is_mark):
            continue
        is_reason = meaning in _BY_A_MARK and column.distinct <= _MOST_REASONS
        if is_mark or (is_reason and (says(name, _REASON) or not column.is_code)):
            reasons = tuple(text for text in column.values if text not in nothing)
            means = {meaning: reasons, Meaning.NEUTRAL: tuple(nothing)}
            marks[name] = Mark({each: texts for each, texts in means.items() if texts})
    return marks


def _undone_by(name: str) -> Meaning | None:
    """What a yes or a mark means, by the name of its column; None where it says nothing of an undoing."""
    if says(name, _NO_MARK):
        return None
    return next((meaning for meaning, pattern in _FLAGS if says(name, pattern)), None)


def _is_known(table: TableProfile, column: Profile, mark: Mark, states: Sequence[StatusColumn]) -> bool:
    """Whether states say already what became of the rows that a mark undoes, or ask about them."""
    undone = [text for meaning, texts in mark.means.items() if meaning in EXCLUDED for text in texts]
    if not undone or mark.unknown:
        return False
    values = column.series.cast(pl.String)
    marked = values.is_not_null() if "*" in undone else values.is_in(undone).fill_null(value=False)
    for state in states:
        texts = table.columns[state.source].series.cast(pl.String)
        outs = [text for meaning, several in state.means.items() if meaning in EXCLUDED for text in several]
        if not outs and not state.unknown:
            continue
        decided = texts.is_in([*outs, *state.unknown]).fill_null(value=False)
        # A day on which it bounced beside "paid": it was presented again, and the state knows how that ended.
        if share_of(decided.filter(marked)) >= _NEARLY_ALL or (
            mark.is_day and outs and share_of(decided.filter(marked)) > 0
        ):
            return True
    return False


def _taken_back(table: TableProfile, disputed: Profile) -> dict[str, tuple[str, ...]]:
    """The column of yes and no that says how a dispute ended, with its yes: it stands on rows of disputes alone."""
    rows = disputed.says_yes.fill_null(value=False)
    for name, column in table.columns.items():
        if name == disputed.source or column.flag is None or not says(name, _WON_DISPUTE):
            continue
        won = column.says_yes.fill_null(value=False)
        if bool(won.any()) and not bool((won & ~rows).any()):
            return {name: (column.flag,)}
    return {}
