"""Reading files that somebody else may have made: ordinary ones, of a size that makes sense."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path


def read_bytes(path: str | Path, most: int) -> bytes:
    """All bytes of an ordinary file; of a pipe, a device or a folder none is read.

    Args:
        path: Where.
        most: The most bytes it may have.

    Raises:
        OSError: It cannot be read, is no ordinary file, or is larger; ``strerror`` says which.
    """
    # A pipe nobody writes to would be waited for.
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        about = os.fstat(descriptor)
        if stat.S_ISDIR(about.st_mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        if not stat.S_ISREG(about.st_mode):
            raise OSError(errno.EINVAL, "it is no ordinary file", str(path))
        with open(descriptor, "rb", closefd=False) as file:
            data = file.read(most + 1) if about.st_size <= most else b""
    finally:
        os.close(descriptor)
    if max(about.st_size, len(data)) > most:
        raise OSError(errno.EFBIG, f"it has more than {most:,} bytes", str(path))
    return data


def read_text(path: str | Path, most: int) -> str:
    """The text of an ordinary file in UTF-8, with or without a byte order mark.

    Raises:
        OSError: As :func:`read_bytes`.
        UnicodeDecodeError: It is not in UTF-8.
    """
    return read_bytes(path, most).decode("utf-8-sig")
