"""What arrays hold, in the words that signatures use."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]
Int = NDArray[np.int64]
Bool = NDArray[np.bool_]


@lru_cache(maxsize=256)
def ones(size: int) -> Float:
    """Ones that nobody may change, with which ``dot`` adds up rows in a third of the time that ``sum`` takes."""
    found = np.ones(size)
    found.flags.writeable = False
    return found
