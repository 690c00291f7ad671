"""Openness as a game: why a lab released as it did, and what each pays if two of them, or two blocs, open or close."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import sim
from experiments.engine.ensemble import ensemble
from experiments.findings.pairs import paired_summary
from experiments.questions.months import month_of
from experiments.questions.scenarios import BASELINE, names, resolve
from experiments.questions.settings import (
    SEED_LIMIT,
    ExperimentError,
    check_choice,
    check_developers,
    check_months,
    check_names,
    check_seeds,
    refuse,
)
from experiments.questions.study import parameters_of
from sim import strategies
from sim.agents.lab import OPENNESS, TIERS
from sim.data import history
from sim.data.calendar import YEAR
from sim.inputs.errors import whole
from sim.parameters.fields import REGIONS
from sim.strategies.strategic import chances

STRATEGIC = "strategic_release"
LEVELS = ("closed", "weights")
RENT = "labs.rent"
BILLION = 1e9
Float = NDArray[np.float64]


def why(
    scenario: str | sim.Scenario = STRATEGIC,
    lab: str | None = None,
    *,
    seed: int = 0,
    months: int = 60,
    developers: int = 20_000,
    params: sim.Parameters | Mapping[str, Any] | None = None,
) -> pd.DataFrame:
    """Why strategic labs released as they did: what they expected each level of openness to pay, by component.

    Args:
        scenario: A world in which labs decide strategically.
        lab: Of one lab; None for all that decide so.
        seed: Of the run.
        months: Months to run.
        developers: Simulated developers.
        params: Parameters, or dotted overrides.

    Returns:
        A row for each release and level: ``date``, ``lab``, ``tier``, ``level``, ``chosen``, the components of
        :class:`sim.record.Payoff` and their sum ``payoff`` [$bn/year], ``believed`` what was learned of it [the same],
        and the ``chance`` that it had. ``live`` is true of closed models on sale that were thought of again; none is
        ``chosen`` of those that stayed as they were.

    Raises:
        ExperimentError: Something is not allowed, or nobody decided strategically.
        sim.ParameterError: A parameter that cannot be.
    """
    (item,) = resolve(scenario if isinstance(scenario, sim.Scenario) else check_choice("scenario", scenario, names()))
    given = parameters_of(params)
    # One for both runs: a fresh one would be another in each.
    luck: dict[str, Any] = {"rng": whole("seed", seed, 0, SEED_LIMIT - 1), "developers": check_developers(developers)}
    last = check_months(months)
    base = sim.Market(given, **luck)
    base.run(last)
    market = base
    if item.name != BASELINE:
        market = sim.Market(given, setup=item, reference=base.record, **luck)
        market.run(last)
    if lab is not None:
        check_choice("lab", lab, market.lab_names)
    rows = []
    for decision in market.record.decisions:
        name = market.lab_names[decision.lab]
        if lab is not None and name != lab:
            continue
        likely = chances(decision.attraction, market.parameters.release.temperature)
        for level, payoff in enumerate(decision.payoffs):
            row: dict[str, Any] = {"date": sim.date_of(decision.month), "lab": name, "tier": TIERS[decision.tier]}
            row |= {"level": OPENNESS[level], "chosen": level in decision.levels, "live": decision.live}
            row |= {part: value / BILLION for part, value in payoff._asdict().items()}
            believed = float(decision.attraction[level]) * decision.spend / BILLION
            rows.append(row | {"payoff": sum(payoff) / BILLION, "believed": believed, "chance": float(likely[level])})
    if not rows:
        nobody = "no lab did" if lab is None else f"{lab} did not"
        raise refuse(
            "scenario", item.name, f"a world like {STRATEGIC}, run until a lab that is strategic in it has released "
            f"something; in {last} months of this one {nobody}",
        )  # fmt: skip
    return pd.DataFrame(rows)


@dataclass(frozen=True)
class Game:
    """Payoffs of two players who each choose how open they are, from runs with the same seeds.

    Attributes:
        players: Labs, or regions for all labs of one.
        levels: What each may choose.
        cells: A row for each choice of the ``first`` and the ``second`` player and each ``player``: ``mean``, ``low``
            and ``high`` (95% t interval over seeds) of discounted rents [$bn].
        deviations: A row for each ``player``, choice of the ``other`` one and own ``level``: same-seed gain over the
            first level, with its interval [$bn].
        replies: A row for each ``player`` and choice of the ``other`` one: the ``level`` that pays best on average, and
            whether its advantage over every other is clear of zero (``sure``).
        equilibria: Pairs of levels from which nobody gains by moving alone, on average.
    """

    players: tuple[str, str]
    levels: tuple[str, ...]
    cells: pd.DataFrame
    deviations: pd.DataFrame
    replies: pd.DataFrame
    equilibria: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        """The matrix, and what follows from it."""
        first, second = self.players
        means = {(row["first"], row["second"], row["player"]): row["mean"] for row in self.cells.to_dict("records")}
        table = pd.DataFrame(
            {
                f"{second} {theirs}": [
                    "   ".join(f"{means[mine, theirs, player]:.1f}" for player in self.players) for mine in self.levels
                ]
                for theirs in self.levels
            },
            index=[f"{first} {mine}" for mine in self.levels],
        )
        lines = [f"Discounted rents [$bn] of {first} and of {second}:", table.to_string()]
        for row in self.replies.to_dict("records"):
            other = second if row["player"] == first else first
            sure = "" if row["sure"] else " (not sure: an interval of the differences holds zero)"
            lines.append(f"If {other} is {row['other']}, {row['player']} does best with {row['level']}{sure}.")
        found = "; ".join(f"{first} {mine}, {second} {theirs}" for mine, theirs in self.equilibria)
        lines.append(f"Equilibria in pure strategies: {found or 'none'}.")
        return "\n".join(lines)


def payoffs(
    players: Iterable[str],
    levels: Iterable[str] = LEVELS,
    *,
    since: str | int = "2026-01",
    scenario: str | sim.Scenario = BASELINE,
    seeds: Any = 5,
    months: int = 120,
    **more: Any,
) -> Game:
    """The payoff matrix of openness for two labs or blocs, from runs with the same seeds.

    A payoff is what the labs of a player earn from ``since`` to the end: rents, discounted at
    ``finance.discount_rate`` of ``params``. It is what markets pay after everybody else has answered, while a lab's own
    expectation (:func:`why`) has others as they are. Complements and the cost of law are in rents; wages that staff do
    without, prestige and the cost of closing again are not, rents of a lab with a parent count in full, and nothing
    counts after the end. So the two may differ without the lab being wrong.

    Args:
        players: Two labs, or regions (US, CN, EU) for all labs of one; disjoint.
        levels: Names of strategies to choose from, two or more.
        since: When they choose, a date or month.
        scenario: The world around them.
        seeds: As in :func:`experiments.ensemble`; with one there are no intervals.
        months: Months to run.
        **more: What else :func:`experiments.ensemble` takes, but for measures, a design and a name.

    Raises:
        ExperimentError: Something is not allowed, or a run failed.
    """
    both, labs = _players(players)
    choices = check_names("levels", levels, strategies.names())
    if len(choices) < 2:
        raise refuse("levels", list(choices), "two or more strategies")
    for name in ("measures", "name", "design"):
        if name in more:
            raise refuse(name, more[name], "nothing, since there is a study for all cells at once")
    last = check_months(months)
    start = month_of(since, last, "since")
    (base,) = resolve(scenario)
    worlds = {f"cell_{i}_{j}": (mine, theirs) for i, mine in enumerate(choices) for j, theirs in enumerate(choices)}
    items = []
    for name, cell in worlds.items():
        plan = {lab: level for own, level in zip(labs, cell, strict=True) for lab in own}
        items.append(_with(base, name, sim.date_of(start), plan))
    runs = ensemble(items, check_seeds(seeds), last, measures=[RENT], **more)
    if runs.failures:
        raise ExperimentError(f"payoffs: {runs.failures[0]['error']}")
    known = parameters_of(more.get("params"))
    earned = _earned(runs.load("labs", "rent"), worlds, dict(zip(both, labs, strict=True)), start, known)
    return _game(earned, both, choices)


def _players(given: Any) -> tuple[tuple[str, str], tuple[tuple[str, ...], tuple[str, ...]]]:
    """Names, and labs of each."""
    region_of = {lab: str(of["region"]) for lab, of in history.load().attributes.items()}
    players = check_names("players", given, (*region_of, *REGIONS))
    if len(players) != 2:
        raise refuse("players", list(players), "two labs or regions")
    first, second = (tuple(lab for lab, region in region_of.items() if player in (lab, region)) for player in players)
    if set(first) & set(second):
        raise refuse("players", list(players), "two that have no lab in common")
    return (players[0], players[1]), (first, second)


def _with(base: sim.Scenario, name: str, date: str, plan: dict[str, str]) -> sim.Scenario:
    """A scenario in which some labs also change their strategy at a date."""
    said = base.model_dump(exclude_defaults=True)
    changes = said.setdefault("changes", {})
    change = changes.setdefault(date, {})
    change["labs"] = {**change.get("labs", {}), **plan}
    return sim.Scenario(**said | {"name": name})


def _earned(
    frame: pd.DataFrame,
    worlds: Mapping[str, tuple[str, str]],
    labs: Mapping[str, tuple[str, ...]],
    start: int,
    known: sim.Parameters,
) -> dict[tuple[str, str, str], Float]:
    """Discounted rents [$bn] by choices of both and player, in the order of seeds, shape (seeds,)."""
    table = frame.reset_index()
    table = table[table["month"] >= start]
    years = (table["month"] - start) / YEAR
    table = table.assign(worth=table["rent"] / YEAR * (1.0 + known.finance.discount_rate) ** (-years))
    found = {}
    for (world, cell), (player, own) in product(worlds.items(), labs.items()):
        mine = table[(table["scenario"] == world) & table["lab"].isin(own)]
        found[(*cell, player)] = mine.groupby("seed")["worth"].sum().sort_index().to_numpy(float)
    return found


def _game(earned: Mapping[tuple[str, str, str], Float], players: tuple[str, str], levels: tuple[str, ...]) -> Game:
    """Cells, best replies and equilibria."""

    def of(player: str, mine: str, theirs: str) -> Float:
        return earned[(mine, theirs, player) if player == players[0] else (theirs, mine, player)]

    cells = [
        {"first": first, "second": second, "player": player} | _interval(values, 0.0 * values)
        for (first, second, player), values in earned.items()
    ]
    replies, deviations, best = [], [], dict[tuple[str, str], str]()
    for player, theirs in product(players, levels):
        paid = {mine: of(player, mine, theirs) for mine in levels}
        top = max(levels, key=lambda mine: float(paid[mine].mean()))
        deviations += [
            {"player": player, "other": theirs, "level": mine} | _interval(paid[mine], paid[levels[0]])
            for mine in levels[1:]
        ]
        sure = all(_interval(paid[top], paid[mine])["low"] > 0.0 for mine in levels if mine != top)
        replies.append({"player": player, "other": theirs, "level": top, "sure": sure})
        best[player, theirs] = top
    equilibria = tuple(
        (mine, theirs)
        for mine, theirs in product(levels, repeat=2)
        if best[players[0], theirs] == mine and best[players[1], mine] == theirs
    )
    tables = [pd.DataFrame(rows) for rows in (cells, deviations, replies)]
    return Game(players, levels, tables[0], tables[1], tables[2], equilibria)


def _interval(values: Float, reference: Float) -> dict[str, float]:
    found = paired_summary(values[None, :], reference[None, :])
    return {name: float(found[name][0]) for name in ("mean", "low", "high")}
