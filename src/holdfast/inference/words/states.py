"""What the values of a status or kind column mean, by their words in twelve languages."""

# ruff: noqa: E501
import re
from collections.abc import Sequence
from enum import StrEnum

from holdfast.inference.words.names import plain, says, whole_words
from holdfast.meanings import Meaning


class Purpose(StrEnum):
    """What a column of states is looked at for: the same word may mean other things."""

    MONEY = "money"  # whether a sale brought money
    EVENTS = "events"  # what happened to a subscription, or whether an event is a sign of life
    BANK = "bank"  # what a line of a bank account is
    STATES = "states"  # whether a subscription or customer runs


MOST_STATES = 50  # different values of a column of states
NO = r"(?:not|non|no|nicht|un|nie|niet|inte|ikke|sin|sem|sans|не) "
# A subscription that rests: as an event and as a state.
_RESTING = r"paus\w*|freez\w*|froze|frozen|suspend\w*|suspension|suspens[oa]s?|on hold|stillgelegt|ruhend\w*|ruht|pausiert|eingefroren\w*|en pause|gelee?s?|gel d ?abonnement|pausad\w*|congelad\w*|congelacion|congelamento|trancad\w*|sospes\w*|congelat\w*|gepauzeerd|pauz\w*|pozastaven\w*|bevroren|fryst\w*|frosset|frosne|wstrzyman\w*|zawieszon\w*|zamrozon\w*|приостанов\w*|заморож\w*|\w*休会\w*"

# The payment itself is waited for: no money was received, and of many such orders none ever is.
_PAYMENT = r"(?:payment|zahlung\w*|geldeingang|vorkasse|bank\w*|paiement|reglement|virement|cheque|pago|cobro|transferencia|pagamento|boleto|bonifico|assegno|betaling|overschrijving|betalning|platnosc\w*|za?plat\w*|wplat\w*|przelew\w*|platb\w*|uhrad\w*|prevod\w*|оплат\w*|платеж\w*)"
_AWAITED = r"(?:pending|awaited|outstanding|ausstehend|offen|erwartet|en attente|attendu|pendiente|en espera|pendente|em espera|in (?:attesa|sospeso)|in afwachting|openstaand|oczekujac\w*|oczekiwan\w*|ocekavan\w*|ожидается)"
AWAITING_PAYMENT = (
    r"(?:(?:awaiting|await|waiting|wait|pending)(?: for)?|warten|wartet|wacht(?:en|end)?|en attente|en espera|a la espera|a espera|esperando|pendientes?|aguardando|a aguardar|pendente|em espera|in attesa|attesa|in afwachting|vantar|inv[ae]ntar|avvaktar|afventer|avventer|venter|oczekiwanie|oczekuj\w*|czeka\w*|cekani|ceka\w*|ожида\w*|ждет)"
    rf" (?:\w+ ){{0,3}}?{_PAYMENT}|{_PAYMENT} (?:is |ist |wird )?{_AWAITED}|offene zahlung"
    r"|\w*入金待ち|\w*支払い?待ち|\w*未(?:入金|払い?|支付|付款)|等?待(?:买家)?(?:付款|支付)|(?:입금|결제) ?대기|odeme bekl\w*|fizetesre var\w*"
)
# What is being prepared for the customer is paid.
_PREPARED = r"(?:preparation|preparacion|preparacao|preparazione) (?:en cours|en curso|em curso|em andamento|in corso|in progress)|(?:en cours de|en|em|in) (?:preparation|preparacion|preparacao|preparazione|separacao)|being prepared|(?:processing|preparation) in progress|(?:bestellung|auftrag) (?:wird|in) (?:bearbeitet|vorbereitet|bearbeitung|vorbereitung)|przygotowanie w toku|w trakcie (?:przygotowania|przygotowywania)|(?:bestelling )?wordt (?:verwerkt|voorbereid)|待(?:发货|收货|發貨|收貨)|(?:on backorder|en attente de reapprovisionnement|en espera de reposicion|in attesa di rifornimento|in arretrato) (?:paid|paye|pagado|pagato)"

# In this order; the first that fits counts. Words are compared without accents and case, `_`, `-` and `.` as blanks.
WORDS: tuple[tuple[Meaning, str, frozenset[Purpose]], ...] = tuple(
    (meaning, words, frozenset(purposes))
    for meaning, words, purposes in (
        # A return that is only asked for has given no money back.
        (Meaning.SALE, r"(?:return|refund|retoure|ruckgabe|erstattung|devolucion|reembolso|retour)\w* (?:is )?(?:pending|request\w*|initiated|in progress|open|offered|rejected|declined|denied|angefragt|offen|abgelehnt|pendiente|en attente)|(?:pending|requested|awaiting) (?:return|refund)", (Purpose.MONEY,)),
        # A dispute that was won gave the money back to the seller.
        (Meaning.SALE, r"(?:dispute|charge ?back|claim) (?:is |was )?(?:won|reversed|withdrawn|rejected|dismissed)|won (?:dispute|charge ?back)", (Purpose.MONEY,)),
        # What is undone was undone no more: a withdrawn cancellation, a payment not refused.
        (Meaning.NEUTRAL, NO + r"(?:cancel\w*|void\w*|refund\w*|fail\w*|reject\w*|gekundigt|storniert)|uncancel\w*|reactivat\w* later", (Purpose.MONEY,)),
        # Money that did not come, said by a no before the word: "non pagato", "não recebido".
        (Meaning.FAILED, r"(?:not|non|no|nao|nicht|pas|non|niet|nie|inte|ej|ikke|ei|sin|sem) (?:yet |ainda |encore |noch )?(?:paid|received|collected|pagat\w*|pagad\w*|pag[oa]|recibid\w*|recebid\w*|ricevut\w*|incassat\w*|cobrad\w*|saldat\w*|paye\w*|regle\w*|encaiss\w*|bezahlt|eingegangen|betaald|voldaan|ontvangen|zaplacon\w*|oplacon\w*|betald|betalt|maksettu)", (Purpose.MONEY,)),
        (Meaning.LOST, r"(?:deal |tilaus )?(?:havitty|havisi|menetetty)|prohran\w*|ztracen\w*|kaybedil\w*|kayip|mistet|abgesagt|absage|不成立|elveszett|elvesztett|pierdut\w*|izgubljen\w*|stracen\w*|kaotatud|zaudet\w*|prarast\w*|dead", (Purpose.MONEY,)),
        (Meaning.VOID, r"peru(?:utet)?t\w*|peruuntu\w*|mitatoi\w*|avbokad\w*|installd\w*|uteblev|utebliven|aflyst\w*|udeblev\w*|avlyst|nedostavil\w*|gelmedi|odwolan\w*|nieobecn\w*|assente|ausente|faltou|absente?|欠席|called off|withdrawn|zuruckgezogen|verworfen|tuhistatud|atcelts|atsaukt\w*|otkazan\w*|preklican\w*|batal", (Purpose.MONEY,)),
        (Meaning.REVERSED, r"hyvitetty|palautettu|returneret", (Purpose.MONEY,)),
        (Meaning.FAILED, r"epaonnistu\w*|hylatty|maksamatta|eraantynyt|selhal\w*|odenmedi|mislykket|afgewezen|nicht zustande gekommen|未成立", (Purpose.MONEY,)),
        (Meaning.DRAFT, r"luonnos\w*|taslak\w*|koncept", (Purpose.MONEY,)),
        (Meaning.OPEN, r"avoin|avoimet|aben|otevren\w*|acik|tarjous(?: lahetetty)?|neuvottelu\w*|nabidk\w*|jednan\w*|teklif\w*|muzakere\w*|gorusme\w*|tilbud\w*|forhandling\w*|forsta mote|kartlaggning|見積\w*|交渉\w*|提案\w*|parked|stalled|進行中", (Purpose.MONEY,)),
        (Meaning.PENDING, r"odottaa\w*|kasittelyssa|vantar\w*|ceka|bekliyor|wachtend|保留", (Purpose.MONEY,)),
        # A cancellation that was taken back goes on; a reminder of what is to come changes nothing yet.
        (Meaning.RENEWAL, r"(?:cancel\w*|notice|kundigung|resiliation) (?:request )?(?:revoked|withdrawn|undone|reverted|removed|taken back|zuruckgenommen|widerrufen|zuruckgezogen|retiree|annulee)|uncancel\w*|un cancel\w*|renewal (?:on|enabled|turned on)|auto ?renew(?:al)? (?:on|enabled|turned on)", (Purpose.EVENTS,)),
        (Meaning.NEUTRAL, r"(?:\w+ )?(?:will|about to|going to) (?:end|renew|expire)|(?:renewal|expiry|expiration|payment|trial) (?:reminder|upcoming|warning|notification)|upcoming \w+|\w+ reminder|invoice (?:created|sent|finali[sz]ed|upcoming)|payment (?:method|intent) \w+|(?:order|item|cart|ticket|lead|account|profile|user|customer|contact|session) created", (Purpose.EVENTS,)),
        # Of a bank account: money that came in, a debit that came back, and the business's own payments.
        (Meaning.SALE, r"(?:sepa |eil ?)?gutschrift(?:seingang)?(?: uberweisung)?(?: \w+)?|(?:zahlungs|geld)eingang|einzahlung|incoming (?:transfer|payment)|(?:bank )?(?:credit|deposit)(?: transfer)?|virement (?:recu|entrant)|abono|entrada|bonifico (?:ricevuto|in entrata)", (Purpose.BANK,)),
        (Meaning.REFUND, r"(?:sepa )?ruck(?:lastschrift|buchung|uberweisung|gabe)|returned (?:debit|payment)|unpaid debit|rejet de prelevement|devolucion(?: de recibo)?|charge ?back", (Purpose.BANK,)),
        (Meaning.TRANSFER, r"(?:sepa |folge|erst|basis|firmen)*lastschrift(?: \w+)?|(?:direct )?debit|card payment|kartenzahlung|(?:online )?uberweisung|dauerauftrag|standing order|outgoing (?:transfer|payment)|withdrawal|auszahlung|entgelt\w*|gebuhr\w*|(?:bank )?(?:fees?|charges?)|abschluss|zinsen|interest|miete|rent|lohn|gehalt|salary|payroll|steuer\w*|tax(?:es)?|frais|prelevement|virement (?:emis|sortant)|comision|cargo|commissioni|addebito", (Purpose.BANK,)),
        (Meaning.TEST, r"test|tests|test ?mode|testing|bogus|sandbox(?:ed)?|staging|uat|xcode|dummy|demo order|testbestellung", Purpose),
        # An end for want of payment is an end, not one more failed payment.
        (Meaning.END, r"(?:end(?:ed)?|cancel\w*|terminat\w*|expired|churn\w*|closed|deactivat\w*|gekundigt|beendet|kundigung|resili\w*|cancelad\w*|baja) (?:\w+ ){0,3}?(?:failed payment|payment fail\w*|non ?payment|unpaid|dunning|involuntary|zahlungsverzug|nichtzahlung|impaye|impago|inadimplencia)|involuntary (?:churn\w*|cancel\w*|end\w*)", (Purpose.EVENTS,)),
        (Meaning.PAYMENT_FAILED, r"(?:payment|invoice|charge|renewal|zahlung|paiement|pago|pagamento|betaling) (?:\w+ )?(?:fail\w*|declin\w*|past due|overdue|fehlgeschlagen|echou\w*|fallid\w*|mislukt)|dunning|involuntary|past due|billing failed|failed payment", (Purpose.EVENTS,)),
        (Meaning.PAST_DUE, r"past due|unpaid|overdue|in arrears|delinquent|grace|billing retry|uberfallig|impaye|vencid\w*|declined(?: patron| member| payment)?|(?:payment|charge|card) (?:declined|failed)|dunning", (Purpose.STATES,)),
        (Meaning.NEVER_STARTED, r"incomplete|incomplete expired|never started|trial expired|trial ended|abandoned|pending activation", (Purpose.STATES,)),
        (Meaning.FAILED, NO + r"(?:yet )?(?:paid|received|collected|captured|settled|charged|bezahlt|eingegangen|encaiss\w*|recu\w*)", (Purpose.MONEY,)),
        (Meaning.FAILED, r"rejet\w*|(?:erreur|echec|refus) (?:de |du )?paiement|insolut[oi]|impagad[oa]s?|inadimplente|em atraso|en mora|moros[oa]|niezaplacon\w*|nezaplacen\w*|obetald\w*|ubetalt|onbetaald|error (?:de|en)(?: el)? pago|err(?:o|ore) (?:d[ei]|no|nel)l? ?pagamento|fehler bei der (?:be)?zahlung|zahlungsfehler|blad platnosci|nieoplacon\w*|fail\w*|failure|declin\w*|reject\w*|unpaid|overdue|forfallen|forfalt|forfalden|vervallen|scadut[oa]|en retard|written ?off|write ?off|bad debt|abgeschrieben|error|insufficient\w*|denied|expired card|blocked|uncollectible|payment error|requires payment method|fehlgeschlagen|fehler|abgelehnt|unbezahlt|echou\w*|echec|refuse\w*|impaye|fallid\w*|rechazad\w*|recusad\w*|negad\w*|rifiutat\w*|fallit\w*|mislukt|geweigerd|misslyckad\w*|nekad|afvist|nieudan\w*|odrzucon\w*|отклон\w*|неудач\w*|ошибка|(?:支付|付款|決済)?(?:失败|失敗|エラー)|拒绝|却下|결제 ?실패|neuspesn\w*|sikertelen|basarisiz|esuat\w*|falhou|falhad[oa]|falha|denegad[oa]|zablokowan\w*|fracasad[oa]", (Purpose.MONEY,)),
        (Meaning.FAILED, r"fail\w*|declin\w*|error", (Purpose.EVENTS,)),
        (Meaning.REFUND, r"refund|refunds|partial refund|refund issued|credit note|credit memo|creditnote|money back|gutschrift|erstattung|ruckerstattung|avoir|remboursement|reembolso|devolucion|nota de credito|rimborso|terugbetaling|zwrot|возврат|退款单|返金処理|return|retoure|retour", (Purpose.EVENTS,)),
        (Meaning.REVERSED, r"zwrac\w*|vracen\w*|visszakuld\w*|iade\w*|\w*返品\w*|\w*返金\w*|\w*退货\w*|\w*退貨\w*|\w*退款\w*|refunded|fully refunded|full refund|credited|fully credited|krediterad\w*|krediteret|kreditert|gutgeschrieben|gecrediteerd|avoir emis|abonad[oa]|returned|reversed|reversal|charge ?backs?|charged back|disputed?|dispute lost|money returned|indemnity claim|charge ?back claim|erstattet|ruckerstattet|ruckvergutet|zuruckerstattet|retourniert|ruckgabe|zuruckgegeben|rembours(?:e|ee|es|ees)|retourne\w*|reembolsad\w*|devuelt\w*|devolvid\w*|estornad\w*|rimborsat\w*|resit\w*|terugbetaald|geretourneerd|aterbetald|returnerad|refunderet|zwrocon\w*|возвращ\w*|已退款|退款(?:成功|完成)?|退货(?:完成)?|(?:返品|返金)(?:済み?|完了)?|(?:반품|환불)(?: ?완료)?|returnat\w*|iade(?: edildi)?|επιστραφ\w*", (Purpose.MONEY,)),
        (Meaning.REFUND, r"refund|refunds|credit note|credit memo|gutschrift|erstattung|ruckerstattung|ruckzahlung|avoir|note de credit|remboursement|reembolso|reintegro|devolucion|devolucao|estorno|nota de credito|nota di credito|nota di accredito|rimborso|terugbetaling|creditnota|creditfactuur|kreditnota|kreditfaktura|rucklastschrift|ruckbuchung|contracargo|contre ?passation|retro ?facturation|obciazenie zwrotne|addebito stornato|extorno|dobropis|opravny danovy doklad|helyesbito szamla|korekta(?: faktury)?|faktura koryguj\w*|faktura korekta|factura rectificativa|facture rectificative|rechnungskorrektur|return|retoure|retur(?:uri?)?|zwrot|retour|vratka|visszaru|palautus|hyvitys|aterbetalning|refusjon|tilbagebetaling|επιστροφη|возврат", (Purpose.MONEY,)),
        (Meaning.NOTICE, r"(?:cancel\w*|downgrade|churn) (?:requested|request|scheduled|at period end|pending|notice)|non renewing|not renewing|will not renew|notice(?: given)?|auto ?renew(?:al)? (?:off|disabled|turned off)|renewal (?:off|disabled)|gekundigt zum\b.*|kundigung eingegangen|opgezegd per\b.*|scheduled cancel\w*|pending cancel\w*|set to cancel|canceling", (Purpose.EVENTS, Purpose.STATES)),
        (Meaning.END, r"cancel\w*|cancell?ation|churn\w*|terminat\w*|expir\w*|ended?|end|subscription end(?:ed)?|deactivat\w*|unsubscrib\w*|clos(?:ed?|ure)|account closed|left|quit|delet\w*|gekundigt|kundigung|abgemeldet|abmeldung|austritt|ausgetreten|vertragsende|aboende|beendet|beendigung|ausgelaufen|abgelaufen|resili\w*|desabonn\w*|desinscri\w*|desactiv\w*|annul\w*|fin d? ?abonnement|cancelad\w*|cancelou|cancelacion|cancelamento|desuscri\w*|dado de baja|baja|bajas|descadastr\w*|desativ\w*|encerr\w*|vencid\w*|expirad\w*|disdett\w*|disiscri\w*|scadut\w*|cessat\w*|opgezegd|opzegging|uitgeschreven|beeindigd|uppsagd|uppsagning|avslutad|avregistrerad|opsagt|opsigelse|oppsagt|anulowan\w*|rezygnac\w*|wypisan\w*|zakoncz\w*|отмен\w*|отписал\w*|отписк\w*|прекращ\w*|取消|取消订阅|退订|解約|退会", (Purpose.EVENTS,)),
        (Meaning.ENDED, r"anulad\w*|storn\w*|surrendered|rescindid\w*|rescind\w*|resolt\w*|risolt\w*|geroyeerd|gekundigt\w*|rozwiazan\w*|wygas\w*|cancel\w*|churn\w*|terminat\w*|expir\w*|ended|inactive|former|lapsed|deactivat\w*|closed|left|completed|finished|gekundigt|beendet|inaktiv|ehemalig\w*|ausgelaufen|resili\w*|annul\w*|ancien|inactif|cancelad\w*|extinguid\w*|de baja|dado de baja|storniert|erloschen|cesse\w*|matured|annullat\w*|cessat\w*|zrusen\w*|inativ\w*|inactiv\w*|baja|encerrad\w*|scadut\w*|disdett\w*|opgezegd|beeindigd|inactief|uppsagd|anulowan\w*|zakoncz\w*|отмен\w*|неактив\w*|取消|解約|退会|流失", (Purpose.STATES,)),
        (Meaning.VOID, r"verlopen|verstreken|afgebroken|abgelaufen|verfallen|caducad\w*|utgatt|udlobet|wygasl\w*|przeterminowan\w*|vyprsel\w*|lejart|waived|forgiven|erlassen|condonad\w*|kwijtgescholden|\w*取り?消し?\w*|\w*キャンセル\w*|\w*作废\w*|zrusen\w*|stornovan\w*|torolv\w*|iptal\w*|no ?shows?|nicht erschienen|non presente?|no presentado|expir\w*|cancel\w*|cancell?ed|void(?:ed|ing|s)?|storn\w*|annul\w*|abgebrochen|aborted|abandon\w*|deleted|removed|trash\w*|cancelad\w*|anulad\w*|cancellat\w*|annullat\w*|geannuleerd|makulerad|avbruten|annulleret|anulowan\w*|torolve|lemondva|anulat\w*|iptal(?: edildi)?|ακυρω\w*|отмен\w*|аннулир\w*|\w*(?:取り?消し?|キャンセル)\w*|(?:交易|订单|訂單)?(?:已)?(?:关闭|關閉)|無効|(?:주문 ?)?취소(?: ?완료)?", (Purpose.MONEY,)),
        (Meaning.TRANSFER, r"payouts?|disbursements?|withdrawals?|auszahlung(?:en)?|transfer to (?:your )?bank(?: account)?|reversement|versement vendeur", (Purpose.MONEY,)),
        (Meaning.OPEN, AWAITING_PAYMENT, (Purpose.MONEY,)),
        (Meaning.SALE, r"(?:pledges?|promises?|commitments?) (?:payments?|paid|received|fulfil\w*|instal?lments?)|(?:payments?|instal?lments?) (?:of|on|for|towards?) (?:\w+ )?(?:pledges?|promises?|commitments?)", (Purpose.MONEY,)),
        (Meaning.SALE, r"maksettu|toimitettu|vahvistettu|lahetetty|valmis|voitettu|voitto|toteutunut|kaynyt|bekraftad\w*|bekr(?:ae|a)?ft\w*|udfort|afholdt|vyhran\w*|uskutecn\w*|kazanil\w*|onayland\w*|geldi|bevestigd\w*|confermat\w*|\w*配達完了|確定|成約|signed", (Purpose.MONEY,)),
        (Meaning.SALE, _PREPARED, (Purpose.MONEY,)),
        (Meaning.DRAFT, r"pro ?forma\w*|draft|drafts|checkout draft|quote|estimate|cart|wishlist|entwurf|brouillon|borrador|rascunho|bozza|concept|utkast|kladde|szkic|черновик|草稿|下書き", (Purpose.MONEY,)),
        (Meaning.LOST, r"lost|closed lost|loss|verloren|perdu\w*|perdid\w*|perso|persa|forlorad|tapt|tabt|przegran\w*|utracon\w*|проигран\w*|проиграна|закрыто и не реализовано|失注|丢单|输单|disqualified|unqualified|no decision|closed (?:without|no) \w+", (Purpose.MONEY,)),
        (Meaning.OPEN, r"in wartestellung|in de wacht|prospecc\w*|prospezion\w*|cualific\w*|calific\w*|qualifiz\w*|bedarfsanalyse|pledge\w*|promised|zugesagt|zusagen?|spendenzusagen?|toezegging\w*|promesas?|promess[ae]\w*|obietnic\w*|propos\w*|propuesta|proposta|propozycj\w*|oferta|oferty|ofert\w*|offerte|offerta|negoci\w*|negocja\w*|onderhandel\w*|kwalifik\w*|authori[sz]ed|open|new|qualif\w*|proposal|negotiation|prospect\w*|demo scheduled|appointment scheduled|decision maker bought in|contract sent|presentation scheduled|in progress|discovery|evaluation|quoted|uncaptured|requires \w+|offen|angebot|verhandlung|ouvert|en cours|en curso|en proceso|en ejecucion|em curso|em execucao|in lavorazione|in esecuzione|in arbeit|in durchfuhrung|in behandeling|in uitvoering|pagaende|igangvaerende|on ?going|under ?way|abiert\w*|abert\w*|em andamento|apert\w*|in corso|lopend|oppen|apen|otwart\w*|открыт\w*|в работе|进行中|商談中", (Purpose.MONEY,)),
        (Meaning.PENDING, r"\w*待ち|\w*未(?:発送|出荷)\w*|新規受付|受付\w*|対応中|準備中|\w*処理中|待\w+|nov[ae] zamowieni\w*|w realizacji|w trakcie|prijat\w*|vyrizuje se|folyamatban|hazirlaniyor|beklemede|pending|(?:order )?placed|on hold|hold|awaiting\w*|unfulfilled|partially paid|payment due|due|processing payment|ausstehend|in bearbeitung|wartend|en attente|pendiente|pendente|in attesa|in afwachting|vantande|afventer|oczekuj\w*|w toku|submitted|pending (?:submission|customer approval)|ожида\w*|в обработке|处理中|保留中|(?:決済)?処理中|取り?寄せ中|cekajici|fuggoben|in asteptare|σε αναμονη", (Purpose.MONEY,)),
        (Meaning.PAUSE, _RESTING, (Purpose.EVENTS,)),
        (Meaning.PAUSED, _RESTING, (Purpose.STATES,)),
        (Meaning.RESUME, r"resum\w*|unpaus\w*|unfreez\w*|unfrozen|unsuspend\w*|reactivat\w*|reactiva\w*|reativ\w*|restart\w*|win ?back|won back|returned|fortgesetzt|fortsetzung|reaktiviert|reactive|reanud\w*|retom\w*|reprise|repris|ripres\w*|riattivat\w*|hervat\w*|wiederaufnahme|wiederaufgenommen|wieder aktiviert|aterupptag\w*|aterstartad\w*|genoptag\w*|gjenopptat\w*|wznow\w*|obnoven\w*|возобнов\w*|恢复|再開", (Purpose.EVENTS,)),
        (Meaning.TRIAL, r"trial(?: start(?:ed)?)?|free trial|start(?:ed)? trial|probe\w*|testphase|essai|prueba|periodo de prueba|teste gratis|prova|proef\w*|试用|トライアル", (Purpose.EVENTS,)),
        (Meaning.TRIALING, r"trial\w*|in trial|free trial|on trial|probe\w*|testphase|testzeitraum|(?:periode d ?|en |a l ?)?essai|(?:en |periodo de |periodo di |em |in )?(?:prueba|teste|prova)|degustacao|proef\w*|op proef|provperiod\w*|prove ?periode\w*|provetid|(?:w )?okres(?:ie)? probnym?|probny|zkusebni\w*|probaido\w*|пробн\w*|koe(?:jakso|aika)\w*|kokeilu\w*|deneme\w*|试用\w*|トライアル\w*|お試し", (Purpose.STATES,)),
        (Meaning.RENEWAL, r"renew\w*|renewal|rebill\w*|recurring payment|verlangert|verlangerung|renouvel\w*|renov\w*|rinnov\w*|verlengd|verlenging|odnowi\w*|przedluz\w*|fornya\w*|fornyel\w*|fornyet|forlang\w*|prodlouz\w*|prolong\w*|продл\w*|automatisch verlangert|reconduit|reconduction|reconduccion|recobro|续费|续订|更新", (Purpose.EVENTS,)),
        (Meaning.UPGRADE, r"upgrad\w*|uppgrader\w*|expan\w*|erweiter\w*|upsell|seats? added|mejora (?:de |del )?plan|montee en gamme|passage superieur|ampliacion|aumento de plan", (Purpose.EVENTS,)),
        (Meaning.DOWNGRADE, r"downgrad\w*|nedgrader\w*|contract(?:ed|ion)|reduzier\w*|seats? removed|reduccion (?:de |del )?plan|descente en gamme|passage inferieur", (Purpose.EVENTS,)),
        (Meaning.START, r"start\w*|new subscription|subscribed?|subscription (?:created|started|start)|activat\w*|sign ?up|signed up|join\w*|begin|began|created|abgeschlossen|vertragsbeginn|vertragsabschluss|abobeginn|abonniert|angemeldet|anmeldung|beitritt|eintritt|neuvertrag|neuabschluss|begonnen|souscri\w*|abonnement|abonne|abonnee|reabonn\w*|inscri\w*|debut|adhesion|alta|altas|alta nueva|contrat\w*|suscri\w*|inicio|iniciad\w*|iniciou|assin\w*|adesao|aderiu|ativad\w*|ativacao|ativou|novo|nueva|nuevo|new|iscri\w*|abbonat\w*|abbonamento|attivat\w*|attivazione|inizio|aangemeld|inschrijving|gestart|afgesloten|tecknad|startad|oprettet|tegnet|zapisan\w*|rozpocz\w*|aktywacj\w*|aktywowan\w*|now[aey] (?:subskrypcj\w*|umow\w*|abonament\w*)|zalozen\w*|aktivierung|aktiviert|neues? abo\w*|aktivering|aktiverad\w*|nytt abonnemang|ny prenumeration|nieuw abonnement|activering|nouvel abonnement|nouvelle souscription|nueva suscripcion|nova assinatura|nuovo abbonamento|подписал\w*|подключ\w*|подписка|оформ\w*|начал\w*|订阅|开通|入会|加入|契約|開始", (Purpose.EVENTS,)),
        # Whoever is charged subscribes.
        (Meaning.SALE, r"charge|charged|charges|(?:charge|payment|invoice|billing|debit) (?:\w+ )?(?:succe\w*|paid|captured|received|completed|ok)|paid|payment|billed|bezahlt|zahlung(?: eingegangen| erhalten)?|abgebucht|abbuchung|beitrag|paye|paiement|prelevement|preleve|pago|pagado|cobro|cobrad\w*|cobranca|pagamento|pagou|addebito|betaald|betaling|incasso|betalt|betalning|zaplacon\w*|oplacon\w*|platnosc|оплат\w*|оплачен\w*|списан\w*|付款|扣费|支付|支払い?|課金", (Purpose.EVENTS,)),
        (Meaning.RUNNING, r"(?:en|em|in) vig(?:or|ore|ueur)|vigente?s?|vigent\w*|in force|inforce|in kraft|laufend\w*|en cours|van kracht|obowiazuj\w*|w mocy|active|live|running|current|ongoing|paying|subscribed|enabled|open|new|retained|expansion|contraction|reactivat\w*|expanded|contracted|upgraded|downgraded|renewed|valid|gultig|im bestand|premium paying|ungekundigt|en vigor|vigentes?|em vigor|in vigore|en vigueur|al corriente|em dia|adimplente|neu|nuevo|nueva|novo|nouveau|nuovo|aktiv\w*|laufend|actif|activ[oa]|ativ[oa]|attiv[oa]|actief|lopend|aktywn\w*|активн\w*|有效|活跃|有効", (Purpose.STATES,)),
        (Meaning.SALE, r"utbetal[dt]|udbetalt|ausbezahlt|ausgezahlt|uitbetaald|vanzar[ei]|satis|prodej|prodaja|eladas|myynti|salg|forsaljning|sprzedaz|zaplacon\w*|platnosc (?:\w+ )?(?:zaakceptowan\w*|przyjet\w*|otrzyman\w*)|charged|cobrad\w*|cobro|ingresad[oa]|liquidad[oa]|abgebucht|\w*(?:発送|出荷|配送|入金|支払い?|決済|対応)(?:済み?|完了)|已发货|已發貨|已签收|confirmad\w*|confirmat\w*|confirme\w*|bestatigt\w*|potwierdzon\w*|potvrzen\w*|dorucen\w*|vyrizen\w*|teljesitve|kiszallitva|kiszallitott|tamamlandi|teslim edildi|kargolandi|odebran\w*|zakonczon\w*|checked ?out|stayed|received|collected|earn(?:ed)?|accru\w*|recurring|regular|one ?off|one ?time|invoice|bill|rechnung|facture|factura|fattura|faktura|eingegangen|eingezogen|encaiss\w*|recu\w*|recibid\w*|recebid\w*|ricevut\w*|ontvangen|mottatt|otrzyman\w*|paiement (?:\w+ ){0,2}(?:accepte|recu)|pago (?:\w+ ){0,2}(?:aceptado|recibido)|pagamento (?:\w+ ){0,2}(?:aceito|recebido|accettato|ricevuto)|paid|complete\w*|completed|succe\w*|captured|shipped|partially shipped|delivered|fulfilled|dispatched|partially refunded|processing|processed|procesando|procesad[oa]|processando|processad[oa]|settled|won|closed won|approved|confirmed|accepted|invoiced|sold|sale|charge|payment|receipt|zahlung|reglement|purchase|order|credit sale|ok|done|finished|bezahlt|abgeschlossen|versandt|versendet|geliefert|erledigt|gewonnen|verkauf|paye\w*|termine\w*|expedie\w*|livre\w*|gagne\w*|vente|pagad\w*|completad\w*|enviad\w*|entregad\w*|ganad\w*|venta|pago|concluid\w*|entregue|ganh\w*|venda|pagat\w*|completat\w*|spedit\w*|consegnat\w*|vint\w*|vendita|zugestellt|ausgeliefert|abgeholt|angekommen|teil(?:weise )?erstattet|wplat[ay]|wplyw|incasso|indbetaling|inbetalning|innbetaling|zahlungseingang|encaissement|aprobad[oa]|aprovad[oa]|approuvee?|approvat[oa]|exitos[oa]|bem sucedid[oa]|reussie?|riuscit[oa]|zaakceptowan\w*|zatwierdzon\w*|genehmigt|akzeptiert|goedgekeurd|godkand|godkendt|schvalen\w*|betaald|voltooid|verzonden|geleverd|verkoop|betald|slutford|skickad|levererad|vunnen|betalt|fuldfort|fullfort|sendt|leveret|vundet|oplacon\w*|zrealizowan\w*|wyslan\w*|dostarczon\w*|wygran\w*|оплач\w*|выполн\w*|доставл\w*|отправлен\w*|выигран\w*|posted|validated|paid ?out|erfolgreich|gebucht|verbucht|ausgefuhrt|odeslan\w*|zaplacen\w*|teljesit\w*|kiszallit\w*|fizetve|livrat\w*|finalizat\w*|finalizad\w*|conclus\w*|afgerond|afgehandeld|avslutat|avsluttet|afsluttet|dokoncen\w*|befejezett|paattynyt|platit\w*|expediat\w*|odendi|kargoya verildi|ολοκληρω\w*|παραδοθ\w*|πληρωμ\w*|gennemfort|gjennomfort|genomford|vyplacen\w*|(?:入金|決済|出荷|配送|対応|受取り?)(?:済み?|完了)|(?:已|买家已)?(?:支付|签收|收货|发货|成交)|(?:交易|订单|支付)(?:成功|完成)|待(?:发货|收货)|(?:결제|배송|구매|주문) ?(?:완료|확정)|배송 ?중|상품 ?준비 ?중|已付款|已完成|完成|支付成功|完了|支払い?済み?|発送済み?|受注", (Purpose.MONEY,)),
    )
)  # fmt: skip
_COMPILED = tuple((meaning, re.compile(rf"^(?:{words})$"), purposes) for meaning, words, purposes in WORDS)
_INSIDE = tuple(  # a longer text counts by the words in it: "Closed Won (Sales Pipeline)", "wc-completed"
    (meaning, re.compile(rf"(?<![^ ])(?:{words})(?![^ ])"), purposes) for meaning, words, purposes in WORDS
)
_STATE_NAMES = whole_words(
    r"stanje|situacao|situacion|situazione|stan|stan zamowienia|durum|tila|対応状況|注文状況|処理状況|status|state|stages?|zustand|phasen?|statut|estado|stato|etat|etapes?|etapas?|etapy?|etapid|fase[sn]?|faza|fazy|vaihe|steg|asama\w*|seis|olek|staatus|stavs|statusas|keadaan|outcome|result|resultat|ergebnis|stav|статус|\w*(?:状况|状況|状态|狀態|状態|ステータス|상태)|disposition|stan|allapot|durum|durumu|stare|κατασταση"
)
_KIND_NAMES = whole_words(
    r"type|kind|event|events|event type|event name|action|activity|typ|art|tipo|typo|ereignis|evenement|evento|transaction type|тип|类型|種別"
)


_ENVIRONMENTS = re.compile(
    r"^(?:prod|production|produktion|produccion|producao|produzione|live(?: ?mode)?|real|sandbox(?:ed)?|tests?(?: ?mode)?|testing|staging|stage|dev|development|uat|qa|demo|xcode|local)$"
)
_PREFIX, _ENDING = 2, 6  # letters before a word at the end of a compound, and of that word at least


def meaning_of(text: str, purpose: Purpose, *, whole: bool = False) -> Meaning | None:
    """What a value of a column of states means; None where no word explains it.

    Args:
        text: the value, as written.
        purpose: what it is looked at for.
        whole: only if all of the text is a known word; else a word within it counts too ("Closed Won (2024)").
    """
    words = words_of(text)
    if not words:
        return None
    for meaning, pattern, purposes in _COMPILED:
        if purpose in purposes and pattern.match(words):
            return meaning
    for meaning, pattern, purposes in () if whole else _INSIDE:
        if purpose in purposes and pattern.search(words):
            return meaning
    return None


def meaning_of_end(text: str) -> Meaning | None:
    """What a compound word of money means by a longer word at its end: Wiedergutschrift; None where none ends it."""
    last = words_of(text).split()[-1:]
    endings = (last[0][start:] for start in range(_PREFIX, len(last[0]) - _ENDING + 1)) if last else ()
    return next((meaning for end in endings if (meaning := meaning_of(end, Purpose.MONEY, whole=True))), None)


def tests_among(texts: Sequence[str]) -> tuple[str, ...]:
    """Of values that all name where software runs, those of tests: sandbox beside production; none of other values."""
    tests = tuple(text for text in texts if meaning_of(text, Purpose.MONEY, whole=True) is Meaning.TEST)
    is_environment = len(tests) < len(texts) and all(_ENVIRONMENTS.match(words_of(text)) for text in texts)
    return tests if is_environment else ()


def is_named_state(name: str) -> bool:
    """Whether the name of a column says that it holds states: status, Zustand."""
    return says(name, _STATE_NAMES)


def is_named_kind(name: str) -> bool:
    """Whether the name of a column says that it holds kinds of events: event, type, Ereignis."""
    return says(name, _KIND_NAMES)


def words_of(text: str) -> str:
    """A value in plain words: lower case, without accents, signs as blanks."""
    return " ".join(re.split(r"[\s_\-./:;,()\[\]'’]+", plain(text))).strip()
