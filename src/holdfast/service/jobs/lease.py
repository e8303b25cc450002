"""A job in the hands of a worker: how far it is, whether to stop, and the lease that a thread keeps alive."""

import logging
import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa

from holdfast.store.results import jobs
from holdfast.store.results.jobs import Lease

_LOG = logging.getLogger(__name__)
LEASE = timedelta(seconds=30)
_BEAT_SECONDS = 1.0  # how soon progress is seen and a cancelled job hears of it
_BEATS = 4  # times in a lease at least


class Stopped(BaseException):
    """The job is to stop here. Not an Exception: nothing that handles errors on the way may swallow it."""


class LeasedJob:
    """How a job goes: `Progress` for the one who works at it, and the heartbeat that reports it.

    Args:
        engine: of the results database. lease: of the job. clock: the time. length: of the lease.
        shares: the stages of a whole run and how much of its time each takes; other work counts each stage alike.
    """

    def __init__(
        self,
        engine: sa.Engine,
        lease: Lease,
        *,
        clock: Callable[[], datetime],
        length: timedelta,
        shares: Mapping[str, int] | None = None,
    ) -> None:
        self.lease = lease
        self.is_cancelled = False  # somebody wants it to stop
        self.is_lost = False  # another worker has it by now
        self.is_abandoned = False  # this worker must end
        self._engine, self._clock, self._length = engine, clock, length
        self._doing = "starting"
        self.fraction: float | None = None  # of the job that is done; None where nobody knows
        self._stage = ""
        self._span: tuple[float, float] | None = None  # the fractions at which the stage begins and ends
        self._shares = shares or {}
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True, name="heartbeat")

    def __enter__(self) -> "LeasedJob":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def stop_if_wanted(self) -> None:
        """Go on, or end here.

        Raises:
            Stopped: the job was cancelled, is another worker's by now, or this worker must end.
        """
        if self.is_cancelled or self.is_lost or self.is_abandoned:
            raise Stopped

    def stage_started(self, name: str, doing: str, position: int, of: int) -> None:
        """A stage of a run begins."""
        self.stop_if_wanted()
        self._stage, self._doing = f"{doing}: ", doing
        self._span = self._span_of(name, position, of)
        self.fraction = self._span[0]

    def update(self, doing: str, done: int, of: int | None) -> None:
        """Work goes on."""
        self.stop_if_wanted()
        share = min(done / of, 1.0) if of else None
        if self._span is not None:
            begins, ends = self._span
            share = begins + (share or 0.0) * (ends - begins)
        self._doing, self.fraction = self._stage + doing, share

    def stage_finished(self, name: str, sentence: str, seconds: float) -> None:  # noqa: ARG002
        """A stage of a run ended."""
        self.stop_if_wanted()
        _, ends = self._span or (1.0, 1.0)
        self._stage, self._span = "", (ends, ends)
        self._doing, self.fraction = sentence, ends

    def _span_of(self, name: str, position: int, of: int) -> tuple[float, float]:
        if name not in self._shares or of != len(self._shares):
            return (position - 1) / of, position / of
        total, before = sum(self._shares.values()), 0
        for stage, share in self._shares.items():
            if stage == name:
                break
            before += share
        return before / total, (before + self._shares[name]) / total

    def _beat(self) -> None:
        seconds = min(_BEAT_SECONDS, self._length.total_seconds() / _BEATS)
        while not self._is_over.wait(seconds):
            try:
                with self._engine.begin() as connection:
                    until = self._clock() + self._length
                    stops = jobs.extend(connection, self.lease, until, doing=self._doing, fraction=self.fraction)
            except sa.exc.SQLAlchemyError as error:
                # The job goes on; should the lease run out meanwhile, whoever comes first ends the job.
                _LOG.warning("job %s: the heartbeat does not reach the database: %s", self.lease.job.name, error)
                continue
            self.is_lost = stops is None
            self.is_cancelled = self.is_cancelled or bool(stops)
