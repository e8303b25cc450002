"""Words that every layer needs."""


def plural(number: float, one: str, many: str | None = None) -> str:
    """A count with its noun: 1 customer, 1,204 customers."""
    return f"{number:,.0f} {one if round(number) == 1 else many or one + 's'}"
