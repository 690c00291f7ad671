"""The ten sentences of the first run: numbers, signs, doubt and misses, each derived by hand."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import experiments as ex
import sim
from experiments.findings import answer
from experiments.findings.answer import TOPICS, in_sentences
from experiments.questions.draws import Draws
from experiments.results.results import Results

Made = Callable[..., Results]


def set_to(runs: Results, measure: str, baseline: Any, other: Any) -> None:
    runs.market[measure] = runs.market["scenario"].map({"baseline": baseline, "no_open_weights": other})


def test_ten_numbered_sentences_with_the_numbers_of_the_runs(made_up: Made) -> None:
    runs = made_up(60)
    set_to(runs, "frontier", 2.0, 1.0)
    set_to(runs, "price_gpt35_level", 1.0, 4.0)
    set_to(runs, "consumer_gain", 2.0, 1.0)
    set_to(runs, "adoption", 0.5, 0.25)
    set_to(runs, "china_lag", 7.0, 9.0)
    set_to(runs, "startups", 1000.0, 900.0)
    set_to(runs, "migration_cn_us", 200.0, 300.0)
    set_to(runs, "hhi", 0.25, 0.5)
    head, *lines = in_sentences(runs).splitlines()
    assert head.startswith("What if nobody released weights? 4 pairs of worlds")
    assert "Told are 2025-12, then 2027-11 (projection)" in head
    assert [line.partition(". ")[0] for line in lines] == [str(number) for number in range(1, 11)]
    told = dict(zip([*(topic.title for topic in TOPICS), "Doubt"], lines, strict=True))
    half = "over 2.0 labs of equal size, instead of 4.0: -50% [-50% to -50%; 4 of 4 agree]"
    assert f"spending is spread as {half}" in told["Market share"]
    both = ": +300% [+300% to +300%; 4 of 4 agree], then +300% [+300% to +300%; 4 of 4 agree]"
    assert f"costs $4 a million tokens instead of $1{both}" in told["Prices"]
    assert "had changed by -63% [-63% to -63%; 4 of 4 agree]" in told["Consumers"]
    assert "25.0% of developers use AI instead of 50.0%: -25.0 points [-25.0 to -25.0; 4 of 4" in told["Consumers"]
    assert "with 10 times its compute, instead of 100 times: -90% [-90% to -90%" in told["Best model"]
    assert "are 9.0 months behind US labs, instead of 7.0: +2.0 [+2.0 to +2.0" in told["Speed of innovation"]
    assert "900 build on models, instead of 1,000: -10%" in told["Startups"]
    assert "300 researchers a year move from China to the US, instead of 200: +50%" in told["Flow of talent"]
    assert "brackets hold luck only, not doubt about parameters; fewer than ten" in told["Doubt"]
    assert f"φ ({answer.ELASTICITY} = " in told["Doubt"]


def test_every_sentence_says_what_is_published_about_it(made_up: Made) -> None:
    """In all sentences but the last; and words that need a dictionary are in none."""
    for line in in_sentences(made_up(60)).splitlines()[1:-1]:
        assert re.search(r"published number", line), line
        assert not re.search(r"\b(OOM|HHI|nan|ln)\b", line), line


def test_a_sign_is_open_where_the_bracket_holds_zero(made_up: Made) -> None:
    runs = made_up(40, seeds=10)
    luck = dict(enumerate(np.linspace(-0.05, 0.06, 10)))
    runs.market["frontier"] = 2.0 + (runs.market["scenario"] != "baseline") * runs.market["seed"].map(luck)
    row = ex.compare(runs, measures="frontier").at(37).loc[("no_open_weights", "frontier")]
    assert row["low"] < 0.0 < row["high"]
    line = in_sentences(runs).splitlines()[5]
    assert "Best model" in line and f"{10 ** row['mean'] - 1:+.1%} [" in line and "; 5 of 10 agree, sign open]" in line
    set_to(runs, "frontier", 2.0, 2.0)
    assert "+0.0% [+0.0% to +0.0%; no difference]" in in_sentences(runs).splitlines()[5]


def test_one_pair_has_no_interval(made_up: Made) -> None:
    text = in_sentences(made_up(40, seeds=1))
    assert "One pair of worlds" in text and "[no interval: one seed]" in text
    assert "one pair has no interval, since its luck cannot be told from the effect" in text
    assert "agree" not in text and "nan" not in text.replace("finance", "")


def test_misses_are_named_in_the_same_breath(made_up: Made) -> None:
    runs = made_up(40)
    set_to(runs, "open_share_tokens", 0.3, 0.0)
    set_to(runs, "price_gpt35_level", 0.0575, 1.0)
    set_to(runs, "price_gpt4_level", 0.0875, 1.0)
    set_to(runs, "adoption", 0.44, 0.44)
    prices, _, consumers = in_sentences(runs).splitlines()[2:5]
    # Prices never fall here; those of 2024-10 and 2025-12 are met.
    assert prices.endswith(
        "The baseline misses 3 of 6 published numbers about this: fall of the cheapest price of GPT-3.5's level "
        "2022-11 to 2024-10 (1, published 280 x); fall of the cheapest price of GPT-4's level 2023-03 to 2025-12 (1, "
        "published 9.06 x/year); and 1 more."
    )
    assert "misses 2 of 3 published numbers about this: developers who use AI tools 2025-05 (44" in consumers
    assert "No published number to hold this against." in in_sentences(made_up(2)).splitlines()[2]


def test_two_groups_are_named(made_up: Made) -> None:
    runs = made_up(37, seeds=20)
    shift = np.array([0.03, 0.02, 0.025, *np.linspace(-0.11, -0.09, 17)])
    runs.market["price_gpt35_level"] = np.exp(
        (runs.market["scenario"] == "no_open_weights") * shift[runs.market["seed"]]
    )
    assert "; bimodal: 17 of 20 seeds near -10%, 3 near +3%" in in_sentences(runs).splitlines()[2]


def test_what_one_side_has_not_is_said(made_up: Made) -> None:
    runs = made_up(40)
    set_to(runs, "technology_price_gpt35", 1.0, np.nan)
    assert "3. What prices could be: technology_price_gpt35 is none or not defined on one side." in in_sentences(runs)


def test_none_at_all_counts_as_a_fall(made_up: Made) -> None:
    """A logarithm would leave such pairs out: 12.5 instead of 50 on average, in three of four pairs none."""
    runs = made_up(40)
    here = runs.market["scenario"] != "baseline"
    runs.market["entries"] = np.where(here & (runs.market["seed"] < 3), 0.0, 50.0)
    assert "12 are founded in the month, instead of 50: -75% [" in in_sentences(runs).splitlines()[7]


def test_a_missing_number_is_no_miss(made_up: Made) -> None:
    runs = made_up(40)
    assert "of 6 published numbers" in in_sentences(runs).splitlines()[2]
    runs.market["price_gpt4_level"] = np.nan
    prices = in_sentences(runs).splitlines()[2]
    assert "of 4 published numbers" in prices and "nan" not in prices


def test_points_of_a_design_are_refused(made_up: Made, tmp_path: Any) -> None:
    design = {"kind": "grid", "params": {"talent.mobility": [0.01, 0.03]}}
    size = {"seeds": 1, "months": 1, "developers": 100, "workers": 1, "progress": False, "outputs": tmp_path}
    runs = ex.ensemble(["baseline", "no_open_weights"], design=design, **size)
    with pytest.raises(ex.ExperimentError, match="those of one point"):
        in_sentences(runs)


def test_two_groups_of_concentration_are_turned_over(made_up: Made) -> None:
    """17 seeds where concentration rises by a tenth, 3 where it falls: of labs of equal size it is the reverse."""
    runs = made_up(37, seeds=20)
    shift = np.array([-0.03, -0.02, -0.025, *np.linspace(0.09, 0.11, 17)])
    runs.market["hhi"] = 0.25 * np.exp((runs.market["scenario"] != "baseline") * shift[runs.market["seed"]])
    assert "; bimodal: 17 of 20 seeds near -10%, 3 near +3%" in in_sentences(runs).splitlines()[1]


def test_what_is_given_is_not_said_to_be_drawn(made_up: Made) -> None:
    draws = Draws.of("posterior")
    assert draws is not None
    runs = made_up(40, seeds=20)
    runs.provenance |= {"draws": draws.settings(), "params": {answer.ELASTICITY: 0.45}, "scenarios": []}
    last = in_sentences(runs).splitlines()[-1]
    assert "drawn here" not in last and " by φ" not in last and " by methods found in public" in last


def test_any_scenario_and_what_was_kept_of_it(tmp_path: Any) -> None:
    size = {"seeds": 2, "months": 13, "developers": 200, "workers": 1, "progress": False, "outputs": tmp_path}
    runs = ex.ensemble(["baseline", "meta_closes"], measures=["startups", "labs.price"], **size)
    head, *lines = in_sentences(runs, "meta_closes").splitlines()
    assert head.startswith("What if meta closes? 2 pairs of worlds, meta_closes and baseline")
    assert [line.partition(":")[0] for line in lines] == ["1. Startups", "2. Doubt"]


def test_more_concentrated_is_fewer_labs_of_equal_size(made_up: Made) -> None:
    """The ends of a bracket change places where a measure is turned over."""
    runs = made_up(40, seeds=10)
    luck = np.linspace(0.95, 1.35, 10)
    runs.market["hhi"] = 0.25 * np.where(runs.market["scenario"] == "baseline", 1.0, luck[runs.market["seed"]])
    row = ex.compare(runs, measures="hhi").at(37).loc[("no_open_weights", "hhi")]
    assert row["low"] > 0.0  # surely more concentrated
    line = in_sentences(runs).splitlines()[1]
    geometric = np.exp(-np.log(luck).mean()) - 1.0
    found = re.search(r"equal size, instead of 4.0: (\S+)% \[(\S+)% to (\S+)%; 8 of 10", line)
    assert found is not None, line
    mean, low, high = (float(part) for part in found.groups())
    assert low < mean < high < 0.0 and mean == round(100.0 * geometric)


def test_thirds_by_hand() -> None:
    by = np.array([5.0, 1.0, 4.0, 2.0, 3.0, 6.0, np.nan, 0.0])
    values = np.array([50.0, 10.0, 40.0, 20.0, 30.0, 60.0, 1e9, np.nan])
    assert answer.thirds(by, values) == (15.0, 55.0)
    assert answer.thirds(by[:5], values[:5]) is None


def test_what_nothing_identifies_is_swept_beside(made_up: Made) -> None:
    """An effect that is .1 OOM where φ is above its median and nothing below shows as such."""
    draws = Draws.of("posterior")
    assert draws is not None
    runs = made_up(40, seeds=20)
    runs.provenance["draws"] = draws.settings()
    phi = draws.table[answer.ELASTICITY][:20]
    high = set(phi.index[phi > phi.median()])
    runs.market["frontier"] = 2.0
    changed = (runs.market["scenario"] != "baseline") & runs.market["seed"].isin(high)
    runs.market.loc[changed, "frontier"] += 0.1
    last = in_sentences(runs).splitlines()[-1]
    assert f"in the lowest and the highest third of the draws, by +0% and {10**0.1 - 1:+.0%} by φ, " in last
    runs.provenance["draws"] = {**draws.settings(), "sha256": "of another table"}
    assert "third of the draws" not in in_sentences(runs)


def test_every_quantity_is_a_measure() -> None:
    assert {one.measure for topic in TOPICS for one in topic.quantities} <= set(sim.measures.MARKET)
    assert {name for topic in TOPICS for name in topic.beside} <= set(sim.measures.MARKET)
