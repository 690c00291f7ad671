"""Designs of experiments: which values the varied parameters take, one point after the other."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

import sim
from experiments.questions.designs.axes import DEFAULT_POINTS, LEVELS, axes_of
from experiments.questions.designs.blocks import MORRIS, SALTELLI
from experiments.questions.designs.points import MOST, Points, frame_of
from experiments.questions.designs.sampling import crossed, sampled
from experiments.questions.designs.table import FILES, IN_MEMORY, checked_table, digest_of, points_of, read_table
from experiments.questions.settings import (
    SEED_LIMIT,
    ExperimentError,
    check_choice,
    check_path,
    one_line,
    refuse,
    whole,
)

KINDS = ("single", "grid", "latin_hypercube", "sobol", SALTELLI, MORRIS, "file")
_SPREAD = ("latin_hypercube", "sobol")
_SAMPLED = (*_SPREAD, SALTELLI, MORRIS)
_KEYS = ("kind", "params", "points", "seed", "seeds", "path")
COMMON, OWN = "common", "own"

__all__ = ["COMMON", "KINDS", "OWN", "Design", "Points"]


@dataclass(frozen=True, eq=False)
class Design:
    """A rule for the points of an experiment, checked when it is made.

    Attributes:
        kind: single (the parameters as given), grid, latin_hypercube, sobol, saltelli, morris or file.
        params: What varies. Names of parameters or sections stand for their ranges in the parameter table, None for
            all ranges of the table. A mapping, dotted or nested, gives each its own: when sampling ``[low, high]``,
            ``{low, high, scale: linear|log}`` or a list of choices; in a grid a list of values or
            ``{low, high, points, scale}``; None (null) means the table's range or all choices.
        points: Points to sample, 1 to 1,000,000 (100, Sobol 128), levels of a range in a grid (5), or blocks: of D
            parameters a block of Saltelli's is D + 2 points (128 blocks), one of Morris's D + 1 (20).
        seed: Seed of the sampling, not of the runs.
        seeds: Whether the runs of all points have the same seeds (``common``) or each point its own (``own``), so
            that its pairs do not share their luck with those of others; None means own in a Latin hypercube and a
            Sobol sequence, else common: points of a block are to differ by their parameters alone.
        path: A ``.csv`` or ``.parquet`` file with a column for each varied address, a row for each point; an empty
            cell is the base value. Rows that are equal make one point, :attr:`Points.rows` says which. Empty rows at
            the end of a ``.csv`` are no points. The column ``scenario`` names the scenario of a row, ``point`` is
            ignored. It is read once, here.
        table: Such a table in memory, in place of a file; afterwards the checked one, numbers as float64.

    Raises:
        ExperimentError: One line with what cannot be and what is allowed.
    """

    kind: str = "single"
    params: Mapping[str, Any] | Iterable[str] | str | None = None
    points: int | None = None
    seed: int = 0
    seeds: str | None = None
    path: str | None = None
    table: pd.DataFrame | None = field(default=None, repr=False)
    axes: dict[str, Any] = field(init=False, repr=False)  # address → {low, high, scale} or list of values

    def __post_init__(self) -> None:
        kind, is_file = check_choice("design.kind", self.kind, KINDS), self.kind == "file"
        whole("design.seed", self.seed, 0, SEED_LIMIT - 1)
        if self.seeds is not None:
            check_choice("design.seeds", self.seeds, (COMMON, OWN))
            if kind == "single":
                raise refuse("design.seeds", self.seeds, "nothing with design.kind=single")
        if (self.path is None and self.table is None) == is_file:
            wanted = FILES if is_file else f"nothing with design.kind={kind}"
            raise refuse("design.path", "null" if self.path is None else self.path, wanted)
        if self.path is not None and self.table is not None:
            raise refuse("design.path", self.path, "a file or a table in memory, not both")
        if self.points is not None and kind not in DEFAULT_POINTS:
            raise refuse("design.points", self.points, f"nothing with design.kind={kind}")
        whole("design.points", self._count(), *(LEVELS if kind == "grid" else MOST))
        object.__setattr__(self, "axes", axes_of(kind, self.params, self._count()))
        if is_file:
            if self.table is None:
                path = check_path("design.path", self.path, FILES)
                where = str(self.path)
                given = read_table(path, where)
            else:
                where, given = IN_MEMORY, self.table
            object.__setattr__(self, "table", checked_table(given, where))

    @property
    def seeding(self) -> str:
        """``common`` or ``own`` seeds, as asked or as is usual for the kind."""
        return self.seeds or (OWN if self.kind in _SPREAD else COMMON)

    @classmethod
    def of(cls, given: str | Path | pd.DataFrame | Mapping[str, Any] | Design | None) -> Design:
        """A design from its kind, the path of its file, its table, a mapping of its settings, or None for single.

        Raises:
            ExperimentError: It is none of these, or the design is refused.
        """
        if isinstance(given, Design):
            return given
        if isinstance(given, pd.DataFrame):
            return cls("file", table=given)
        if isinstance(given, Mapping):
            strange = [key for key in given if key not in _KEYS]
            if strange:
                raise refuse(f"design.{strange[0]}", given[strange[0]], "only " + ", ".join(_KEYS))
            said = {str(key): value for key, value in given.items() if value is not None}
            return cls(**{"kind": "file" if "path" in said else "single", **said})
        if given is None or (isinstance(given, str) and given in KINDS):
            return cls(given or "single")
        if isinstance(given, str | Path) and str(given).lower().endswith((".csv", ".parquet")):
            return cls("file", path=str(given))
        raise refuse("design", given, f"one of {', '.join(KINDS)}, or a .csv or .parquet file")

    def settings(self) -> dict[str, Any]:
        """Plain data that decides the points, with every range spelled out; a table counts by its content.

        All kinds but ``file`` come back from it: ``Design.of(design.settings())`` has the same points.
        """
        if self.table is not None:
            return {"kind": self.kind, "rows": len(self.table), "sha256": digest_of(self.table)}
        data: dict[str, Any] = {"kind": self.kind}
        if self.axes:
            data["params"] = copy.deepcopy(self.axes)
        return {**data, "points": int(self._count()), "seed": int(self.seed)} if self.kind in _SAMPLED else data

    def expand(self, base: sim.Parameters) -> Points:
        """The points; the same settings give the same bits.

        Args:
            base: Parameters that the points change; they fill the empty cells of a table.

        Raises:
            ExperimentError: ``base`` does not take the values of the first or the last point.
        """
        if self.table is not None:
            points = points_of(self.table, base)
        elif self.kind == "grid":
            points = Points(crossed(self.axes))
        elif self.kind in _SAMPLED:
            points = Points(sampled(self.kind, self.axes, self._count(), int(self.seed)))
        else:
            points = Points(frame_of({}, 1))
        # Bounds hold for every value already; a tree that refuses a combination would refuse it here.
        for point in {0, len(points) - 1}:
            try:
                base.with_(**points.changes(point))
            except sim.ParameterError as error:
                raise ExperimentError(one_line(f"design, point {point}: {error}")) from None
        return points

    def _count(self) -> int:
        return DEFAULT_POINTS.get(self.kind, 1) if self.points is None else self.points
