"""Statistics of pairs, against numbers worked out by hand, and how often one group is taken for two."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import stdtrit

from experiments.findings.pairs import LEAST_CLUSTERS, clusters_of, paired_summary, parameters_share, two_groups

# The effects on the frontier in 2025-12 of the world without open weights, twenty seeds at the defaults.
SEEN = [0.025, 0.025, -0.099, -0.102, -0.096, -0.176, -0.107, -0.103, -0.092, 0.021,
        -0.098, 0.032, -0.095, 0.030, -0.162, 0.029, -0.099, -0.124, -0.106, -0.122]  # fmt: skip


def summary(values: list[float], clusters: list[int] | None = None) -> dict[str, float]:
    row = np.array([values])
    found = paired_summary(row, 0.0 * row, None if clusters is None else np.array(clusters))
    return {name: float(column[0]) for name, column in found.items()}


# Clusters


@pytest.mark.parametrize(
    ("points", "seeds", "wanted", "counted"),
    [
        ([0, 0, 0], [4, 1, 9], [1, 0, 2], "seeds"),
        ([0, 0, 1, 1], [3, 5, 3, 5], [0, 1, 0, 1], "seeds"),
        ([0, 1, 2], [0, 0, 0], [0, 0, 0], "seeds"),
        ([0, 1, 2], [0, 1, 2], [0, 1, 2], "points"),
        ([0, 0, 1, 1], [0, 1, 2, 3], [0, 0, 1, 1], "points"),
        ([0, 0, 1], [0, 1, 1], [0, 1, 1], "seeds"),  # some of a common design are missing
    ],
)
def test_pairs_that_share_what_was_drawn_count_as_one(
    points: list[int], seeds: list[int], wanted: list[int], counted: str
) -> None:
    found, what = clusters_of(np.array(points), np.array(seeds))
    assert (found.tolist(), what) == (wanted, counted)


def test_interval_is_that_of_the_means_of_clusters() -> None:
    # Means of the three clusters 1.5, 4 and 6.5: mean 4, standard deviation 2.5, t(2, .975) = 4.302653.
    found = summary([1.0, 2.0, 3.0, 5.0, 7.0, 6.0], [0, 0, 1, 1, 2, 2])
    assert (found["mean"], found["pairs"], found["clusters"]) == (4.0, 6, 3)
    assert found["high"] - 4.0 == pytest.approx(4.302653 * 2.5 / np.sqrt(3), rel=1e-6)
    assert 4.0 - found["low"] == pytest.approx(4.302653 * 2.5 / np.sqrt(3), rel=1e-6)


def test_order_and_numbers_of_clusters_do_not_matter() -> None:
    one = summary([1.0, 2.0, 3.0, 5.0, 7.0, 6.0], [0, 0, 1, 1, 2, 2])
    other = summary([6.0, 1.0, 3.0, 2.0, 5.0, 7.0], [0, 2, 1, 2, 1, 0])
    assert one == pytest.approx(other, nan_ok=True)


def test_every_pair_its_own_cluster_is_the_usual_interval() -> None:
    values = np.random.default_rng(0).normal(size=9).tolist()
    found, half = summary(values), stdtrit(8, 0.975) * np.std(values, ddof=1) / 3.0
    assert found["high"] - found["mean"] == pytest.approx(half)
    assert summary(values, list(range(9))) == pytest.approx(found, nan_ok=True)


def test_pairs_without_a_number_do_not_count() -> None:
    # Sums of residuals 1.5 and -1.5 of clusters of one and two around the mean 2.5; t(1, .975) = 12.7062.
    found = summary([4.0, np.nan, 1.5, 2.0, np.nan], [0, 0, 1, 1, 2])
    assert (found["pairs"], found["clusters"], found["mean"]) == (3, 2, 2.5)
    assert found["high"] - 2.5 == pytest.approx(12.7062 * np.sqrt(2.0) * np.hypot(1.5, 1.5) / 3.0, rel=1e-5)


def test_one_cluster_has_no_interval_however_many_its_pairs() -> None:
    found = summary([1.0, 2.0, 3.0], [0, 0, 0])
    assert (found["mean"], found["pairs"], found["clusters"]) == (2.0, 3, 1)
    assert np.isnan([found["low"], found["high"]]).all()
    assert found["q10"] == pytest.approx(1.2)


def test_what_is_not_a_number_makes_no_pair() -> None:
    found = paired_summary(np.array([[1.0, np.nan, 5.0]]), np.array([[0.0, 1.0, np.inf]]))
    assert found["pairs"].tolist() == found["clusters"].tolist() == [1]
    assert found["mean"].tolist() == [1.0]
    assert np.isnan([found["low"][0], found["high"][0]]).all()


# Signs


@pytest.mark.parametrize(
    ("values", "share"),
    [
        ([3.0, 3.0, -1.0, 0.0], 0.5),
        ([1.0, 0.0, 0.0, 0.0], 0.25),
        ([0.0, 0.0, 0.0], 0.0),  # no effect has no sign to agree in
        ([1.0, -1.0], 0.0),
        ([-1.0, -2.0], 1.0),
    ],
)
def test_only_what_has_the_sign_of_the_mean_agrees(values: list[float], share: float) -> None:
    assert summary(values)["same_sign"] == share


# Two groups


def test_two_groups_are_found() -> None:
    found = summary(SEEN)
    assert found["share_upper"] == pytest.approx(6 / 20)
    assert found["upper"] == pytest.approx(np.mean([value for value in SEEN if value > 0]))
    assert found["lower"] == pytest.approx(np.mean([value for value in SEEN if value < 0]))


def test_groups_are_of_clusters_not_of_pairs() -> None:
    # Points differ by much, seeds do not: each seed has one effect at either point.
    at = np.concatenate([np.full(20, -5.0), np.full(20, 5.0)]) + np.tile(np.random.default_rng(2).normal(size=20), 2)
    assert np.isnan(summary(at.tolist(), [*range(20)] * 2)["share_upper"])
    assert summary(at.tolist())["share_upper"] == 0.5


def test_two_values_are_two_groups_and_rounding_is_none() -> None:
    found = summary([1.0] * 5 + [2.0] * 15)
    assert (found["lower"], found["upper"], found["share_upper"]) == (1.0, 2.0, 0.75)
    level = np.full((1, 20), 1e3)
    rounded = paired_summary(level + np.array([0.0] * 10 + [1e-13] * 10), level)
    assert np.isnan(rounded["share_upper"]).all()


def test_outliers_and_few_seeds_make_no_group() -> None:
    assert np.isnan(summary([0.0, 0.1, 0.2, 0.1] * 5 + [9.0, 9.1])["share_upper"])
    assert np.isnan(summary(SEEN[: LEAST_CLUSTERS - 1])["share_upper"])


UNIMODAL = {
    "normal": lambda luck, shape: luck.standard_normal(shape),
    "uniform": lambda luck, shape: luck.random(shape),
    "triangular": lambda luck, shape: luck.triangular(0.0, 0.0, 1.0, shape),
    "exponential": lambda luck, shape: luck.exponential(size=shape),
    "lognormal": lambda luck, shape: luck.lognormal(size=shape),
    "Laplace": lambda luck, shape: luck.laplace(size=shape),
    "t, 3": lambda luck, shape: luck.standard_t(3, shape),
    "Cauchy": lambda luck, shape: luck.standard_cauchy(shape),
}


def called_bimodal(values: np.ndarray) -> float:
    return float(np.isfinite(two_groups(values, np.zeros(len(values)))[2]).mean())


@pytest.mark.parametrize("number", [10, 12, 20, 50])
@pytest.mark.parametrize("shape", UNIMODAL)
def test_one_group_is_seldom_called_two(shape: str, number: int) -> None:
    share = called_bimodal(UNIMODAL[shape](np.random.default_rng(number), (4000, number)))
    assert share <= (0.01 if shape == "normal" else 0.05)


@pytest.mark.parametrize(("share", "number", "least"), [(0.3, 20, 0.9), (0.5, 10, 0.85), (0.2, 50, 0.95)])
def test_groups_ten_deviations_apart_are_seen(share: float, number: int, least: float) -> None:
    luck = np.random.default_rng(7)
    values = np.where(luck.random((2000, number)) < share, 10.0, 0.0) + luck.standard_normal((2000, number))
    assert called_bimodal(values) >= least


def test_variance_of_paired_differences_falls_into_parameters_and_luck() -> None:
    """Draws with standard deviation 2, luck with 1 in three seeds of each: four fifths are parameters."""
    rng = np.random.default_rng(3)
    draws = np.repeat(np.arange(400), 3)
    difference = rng.normal(0.0, 2.0, 400)[draws] + rng.normal(0.0, 1.0, 1200)
    found = parameters_share(np.stack([difference, rng.normal(0.0, 1.0, 1200)]), np.zeros((2, 1200)), draws)
    share = found["parameters"]
    assert share[0] == pytest.approx(0.8, abs=0.03) and share[1] == pytest.approx(0.0, abs=0.05)


def test_the_split_by_hand() -> None:
    """Draws (1, 3) and (7, 9): luck 2; between 2 · (3² + 3²) = 36; parameters (36 − 2)/2 = 17 of 19."""
    share = parameters_share(np.array([[1.0, 3.0, 7.0, 9.0]]), np.zeros((1, 4)), np.array([0, 0, 1, 1]))["parameters"]
    assert share[0] == pytest.approx(17.0 / 19.0)


def test_without_two_seeds_of_a_draw_there_is_no_split() -> None:
    share = parameters_share(np.array([[1.0, 3.0, np.nan]]), np.zeros((1, 3)), np.array([0, 1, 1]))
    assert all(np.isnan(end[0]) for end in share.values())


@pytest.mark.parametrize("true", [0.0, 0.25, 0.75, 0.9])
def test_the_interval_of_the_split_holds_what_it_says(true: float) -> None:
    """Fifteen draws, five of them with two seeds, as in the first run: wide, and 80% of intervals hold the truth."""
    rng = np.random.default_rng(11)
    draws = np.array([*range(15), *range(5)])
    parameters, luck = np.sqrt(true) * rng.standard_normal((4000, 15)), rng.standard_normal((4000, 20))
    difference = parameters[:, draws] + np.sqrt(1.0 - true) * luck
    found = parameters_share(difference, np.zeros_like(difference), draws)
    held = (found["parameters_low"] <= true) & (true <= found["parameters_high"])
    # Below, nothing is less than zero; with unequal clusters F holds about.
    assert held.mean() == pytest.approx(0.9 if true == 0.0 else 0.8, abs=0.035)
