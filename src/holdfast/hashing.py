"""What a file holds, in one number: its SHA-256."""

import hashlib
from pathlib import Path


def file_sha256(file: Path) -> str:
    """SHA-256 of a file's bytes, as 64 hexadecimal digits; read in blocks, whatever its size."""
    with file.open("rb") as raw:
        return hashlib.file_digest(raw, "sha256").hexdigest()
