"""The limit: limit.c, compiled for this processor when the benchmark runs."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.engines.common import Work, serve

SOURCE = Path(__file__).with_name("limit.c")
FLAGS = ("-O3", "-march=native", "-mprefer-vector-width=512", "-fno-math-errno", "-fno-trapping-math")
# Nothing is contracted but what the source says, so that the exact rule stays exact; nothing is infinite or NaN, so
# that a comparison and a choice become one instruction.
FLAGS += ("-ffp-contract=off", "-fno-signed-zeros", "-ffinite-math-only", "-fopenmp", "-shared", "-fPIC")


def build() -> ctypes.CDLL:
    """Compile if the source is newer; say so in one line if there is no compiler."""
    compiler = shutil.which("gcc")
    if compiler is None:
        sys.exit("the C limit needs gcc, which is not on the path")
    library = Path(__file__).parents[1] / ".build" / "limit.so"
    library.parent.mkdir(exist_ok=True)
    if not library.exists() or library.stat().st_mtime < SOURCE.stat().st_mtime:
        fresh = library.with_name(f"limit-{os.getpid()}.so")
        done = subprocess.run([compiler, *FLAGS, str(SOURCE), "-o", str(fresh), "-lm"], capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"gcc cannot compile the C limit: {done.stderr.strip().splitlines()[-1]}")
        fresh.replace(library)
    return ctypes.CDLL(str(library))


class Limit:
    """The population walked by the C kernel."""

    def __init__(self, work: Work, seed: int) -> None:
        self.work, self.seed, self.month, self.kernel = work, seed, 0, build().month
        self.identity = work.identity_words(seed)
        self.threads = int(os.environ.get("WEIGHTSHIFT_WORKERS", "1"))
        self.choice, self.table = work.choice.copy(), work.counts.copy()

    def step(self) -> int:
        """One month; decisions are counted as :mod:`benchmarks.engines.core` counts them."""
        work, keys = self.work, self.work.keys(self.seed, self.month)
        numbers = (work.developers, self.threads, work.options, work.weights.shape[1])
        course = (work.weights, work.bars, work.option_keys, work.lab_keys, work.lab_of, keys)
        self.kernel(
            *(ctypes.c_int64(number) if place in (0, 3) else number for place, number in enumerate(numbers)),
            *(array.ctypes.data_as(ctypes.c_void_p) for array in course),
            work.groups,
            *(
                array.ctypes.data_as(ctypes.c_void_p)
                for array in (work.group_of_option, work.option_of_row, self.identity, work.segment, self.choice)
            ),
            ctypes.c_int64(work.segments),
            ctypes.c_int64(work.width),
            self.table.ctypes.data_as(ctypes.c_void_p),
        )
        self.month += 1
        return round(work.developers * work.hazard)

    def counts(self) -> Any:
        """Developers by (segment, option)."""
        return self.table


if __name__ == "__main__":
    serve(Limit, compiler="gcc")
