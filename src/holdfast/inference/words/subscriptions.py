"""The words by which businesses name what a table of subscriptions holds, in the languages of the vocabulary."""

# ruff: noqa: E501
from holdfast.inference.words.names import exactly, whole_words

# Words that only a business of subscriptions uses, in the name of a table, a column or a value.
SUBSCRIPTION = whole_words(
    r"subscri(?:ption|ptions|bed|ber|bers|be)|unsubscri\w*|resubscri\w*|memberships?|abos?|abonn\w*|abonnement\w*|reabonn\w*|desabonn\w*|mitgliedschaft\w*"
    r"|kundigung\w*|gekundigt|vertrag|vertrage|vertrags\w*|contracts?|contrats?|contratos?|contratt[oi]|adhesions?|resili\w*|suscri\w*|desuscri\w*|assin\w*|renovac\w*"
    r"|abbonament\w*|disdett\w*|prenumeration\w*|medlemskap\w*|lidmaatschap\w*|opgezegd|opzegging|abonament\w*|подписк\w*|подписал\w*|отписал\w*|订阅|サブスク\w*|会費|解約|退会"
    r"|mrr|arr|recurring\w*|renew\w*|renewals?|auto ?renew\w*|churn\w*|trials?|billing (?:interval|cycle|period|frequency)|paid until|paid through|current period \w+"
    r"|policies|policy|licen[cs]es?|retainers?|alta|baja|leases?|leasing\\w*|lessees?|loyers?|mietvertrag\\w*|mietverhaltnis\\w*|arrendamientos?|bail|baux|huurcontract\\w*"
    r"|polizas?|policen?|polizz[ae]|apolices?|polissen|polis|polis[ay]|versicherungs\w*|seguros?|assicurazion\w*|verzekering\w*|ubezpiecz\w*"
)
# Words of tables and columns that hold other things with a begin and an end, or with a kind.
OTHER_BUSINESS = whole_words(
    r"orders?|bestell\w*|pedidos?|commandes?|ordini|bookings?|reservations?|rentals?|trips?|rides?|appointments?|tickets?|cases?|incidents?|sessions?|visits?|calls?"
    r"|shipments?|deliver(?:y|ies)|campaigns?|projects?|tasks?|employees?|staff|jobs?|shifts?|stays?|check ?in|check ?out|loans?|deals?|opportunit(?:y|ies)|leads?|carts?"
)
MAILING = whole_words(
    r"sent|send|delivered|open|opened|opens|click|clicks|clicked|bounce\w*|hard bounce|soft bounce|spam|complain\w*|geoffnet|geklickt|ouvert|clique|abierto|aberto"
)

# The day of the first payment: of a list of readers and subscribers, only those who subscribe have one.
# Values of a column that tells payments that come again from single ones.
ONE_OFF = whole_words(
    r"one ?(?:off|time)|once(?: only)?|single|non ?recurring|not recurring|einmal\w*|einzel\w*|ponctuel(?:le)?s?|unique|une fois|unic[oa]s?|puntual\w*|pontual\w*|una tantum|singol[oa]|eenmalig\w*|engangs\w*|jednoraz\w*"
)
RECURRING = whole_words(
    r"recurring|regular|repeat(?:ing)?|subscription|sustain\w*|standing order|dauer\w*|regelmassig\w*|recurrent\w*|recorrente\w*|reguli(?:er|ere)s?|periodic\w*|ricorrent\w*|terugkerend\w*|periodiek\w*"
)
FIRST_PAYMENT = whole_words(
    r"(?:first|initial) (?:payment|paid|charge|billing|billed|invoice)(?: \w+)?|paid since|subscriber since|paying since|converted(?: (?:at|on|date))|conversion date|erste zahlung(?: am)?|premier paiement|primer pago|primeiro pagamento|primo pagamento"
)
REFUNDED = whole_words(
    r"(?:fully )?refund(?:ed)?(?: (?:at|on|date|time|timestamp))?|(?:ruck)?erstattet(?: am)?|rembourse(?: le)?|reembolsad[oa](?: el| em)?|rimborsat[oa](?: il)?|terugbetaald(?: op)?"
)
BEGIN_STRONG = whole_words(
    r"(?:subscription|sub|contract|membership|plan|policy|term|current term|service|vertrags?|abo|abonnement|mitgliedschafts?|licen[cs]e|coverage|valid|activ\w*|effective|billing|current period|period|invoice)"
    r" (?:start|starts|started|begin|begins|began|from|since|opened|creation|created|beginn|date|von|ab|debut|inicio)(?: \w+)?",
    r"start(?:s|ed)?(?: (?:date|datum|at|on|time|day|dt|utc))?|begin(?:s|n)?(?: (?:date|datum|at|on|am))?|began(?: (?:at|on))?|subscribed(?: (?:at|on|date))?|activat(?:ed|ion)(?: (?:at|on|date))?",
    r"vertragsbeginn|vertragsstart|abobeginn|abostart|startdatum|beginndatum|beginn|gultig (?:ab|von)|aktiv (?:seit|ab)|ingangsdatum|begindatum|startdato",
    r"(?:date|fecha|data|dt) (?:de |d |du |di |da |do )?(?:debut|inicio|inizio|alta|contratacion|contratacao|adesao|souscription|suscripcion|assinatura|abonnement|activation|attivazione|activacion|ativacao|effet)",
    r"debut|inicio|inizio|alta|desde|dal|depuis|valid from|from|von|ab|начало|дата начала|开始日期|開始日",
)
# The day from which a policy or contract holds; of a cancellation, where another column is the begin.
EFFECT = whole_words(
    r"(?:fecha|data|date) (?:de |di |d )?(?:efecto|effetto|efeito|effet)|efecto|decorrenza|data decorrenza|inception(?: date)?|commencement(?: date)?|effective(?: (?:date|from))?",
    r"versicherungsbeginn|wirksam ab|inicio (?:de )?vigencia|vigencia (?:desde|inicio)|ingangsdatum|poczatek (?:ochrony|ubezpieczenia|umowy)|data (?:poczatku|rozpoczecia|zawarcia)",
)
BEGIN = whole_words(
    r"created(?: (?:at|on|date|utc))?|creation(?: date)?|created date|erstellt(?: am)?|angelegt(?: am)?|cree le|creado(?: el)?|criado(?: em)?"
)
# A cancellation: the end, or its announcement where another column holds the end.
CANCELLED = whole_words(
    r"(?:fecha|data|date|datum) (?:de |di |d |da |do |van )?(?:anulacion|anulacao|annullamento|rescision|rescissao|recesso|storno|opzegging|rozwiazania|wypowiedzenia)|anulacion|storno(?:datum)?|royement(?:sdatum)?",
    r"cancel(?:led|ed|lation)?(?: (?:at|on|date|requested|request|received|utc|time|timestamp|dt))*|notice(?: (?:given|date|at|on|received))*|(?:date|day) (?:of )?(?:cancellation|notice)",
    r"kundigung|kundigungs?(?:datum|eingang| datum| eingang| am)|gekundigt(?: am)?|kundigung (?:eingegangen|am|erhalten)(?: am)?|storniert(?: am)?",
    r"(?:date|fecha|data) (?:de |di |da |do )?(?:resiliation|annulation|cancelacion|cancelamento|disdetta|preavis|desabonnement)|resili\w*(?: le)?|cancelad\w*(?: em| el)?|cancelamento|disdetta|opzegdatum|opgezegd(?: op)?|解約日|解約申込日",
    r"unsubscribed(?: (?:at|on|date))?|unsubscribe (?:detected )?(?:date|at|on)|auto ?renew(?:al)? (?:disabled|turned off|off) (?:date|at|on)|churned(?: (?:at|on|date))?|churn date",
)
# Of the days of a cancellation, those whose name says that the customer had left on them.
LEFT = whole_words(
    r"churn\w*|left|lost|ended|end|terminat\w*|deactivat\w*|abgewandert\w*|ausgetreten\w*|verloren\w*|parti\w*|perdu\w*|perdid\w*|baja"
)
END = whole_words(
    r"hauptfalligkeit|ablauf(?:datum)?|vertragsablauf|versicherungsende|vencimiento|vencimento|vto|echeance(?: principale)?|scadenza|verval ?datum|contractverval ?datum|koniec (?:ochrony|ubezpieczenia|umowy)|data (?:konca|zakonczenia|wygasniecia)|fin (?:de )?vigencia|vigencia (?:hasta|fin)",
    r"(?:subscription|sub|contract|membership|plan|policy|service|vertrags?|abo|abonnement|mitgliedschafts?|licen[cs]e|coverage|valid|effective|period|term|billing|invoice)"
    r" (?:end|ends|ended|until|to|thru|through|expiry|expires|expired|expiration|expire|ende|bis|fin|fine|fim|closed|terminated)(?: \w+)?",
    r"end(?:s|ed|ing)?(?: (?:date|datum|at|on|time|day|dt|utc))?|expir(?:y|es|ed|ation|e)(?: (?:date|at|on))?|terminat(?:ed|ion)(?: (?:date|at|on))?|ended|closed(?: (?:at|on|date))?|left(?: (?:at|on|date))?|deactivated(?: (?:at|on|date))?",
    r"vertragsende|aboende|enddatum|einddatum|ende|endet(?: am)?|beendet(?: am)?|bis|gultig bis|lauft bis|austritts? ?(?:datum|tag|termin)|austritt(?: am)?|austrittsdatum|ausgetreten(?: am)?|slutdatum|slutdato",
    r"(?:date|fecha|data|dt) (?:de |di |da |do )?(?:fin|fim|fine|baja|termino|termine|saida|sortie|scadenza|vencimiento|vencimento|expiration|expiracion|cessation|echeance|encerramento)",
    r"fin|fim|fine|hasta|ate|until|to|thru|baja|termino|scadenza|einde|valid to|окончание|дата окончания|结束日期|終了日|退会日",
)
BIRTH = whole_words(
    r"birth(?: ?day| ?date)?|dob|date of birth|born|geburts\w*|geboren(?: am)?|naissance|nacimiento|nascimento|nascita|geboorte\w*|fodelse\w*|urodzenia|рождения|生年月日|出生日期"
)
TEST = whole_words(r"(?:is )?(?:sandbox|test|testing)(?: (?:purchase|transaction|order|mode|user|account))?")
LIVE = exactly(r"(?:is )?(?:live ?mode|live|production|prod)")  # its no is a test
ACTIVE = whole_words(
    r"(?:is |currently |still )?(?:active|subscribed|paying|subscriber|premium)(?: (?:subscription|subscriber|member|membership|now))?|(?:subscription|membership) active|aktiv\w*|actif|activ[oa]|ativ[oa]|attiv[oa]|actief"
)
# Yes: the term renews itself; no: it ends with what is paid. Of the second it is the other way round.
RENEWS = whole_words(
    r"(?:is |has )?auto(?:matic(?:ally)?)? ?renew(?:al|als|s|ing|ed)?(?: (?:enabled|status|on|active|flag))?|renews? auto\w*|will (?:auto ?)?renew|(?:is )?recurring",
    r"(?:verlangert sich )?automatische? verlangerung|automatisch verlangert|(?:renouvellement|reconduction) (?:automatique|tacite)|tacite reconduction|(?:renovacion|renovacao) automatica|(?:rinnovo|rinnovo) automatico|automatische verlenging",
)
ENDS_WITH_TERM = whole_words(
    r"cancel(?:s|led|ed)? at (?:the )?(?:period|term) end|cancel(?:lation)? at (?:the )?end(?: of (?:the )?(?:billing )?(?:period|term))?|(?:set|scheduled) to cancel|kundigung vorgemerkt"
)
# How long before the end of a term notice must be given.
NOTICE_PERIOD = whole_words(
    r"notice (?:period|months?|term|days)(?: \w+)?|cancellation period(?: \w+)?|kundigungsfrist(?: \w+)?|(?:delai de )?preavis(?: \w+)?|(?:plazo|periodo|meses|dias) (?:de )?preaviso|preaviso(?: \w+)?|(?:prazo|meses) (?:de )?aviso(?: previo)?|(?:termine (?:di )?|mesi (?:di )?)?preavviso(?: \w+)?|opzegtermijn(?: \w+)?|uppsagningstid(?: \w+)?|opsigelsesvarsel|okres wypowiedzenia"
)
NO_END = whole_words(  # dates of something that happens while a subscription runs
    r"upgrade\w*|downgrade\w*|last|latest|first|next|updated|modified|opened|clicked|seen|e ?mail|log ?in|visit\w*|paid|payment|purchase|order|letzte\w*|erste\w*|nachste\w*|dernier\w*|ultim\w*"
)
LATEST = whole_words(  # of what happened before the export
    r"last|latest|updated|modified|letzte\w*|dernier\w*|ultim[oa]s?|laatste|ostatni\w*"
)
PAID_UNTIL = whole_words(
    r"current (?:period|term) ends?(?: \w+)?|(?:paid|prepaid|billed|access) (?:until|till|through|thru|to|up to)(?: \w+)?|last paid (?:day|date)|access (?:ends?|expir\w+)(?: \w+)?|next (?:billing|payment|renewal|charge|invoice|bill)(?: \w+)?|renew(?:s|al)(?: (?:date|at|on))?",
    r"bezahlt bis|nachste (?:abbuchung|zahlung|verlangerung|rechnung)|(?:paye|pagado|pago|pagato) (?:jusqu \w+|hasta|ate|fino al)|proch\w* (?:echeance|paiement|prelevement)|proxim\w* (?:pago|cobro|cobranca|pagamento|renovacion|renovacao)",
    r"membership expire date|effective(?: (?:at|on|date|from))?|takes effect(?: \w+)?|cancel at|wirksam(?: zum| am| ab)?|kundigung zum|gekundigt zum|zum|effet(?: le)?|efectiva?(?: el)?",
)
# Words in the name of an end that is one of what is paid, not of a contract.
BILLED = whole_words(
    r"billing|billed|invoice\w*|paid|prepaid|payment|current (?:period|term)|abrechnung\w*|bezahlt|paye|pagado|pago|pagato"
)
TRIAL = whole_words(
    r"trials?|probe\w*|testphase|testzeitraum|essai|prueba|teste|prova|proef\w*|провн\w*|пробн\w*|试用|トライアル"
)
PAUSED = whole_words(
    r"paus\w*|freez\w*|frozen|froze|suspend\w*|suspension|pausiert|stillgelegt|ruhend|gel|congel\w*|pausad\w*|sospes\w*|gepauzeerd"
)
RESUMED = whole_words(
    r"(?:paus\w*|freez\w*|suspen\w*) (?:end|ends|ended|until|to|thru)(?: \w+)?|resum\w*(?: \w+)?|unfreez\w*|unpaus\w*"
)

INTERVAL = whole_words(
    r"interval(?:s| unit)?|(?:billing|payment|plan|renewal|charge|invoice|price|recurring|subscription|term|pay) (?:interval|cycle|period|frequency|term|unit|duration|length)|frequency|billing|cycle|period(?: unit| length)?|recurrence|cadence|term"
    r"|turnus|zahlungsweise|zahlweise|zahlungsintervall|zahlungsrhythmus|abrechnung\w*|laufzeit|intervall|rhythmus|periodicite|frequence|periodicidad|periodicidade|periodicita|frecuencia|frequencia|ciclo|frequenza|betalingsfrekvens|betaalfrequentie|termijn"
    r"|периодичность|период|周期|計費週期|支払い間隔"
)
TERM_MONTHS = whole_words(
    r"(?:contract|lease|rental|agreement|term|duration|plan|billing|interval|commitment|subscription|membership|period)(?: \w+)? (?:months?|mths)|months? (?:per|a) term|laufzeit monate|vertragslaufzeit(?: monate)?|vertragsdauer monate|dauer monate|duree (?:\w+ )*mois|meses contrato|(?:duracion|plazo) (?:\w+ )*meses|(?:prazo|duracao) (?:\w+ )*meses|durata (?:\w+ )*mesi|looptijd maanden"
)
# How long a contract is for, where the name says no unit.
TERM_ALONE = whole_words(
    r"(?:(?:contract|lease|rental|agreement|commitment|minimum) )?(?:term|duration|length)|(?:vertrags|leasing|miet)?laufzeit|(?:vertrags|miet)?dauer|duree(?: (?:du )?(?:contrat|bail|engagement))?"
    r"|duracion(?: (?:del )?contrato)?|plazo|prazo|duracao(?: (?:do )?contrato)?|durata(?: (?:del )?contratto)?|looptijd|contractduur"
)
TERM_DAYS = whole_words(
    r"(?:payment )?plan days|term days|interval days|period days|billing days|laufzeit tage|duree jours"
)
PER_SEAT = whole_words(
    r"(?:per|a|each|pro|par|por|per) (?:seat|user|licen[cs]e|unit|member|agent|sitz|platz|nutzer|lizenz|utilisateur|usuario|utente|gebruiker)"
)
MRR = whole_words(
    r"mrr|monthly recurring(?: \w+)?|recurring (?:monthly )?(?:revenue|amount|fee)|month(?:ly)? (?:subscription|membership|plan)?(?: )?(?:fee|price|amount|charge|rate|revenue|cost|payment|value|dues)|(?:fee|price|amount|rate|cost) (?:per (?:seat|user|licen[cs]e|unit|member|agent) )?(?:per |a )?month(?:ly)?"
    r"|(?:new |current )?mrr(?: (?:amount|after|usd|eur|gbp|value))?|monats(?:beitrag|preis|gebuhr|umsatz|betrag|rate|miete)|monatliche\w* (?:\w+)|monatlich|(?:beitrag|preis|gebuhr|betrag|kosten|tarif) (?:pro|je|im) monat|(?:montant|prix|cotisation|tarif) (?:par|au) mois|(?:cuota|importe|precio|valor|preco) (?:al|por|ao) mes|(?:prezzo|importo|quota|canone) al mese|(?:prijs|bedrag) per maand|(?:cuota|importe|precio|tarifa|coste) mensual|mensualidad|mensualite|mensalidade"
    r"|(?:valor|preco|taxa) mensal|(?:canone|prezzo|costo|quota) mensile|(?:maand)(?:bedrag|prijs|lidmaatschap)|(?:tarif|montant|prix|cotisation|abonnement|loyer|redevance|mensualite|echeance) mensuel(?:le)?|loyer (?:\w+ )?mois|leasing ?rate|leasingrate|miete (?:pro|je) monat|(?:monthly|month) (?:rent|rental|lease)(?: \w+)?|(?:rent|rental) (?:per|a) month|(?:renta|alquiler) mensual|aluguel mensal|(?:maand)huur|(?:oplata|abonament|cena|skladka|kwota) miesieczn[ay]|miesieczn[ay] (?:oplata|abonament|cena|skladka|kwota)|manads ?(?:avgift|pris|kostnad|belopp)\w*|maneds ?(?:pris|belob|avgift)\w*|月額|月费|месячн\w* \w+",
)
# A price that is revenue already, whatever it is of.
REVENUE_A_MONTH = whole_words(r"mrr|arr|recurring revenue|monatsumsatz|jahresumsatz|chiffre d affaires")
ARR = whole_words(
    r"(?:prima|premio|prime|premie|pramie) (?:anual|annual|annuelle|annuale|annua|annuo|total anual|neta anual)|annual premium|yearly premium|jahrespramie|jaarpremie|skladka roczna|roczna skladka|arr|annual (?:recurring \w+|contract value|value|fee|price|amount|revenue|premium|rate|dues)|acv|yearly (?:fee|price|amount|revenue|rate)|(?:fee|price|amount|rate|cost) (?:per|a) (?:year|annum)"
    r"|jahres(?:beitrag|preis|gebuhr|umsatz|betrag|pramie)|(?:cuota|importe|precio|tarifa) anual|(?:valor|preco) anual|anuidade|(?:tarif|montant|prix|cotisation) annuel(?:le)?|(?:canone|prezzo|quota) annuale|jaar(?:bedrag|prijs)"
)
# What a name says that is of a year.
OF_A_YEAR = whole_words(
    r"annual\w*|yearly|per year|a year|p a|jahr\w*|jahrlich\w*|par an|annuel\w*|anual\w*|annu\w+|jaar\w*|ar|arlig\w*"
)
PRICE = whole_words(
    r"(?:subscription|plan|membership|contract|unit|list|term|billing|recurring|abo|sub)? ?(?:price|fee|fees|amount|amt|cost|charge|rate|dues|premium|value|revenue|total|rent|rental)(?: (?:usd|eur|gbp|chf|paid|charged|billed|due|\w+ cents))?"
    r"|prima|premio|prime|premie|skladka|miete|loyer|alquiler|renta|aluguel|canone|affitto|huur|preis|beitrag|gebuhr|betrag|tarif|pramie|beitrags?hohe|prix|montant|cotisation|precio|importe|cuota|tarifa|preco|valor|mensalidade|prezzo|importo|quota|canone|prijs|bedrag|pris|belopp|avgift|\w+(?:preis|beitrag|gebuhr|entgelt|prijs|tarief|pris|avgift)|cena|kwota|цена|сумма|стоимость|价格|金额|金額|価格|料金|会費|actual amount paid|paid"
)
NOT_PRICE = whole_words(
    r"(?:mahn|einrichtungs|bearbeitungs|anmelde|aufnahme|storno|versand|einkaufs|inkoops?|inschrijf|frakt|anmalnings)(?:gebuhr|preis|prijs|pris|avgift)|refund\w*|discounts?|rabatt|remise|descuento|desconto|sconto|tax|vat|mwst|ust|iva|tva|shipping|tips?|balance|saldo|gift|lifetime|ltv|clv|count|number|num|id|share|percent|pct|index|score|days|months|due|outstanding|(?:transaction|processing|payment|payout|bank|service|gateway|platform|app|stripe|paypal) fees?|commissions?|setup|one ?time|einmalig\w*|paid to date|so far"
)
PLAN = whole_words(
    r"(?:(?:subscription|membership|contract|billing|current|price)? ?(?:plan|tier|package|level|product|offer)(?: (?:name|type|tier|id|code|title|nickname))?|(?:subscription|membership|contract|abo|abonnement) (?:type|typ|name|level|class|kind)"
    r"|tarif\w*|paket|abotyp|vertragsart|formule|forfait|offre|plano|piano|paquete|pacote|tarifa|pakket|abonament|sku|план|тариф|套餐|プラン)"
)
SEATS = whole_words(
    r"seats?|quantity|qty|licen[cs]es?(?: count)?|users|units|lizenzen|anzahl|sitze|platze|plazas|sieges|postes|menge|num seats|seat count|agents|headcount|nutzer|benutzer|anwender|arbeitsplatze|utilisateurs|licences|quantite"
    r"|usuarios|licencias|cantidad|utilizadores|licencas|quantidade|utenti|licenze|postazioni|quantita|gebruikers|licenties|aantal|anvandare|brugere|brukere|licenser|antal|antall|uzytkownicy|uzytkownikow|licencje|ilosc|stanowiska|лицензии|количество|пользователи|座席|人数|数量|席位"
)
# A price of one of them.
PRICE_OF_ONE = whole_words(
    r"unit (?:amount|price|cost)(?: \w+)?|(?:price|amount|cost|fee) (?:per|each) (?:\w+ )?(?:seat|unit|user|licen[cs]e|agent|item)|per (?:seat|unit|user|licen[cs]e|agent)|einzelpreis|stuckpreis|preis (?:je|pro) (?:\w+)|prix unitaire|prix par \w+|precio (?:unitario|por \w+)|preco (?:unitario|por \w+)|prezzo (?:unitario|per \w+)|stukprijs|prijs per \w+|pris per \w+|cena (?:jednostkowa|za \w+)"
)
# How many months or years a contract is for, where the values show it.
MONTHS = whole_words(
    r"months?|mths|monate?|\w+monate|mois|meses|mes|mesi|mese|maand(?:en)?|manad(?:er)?|maneder|maned|miesiace|miesiecy|месяц\w*|ヶ月|月数|个月"
)
YEARS = whole_words(r"years?|yrs|jahre?|\w+jahre|ans?|annees?|anos?|anni|anno|jaar|jaren|ar|lata?|год\w*|лет|年数")
# Whole numbers from 1 on that measure something and multiply no price.
NO_UNITS = whole_words(
    r"age|alter|edad|eta|idade|leeftijd|score|rating|stars?|sterne|nps|csat|rank|level|stufe|tier|priority|version|revision|year|month|week|day|days|tage|tagen|jours|dias|giorni|dagen|hour|hours|stunden|heures|horas|ore|uren|minutes?|tenure|since|logins?|visits?|besuche|visites|visitas|visite|bezoeken|sessions?|clicks?|views?|events?|calls?|tickets?|orders?|bestellungen|purchases?|points?|punkte|puntos"
    r"|region|zone|branch|store|filiale|group|gruppe|cohort|segment|cluster|number|no|nr|nummer|num|numero|numer|id|code|plz|zip|postcode|phone|sequence|position|index|renewals?|renewed|verlangerungen|payments?|zahlungen|attempts?|reminders?|mahnung\w*|mahnstufe|children|kinder|household|haushalt\w*|employees|mitarbeiter"
)
SUBSCRIPTION_ID = whole_words(
    r"(?:id|nr|no|n|num|numero|numer|code|ref|nummer) (?:de |di |da )?(?:poliza|polizza|apolice|police|polis|polisy)",
    r"(?:poliza|polizza|apolice|police|polis|polisa) (?:id|nr|no|n|num|numero|nummer|numer)|versicherungsscheinnummer|versicherungsnummer|polisnummer|policennummer",
    r"(?:subscri\w*|sub|leases?|leasing|contracts?|vertrags?|vertrag|abo|abonnements?|memberships?|mitgliedschafts?|polic[ey]|policies|contratos?|contrats?|contratto|assinatura|suscripcion|licen[cs]e|agreement|abbonamento|подписки) (?:id|nr|no|num|number|nummer|numero|key|code|ref|uuid|guid|name)",
    r"(?:id|nr|no|num|numero|code|ref) (?:subscri\w*|contract|contrat|contrato|abonnement|abo|vertrag|suscripcion|assinatura|подписки)",
    r"vertragsnummer|vertragsnr|abonummer|abonr|abonnements?(?:nummer|nr)|prenumerations? ?(?:nummer|nr|id)|policennummer|(?:polic[ae]|polizas?|polizz[ae]|apolice|polisa) (?:id|nr|no|num|numero|number)|(?:id|nr|no|num|numero|n) (?:poliza|polizza|apolice|police|polisy|contratto)|polisnummer|polis ?nr",
)
SUBSCRIPTION_ID_ALONE = exactly("subscription|contract|poliza|polizza|apolice|police|policy")
