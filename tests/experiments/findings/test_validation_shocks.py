"""Effects of shocks: differences of frames made by hand, and one small study."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import sim
from experiments.engine.executors import Local
from experiments.findings.validation import shocks
from experiments.findings.validation.report import asked_of
from experiments.findings.validation.shocks import Outcome


def side(**values: list[float]) -> pd.DataFrame:
    """Two draws with two seeds each."""
    index = pd.MultiIndex.from_product([[0, 1], [0, 1]], names=["point", "seed"])
    return pd.DataFrame(values, index=index)


def test_differences_are_paired_and_of_a_draw_the_mean_counts() -> None:
    there, here = side(hhi=[1.0, 2.0, 3.0, 4.0]), side(hhi=[0.5, 0.5, 4.0, 4.0])
    np.testing.assert_allclose(shocks.difference(Outcome("a", "hhi"), there, here), [1.0, -0.5])
    np.testing.assert_allclose(shocks.difference(Outcome("a", "hhi", scale=100.0), there, here), [100.0, -50.0])


def test_differences_of_logarithms() -> None:
    there, here = side(p=[2.0, 2.0, 1.0, 0.0]), side(p=[1.0, 1.0, 4.0, 1.0])
    found = shocks.difference(Outcome("a", "p", logs=True), there, here)
    # The pair with a price of zero counts for nothing.
    np.testing.assert_allclose(found, [math.log(2.0), -math.log(4.0)])


def test_what_one_side_has_not_has_no_effect() -> None:
    there, here = side(lag=[math.nan] * 4), side(lag=[1.0] * 4)
    found = shocks.summary(shocks.difference(Outcome("a", "lag"), there, here))
    assert found["draws"] == 0 and math.isnan(found["mean"])


def test_a_summary_of_draws() -> None:
    found = shocks.summary(np.array([-1.0, 1.0, 2.0, 3.0, 5.0, math.nan]))
    assert found["mean"] == 2.0
    assert (found["q10"], found["q90"]) == pytest.approx((-0.2, 4.2))
    assert (found["same_sign"], found["draws"]) == (0.8, 5)


def test_prices_agree_where_both_move_the_same_way() -> None:
    listed, technology = np.array([1.0, -1.0, 1.0, 0.0, math.nan]), np.array([2.0, -0.1, -1.0, 1.0, 1.0])
    found = shocks.agreement(listed, technology)
    assert (found["mean"], found["draws"]) == (50.0, 4)
    assert math.isnan(shocks.agreement(np.array([math.nan]), np.array([1.0]))["mean"])


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0.000"), (-0.0004, "0.000"), (0.0123, "+0.012"), (-0.123, "−0.12"), (1.26, "+1.3"), (-45.4, "−45")],
)
def test_effects_have_few_digits(value: float, text: str) -> None:
    assert shocks._short(value) == text


def test_what_is_drawn_is_there_and_has_a_range() -> None:
    known = sim.Parameters.known()
    assert [address for address in shocks.UNIDENTIFIED if address not in known] == []
    assert [address for address in shocks.UNIDENTIFIED if known[address].range is None] == []
    assert shocks.ELASTICITY not in shocks.UNIDENTIFIED
    assert len(set(shocks.UNIDENTIFIED)) == len(shocks.UNIDENTIFIED)


def test_effects_of_a_small_study(tmp_path: Path) -> None:
    asked = asked_of((0,), 300, tmp_path, Local(workers=1))
    made = shocks.effects(asked, draws=2, months=26, dates=("2024-12",))
    found = made.tables[shocks.EFFECTS]
    worlds = found[["elasticity", "residuals"]].drop_duplicates().to_numpy().tolist()
    default = sim.Parameters().finance.elasticity
    assert worlds == [[0.0, "inside"], [0.3, "inside"], [0.6, "inside"], [default, "outside"]]
    assert set(found["scenario"]) == set(shocks.SCENARIOS)
    index = ["elasticity", "residuals", "scenario", "outcome"]
    by = found.set_index(index)["mean"]
    assert by.loc[(0.3, "inside", "no_open_weights", "open share of tokens [points]")] < 0.0
    assert by.loc[(0.3, "inside", "everyone_opens", "open share of tokens [points]")] > 0.0
    assert math.isnan(by.loc[(0.3, "inside", "no_open_weights", "open lag, by its trend [months]")])
    # Without φ compute does not answer to rents; ξ outside learning is another world.
    assert (
        by.loc[(0.0, "inside", "everyone_opens", "frontier [OOM]")]
        != by.loc[(0.6, "inside", "everyone_opens", "frontier [OOM]")]
    )
    assert (
        by.loc[(0.3, "inside", "everyone_opens", "frontier [OOM]")]
        != by.loc[(default, "outside", "everyone_opens", "frontier [OOM]")]
    )
    assert "| scenario | what | φ 0, ξ inside | φ 0.3, ξ inside | φ 0.6, ξ inside | φ 0.3, ξ outside |" in made.text
    assert "mean over 2 draws" in made.text
    assert sum(shocks.AGREE in line for line in made.text.splitlines()) == 3
