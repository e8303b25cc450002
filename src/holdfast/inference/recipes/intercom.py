"""Intercom's conversations, one row a message."""

from holdfast.column_types import Kind
from holdfast.inference.recipes.record import FREE_TEXT, LATER, NAME, NUMBER, Field, Recipe, Row, left_out

_MESSAGES = Recipe(
    key="intercom/messages",
    title="Intercom conversations export (messages)",
    row=Row.EVENT,
    holds="interactions",
    sources=(
        "https://developers.intercom.com/docs/references/rest-api/api.intercom.io/conversations/conversation",
        "https://www.intercom.com/help/en/articles/2046229-export-your-conversations-data",
    ),
    fields=(
        Field(("message_id",), kind=Kind.TEXT, needed=True),
        Field(("message_created_at",), "happened_at", needed=True, rare=True),
        Field(("message_author_type",), kind=Kind.CATEGORY, needed=True, rare=True),
        Field(("message_type",), "kind", needed=True),
        Field(("message_author_user_id",), kind=Kind.TEXT, rare=True),
        Field(("message_author_id",), kind=Kind.TEXT, rare=True),
        Field(("message_author_email",), kind=Kind.TEXT, rare=True),
        Field(("conversation_id",), kind=Kind.TEXT, needed=True),
        *left_out(FREE_TEXT, "message_body", "conversation_tags"),
        *left_out(NAME, "message_author_name", "message_author_companies", rare=True),
        *left_out(LATER, "conversation_state", "conversation_closed_at", "conversation_first_response_at", rare=True),
        *left_out("the same for all messages of a conversation", "conversation_created_at"),
        *left_out(NUMBER, "app_id", "app_name"),
    ),
    customer=("message_author_user_id", "message_author_id", "message_author_email"),
    only={
        "message_author_type": ("user", "lead", "contact"),
        "kind": ("conversation_message", "comment"),
    },
    row_id=("message_id",),
    time_zone="UTC",
    notes=(
        "Messages of customers count; those of agents and bots, notes and assignments are set aside and counted.",
        "A lead who becomes a user gets another id: name both under `identities`.",
        "Messages are no purchases: bring orders or subscriptions as well to learn who leaves.",
    ),
)

RECIPES = (_MESSAGES,)
