"""Progress that remembers what it heard."""


class RecordedProgress:
    """Every call of the protocol, in order; a stage's seconds as whether it took any."""

    def __init__(self) -> None:
        self.events: list[tuple[object, ...]] = []

    @property
    def shares(self) -> list[float]:
        """How far each update said the work was."""
        return [event[2] / event[3] for event in self.events if event[0] == "update"]  # type: ignore[operator]

    def stage_started(self, name: str, doing: str, position: int, of: int) -> None:
        self.events.append(("started", name, doing, position, of))

    def update(self, doing: str, done: int, of: int | None) -> None:
        self.events.append(("update", doing, done, of))

    def stage_finished(self, name: str, sentence: str, seconds: float) -> None:
        self.events.append(("finished", name, sentence, seconds > 0))
