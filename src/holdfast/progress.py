"""How long work reports what it has done: one protocol for every caller, one silent default."""

from typing import Protocol


class Progress(Protocol):
    """Whoever waits for long work: a terminal, a job's record in a database, nobody."""

    def stage_started(self, name: str, doing: str, position: int, of: int) -> None:
        """A stage of a run begins: its name, what it does in words, and which of how many it is."""

    def update(self, doing: str, done: int, of: int | None) -> None:
        """Work goes on: what is being done, how many rows (or other units) of how many; None: not known."""

    def stage_finished(self, name: str, sentence: str, seconds: float) -> None:
        """A stage of a run ended: what came out, in one sentence, and how long it took (0 where it was reused)."""


class Silent:
    """Progress for callers who do not want to know."""

    def stage_started(self, name: str, doing: str, position: int, of: int) -> None: ...
    def update(self, doing: str, done: int, of: int | None) -> None: ...
    def stage_finished(self, name: str, sentence: str, seconds: float) -> None: ...


SILENT: Progress = Silent()
