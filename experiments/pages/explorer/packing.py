"""Many numbers in little text: half floats, month less month before, deflated; a browser unpacks them by itself."""

from __future__ import annotations

import base64
import zlib

import numpy as np
from numpy.typing import ArrayLike, NDArray

# Largest half float; measures beyond are divided by a power of ten, which the page is told.
_LARGEST = 65504.0
_LEVEL = 9


def scale_of(values: ArrayLike) -> float:
    """The power of ten by which values are divided so that halves can hold them; 1 if they can."""
    size = np.abs(np.asarray(values, dtype=float))
    largest = float(np.max(size, where=np.isfinite(size), initial=0.0))
    return float(10.0 ** max(0, int(np.ceil(np.log10(largest / _LARGEST))))) if largest > _LARGEST else 1.0


def pack(values: ArrayLike) -> str:
    """Numbers, time along the last axis, as text: three significant digits, missing what is not finite."""
    found = np.asarray(values, dtype=float)
    halves = np.where(np.isfinite(found), found, np.nan).astype(np.float16)
    halves[np.isnan(halves)] = np.nan  # one bit pattern for all
    bits = halves.view(np.uint16)
    steps = bits.copy()
    steps[..., 1:] -= bits[..., :-1]  # round the end of two bytes, as the page adds them up again
    planes = np.concatenate([(steps >> 8).ravel().astype(np.uint8), (steps & 0xFF).ravel().astype(np.uint8)])
    return base64.b64encode(zlib.compress(planes.tobytes(), _LEVEL)).decode("ascii")


def unpack(text: str, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """What :func:`pack` packed, as the page unpacks it."""
    planes = np.frombuffer(zlib.decompress(base64.b64decode(text)), dtype=np.uint8).astype(np.uint16)
    high, low = np.split(planes, 2)
    halves = np.cumsum(((high << 8) | low).reshape(shape), axis=-1, dtype=np.uint16)
    return halves.view(np.float16).astype(np.float64)
