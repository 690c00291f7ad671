"""What all engines share: the work read from its file, the population, and the loop that obeys the harness.

Needs nothing but NumPy, of any version.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

U32 = np.uint32


class Work:
    """The tables of :mod:`benchmarks.work` and a population that starts from the market's own shares.

    Attributes:
        segment: Of each developer, uint8.
        choice: Option of each at the start, uint8.
        known_from: Probability that a lab is known, by (lab, cell).
    """

    def __init__(self, path: str, developers: int) -> None:
        with np.load(path) as file:
            for name in file.files:
                setattr(self, name, file[name])
        self._tile(int(os.environ.get("WORK_LINES", "1")), int(os.environ.get("WORK_LABS", "1")))
        self.groups, self.hazard = int(self.groups), float(self.hazard)  # type: ignore[has-type]
        self.developers = developers
        self.options, self.labs = len(self.option_keys), len(self.lab_keys)
        self.segments, self.width = self.start.shape
        cumulated = np.cumsum(self.start.ravel()) / self.start.sum()
        points = (np.arange(developers, dtype=U32) * U32(0x9E3779B1)).astype(np.float64) * 2.0**-32
        cell = np.searchsorted(cumulated[:-1], points, side="right")
        self.segment = (cell // self.width).astype(np.uint8)
        self.choice = (cell % self.width).astype(np.uint8)
        self.counts = self.count(self.segment, self.choice)
        self.row_of_option = np.zeros(self.width, np.int64)
        self.row_of_option[self.option_of_row] = np.arange(self.options)
        self.known_from = (self.bars.astype(np.float64) + 1.0) / 2.0**32
        self.own_segment = self.known_from.reshape(self.labs, self.segments, self.groups)[:, :, 0]

    def _tile(self, lines: int, labs: int) -> None:
        """Repeat the lines of every lab, or the labs with their lines, under other keys: how does the time grow?"""
        if lines == labs == 1:
            return
        times, count = lines * labs, len(self.lab_keys)
        order = np.concatenate([[0], np.repeat(np.arange(1, len(self.option_keys)), lines)])
        order = np.concatenate([order, np.tile(order[1:], labs - 1)]).astype(np.int64)
        shift = np.repeat(np.arange(labs), lines * (len(self.option_keys) - 1)) * count
        self.lab_of = self.lab_of[order] + np.concatenate([[0], shift])
        self.weights, self.option_of_row = np.ascontiguousarray(self.weights[order]), self.option_of_row[order]
        self.bars = np.tile(self.bars, (labs, 1))
        keys = np.random.default_rng(times).integers(2**28, 2**31, len(order) + count * labs) * 2 + 1
        self.option_keys, self.lab_keys = keys[: len(order)].astype(U32), keys[len(order) :].astype(U32)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)

    def count(self, segment: Any, choice: Any) -> Any:
        """Developers by (segment, option)."""
        cell = segment.astype(np.int64) * self.width + choice
        return np.bincount(cell, minlength=self.segments * self.width).reshape(self.segments, self.width)

    def awareness_uniforms(self, seed: int) -> Any:
        """A fixed uniform for every (lab, developer), float32."""
        return np.random.default_rng([seed, 1]).random((self.labs, self.developers), dtype=np.float32)

    def identity_words(self, seed: int) -> Any:
        """What weightshift keeps of every developer for her draws: one mixed word, which every month shares."""
        from sim.numerics.draws import fmix32_into  # rivals' environments have no weightshift, and do not ask

        word = np.arange(self.developers, dtype=U32) ^ self.keys(seed, 0)[0]
        return fmix32_into(word, np.empty_like(word))

    def keys(self, seed: int, month: int) -> Any:
        """Keys of the addressed draws of one month, in the order in which kernels take them."""
        words = np.random.SeedSequence([seed, 2]).generate_state(4, np.uint32)
        turn, taste = np.random.SeedSequence([seed, 3, month]).generate_state(2, np.uint32)
        bar = np.uint32(self.hazard * 2.0**32)
        return np.array([words[0], turn, bar, words[1], words[2], taste, taste, words[3]], np.uint32)


def serve(make: Callable[[Work, int], Any], **versions: str) -> None:
    """Make the engine, then run as many months as each line of standard input says and answer with the cost.

    An engine has ``step() -> int``, the number of decisions, and ``counts()``.
    """
    path, developers, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    work = Work(path, developers)
    engine = make(work, seed)
    print(json.dumps({"versions": {"numpy": np.__version__, **versions}}), flush=True)
    for line in sys.stdin:
        wall, cpu = time.perf_counter(), time.process_time()
        decisions = sum(engine.step() for _ in range(int(line)))
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        counts = np.asarray(engine.counts())
        print(
            json.dumps(
                {
                    "wall": wall,
                    "cpu": cpu,
                    "decisions": int(decisions),
                    "counts": counts.sum(axis=0).tolist(),
                }
            ),
            flush=True,
        )
