"""Tiendanube's and Nuvemshop's orders export: one platform, in Spanish and Portuguese."""

from holdfast.column_types import Kind
from holdfast.inference.recipes.record import (
    ADDRESS,
    BUSINESS,
    FREE_TEXT,
    IN_TOTAL,
    LATER,
    NAME,
    NUMBER,
    Field,
    Proof,
    Recipe,
    Row,
    left_out,
)
from holdfast.meanings import Meaning
from holdfast.table_settings import MoneySettings

_ORDERS = Recipe(
    key="tiendanube/orders",
    title="Tiendanube orders export",
    row=Row.LINE,
    holds="transactions",
    sources=(
        "https://nuvemshop.helpjuice.com/minhas-vendas/como-verificar-os-status-das-vendas-da-minha-nuvemshop",
        "https://tiendanube.github.io/api-documentation/resources/order",
    ),
    fields=(
        Field(("Número de orden", "Número do Pedido"), "order_id", needed=True),
        Field(("Email", "E-mail"), "email", needed=True),
        Field(("Fecha", "Data"), "happened_at", needed=True, formats=("%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M")),
        Field(("Estado de la orden", "Status do Pedido"), "status", rare=True),
        Field(("Estado del pago", "Status do Pagamento"), "payment_status", needed=True, rare=True),
        Field(("Total",), "amount", needed=True),
        Field(("Moneda", "Moeda"), "currency"),
        Field(("Subtotal de productos", "Subtotal"), "subtotal", rare=True, out=IN_TOTAL),
        Field(("Costo de envío", "Valor do Frete"), "shipping", needed=True, rare=True, out=IN_TOTAL),
        Field(("Descuento", "Desconto"), "order_discount", out="taken off the total already"),
        Field(("Nombre del producto", "Nome do Produto"), "product", needed=True, rare=True),
        Field(("Precio del producto", "Valor do Produto"), "unit_price", rare=True),
        Field(("Cantidad del producto", "Quantidade Comprada"), "quantity", rare=True),
        Field(("Canal",), "channel"),
        Field(("Medio de pago", "Meio de pagamento", "Forma de Pagamento"), "payment_method"),
        Field(("Medio de envío", "Forma de Entrega"), "delivery_method", kind=Kind.CATEGORY),
        Field(("Cupón de descuento", "Cupom de Desconto"), "coupon"),
        Field(("Ciudad", "Cidade"), "city", kind=Kind.TEXT),
        Field(("País",), "country", kind=Kind.CATEGORY),
        *left_out(LATER, "Estado del envío", "Status do Envio", rare=True),
        *left_out(LATER, "Fecha de pago", "Data de pagamento", "Fecha de envío", "Data de envio"),
        *left_out(LATER, "Fecha y hora de cancelación", "Data e hora do cancelamento", rare=True),
        *left_out(LATER, "Motivo de cancelación", "Motivo do cancelamento"),
        *left_out(NAME, "Nombre del comprador", "Nome do comprador", rare=True),
        *left_out(NAME, "Nombre para el envío", "Nome para a entrega"),
        *left_out(NUMBER, "DNI / CUIT", "CPF / CNPJ", rare=True),
        *left_out(NUMBER, "SKU", "Identificador de la orden", "Identificador do pedido"),
        *left_out(NUMBER, "Código de tracking del envío", "Código de rastreio do envio"),
        *left_out(NUMBER, "Identificador de la transacción en el medio de pago"),
        *left_out(NUMBER, "Identificador da transação no meio de pagamento"),
        *left_out(ADDRESS, "Teléfono", "Telefone", "Teléfono para el envío", "Telefone para a entrega"),
        *left_out(ADDRESS, "Dirección", "Endereço", "Número", "Piso", "Complemento", "Localidad", "Bairro"),
        *left_out(ADDRESS, "Código postal", "Código postal do envio", "CEP", "Provincia o estado", "Estado"),
        *left_out(FREE_TEXT, "Notas del comprador", "Anotações do Comprador", "Notas del vendedor"),
        *left_out(FREE_TEXT, "Anotações do Vendedor", "Dados do cartão"),
        *left_out(BUSINESS, "Producto Físico", "Produto Físico", "Persona que registró la venta"),
        *left_out(BUSINESS, "Pessoa que registrou a venda", "Sucursal de venta", "Local de venda", "Vendedor"),
    ),
    customer=("email",),
    fold_case=True,
    statuses={
        # Whether an order is packed or put away says nothing of the money: the payment's state does.
        "status": {
            Meaning.VOID: ("Cancelada", "Cancelado"),
            Meaning.NEUTRAL: (
                *("Abierta", "Abierto", "Cerrada", "Cerrado", "Archivada", "Archivado"),
                *("Aberta", "Aberto", "Fechada", "Fechado", "Arquivada", "Arquivado", "Ativa"),
            ),
        },
        "payment_status": {
            Meaning.SALE: (
                *("Recibido", "Pagado", "Parcialmente reembolsado", "Parcialmente pagado"),
                *("Confirmado", "Recebido", "Pago", "Parcialmente estornado", "Parcialmente pago"),
            ),
            Meaning.OPEN: ("Pendiente", "Pendente", "Autorizado", "En proceso", "Em processamento"),
            Meaning.FAILED: ("Rechazado", "Recusado"),
            Meaning.VOID: ("Abandonado", "Anulado", "Cancelado", "Vencido", "Expirado"),
            Meaning.REVERSED: ("Reembolsado", "Devuelto", "Estornado", "Devolvido"),
        },
    },
    money=MoneySettings(currency="currency", once_per="order_id"),
    carry_down="order_id",
    row_id=("order_id",),
    repeats_are_real=True,
    proofs=(Proof("amount", ("subtotal", "shipping"), ("order_discount",)),),
    notes=(
        "An order that waits for its payment is no revenue; one that is open and paid is.",
        "What was given back of a part of an order is not in the file.",
    ),
)

RECIPES = (_ORDERS,)
