"""As many seeds as an effect needs: when it stops, and what that does to the interval."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import stdtrit

import experiments as ex
from experiments.engine.sequential import FIRST
from experiments.findings.until import Until
from experiments.questions.study import Study
from experiments.results.results import Results
from experiments.results.tables import TablesInMemory


def _results(values: np.ndarray, points: int = 1) -> Results:
    """A baseline of zeros and another scenario with these values of the frontier, by point and seed."""
    rows = []
    for place, value in enumerate(values):
        point, seed = divmod(place, len(values) // points)
        rows += [("baseline", point, seed, 0, 0.0), ("other", point, seed, 0, value)]
    market = pd.DataFrame(rows, columns=["scenario", "point", "seed", "month", "frontier"])
    runs = market[["scenario", "point", "seed"]].assign(key="")
    tables = TablesInMemory({"market": market})
    return Results(tables, runs, pd.DataFrame(index=range(points)), 0, {"market": ("frontier",)}, {})


def test_width_is_half_the_interval() -> None:
    # Twelve values, six each of -1 and 1: standard deviation sqrt(12/11), t(11, .975) = 2.200985.
    values = np.tile([-1.0, 1.0], 6)
    width = Until("frontier", 1.0).width(_results(values))
    assert width == pytest.approx(2.200985 * math.sqrt(12 / 11) / math.sqrt(12), rel=1e-6)


def test_width_is_that_of_the_widest_point() -> None:
    values = np.concatenate([np.tile([-1.0, 1.0], 6), np.tile([-3.0, 3.0], 6)])
    both, wide = Until("frontier", 1.0).width(_results(values, 2)), Until("frontier", 1.0).width(_results(values[12:]))
    assert both == pytest.approx(wide)


@pytest.mark.parametrize("values", [np.zeros(FIRST - 1), np.full(20, np.nan)])
def test_width_is_infinite_where_pairs_are_too_few(values: np.ndarray) -> None:
    assert Until("frontier", 1.0).width(_results(values)) == math.inf


def test_next_number_of_seeds() -> None:
    rule = Until("frontier", 1.0, most=100)
    assert rule.next(10, 1.2) == 16  # 10 × 1.44 × 1.05 = 15.1
    assert rule.next(10, 1.01) == 15  # at least five more
    assert rule.next(10, 9.0) == 20  # at most twice
    assert rule.next(10, math.inf) == 20
    assert rule.next(80, 9.0) == 100


@pytest.mark.parametrize("precision", [0.25, 0.4, 0.6])
def test_interval_covers_nearly_as_often_as_it_says(precision: float) -> None:
    rule, luck, covered, rounds = Until("frontier", precision), np.random.default_rng(1), 0, 4000
    for _ in range(rounds):
        values, seeds = luck.standard_normal(rule.most), FIRST
        while True:
            width = stdtrit(seeds - 1, 0.975) * values[:seeds].std(ddof=1) / math.sqrt(seeds)
            if width <= precision or seeds >= rule.most:
                break
            seeds = rule.next(seeds, width)
        assert width <= precision
        covered += abs(values[:seeds].mean()) <= width
    # Two standard errors of a share of 4,000 around 94%.
    assert 0.9325 <= covered / rounds <= 0.957


def test_ensemble_goes_on_until_it_is_known(tmp_path) -> None:  # type: ignore[no-untyped-def]
    rule = ex.Until("open_share_users", precision=0.008, at=8)
    size = {"months": 9, "developers": 100, "workers": 1, "outputs": tmp_path, "progress": False}
    runs = ex.ensemble(["baseline", "no_open_weights"], seeds=rule, **size)
    found = runs.provenance["sequential"]
    assert found["reached"] and found["half_width"] == rule.width(runs) <= 0.008
    assert len(runs.seeds) == found["seeds"] > FIRST
    again = ex.ensemble(["baseline", "no_open_weights"], seeds=rule, **size)
    assert again.runs.equals(runs.runs)


def test_more_seeds_move_no_run_of_a_sample(tmp_path: Path) -> None:
    size = {"months": 8, "developers": 100, "workers": 1, "outputs": tmp_path, "progress": False}
    rule = ex.Until("spend", precision=1e-12, most=12)
    design = {"kind": "latin_hypercube", "params": ["talent.mobility"], "points": 2}
    runs = ex.ensemble(["baseline", "no_open_weights"], seeds=rule, design=design, **size)
    assert runs.runs.groupby(["scenario", "point"])["seed"].agg(list).tolist() == [list(range(12))] * 4
    assert runs.provenance["design"]["seeds"] == "common"
    own = ex.ensemble(["baseline", "no_open_weights"], seeds=rule, design=design | {"seeds": "own"}, **size)
    assert own.runs.loc[own.runs["point"] == 1, "seed"].min() == 12


def test_what_cannot_be_reached_is_refused() -> None:
    study = Study.of(["baseline", "meta_closes"], seeds=3, months=6, measures=["hhi"])
    with pytest.raises(ex.ExperimentError, match=r"effect=frontier.*hhi"):
        Until("frontier", 0.1).check(study)
    with pytest.raises(ex.ExperimentError, match=r"against=nobody.*baseline, meta_closes"):
        Until("hhi", 0.1, "nobody").check(study)
    with pytest.raises(ex.ExperimentError, match=r"month=7.*0 to 6"):
        Until("hhi", 0.1, at=7).check(study)
