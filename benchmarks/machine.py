"""How fast this machine is, so that absolute times mean something elsewhere: NumPy's own speed and memory's."""

from __future__ import annotations

import os
import platform
import time
from statistics import median
from typing import Any

import numpy as np

_SMALL, _LARGE = 1 << 16, 1 << 25


def _best(action: Any, repeats: int) -> float:
    times = []
    for _ in range(repeats):
        start = time.process_time()
        action()
        times.append(time.process_time() - start)
    return median(times)


def measure() -> dict[str, Any]:
    """Nanoseconds an element of four NumPy passes in cache, of a call on forty numbers, and memory copied in GB/s."""
    word = np.arange(_SMALL, dtype=np.uint32)
    number = np.linspace(1e-6, 1.0, _SMALL, dtype=np.float32)
    out, index = np.empty_like(number), np.random.default_rng(0).integers(0, 4096, _SMALL)
    table, source = number[:4096].copy(), np.ones(_LARGE, np.uint8)
    target = np.empty_like(source)

    def many(action: Any) -> Any:
        return lambda: [action() for _ in range(40)]

    passes = {
        "multiply_uint32": many(lambda: np.multiply(word, np.uint32(5), out=word)),
        "log_float32": many(lambda: np.log(number, out=out)),
        "divide_float32": many(lambda: np.divide(number, number, out=out)),
        "take_float32": many(lambda: np.take(table, index, out=out, mode="wrap")),
    }
    speed = {name: _best(action, 7) / 40 / _SMALL * 1e9 for name, action in passes.items()}
    few = np.zeros(40)
    calls = _best(lambda: [np.add(few, few, out=few) for _ in range(4000)], 7) / 4000 * 1e9
    copied = 2 * _LARGE / _best(lambda: np.copyto(target, source), 9) / 1e9
    return {"ns_per_element": speed, "ns_per_call": calls, "memory_gb_per_s": copied}


def describe() -> dict[str, Any]:
    """Processor and software; nothing that names the machine."""
    features = np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])
    return {
        "cores": os.cpu_count(),
        "architecture": platform.machine(),
        "system": platform.system(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "vector_features": features,
    }


def load() -> float | None:
    """Processes that wanted to run, averaged over the last minute."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else None
