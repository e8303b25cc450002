"""How much memory the process may take, and what of it is left for records beside what it holds already."""

import ctypes
import sys
from pathlib import Path

from holdfast.errors import HoldfastError
from holdfast.settings import FILE_NAME, Settings

_SHARE, _MOST_GB = 0.5, 8.0  # of the machine's memory, where the settings name no limit
# Where Linux says how much a container may take, in its second and its first version of control groups.
_CONTAINER_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
_ROOM = 0.6  # of the memory left: libraries and the allocator keep more than is in use
_LEAST_BYTES = 128 * 2**20
# Of glibc's allocator: blocks from this size on go back to the system when they are freed, and threads share so many
# heaps. As it is, it keeps blocks of up to 32 MB, and a heap for each thread that ever was.
_BLOCK_SIZE, _HEAPS = (-3, 4 * 2**20), (-8, 2)


def memory_limit_gb(settings: Settings) -> float:
    """What the process may take: as the settings say, else half of the machine's memory, at most 8."""
    if settings.memory_limit_gb is not None:
        return settings.memory_limit_gb
    return min(_SHARE * _memory_of_machine() / 1e9, _MOST_GB)


def _memory_of_machine() -> int:
    """Bytes of the machine, or of the container that the process is in."""
    import psutil

    limits = [file.read_text().strip() for file in _CONTAINER_LIMITS if file.is_file()]
    return min([psutil.virtual_memory().total, *(int(limit) for limit in limits if limit.isdigit())])


def give_back_freed_blocks() -> None:
    """Let large blocks go back to the system as soon as they are freed; a model's matrices outweigh all records.

    On glibc only: other allocators give back by themselves.
    """
    if sys.platform != "linux":
        return
    change = getattr(ctypes.CDLL(None), "mallopt", None)
    if change is not None:
        for option in (_BLOCK_SIZE, _HEAPS):
            change(*option)


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
