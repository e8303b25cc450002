"""A column of one table whose values name rows of another, and what shows it."""

from dataclasses import dataclass

from holdfast.formatting import percent


@dataclass(frozen=True)
class Link:
    """A column of one table whose values name rows of another."""

    table: str
    source: str
    other: str
    other_source: str
    share: float  # of the different values of `source` that are found there
    proof: str = ""  # what shows it beside names: sums that come out

    @property
    def is_proved(self) -> bool:
        return bool(self.proof)

    @property
    def words(self) -> str:
        target = f"{self.other}.{self.other_source}"
        if self.proof:
            return f"{self.table}.{self.source} stands in {target}: {self.proof}"
        return f"{percent(self.share, 0)} of the different values of {self.table}.{self.source} stand in {target}"
