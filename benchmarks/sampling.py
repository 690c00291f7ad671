"""Where the processor's time goes, by looking now and then: nothing is slowed down, as a tracing profiler would."""

from __future__ import annotations

import linecache
import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import sim

_HOME = str(Path(sim.__file__).parent)
# The clock of Linux ticks no faster than this; asked for more often, it answers as often as it can.
_EVERY = 0.001


def sampled(action: Callable[[], Any]) -> dict[str, Any]:
    """What of ``sim`` was at work while ``action`` ran, NumPy's work counted for the line that called it.

    Python looks for signals after calls and jumps only, so that a line of mere operators may be counted for the next.

    Returns:
        Number of samples; share of them by line, and by function, hottest first; lines are "file:line: text".
    """
    lines: Counter[tuple[str, int]] = Counter()
    functions: Counter[str] = Counter()
    samples = 0

    def look(number: int, frame: FrameType | None) -> None:
        nonlocal samples
        samples += 1
        while frame is not None and not frame.f_code.co_filename.startswith(_HOME):
            frame = frame.f_back
        if frame is not None:
            lines[frame.f_code.co_filename, frame.f_lineno or 0] += 1
            functions[f"{Path(frame.f_code.co_filename).stem}.{frame.f_code.co_qualname}"] += 1

    before = signal.signal(signal.SIGPROF, look)
    signal.setitimer(signal.ITIMER_PROF, _EVERY, _EVERY)
    try:
        action()
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0.0)
        signal.signal(signal.SIGPROF, before)
    return {
        "samples": samples,
        "lines": {
            f"{Path(file).relative_to(_HOME)}:{line}: {linecache.getline(file, line).strip()}": seen / samples
            for (file, line), seen in lines.most_common()
        },
        "functions": {name: seen / samples for name, seen in functions.most_common()},
    }
