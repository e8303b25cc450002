"""How much of `memory_limit_gb` is left for records beside what the process holds already."""

from holdfast.errors import HoldfastError
from holdfast.settings import FILE_NAME

_ROOM = 0.6  # of the memory left: libraries and the allocator keep more than is in use
_LEAST_BYTES = 128 * 2**20


def room_for_records(limit_gb: float, setting: str = f"In {FILE_NAME}, set memory_limit_gb:") -> int:
    """Bytes for records and results.

    Args:
        limit_gb: what the process may take.
        setting: how a larger limit is set, up to its number.

    Raises:
        HoldfastError: the limit is below what the program and the least part of the records take.
    """
    import psutil

    in_use = psutil.Process().memory_info().rss
    room = int((limit_gb * 1e9 - in_use) * _ROOM)
    if room < _LEAST_BYTES:
        least = (in_use + _LEAST_BYTES / _ROOM) / 1e9
        raise HoldfastError(
            f"A memory limit of {limit_gb:g} GB is too little: the program alone takes {in_use / 1e9:.2f} GB, and "
            f"{_LEAST_BYTES / _ROOM / 1e9:.2f} GB beside it are the least to work with.",
            fix=f"{setting} {least + 0.1:.1f} or more.",
        )
    return room
