"""The words by which businesses name their columns and tables: English, German, French, Spanish, Portuguese, Italian,
Dutch, Nordic, Polish, Russian, Chinese, Japanese.

Words are compared without accents and case, after names are split (see names).
"""

# ruff: noqa: E501
import re

from holdfast.inference.words.names import exactly, whole_words

_NUMBER_WORDS = "id|ids|nr|no|num|number|nummer|numero|numer|codice|codigo|kod|n|key|code|ref|reference|uuid|guid|hash|identifier|pk|sk"

_WHO = (
    "customers?|client[es]?|clients|clienti|cliente|clientes|users?|members?|accounts?|acct|households?|subscribers?|players?"
    "|kunden?|kunde|klienci?|klient|klienta|klanten|klant|abonnes?|abonnent(?:en|in)?|abonnees?|bezieher(?:in)?|lezers?|prenumeranter?|prenumerant|abonado|usuarios?|utilisateurs?|utente|utenti"
    "|nutzer|benutzer|gebruiker|konto|cuenta|compte|conta|socio|guests?|visitors?|shoppers?|buyers?|donors?|patients?"
    "|students?|policyholders?|cust|usr|msisdn|loyalty card|card holder|cardholder|contact|compan(?:y|ies)|tenant"
    "|organi[sz]ation|org|mitglied|medlem|kund|kunder|cliente|acheteur|comprador|bruker|asiakas"
    "|adherent[es]?|adherents|membres?|inscrits?|licencies?|assures?|suscriptor|suscriptores|assinantes?|alumnos?|alunos?|allievi|allievo"
    "|iscritti|iscritto|soci|socios|socia|pacientes?|pazienti|paziente|associados?|teilnehmer|versicherungsnehmer|debitor(?:en)?"
    "|sold ?to(?: party)?|bill ?to(?: party)?|soldtoparty|billtoparty|warenempfanger|auftraggeber"
    "|gast|gaste|hotelgast|hotelgaste|huesped(?:es)?|ospit[ei]|hospedes?|riders?|passengers?|passagers?|pasajeros?|passageiros?|passegger[oi]|fahrgast|fahrgaste|reizigers?"
    "|donateurs?|donatrices?|donantes?|doador(?:es|a)?|donator[ei]|spender(?:in)?|spendernummer|gevers?|darczyncy?|debtors?|policy ?holders?|insured|patrons?|supporters?|pupils?|learners?|borrowers?|attendees?"
    "|(?:loyalty|membership|member|club|bonus|rewards?|customer) cards?|kundenkarten?|carte (?:de )?fidelite|tarjeta (?:de )?(?:cliente|fidelizacion|socio)|tessera"
    "|tomador(?:es)?|asegurad[oa]s?|titular(?:es)?|segurad[oa]s?|contratantes?|souscripteurs?|souscriptrices?|sottoscrittor[ei]|contraent[ei]"
    "|kupujac[ya]|zamawiajac[ya]|odbiorc[ay]|zakaznik|zakaznika|zakaznici|zakazniku|odberatel[ei]?|ugyfel|ugyfelek|vasarlo|vevo|cumparator(?:ul)?|musteri|uye|kupac|stranka|pirkejas|klientas"
    "|πελατης|πελατη|לקוח|العميل|عميل|고객|회원|구매자|주문자|ลูกค้า|会員|客戶|買家|买家|買方|会社|得意先|取引先"
    "|tomador(?:es)?|asegurados?|segurados?|preneurs?|souscripteurs?|contraente|assicurat[oi]|verzekeringnemer|verzekerde|polishouder|ubezpieczajac[ya]|ubezpieczon[ya]"
    "|nabywc[ay]|kontrahent|клиент|клиента|покупатель|покупателя|пользователь|пользователя|абонент|客户|顾客|用户|会员|顧客|会員|お客様"
)

CUSTOMER_ID = whole_words(
    rf"(?:{_WHO}) (?:unique |master |main |global )?(?:{_NUMBER_WORDS})",
    rf"(?:nif|cif|dni|nie|cpf|cnpj|pesel|nip|bsn|siret|siren|codice fiscale|cf|p iva) (?:de |del |do |da |di )?(?:{_WHO})",
    r"(?:会員|顧客|お客様|得意先|客户|客戶|用户|用戶|顾客|会员|會員) (?:id|no|番号|コード|编号|編號)",
    rf"(?:card(?:ul)?|carte|carta|tarjeta|cartao|tessera|karta|karte|kart|kort|kortti) (?:de |del |do |di )?(?:{_WHO})",
    rf"(?:{_NUMBER_WORDS}) (?:del? (?:la )?|du |della |da |do )?(?:{_WHO})",
    r"firmennummer|firmennr|firmen (?:id|nr)|lidnummer|lid nr|medlemsnummer|medlemsnr|debitorennummer|debitorennr|versichertennummer|numero de carte fidelite|kundenkartennummer|kundenkartennr",
    rf"jasennumero|asiakasnumero|(?:{_NUMBER_WORDS}) (?:czlonkowski|czlonka|clena)|clenske cislo|tagszam|uye (?:no|numarasi)|numer czlonkowski",
    r"(?:kunnr|kun nr|kunag|kunrg)|mitgliedsnummer|mitgliedsnr|mitgliednr|mitglieds (?:nr|nummer|id)|patientennummer|teilnehmernummer|nip (?:nabywcy|klienta|kontrahenta)",
    r"kundennummer|kundennr|kundnr|kundnummer|klantnummer|klantnr|kontonummer|id клиента|客户编号|顧客番号|会员编号|会員番号",
    r"(?:id|код) (?:клиента|покупателя|пользователя)",
    r"(?:invoice|commercial|billing|bill to|business) partner(?: \w+)*|partner(?: display)? name|(?:booked|ordered|bought|purchased|reserved|paid) by|gebucht von|bestellt von|besteller|bucher|commande par|reserve par|reservado por|comprado por|prenotato da|besteld door",
    r"номер клиента|(?:お客様|顧客|会員|得意先|取引先|ユーザー)(?: id|番号|コード|no)|(?:客户|客戶|会员|會員|用户|用戶|买家|買家)(?: id|编号|編號|号|號|账号|帳號)|(?:고객|회원)(?: id|번호|아이디)",
    # The tax number of whoever pays.
    rf"(?:nif|dni|cif|nie|cpf|cnpj|rfc|ruc|rut|siret|siren|pesel|nip|tax id|vat no|ust id) (?:del? |do |da |du |della? )?(?:{_WHO})",
)
# The account of a contract is whose the meters, readings and bills are.
_ACCOUNTS = (
    "(?:contract|billing|service|utility|bill|business|client) (?:account|partner|acct)|vertragskonto|vertragspartner|geschaftspartner"
    "|kundenkonto|compte contrat|conto contratto|conto contrattuale|cuenta contrato|conta contrato|policy ?holder|versicherungsnehmer|preneur"
)
_WHO_ALONE = _WHO.replace("|contact|compan(?:y|ies)|tenant", "").replace("|organi[sz]ation|org", "")
CUSTOMER_WORD = exactly(f"{_WHO_ALONE}|(?:{_ACCOUNTS})(?: (?:{_NUMBER_WORDS}))?")
BARE_ID = exactly("id|ids|uuid|guid|key|nr|no|number|row id|record id|index|#")
ID_ENDING = re.compile(rf" (?:{_NUMBER_WORDS}|upc|sku|ean|isbn) $")

HAPPENED = whole_words(
    r"date|datum|data|fecha|dato|data|time|timestamp|datetime|ts|dt|day|when|at|on|zeit|zeitpunkt|heure|hora|tag|tijd"
    r"|дата|время|日期|时间|時間|日時|日付|購入日|period|month|moment|paivamaara|tarih|tarihi|ημερομηνια|תאריך|تاريخ|날짜|일시|일자|datuma|kelte"
)
HAPPENED_STRONG = whole_words(
    r"(?:order|invoice|purchase|transaction|trans|txn|sale|sales|event|call|session|message|usage|payment|visit|login|ticket"
    r"|submitted|occurred|happened|booking|rechnung|rechnungs|bestell|kauf|buchungs|bestellung|redemption|sent|activity|start"
    r"|checkout|receipt|issue|opened|contact|used|placed|billing|paid|purchased|ordered|request|churn"
    r")(?: \w+)? (?:date|datum|data|fecha|dato|time|timestamp|datetime|ts|dt|day|at|on)",
    r"(?:date|datum|data|fecha|dt) (?:\w+ ){0,2}(?:order|commande|achat|compra|pedido|venta|venda|acquisto|facture|factura|transaction|operacion|invoice|purchase)",
    r"fkdat|audat|rechnungsdatum|bestelldatum|kaufdatum|buchungsdatum|buchungstag|orderdatum|besteldatum|aankoopdatum|ord(?:re|er)dato|bestillingsdato|fakturadato|kjopsdato|kobsdato|salgsdato|fakturadatum|kopdatum|bestallningsdatum|forsaljningsdatum|timestamp|happened at"
    r"|дата покупки|дата заказа|订单日期|购买日期|(?:ご?注文|購入|受注|売上|取引|決済)(?:日時|日付?|時刻)|(?:下单|訂單|订单|购买|交易|支付|付款)(?:日期|时间|時間)|(?:주문|결제|구매|거래)(?:일시?|일자|날짜)"
    r"|data (?:zlozenia|zamowienia|sprzedazy)|datum (?:objednavky|prodeje)|rendeles (?:datuma|ideje)|data comenzii|siparis tarihi",
)
RECORDED = whole_words(
    r"(?:created|loaded|ingested|inserted|recorded|imported|entered|synced|received|processed|posted|etl|load|ingest|ingestion"
    r"|known|updated|modified|erdat|aedat|erfasst|angelegt|geladen|inserted|export|exported|insert|dwh|warehouse)"
    r"(?: (?:at|on|date|time|timestamp|ts|dt|am|datum))?",
)
ENDED = whole_words(
    r"(?:churn|churned|delete|deleted|removed|archived|geloscht|supprime|eliminado|excluido|end|ended|cancel|cancell?ation|cancell?ed|close|closed|closing|left|leaving|termination|terminated|terminate"
    r"|exit|attrition|unsubscribed?|deactivat(?:ed|ion)|expiry|expired?|expires|quit|departure|disconnect(?:ed|ion)?"
    r"|kundigung|gekundigt|austritt|resiliation|baja|cancelamento|saida|opzegging|disdetta|resolved|finish(?:ed)?|stop|stopped"
    r"|move out|moved out|moving out|auszug|auszugs|verhuizing"
    r")(?: (?:date|datum|data|fecha|at|on|time|timestamp|dt|day|am))?",
    r"(?:date|datum|data|fecha|dt) (?:de |di |da |of |d )?(?:churn|end|fin|cancel|cancell?ation|baja|resiliation|termination|saida|sortie|cancelamento|disdetta)",
    r"kundigungsdatum|austrittsdatum|auszugsdatum|vertragsende|einddatum|enddatum|opzegdatum|дата оттока|дата ухода|退会日|流失日期|解約日",
)
SIGNED_UP = whole_words(
    r"(?:sign ?up|signed ?up|signup|reg|registration|registered|register|join|joined|joining|enrol|enroll|enrolled|enrol?lment|start"
    r"|started|since|acquired|acquisition|onboard(?:ed|ing)?|activation|activated|first seen|opened|open|install(?:ed|ation)?"
    r"|member since|customer since|subscription start|contract start|created|creation|begin|began"
    r"|move in|moved in|moving in|einzug|einzugs"
    r"|eintritt|beitritt|anmelde|anmeldung|registrierung|inscription|alta|cadastro|iscrizione|inschrijving|kunde seit"
    r")(?: (?:date|datum|data|fecha|at|on|time|timestamp|dt|day))?",
    r"(?:date|datum|data|fecha|dt) (?:de |d |di |da |do )?(?:customer|registro|alta|inscription|inscripcion|cadastro|iscrizione|reg|enrol\w*|signup|sign up|joined|join|start|debut|creation)",
    r"anmeldedatum|registrierungsdatum|einzugsdatum|eintrittsdatum|vertragsbeginn|inschrijfdatum|дата регистрации|注册日期|登録日|入会日",
)

QUANTITY = whole_words(
    r"kwmeng|fkimg|lfimg|quantit(?:y|e|at)|quantities|qty|qte|cantidad|quantidade|quantita|menge|anzahl|aantal|units?|pieces|stuck|stuckzahl|antal|ilosc|count of items"
    r"|number of (?:items|units|cds|products|pieces)|(?:items|units) (?:sold|count|qty)|quant|количество|数量|個数|点数|수량|mnozstvi|mennyiseg|cantitate|adet|num items|item count|no of items|kpl|qtde?|qnt|qta|szt|ks|pcs|pzas?|uds|unidades|unites|unita|sztuk"
)
UNIT_PRICE = whole_words(
    r"(?:unit|item|single|einzel|unitaire|unitario|product|each|per|stuck|list) (?:price|preis|prix|precio|preco|cost|prezzo|unit)|(?:price|prix|precio|preco|prezzo|cost) (?:per|each|unit|unite|unitaire|unitario|unidad|unidade|unita|u)(?: \w+)?|cena (?:jednostkowa|za sztuke|za szt|za kus|jednotkova)|(?:prix|precio|preco|prezzo) (?:a la |a |por |per |p )?(?:l )?(?:piece|pieza|unite|unidad|unidade|pezzo|unita)|prijs per stuk|stykpris|styckpris|(?:valor|importe|montant|importo|wartosc|kwota) (?:unitari[oa]|unitaire|jednostkow[ae])|egysegar|jednotkova cena|birim fiyat\w*|pret unitar"
    r"|price|prix|precio|preco|preis|prezzo|prijs|pris|cena|einzelpreis|stuckpreis|stukprijs|unitprice|цена|单价|価格|単価|price each|rate"
)
AMOUNT_STRONG = whole_words(
    r"(?:total|order|sales?|transaction|line|net|gross|paid|payment|purchase|invoice|basket|dollar|eur|usd|gbp|euro|amt) (?:amount|amt|value|total|price|sum|revenue|spend|paid)"
    r"|合計|総計|総額|总额|總額|总计|合计"
    r"|netwr|amount(?: \w+)?|amt|betrag|montant|importe|valor|importo|bedrag|belopp|belop|kwota|summe|\w+betrag|\w+summe|gesamtbetrag|rechnungsbetrag|gesamtpreis|auftragswert|bestellwert|warenwert|rechnungswert|auftragssumme|bestellsumme|umsatz|revenue|spend|spent|turnover|sales value|sum total"
    r"|(?:sum|total) (?:paid|price|spent|due)|sales|gesamtsumme|donations?|spende|spendenbetrag|сумма|金额|金額|売上|price total|monto|totaal|totaalbedrag|\w*(?:合計|総額|总额|總額|総計)(?:金額|额)?|お?支払い?(?:金額|額)|ご?請求(?:金額|額)|(?:实付|實付|应付|支付|付款|订单|訂單|交易)(?:总|總)?(?:金额|金額|额|額|款)|売上(?:金額|高)|(?:총 ?)?(?:결제|주문|판매) ?금액|합계(?: ?금액)?|총액|celkem|celkova (?:cena|castka)|osszesen|vegosszeg|toplam(?: tutar)?|tutar|συνολο|ποσο|סכום|סה כ|المبلغ|المجموع|chiffre affaires|ca|total ttc|total ht|prix total|valor total|precio total|importe total|preco total|line total|subtotal|grand total|item total|order total|order value"
)
AMOUNT_WEAK = whole_words(
    r"fares?|fahrpreis|tarifa|proceeds|total|value|sum|wert|gesamt|valeur|wartosc|payment|paid|cost|charge|price"
)
NOT_AMOUNT = whole_words(
    r"balance|saldo|kontostand|solde|running total",
    r"mwsbp|mwsbk|(?:google |store |platform |processing |payment )?fees? amount|discounts?|disc|rabatt|remise|descuento|desconto|sconto|korting|tax|vat|mwst|tva|iva|shipping|freight|fee|tip|refund|margin|profit|tax|steuer|versand",
)
DISCOUNT = whole_words(r"discounts?|disc|rabatt|remise|descuento|desconto|sconto|korting|rebate|markdown|reduction")
ORDER_ID = whole_words(
    rf"(?:注文|订单|訂單) (?:番号|编号|編號)|zamowienia (?:{_NUMBER_WORDS})|(?:{_NUMBER_WORDS}) zamowienia",
    rf"(?:order|invoice|basket|transaction|trans|txn|receipt|bon|cart|checkout|purchase|bill|sale|booking|bestell|bestellung|auftrag|rechnung|commande|facture|factura|pedido|venta|venda|ordine|fattura|bestelling|zakaz|заказ|заказа|订单|注文) (?:{_NUMBER_WORDS})",
    rf"(?:{_NUMBER_WORDS}) (?:(?:de|del|di|du|da|do|d|of) )?(?:order|invoice|basket|transaction|receipt|commande|facture|factura|pedido|venta|venda|ordine|fattura|ticket|заказа)",
    r"(?<=^ )(?:invoice|pedido|commande|bestellung|ordine|factura|facture|fattura|fatura|zamowienie|faktura|rechnung|auftrag|bestelling|factuur|objednavka|narudzba|rendeles|ordre|beleg)(?= $)|bestellnummer|rechnungsnummer|rechnungsnr|bestellnr|auftragsnummer|auftragsnr|belegnummer|belegnr|ordernummer|ordernr|factuurnummer|bonnummer|vbeln|номер заказа|订单编号|订单号|訂單編號|訂單號|(?:ご?注文|受注|伝票|取引)(?:番号|no|id)|주문 ?번호|orderid|siparis (?:no|numarasi)|rendeles\w* ?szam\w*|(?:nr|numer|cislo) (?:zamowienia|objednavky|faktury)|numar comanda|nr comanda",
)
PRODUCT = whole_words(
    rf"(?:product|item|stock|article|artikel|produit|producto|produto|prodotto|material|sku|merchandise|товар|товара|商品名?|产品|產品|製品|상품명?|produkt|vyrobek|termek|produs|urun)(?: (?:{_NUMBER_WORDS}|bezeichnung|name))?",
    r"matnr|mat nr|sku|upc|ean|asin|isbn|stockcode|artikelnummer|artikelnr|produktnummer|артикул",
    rf"(?:{_NUMBER_WORDS}) (?:product|item|article|produit|producto|produto|prodotto)",
)
CATEGORY = whole_words(
    r"(?:product )?(?:category|categorie|kategorie|categoria|department|dept|warengruppe|rayon|familia|line)|(?:product|item) (?:type|group|line|class)|类别|категория"
)
CHANNEL = whole_words(r"channel|kanal|canal|sales channel|source|platform|medium|store type|canale|kanaal")
PAYMENT_METHOD = whole_words(
    r"(?:payment|pay) (?:method|type|mode|mean|means)|zahlungsart|zahlart|mode de paiement|metodo de pago|betaalmethode|forma pagamento|forma de pago|tender type|method"
)
STATUS = whole_words(
    r"situacao|situacion|situazione|stan|stav|durum|tila|статус|状態|状況|状态|狀態|ステータス|status|state|order status|zustand|statut|estado|stato|outcome|result|\w*(?:状況|状態|状态|狀態|ステータス|상태)"
)

LABEL_STRONG = whole_words(
    r"churn(?:ed)?|churn (?:label|value|flag|yn|status|risk flag|indicator|target)|attrition(?: flag)?|exited|is churn(?:ed)?|has churned|left|canceled|cancelled|lapsed|defected"
    r"|attrited|abgewandert|gekundigt|kundigung|abwanderung|desabonne|resilie|fuga|abandono|evasao|cancelou|opgezegd|target churn|отток|ушел|流失|是否流失|解約|退会|churner|leaver|terminated|inactive|is inactive|attrition"
)
LABEL_WEAK = exactly(
    r"response|target|label|outcome|y|class|converted|conversion|responded|default|retained|is active|active|renewed|subscribed|deposit|complain target|purchased|bought|reponse|ziel|zielvariable|active member|stayed|retention"
)
# Answers to an offer: a yes is a sale, and nobody has left by a no.
ANSWERS_AN_OFFER = whole_words(
    r"respon(?:se|d|ded)|accepted\w*|conver(?:ted|sion)|purchased|bought|deposit|subscribed|reponse|reponde\w*|respuesta|resposta|risposta|reaktion"
)
STAYS = whole_words(r"retained|active|renewed|stayed|retention|stays|loyal")
MONTHLY = whole_words(
    r"month(?:ly)? (?:charges?|fee|amount|price|payment|cost|spend|bill|revenue|rate|premium|rent|pay)|(?:charges?|fee|amount|price|payment|cost|spend|bill|revenue) (?:per|a|every) month"
    r"|mrr|(?:monatlicher? |mtl )?abschlag(?:s ?betrag|shohe|szahlung)?(?: (?:mtl|monatlich|pro monat|monat|eur))*|monatsabschlag|mrr amount|monthlycharges|monatsbeitrag|monatspreis|monatliche kosten|monatliche gebuhr|grundgebuhr|cuota mensual|mensualite|mensalidade|canone mensile|abonnement mensuel|maandbedrag|pago mensual|cargo mensual|valor mensal|\w+ monthly pay|monthly pay"
)
TOTAL_BEST = whole_words(
    r"total charges?|total (?:amount|spend|spent|paid|billed|payments?)|totalcharges|gesamtkosten|gesamtumsatz|gesamtbetrag|cargos? totales|total facture|lifetime (?:revenue|spend)|gasto total|valor total|amount paid total"
)
TOTAL_NEXT = whole_words(r"total (?:revenue|sales|purchases value)|revenue total|total revenue")
TENURE = whole_words(
    r"tenure|tenure (?:in )?months?|months? (?:as|with|on book|active|customer|since|in service|enrolled)|account length|vertragsdauer|vertragsmonate|kundendauer|anciennete|antiguedad|permanencia|tempo de casa|account age|customer age months|account weeks|months in (?:service|program)|looptijd|mob|duree"
)
MONTHS = whole_words(r"months?|mths?|monate?|mois|meses|mesi|maanden|mon")
OTHER_UNITS = whole_words(r"days?|weeks?|years?|yrs?|tage|wochen|jahre|jours|ans|dias|anos|anni|dagen|jaren|hours?")
TREATMENT = whole_words(
    r"treatment|treated|arm|variant|experiment(?:al)? group|test group|control group|ab group|group assignment|exposed|exposure|intervention|test arm|bucket|versuchsgruppe|testgruppe"
)
TREATMENT_WEAK = exactly(
    r"offer|segment|version|group|gruppe|groupe|grupo|cell|test|campaign group|cohort|split|email version"
)
CONTROL_VALUE = re.compile(
    r"\b(control|kontrolle|kontrollgruppe|placebo|holdout|no e-?mail|no offer|no contact)\b", re.IGNORECASE
)
ARM_VALUE = re.compile(
    r"(?:^|[_\s-])(control|treatment|test|variant|gate|arm|group|a|b|none|holdout|discount|voucher|coupon|call|credit|gift|upgrade|e-?mail|mail|offer|sms|banner|new|old|landing|page)(?:$|[_\s-]|\d)",
    re.IGNORECASE,
)
OUTCOME = exactly(
    r"visits?|visited|conversions?|converted|spend|spent|revenue|retention(?: \d+)?|retained(?: \d+)?|click(?:s|ed)?|purchased?|purchases|bought|responded|response|sum game ?rounds|rounds|exposure|outcome"
)

MONEY = whole_words(
    r"amounts?|amt|price|prices|preis|prix|precio|preco|prezzo|cost|costs|kosten|cout|costo|custo|charges?|fee|fees|revenue|revenues|umsatz|income|einkommen|salary|gehalt|ingresos|ingreso|renda|reddito|revenu"
    r"|spend|spending|spent|sales|payment|payments|paid|pay|balance|saldo|kontostand|bill|bills|billing|mrr|arr|arpu|refunds?|discounts?|disc|value|betrag|montant|importe|valor|monto|bedrag|mnt|usd|eur|gbp|dollars?|euros?|premium|debt|credit limit"
    r"|credit|deposit|wealth|budget|turnover|profit|margin|cash|rent|tax|history|сумма|цена|доход|金额|金額|価格|charge|clv|cltv|ltv|beitrag|gebuhr|gebuhren|cuota|mensualite"
)
NOT_MONEY = whole_words(
    r"share|segment|method|type|flag|score|points?|punkte\w*|puntos|punti|miles|meilen|count|num|number|id|category|status|count|days|months|index|rate|ratio|percent|pct|year|frequency|freq|code"
)
AFTER_THE_FACT = whole_words(
    r"churn (?:reason|score|category|value|label|probability|prob|risk|date|type|comment|notes?|month|flag)|customer status|(?:exit|cancel|cancell?ation|leaving|attrition|termination|departure|churn) (?:reason|survey|interview|date|comment|notes?|score|category|feedback|type|code|fee|month)"
    r"|(?:motivo|causa|motif|grund|reden|powod|razon|razao|przyczyna) (?:de |di |da |do |del |der |van |d )?(?:la )?(?:anulacion|anulacao|baja|cancelacion|cancelamento|resiliation|annulation|disdetta|recesso|annullamento|opzegging|rezygnacji|rozwiazania|storno|kundigung|salida|saida|sortie)|stornogrund|opzegreden"
    r"|reason (?:for )?(?:churn|leaving|cancell?ation|exit|code)|(?:retention|win ?back|save) (?:offer|call|result|outcome|attempt|desk)|churn prediction|predicted churn|churned? (?:on|at|in)|kundigungsgrund|austrittsgrund|motif (?:de )?(?:depart|resiliation)|motivo (?:de )?(?:baja|cancelacion|fuga|saida|cancelamento)|opzegreden"
    r"|refund after|final bill|contract end(?:ed)?|deactivation(?: \w+)?|account status|kundenstatus|naive bayes(?: \w+)*|subscription status|membership status|attrition flag"
)
AT_THE_EXIT = whole_words(
    r"satisfaction(?: score)?|cltv|clv|ltv|predicted \w+|(?:churn|attrition|risk|propensity|health) (?:score|probability|prob|index)|probability|propensity"
    # How long the contact lasted in which the outcome was found out.
    r"|(?:last |contact |call |talk |conversation )?duration(?: (?:sec(?:ond)?s?|min(?:ute)?s?))?|talk time|call length"
)

BARE_NAME = exactly("names?|text")
PERSONAL = whole_words(
    r"(?:first|last|full|given|family|sur|middle|nick|user|account|company|customer|client|contact|household|member|contact person) ?names?|surname|lastname|firstname|fullname|vorname|nachname|nom|prenom|nombre|apellidos?|nome|cognome|sobrenome|e ?mail(?: address)?|phone(?: number)?|telefon(?:nummer)?|telephone|tel|mobile(?: number)?|address|adresse|direccion|indirizzo"
    r"|street|strasse|rue|calle|lat|lon|lng|latitude|longitude|lat long|ssn|iban|passport|url|website|ip|ip address|имя|фамилия|телефон|адрес|姓名|電話番号|comment|comments|notes?|description|beschreibung|feedback text|message text|free text|remark|bemerkung"
)

TABLE_WORDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("events", whole_words(r"subscriptions?|contracts?|policies|memberships?|licen[cs]es|abonnements?|vertrage")),
    ("crashes", whole_words(r"crash(?:es)?|exceptions?|app crashes")),
    ("sessions", whole_words(r"sessions?|visits?|logins?|log ins?|pageviews?|web visits")),
    ("support", whole_words(r"support|tickets?|support tickets|helpdesk|cases?|complaints?|reklamationen|incidents?")),
    ("marketing", whole_words(r"campaigns?|marketing|e ?mails?|mailings?|newsletters?|promotions? sent|coupon redemptions?|redemptions?|offers?|kampagnen?|messages? sent|touch(?:es|points?)?|impressions?|clicks")),
    ("payments", whole_words(r"payments?|billings?|zahlungen|zahlung|pagos?|paiements?|charges|bills|collections|dunning")),
    ("interactions", whole_words(r"interactions?|contacts?|touchpoints?|kontakte|call ?center|chats?|activities")),
    ("usage", whole_words(r"usage|use|feature usage|events? usage|calls?|internet|messages?|sms|data ?usage|nutzung|activity|consumption|streams?|listens?|plays?|watch|minutes|logs?")),
    ("transactions", whole_words(r"transactions?|txns?|orders?|purchases?|sales?|invoices?|order ?lines?|receipts?|baskets?|order items?|bestellungen|bestellung|kaufe|verkaufe|umsatze|rechnungen|commandes?|achats?|ventas?|compras?|pedidos?|vendas?|ordini|acquisti|bookings?|retail|objednavky|zamowienia|narudzbe|narocila|comenzi|megrendelesek|rendelesek|siparisler|ordrer|ordrar|bestallningar|bestellingen|encomendas|tilaukset|tickets de caisse|заказы|покупки|订单|交易")),
)  # fmt: skip
# When something was undone, whatever it was.
UNDONE_AT = whole_words(
    r"(?:refund(?:ed)?|cancell?ed|cancell?ation|voided|void|reversed|reversal|returned|charged ?back|chargeback"
    r"|disputed|storno|storniert|erstattet|rembourse|annule|reembolsado|anulado|cancelado)"
    r"(?: (?:date|datum|fecha|at|on|time|timestamp|dt|day|am|le|el|em))?"
)
# The day on which an order was cancelled, or deleted where it came from; of a refund alone, the sale stands.
CANCELLED_ON = whole_words(
    r"(?:cancell?ed|cancell?ation|voided|void|deleted|storno|storniert|geloscht|annule|supprimee?|anulado|cancelado|eliminado|excluido)(?: (?:at|on|date|time|timestamp|am|datum|le|el|em))+|(?:date|datum) (?:of )?(?:cancell?ation|storno)"
)
