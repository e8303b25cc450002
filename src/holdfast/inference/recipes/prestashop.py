"""PrestaShop's list of orders as the shop exports it, in the languages of its office."""

from holdfast.inference.recipes.record import NUMBER, Field, Recipe, Row, left_out
from holdfast.meanings import Meaning

_STATES = "https://github.com/PrestaShop/PrestaShop/blob/develop/install-dev/langs/en/data/order_state.xml"

_ORDERS = Recipe(
    key="prestashop/orders",
    title="PrestaShop orders export",
    row=Row.ORDER,
    holds="transactions",
    sources=(
        "https://github.com/PrestaShop/PrestaShop/blob/develop/src/Core/Grid/Definition/Factory/OrderGridDefinitionFactory.php",
        _STATES,
    ),
    fields=(
        Field(("ID",), "id", needed=True, out=NUMBER),
        Field(
            ("Reference", "Referencia", "Riferimento", "Referentie", "Bestell-Nr."),
            "order_id",
            needed=True,
            rare=True,
        ),
        Field(
            (
                *("New client", "Nouveau client", "Nuevo cliente", "Nuovo cliente", "Novo cliente", "Neuer Kunde"),
                *("Neukunde", "Nieuwe klant"),
            ),
            "new_client",
            needed=True,
            rare=True,
            out="says again that it was the first order",
        ),
        Field(("Delivery", "Livraison", "Entrega", "Envío", "Consegna", "Lieferung", "Levering"), "delivery_country"),
        Field(("Customer", "Client", "Cliente", "Kunde", "Klant"), needed=True),
        Field(("Company", "Société", "Empresa", "Azienda", "Firma", "Bedrijf")),
        Field(("Total", "Totale", "Gesamt", "Summe", "Totaal"), "amount", needed=True),
        Field(("Payment", "Paiement", "Pago", "Pagamento", "Zahlung", "Betaling"), "payment_method"),
        Field(("Status", "État", "Estado", "Stato"), "status", needed=True),
        Field(("Date", "Fecha", "Data", "Datum"), "happened_at", needed=True),
        *left_out(NUMBER, "PDF"),
    ),
    customer=("customer",),
    statuses={
        "status": {
            Meaning.SALE: (
                *("Payment accepted", "Processing in progress", "Shipped", "Delivered", "Remote payment accepted"),
                *("On backorder (paid)", "Paiement accepté", "En cours de préparation", "Expédié", "Livré"),
                *("Paiement à distance accepté", "En attente de réapprovisionnement (payé)"),
                *("Pago aceptado", "Preparación en curso", "Enviado", "Entregado", "Pago remoto aceptado"),
                *("Pedido pendiente por falta de stock (pagado)", "Pagamento accettato", "Preparazione in corso"),
                *(
                    "Spedito",
                    "Consegnato",
                    "Pagamento remoto accettato",
                    "Pagamento aceite",
                    "Em preparação",
                    "Entregue",
                ),
                *(
                    "Zahlung eingegangen",
                    "Bestellung wird bearbeitet",
                    "Versendet",
                    "Versandt",
                    "Erfolgreich geliefert",
                ),
                *("Betaling aanvaard", "Wordt momenteel voorbereid", "Verzonden", "Afgeleverd"),
            ),
            Meaning.OPEN: (
                *("Awaiting check payment", "Awaiting bank wire payment", "On backorder (not paid)"),
                *("Awaiting Cash On Delivery validation", "En attente du paiement par chèque"),
                *("En attente de virement bancaire", "En attente de réapprovisionnement (non payé)"),
                *("En attente de paiement à la livraison", "En espera de pago por cheque", "En espera de pago"),
                *("En espera de pago por transferencia bancaria", "En espera de validación por contra reembolso."),
                *("Pedido pendiente por falta de stock (no pagado)", "In attesa di pagamento con assegno"),
                *("In attesa di pagamento con bonifico bancario", "A aguardar pagamento por cheque"),
                *("A aguardar pagamento por transferência bancária", "Warten auf Zahlungseingang Scheck"),
                *("Warten auf Zahlungseingang Banküberweisung", "Wacht op betaling via bankoverschrijving"),
            ),
            Meaning.VOID: ("Canceled", "Annulé", "Cancelado", "Annullato", "Storniert", "Geannuleerd"),
            Meaning.REVERSED: (*("Refunded", "Remboursé", "Reembolsado", "Rimborsato", "Erstattet", "Terugbetaald"),),
            Meaning.FAILED: (
                *("Payment error", "Erreur de paiement", "Error en pago", "Error en el pago", "Errore di pagamento"),
                *("Erro no pagamento", "Fehler bei der Bezahlung", "Betalingsfout"),
            ),
        },
    },
    row_id=("order_id",),
    notes=(
        "The customer is a name such as J. Smith, which two people can share.",
        "An order that waits for its payment is no revenue.",
    ),
)

RECIPES = (_ORDERS,)
