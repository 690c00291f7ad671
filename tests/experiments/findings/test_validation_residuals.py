"""Residuals of models made by hand, and of the record."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

import sim
from experiments.findings.validation import residuals
from experiments.findings.validation.report import Asked
from sim.record import Completed, Residual

NAMES = ("OpenAI", "Meta")


def run_of(month: int, lab: int, tier: int, known: float, modelled: float, *, level: int = 0, own: bool = True,
           name: str = "") -> Completed:  # fmt: skip
    return Completed(month, lab, tier, level, name or f"{lab}-{tier}-{month}", known, modelled, known, known, 0.0, 0.0,
                     Residual(known - modelled), own, 0.0)  # fmt: skip


def test_a_residual_is_measured_less_modelled_and_only_of_what_was_measured() -> None:
    first = [run_of(0, 0, 0, 1.0, 0.8), run_of(1, 1, 0, math.nan, 0.5), run_of(2, 1, 1, 0.5, 0.7, level=2)]
    second = [run_of(0, 0, 0, 1.0, 0.6), run_of(2, 1, 1, 0.5, 0.7, level=2)]
    found = residuals.models([(NAMES, first), (NAMES, second)])
    assert list(found["lab"]) == ["Meta", "OpenAI"]
    assert list(found["residual"]) == pytest.approx([-0.2, 0.3])
    assert list(found["over_seeds"]) == pytest.approx([0.0, 0.1])
    assert list(found["open"]) == [True, False]
    assert list(found["date"]) == ["2023-01", "2022-11"]


def test_statistics_of_a_straight_line() -> None:
    """0, .1, .2, .3 at yearly distances: mean .15, slope .1 a year, sd √(.05/3), rms √(.14/4)."""
    group = pd.DataFrame({"month": [0, 12, 24, 36], "residual": [0.0, 0.1, 0.2, 0.3]})
    found = residuals.statistics(group)
    assert found == pytest.approx(
        {"n": 4, "mean": 0.15, "sd": math.sqrt(0.05 / 3), "rms": math.sqrt(0.14 / 4), "trend": 0.1}
    )


@pytest.mark.parametrize("months", [[5], [5, 17], [5, 5, 5]])
def test_few_models_or_one_month_have_no_trend(months: list[int]) -> None:
    found = residuals.statistics(pd.DataFrame({"month": months, "residual": np.arange(len(months)) / 10.0}))
    assert math.isnan(found["trend"])
    assert math.isnan(found["sd"]) == (len(months) == 1)


def test_what_stands_out_is_named() -> None:
    runs = [
        run_of(0, 0, 0, 1.0, 0.8, name="GPT"), run_of(9, 0, 0, 1.0, 0.8), run_of(1, 1, 0, 1.0, 0.9),
        run_of(2, 1, 1, 1.0, 2.0, own=False, name="Distilled"),
    ]  # fmt: skip
    made = residuals.report(residuals.models([(NAMES, runs)]))
    # Squares .04, .04, .01 and 1: of all √(1.09/4), of flagships √(.09/3).
    assert "rms 0.52 OOM over 4 measured models (flagship 0.17, light 1.00)" in made.text
    assert "0.17 without the 1 known to start from others' weights" in made.text
    assert "flagship means beyond 0.15 OOM: OpenAI +0.20\n" in made.text
    assert "largest: Distilled −1.00" in made.text
    assert "sd of a lab's residuals: Meta 0.78, OpenAI 0.00" in made.text
    assert "| Meta | flagship | 1 | +0.10 | – | 0.10 | – |" in made.text


def test_without_means_that_are_far_none_is_said() -> None:
    made = residuals.report(residuals.models([(NAMES, [run_of(0, 0, 0, 1.0, 0.9)])]))
    assert "flagship means beyond 0.15 OOM: none" in made.text


def test_residuals_of_the_record() -> None:
    """Every measured model once; modelled is what the run says, and measured is what the table has."""
    made = residuals.residuals(Asked((3,), 300, lambda _: pytest.fail("it runs no study")))
    found = made.tables[residuals.MODELS].set_index("model")
    market = sim.Market(rng=3, developers=300)
    runs = {run.model: run for run in market.run(sim.month_of("2025-12")).completed if math.isfinite(run.known)}
    assert set(found.index) == set(runs)
    assert len(found) > 100
    for name, run in runs.items():
        assert found.loc[name, "residual"] == pytest.approx(run.known - run.modelled, abs=1e-12)
    # At its residual a measured model has its measured capability.
    assert max(abs(run.capability - run.known) for run in runs.values()) < 1e-9
    assert list(found.index[~found["own_run"]]) == ["DeepSeek-R1-Distill-Qwen-32B"]
    summary = made.tables[residuals.SUMMARY]
    whole = summary[(summary["lab"] == "all") & (summary["tier"] == "all")].iloc[0]
    assert whole["n"] == len(found)
    assert whole["rms"] == pytest.approx(math.sqrt((found["residual"] ** 2).mean()))
