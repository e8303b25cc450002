"""The one error a user sees: what is wrong, and what to type."""


class HoldfastError(Exception):
    """Something in the data, the project file or the request, which the reader can fix.

    Any other exception is our bug and keeps its traceback.

    Args:
        problem: where, what was found, how many of how many.
        fix: the exact thing to type or change.
    """

    def __init__(self, problem: str, *, fix: str) -> None:
        super().__init__(f"{problem}\nFix: {fix}")
        self.problem = problem
        self.fix = fix


class NotFoundError(HoldfastError):
    """What was asked for does not exist: a customer, a run, a key."""
