"""Answers to requests that carry a key of their own, kept so that nothing is done twice."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from holdfast.store.results import answered_requests
from holdfast.store.results.answered_requests import Refusal, RequestKey, StoredAnswer
from holdfast.store.results.engine import results_errors

__all__ = ["Refusal", "RequestKey", "RequestLog", "StoredAnswer"]


@dataclass(frozen=True)
class RequestLog:
    """The requests of the last day that carried a key."""

    engine: sa.Engine

    def begin(self, request: RequestKey, now: datetime) -> str | StoredAnswer | Refusal:
        """A token to answer a request under, or the answer that was given before, or why it is refused.

        Raises:
            HoldfastError: the database cannot be reached.
        """
        with results_errors(self.engine), self.engine.begin() as connection:
            return answered_requests.begin(connection, request, now)

    def store(self, token: str, answer: StoredAnswer) -> None:
        """Keep an answer, to give it again."""
        with results_errors(self.engine), self.engine.begin() as connection:
            answered_requests.store_answer(connection, token, answer)

    def forget(self, token: str) -> None:
        """Leave no trace of a request that changed nothing."""
        with results_errors(self.engine), self.engine.begin() as connection:
            answered_requests.forget(connection, token)
