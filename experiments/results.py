"""Results: tidy tables of many runs, with units and provenance, saved and read as one folder."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

import sim
from experiments.files import cannot_write, whole_folder, write_data
from experiments.records import Tables
from experiments.settings import refuse

INDEX = ("scenario", "seed", "month", "date", "lab", "region", "level", "origin", "destination")
_INDEX_UNITS = {"month": "months since 2022-11", "date": "YYYY-MM", "researchers": "FTE/year"}
_STUDY = "study.json"
_SHARES = ("adoption", "closed_margin", "margin")


def is_share(measure: str) -> bool:
    """Whether a measure is a share of something, so that it reads best in per cent."""
    return measure.startswith(("open_share_", "share_")) or measure in _SHARES


def at_month(frame: pd.DataFrame, month: int) -> pd.Series:
    """The row of one month of a frame that is indexed by month."""
    return frame.loc[[month]].iloc[0]


class Results:
    """Tables of an ensemble.

    Attributes:
        market: scenario, seed, month, date and every market measure.
        labs: scenario, seed, month, date, lab, region and every lab measure.
        flows: scenario, seed, month, date, level, origin, destination, researchers (a calendar year's sum).
        provenance: What made them, as plain data.
        failures: One report for each run that failed.
    """

    def __init__(
        self,
        market: pd.DataFrame,
        labs: pd.DataFrame,
        flows: pd.DataFrame,
        provenance: dict[str, Any],
        failures: list[dict[str, Any]] | None = None,
    ) -> None:
        self.market, self.labs, self.flows = market, labs, flows
        self.provenance = provenance
        self.failures = failures or []

    def __repr__(self) -> str:
        runs = len(self.market.groupby(["scenario", "seed"])) if len(self.market) else 0
        failed = f", {len(self.failures)} failed" if self.failures else ""
        return f"Results({runs} runs of {', '.join(self.scenarios)}; months 0 to {self.months}{failed})"

    @property
    def scenarios(self) -> tuple[str, ...]:
        """Names of the scenarios, in the order asked."""
        return tuple(self.market["scenario"].unique())

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seeds that finished at least once."""
        return tuple(int(seed) for seed in self.market["seed"].unique())

    @property
    def months(self) -> int:
        """The last month."""
        return int(self.market["month"].max()) if len(self.market) else 0

    @property
    def measures(self) -> tuple[str, ...]:
        """Names of the market measures."""
        return tuple(name for name in self.market.columns if name not in INDEX)

    @property
    def units(self) -> dict[str, str]:
        """Unit of every column that has one."""
        labs = {name: measure.unit for name, measure in sim.measures.LABS.items()}
        return labs | {name: measure.unit for name, measure in sim.measures.MARKET.items()} | _INDEX_UNITS

    def of(self, scenario: str) -> pd.DataFrame:
        """The market table of one scenario.

        Raises:
            ExperimentError: The results do not hold it.
        """
        if scenario not in self.scenarios:
            raise refuse("scenario", scenario, "one of " + ", ".join(self.scenarios))
        return self.market[self.market["scenario"] == scenario]

    def wide(self, scenario: str, measure: str) -> pd.DataFrame:
        """One measure of one scenario: a row a month, a column a seed.

        Raises:
            ExperimentError: There is no such scenario or measure.
        """
        if measure not in self.measures:
            raise refuse("measure", measure, "one of " + ", ".join(self.measures))
        return self.of(scenario).pivot(index="month", columns="seed", values=measure)

    def save(
        self,
        folder: str | Path,
        extra: Mapping[str, Any] | None = None,
        draw: Callable[[Path], Any] | None = None,
    ) -> Path:
        """Write the tables, ``study.json``, ``provenance.json`` and ``failures.json``; all or nothing.

        Args:
            folder: Where; files already there stay unless they have the same name.
            extra: More files: name → content, written as JSON, YAML or text by the ending of the name.
            draw: Called with the folder while it is being filled, to add pictures.

        Raises:
            ExperimentError: The folder cannot be written.
        """
        target = Path(folder)
        try:
            with whole_folder(target) as temporary:
                self._write_into(temporary, extra or {})
                if draw is not None:
                    draw(temporary)
        except OSError as error:
            raise cannot_write(target, error) from None
        return target

    def _write_into(self, folder: Path, extra: Mapping[str, Any]) -> None:
        for name in Tables.names():
            frame: pd.DataFrame = getattr(self, name)
            frame.to_parquet(folder / f"{name}.parquet", index=False, compression="zstd")
        study = {
            "scenarios": list(self.scenarios),
            "seeds": list(self.seeds),
            "months": self.months,
            "tables": {name: f"{name}.parquet" for name in Tables.names()},
            "units": self.units,
            "failures": len(self.failures),
        }
        files = {_STUDY: study, "provenance.json": self.provenance, "failures.json": self.failures}
        for name, value in (files | dict(extra)).items():
            write_data(folder / name, value)


def open_results(path: str | Path) -> Results:
    """Read back the results of an experiment.

    Raises:
        ExperimentError: The folder does not hold any.
    """
    folder = Path(path)
    try:
        study = json.loads((folder / _STUDY).read_text("utf-8"))
        frames = {name: pd.read_parquet(folder / file) for name, file in study["tables"].items()}
        provenance = json.loads((folder / "provenance.json").read_text("utf-8"))
        failures = json.loads((folder / "failures.json").read_text("utf-8"))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise refuse("path", str(path), "the folder of a finished experiment, outputs/<name>") from None
    return Results(**frames, provenance=provenance, failures=failures)
