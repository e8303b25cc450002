"""The one error a user sees: what is wrong, and what to type; errors of the operating system as such."""

import errno
import re


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


class ConflictError(HoldfastError):
    """What stands there already contradicts the request."""


class BusyError(ConflictError):
    """Somebody else is at work where only one may be; later it will go."""


_FULL = (errno.ENOSPC, errno.EDQUOT)
_OF_SYSTEM = {
    errno.EFBIG: ("a file as large as this is not allowed", "Raise the limit (ulimit -f), or name another disk."),
    errno.EACCES: ("you have no right to it", "Give yourself the right (ls -l says who has it), or name another."),
    errno.EPERM: ("you have no right to it", "Give yourself the right (ls -l says who has it), or name another."),
    errno.EROFS: ("the disk can only be read", "Name a folder on another disk."),
    errno.EISDIR: ("this is a folder, not a file", "Name a file, or move the folder away."),
    errno.ENOTDIR: ("a file stands where a folder must be", "Move that file away, or name another folder."),
    errno.ENOTEMPTY: ("a folder that is not empty stands there", "Move the folder away."),
    errno.EEXIST: ("something of that name stands there already", "Move it away, or name another."),
    errno.ENOENT: ("there is no such file", "Was it moved or deleted? `holdfast run` makes the files of a run again."),
    errno.ELOOP: ("links that lead to each other", "Replace the link by what it should lead to."),
    errno.ENAMETOOLONG: ("the name is too long for the disk", "Use a shorter name."),
    errno.EMFILE: ("too many files are open", "Raise the limit (ulimit -n 4096)."),
    errno.EIO: ("the disk cannot read or write it", "Check the disk; restore the file from a backup."),
}
_NUMBER = re.compile(r"\(os error (\d+)\)|\[Errno (\d+)\]")  # as Rust and Python write the system's number into words


def error_number(error: BaseException) -> int | None:
    """The operating system's number of an error, also where a library passes it on in words; None where it has none."""
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno
    stated = _NUMBER.search(str(error))
    if stated:
        return int(stated[1] or stated[2])
    return errno.ENOSPC if "No space left" in str(error) else None


def error_of_system(error: BaseException) -> HoldfastError | None:
    """What the operating system refused, as an error with a fix; None where the error is of another kind.

    Libraries pass the system's errors on under types of their own: polars' ComputeError "No space left (os error 28)".
    """
    number = error_number(error)
    path = getattr(error, "filename2", None) or getattr(error, "filename", None)
    where = f"{path}: " if path else ""
    if number in _FULL:
        return HoldfastError(
            f"{where}the disk is full; not written, older results are intact.",
            fix="Free some space, then run the same command again: it continues where it stopped.",
        )
    if number not in _OF_SYSTEM:
        return None
    problem, fix = _OF_SYSTEM[number]
    words = "" if path else f" ({str(error).splitlines()[0][:200]})"
    return HoldfastError(f"{where}{problem}{words}.", fix=fix)
