"""Openness as a game: best replies and equilibria, payoffs of real runs, and why a lab released as it did."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import experiments as ex
import sim
from experiments.findings.openness import _game
from experiments.findings.validation import releases
from sim.record import Payoff

PLAYERS, LEVELS = ("A", "B"), ("closed", "weights")
SMALL = {"months": 40, "developers": 200, "workers": 1, "progress": False}


def made_up(payoffs: dict[tuple[str, str], tuple[float, float]], noise: float = 0.0) -> ex.Game:
    luck = noise * np.array([-1.0, 0.0, 1.0])
    earned = {
        (*cell, player): value + luck * (1 + (cell[0] == cell[1]))
        for cell, both in payoffs.items()
        for player, value in zip(PLAYERS, both, strict=True)
    }
    return _game(earned, PLAYERS, LEVELS)


def cells(cc: tuple[float, float], cw: tuple[float, float], wc: tuple[float, float], ww: tuple[float, float]):
    return dict(zip([(i, j) for i in LEVELS for j in LEVELS], (cc, cw, wc, ww), strict=True))


def test_a_dilemma_has_one_equilibrium_and_a_game_of_coordination_two() -> None:
    dilemma = made_up(cells((1, 1), (3, 0), (0, 3), (2, 2)))
    assert dilemma.equilibria == (("closed", "closed"),)
    assert dilemma.replies["sure"].all()
    together = made_up(cells((1, 1), (0, 0), (0, 0), (2, 2)))
    assert together.equilibria == (("closed", "closed"), ("weights", "weights"))
    chase = made_up(cells((1, 0), (0, 1), (0, 1), (1, 0)))
    assert chase.equilibria == ()
    assert "Equilibria in pure strategies: none." in str(chase)


def test_the_second_player_replies_to_rows() -> None:
    """What the second earns is read along its own choices: here it answers closed with weights, and weights closed."""
    game = made_up(cells((0, 1), (0, 4), (5, 9), (5, 2)))
    reply = game.replies.set_index(["player", "other"])["level"]
    assert reply["B", "closed"] == "weights"
    assert reply["B", "weights"] == "closed"
    assert reply["A", "closed"] == reply["A", "weights"] == "weights"
    gain = game.deviations.set_index(["player", "other", "level"])["mean"]
    assert gain["B", "closed", "weights"] == 3.0
    assert gain["B", "weights", "weights"] == -7.0
    assert game.equilibria == (("weights", "closed"),)


def test_an_advantage_that_luck_could_turn_is_not_sure() -> None:
    game = made_up(cells((1, 1), (3, 0), (0, 3), (2, 2)), noise=5.0)
    assert not game.replies["sure"].any()
    assert "not sure" in str(game)


def test_payoffs_are_discounted_rents_of_runs_in_which_the_players_did_so(tmp_path: Path) -> None:
    game = ex.payoffs(["Meta", "CN"], since="2025-06", seeds=2, outputs=tmp_path, **SMALL)
    assert len(game.cells) == 8
    plan = {"Meta": "closed", **dict.fromkeys(("DeepSeek", "Alibaba", "Moonshot", "Zhipu", "ByteDance"), "weights")}
    by_hand = sim.Scenario(name="by_hand", changes={"2025-06": {"labs": plan}})
    runs = ex.ensemble(by_hand, seeds=2, measures="labs.rent", outputs=tmp_path, **SMALL)
    labs = runs.load("labs", "rent").reset_index()
    month = labs["month"] - sim.month_of("2025-06")
    rate = sim.Parameters().finance.discount_rate
    labs["worth"] = labs["rent"] / 12.0 * (1.0 + rate) ** (-month / 12.0) * (month >= 0)
    want = labs[labs["lab"] == "Meta"].groupby("seed")["worth"].sum().mean()
    row = game.cells.set_index(["first", "second", "player"]).loc[("closed", "weights", "Meta")]
    assert row["mean"] == pytest.approx(want, rel=1e-12)
    assert row["low"] <= row["mean"] <= row["high"]


@pytest.mark.parametrize(
    ("players", "more", "words"),
    [
        (["Meta"], {}, "two labs or regions"),
        (["US", "Meta"], {}, "no lab in common"),
        (["Meta", "Nobody"], {}, "players=Nobody"),
        (["Meta", "Google"], {"levels": ["weights"]}, "two or more strategies"),
        (["Meta", "Google"], {"levels": ["weights", "ajar"]}, "levels=ajar"),
        (["Meta", "Google"], {"measures": ["hhi"]}, "measures"),
        (["Meta", "Google"], {"since": "2040-01"}, "2040-01"),
    ],
)
def test_games_that_cannot_be_are_refused_in_one_line(players: list[str], more: dict, words: str) -> None:
    with pytest.raises(ex.ExperimentError, match=words) as refused:
        ex.payoffs(players, **{"months": 60} | more)
    assert "\n" not in str(refused.value)


def test_why_a_lab_released_so_adds_up() -> None:
    setup = sim.Scenario(name="some", changes={"2025-06": {"labs": {"Alibaba": "strategic", "OpenAI": "strategic"}}})
    frame = ex.why(setup, months=36, developers=200)
    assert set(frame["lab"]) <= {"Alibaba", "OpenAI"}
    np.testing.assert_allclose(frame[list(Payoff._fields)].sum(axis=1), frame["payoff"], atol=1e-12)
    each = frame.groupby(["date", "lab", "tier"])
    np.testing.assert_allclose(each["chance"].sum(), 1.0)
    assert (each["chosen"].sum() == 1).all()
    assert set(frame["date"]) <= set(map(sim.date_of, range(31, 37)))
    of_one = ex.why(setup, "Alibaba", months=36, developers=200)
    assert of_one.equals(frame[frame["lab"] == "Alibaba"].reset_index(drop=True))


def test_why_of_a_world_in_which_nobody_decides_is_refused() -> None:
    with pytest.raises(ex.ExperimentError, match=r"^scenario=baseline is not allowed; .*strategic_release"):
        ex.why("baseline", months=3, developers=200)
    with pytest.raises(ex.ExperimentError, match=r"^lab=Nobody is not allowed"):
        ex.why(lab="Nobody", months=3, developers=200)


@pytest.mark.parametrize("params", [True, 3.7, "nope", b"ab", [1, 1], {1: 1}, pd.Series([1.5]), object()])
def test_why_with_parameters_that_are_none_is_refused_in_one_line(params: object) -> None:
    with pytest.raises(sim.WeightshiftError) as refused:
        ex.why("baseline", months=2, developers=100, params=params)
    assert "\n" not in str(refused.value)


def test_likelihood_is_that_of_what_was_done() -> None:
    choice = releases.Choice(0, "Meta", 0, 3, True, 0.8, np.zeros(9))
    assert releases.log_likelihood([choice]) == pytest.approx(np.log(0.8))
    assert releases.log_likelihood([choice, choice._replace(is_open=False)]) == pytest.approx(np.log([0.8, 0.2]).mean())
    assert releases.log_likelihood([choice._replace(chance=0.0)]) == pytest.approx(np.log(releases.LEAST))


def test_releases_of_the_record_are_asked_about_and_left_as_they_were() -> None:
    found = releases.choices(0, 200)
    market = sim.Market(rng=0, developers=200)
    market.run(37)
    recorded = {(market.lab_names[run.lab], run.tier, run.month) for run in market.record.completed}
    assert {(choice.lab, choice.tier, choice.month) for choice in found} <= recorded
    assert len(found) > 100
    by_lab = releases.by_lab(found).set_index(["lab", "tier"])
    assert by_lab.loc[("OpenAI", "flagship"), "open"] == 0.0
    assert by_lab.loc[("OpenAI", "flagship"), "chance"] < 0.3 < by_lab.loc[("Meta", "flagship"), "chance"]
    assert (by_lab["rent"] <= 1e-12).all()


def test_the_figure_shows_each_lab_and_how_many_it_opened() -> None:
    rows = [
        {"lab": lab, "tier": "flagship", "level": level, "chosen": level == done, **dict.fromkeys(Payoff._fields, 0.0)}
        | {"rent": rent}
        for lab, done in (("Meta", "weights"), ("OpenAI", "closed"))
        for level, rent in (("closed", 3.0), ("paper", 3.0), ("weights", 1.0), ("weights_code", 1.0))
    ]
    figure = ex.plots.why(pd.DataFrame(rows))
    (axes,) = figure.axes
    assert [text.get_text() for text in axes.get_yticklabels()] == ["Meta flagship", "OpenAI flagship"]
    words = [text.get_text() for text in axes.texts]
    assert words[:2] == ["1 of 1", "0 of 1"]
    (key,) = figure.legends
    assert [text.get_text() for text in key.get_texts()] == ["rent of closed models", "sum"]
    with pytest.raises(ex.ExperimentError, match=r"one without lab, tier"):
        ex.plots.why(pd.DataFrame({"a": [1]}))
