"""What follows from the same records is worked out once: a scorer asks for it with every customer."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

Result = TypeVar("Result")


def remembered(most: int) -> Callable[[Callable[..., Result]], Callable[..., Result]]:
    """Keep the newest results of a function of records that never change.

    Its first argument is compared by being the same object: to compare hundreds of features takes longer than one
    customer does. The others are compared by what they are equal to.

    Args:
        most: results that are remembered.
    """

    def decorated(function: Callable[..., Result]) -> Callable[..., Result]:
        newest: list[tuple[Any, tuple[Any, ...], Result]] = []

        @wraps(function)
        def call(record: Any, *others: Any) -> Result:
            for before, others_before, result in newest:
                if before is record and others_before == others:
                    return result
            result = function(record, *others)
            newest.insert(0, (record, others, result))
            del newest[most:]
            return result

        return call

    return decorated
