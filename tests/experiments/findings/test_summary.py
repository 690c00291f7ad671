"""Headline numbers as plain data."""

from __future__ import annotations

from pathlib import Path

import pytest

import experiments as ex
from experiments.findings.pairs import COLUMNS
from experiments.findings.summary import MEASURES, headline
from experiments.results.results import Results

SIZE = {"seeds": 2, "months": 13, "developers": 300, "workers": 1, "progress": False}


def test_effects_are_scenario_minus_baseline(small: Results) -> None:
    found = headline(small)
    effect = found["effects_against_baseline"]["no_open_weights"]["open_share_users"]["2024-01"]
    levels = [found["scenarios"][name]["open_share_users"]["2024-01"]["mean"] for name in small.scenarios]
    assert effect["mean"] == pytest.approx(levels[1] - levels[0])
    assert levels[1] == 0.0 > effect["mean"]
    assert tuple(effect) == COLUMNS and (effect["pairs"], effect["clusters"]) == (2, 2)
    assert effect["lower"] is None
    assert found["projection_after"] == "2025-12"


def test_one_seed_has_no_interval(small: Results) -> None:
    effects = headline(small.select(seed=1))["effects_against_baseline"]["no_open_weights"]
    for measure in MEASURES:
        effect = effects[measure]["2024-01"]
        assert effect["low"] is None and effect["high"] is None and effect["clusters"] <= 1


def test_listed_price_is_not_alone(small: Results) -> None:
    effects = headline(small)["effects_against_baseline"]["no_open_weights"]
    assert {"price_gpt35_level", "technology_price_gpt35"} <= set(effects)


def test_numbers_are_of_what_was_asked(tmp_path: Path) -> None:
    asked = ["contributions", "labs.price"]
    runs = ex.ensemble(["baseline", "no_open_weights"], measures=asked, outputs=tmp_path, **SIZE)
    found = headline(runs)
    assert list(found["scenarios"]["baseline"]) == ["contributions"]
    effects = found["effects_against_baseline"]["no_open_weights"]
    assert list(effects) == asked
    frame = ex.compare(runs, measures="labs.price", month=13).of("labs.price", lab="OpenAI")
    assert effects["labs.price"]["OpenAI"]["2023-12"]["mean"] == frame["mean"].item()
    alone = ex.ensemble(["baseline", "no_open_weights"], measures="labs.price", outputs=tmp_path, **SIZE)
    assert headline(alone)["scenarios"] == {"baseline": {}, "no_open_weights": {}}
    flows = ex.ensemble(["baseline", "no_open_weights"], measures="flows", outputs=tmp_path, **SIZE)
    assert headline(flows)["effects_against_baseline"] == {}
