"""The calendar of a business: dates on which customers buy more or less than usual, as the settings state them."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, model_validator

from holdfast.section import SettingsPart

AS_LAST_YEAR = "as last year"


class CalendarEvent(SettingsPart):
    """A promotion, a change of prices or a holiday, past or coming."""

    name: str
    kind: Literal["promotion", "price_change", "holiday"]
    starts: date
    """Its first day."""
    ends: date | None = None
    """Its last day. None: it stays, which only a change of prices may."""
    multiplier: Annotated[float, Field(gt=0, le=20)] | Literal["as last year"]
    """Money a day while it lasts, over what it would be without: 1.4, or `as last year`, measured 364 days earlier."""

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> "CalendarEvent":
        if self.ends is None and self.kind != "price_change":
            raise ValueError(f'"{self.name}" has no `ends`: only a price_change may go on for ever')
        if self.ends is not None and self.ends < self.starts:
            raise ValueError(f'"{self.name}" ends on {self.ends}, before it starts on {self.starts}')
        return self
