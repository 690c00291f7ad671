"""Release as a decision: what it weighs, how it is drawn, and who opens."""

from __future__ import annotations

from copy import deepcopy
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import sim
from sim import views
from sim.agents.lab import CLOSED, OPEN, OPENNESS, PAPER, SLOTS, TIERS, WEIGHTS
from sim.data.calendar import month_of
from sim.mechanisms.release import _instead, _on_sale, _placed
from sim.numerics import draws
from sim.record import Completed, Payoff, Record, Residual
from sim.strategies import LabView, Strategy
from sim.strategies.strategic import chances
from sim.views.labour import mean_publishing, publishing_value
from sim.views.openness import Outlook, rivals_gain, saved_wages
from tests.instruments.verbs import columns, differing

FLAGSHIP, LIGHT = range(2)
LEVELS = np.arange(len(OPENNESS))
OUT = LEVELS >= WEIGHTS
# What the numbers below assume, whatever the baseline is calibrated to.
PINNED = {
    "release.prestige": 0.0,
    "release.talent_share": 0.25,
    "release.flip_cost": 0.01,
    "release.learning": 0.5,
    "release.temperature": 0.01,
    "talent.norm": 0.0,
}
payoffs_of_levels = st.lists(st.floats(-50.0, 50.0), min_size=5, max_size=5).map(np.array)
shares = st.floats(0.0, 1.0)


# Kernels


def test_staff_does_without_nothing_for_nothing_and_with_all_its_wages_at_most() -> None:
    assert saved_wages(12.0, 0.0, 2.0) == 0.0
    assert saved_wages(12.0, 2.0 * np.log(2.0), 2.0) == pytest.approx(6.0, rel=1e-15)
    assert saved_wages(12.0, -2.0 * np.log(2.0), 2.0) == pytest.approx(-12.0, rel=1e-15)
    assert saved_wages(12.0, 1e4, 2.0) == 12.0
    assert saved_wages(12.0, 1e-9, 2.0) == pytest.approx(6e-9, rel=1e-8)


@given(leak=st.lists(shares, min_size=5, max_size=5).map(sorted), paper=shares, gap=st.floats(0.0, 5.0),
       absorption=shares, lead=st.floats(0.0, 5.0), taught=shares)  # fmt: skip
def test_rivals_gain_at_most_what_there_is_to_gain_and_more_the_more_is_public(
    leak: list[float], paper: float, gap: float, absorption: float, lead: float, taught: float
) -> None:
    gain = rivals_gain(LEVELS, OUT, np.array(leak), paper, gap, absorption, lead, taught)
    assert gain[0] == 0.0
    assert (np.diff(gain) >= 0.0).all()
    assert (gain <= (gap + lead) * (1.0 + 1e-12)).all()
    kept = rivals_gain(LEVELS, np.zeros_like(OUT), np.array(leak), paper, gap, absorption, lead, taught)
    np.testing.assert_array_equal(kept[~OUT], gain[~OUT])
    np.testing.assert_allclose((gain - kept)[OUT], taught * lead, atol=1e-12)


def test_rivals_gain_in_numbers() -> None:
    """A year at κ ½ and a leak of .05 more is .3 of a gap of 2; a paper at once .1; weights .4 of a lead of 3."""
    leak = np.array([0.02, 0.07, 0.07, 0.5, 0.6])
    gain = rivals_gain(LEVELS, OUT, leak, 0.2, 2.0, 0.5, 3.0, 0.4)
    np.testing.assert_allclose(gain, [0.0, 0.8, 0.8 + 1.2, 2.0 * 0.98 + 1.2, 2.0 * 0.98 + 1.2], rtol=1e-14)


@given(payoffs_of_levels, st.floats(0.01, 100.0), st.floats(-1e3, 1e3))
def test_chances_add_to_one_and_only_differences_count(attraction: np.ndarray, temperature: float, more: float) -> None:
    likely = chances(attraction, temperature)
    assert likely.sum() == pytest.approx(1.0, abs=1e-14)
    assert (likely >= 0.0).all()
    np.testing.assert_allclose(chances(attraction + more, temperature), likely, rtol=1e-9, atol=1e-12)


@given(payoffs_of_levels)
def test_with_much_luck_half_is_open_and_with_little_the_best_is_chosen(attraction: np.ndarray) -> None:
    np.testing.assert_allclose(chances(attraction, 1e9), [1 / 4, 1 / 4, 1 / 6, 1 / 6, 1 / 6], atol=1e-6)
    best = attraction == attraction.max()
    np.testing.assert_allclose(chances(np.where(best, attraction, attraction - 1.0), 1e-6)[~best], 0.0, atol=1e-12)


def test_chances_in_numbers() -> None:
    """Log odds of weights against none are the difference in attraction over τ where levels of a kind are alike."""
    likely = chances(np.array([0.0, 0.0, 0.02, 0.02, 0.02]), 0.01)
    assert likely[OUT].sum() / likely[~OUT].sum() == pytest.approx(np.exp(2.0), rel=1e-14)
    likely = chances(np.array([0.0, 0.0, 0.0, 0.01, 0.0]), 0.01)
    assert likely[3] / likely[2] == pytest.approx(np.e, rel=1e-14)


def test_logit_revision_of_a_potential_game_rests_at_the_gibbs_measure() -> None:
    """Two labs revise in turn; stationary e^(Φ/τ) over how many levels are of a kind (Blume 1993)."""
    rng, temperature = np.random.default_rng(19), 0.3
    own, between = rng.normal(size=(2, 5)), rng.normal(size=(5, 5))
    potential = own[0][:, None] + own[1][None, :] + between
    kinds = np.where(OUT, OUT.sum(), (~OUT).sum())
    gibbs = np.exp(potential / temperature) / np.outer(kinds, kinds)
    gibbs /= gibbs.sum()
    moves = np.zeros((25, 25))
    for first in LEVELS:
        for second in LEVELS:
            here = 5 * first + second
            moves[here, 5 * LEVELS + second] += chances(own[0] + between[:, second], temperature) / 2
            moves[here, 5 * first + LEVELS] += chances(own[1] + between[first], temperature) / 2
    np.testing.assert_allclose(gibbs.reshape(-1) @ moves, gibbs.reshape(-1), rtol=1e-12)
    eigenvalues = np.sort(np.abs(np.linalg.eigvals(moves)))
    assert eigenvalues[-2] < 1.0 - 1e-6, "and at no other"


# A market that waits for its releases


@pytest.fixture(scope="module")
def waiting() -> sim.Market:
    """In 2025-07, before anybody releases."""
    market = sim.Market(rng=1, developers=2000, **PINNED)
    market.run(31)
    market.month += 1
    for verb in market.schedule:
        if verb.name == "release":
            return market
        verb(market)
    raise AssertionError


def with_parameters(market: sim.Market, **values: Any) -> sim.Market:
    other = deepcopy(market)
    other.parameters = other.parameters.with_(**values)
    return other


def row_of(market: sim.Market, lab: str) -> int:
    return market.lab_names.index(lab)


def slot(market: sim.Market, lab: str, access: int, tier: int = FLAGSHIP) -> int:
    return row_of(market, lab) * SLOTS + access * len(TIERS) + tier


def candidate(market: sim.Market, lab: str, capability: float, tier: int = FLAGSHIP) -> Completed:
    as_modelled, parts = Residual(0.0, 0.0, 0.0), (capability, 0.0, 0.0)
    whose = (market.month, row_of(market, lab), tier, -1, "test")
    return Completed(*whose, 0.0, 0.0, capability, *parts, as_modelled, False, 0.5)


def outlook(market: sim.Market, lab: str, capability: float, tier: int = FLAGSHIP) -> Outlook:
    """What a lab expects of a candidate of this capability [OOM]."""
    row, run = row_of(market, lab), candidate(market, lab, capability, tier)
    return Outlook(market, row, {tier: run}, partial(_placed, market, row))


def payoffs(market: sim.Market, lab: str, capability: float) -> dict[str, np.ndarray]:
    """Component → by level, in spend of a year."""
    expected = outlook(market, lab, capability)
    of_levels = expected.payoffs(FLAGSHIP)
    assert of_levels is not None
    return {name: np.array([getattr(p, name) for p in of_levels]) / expected.spend for name in Payoff._fields}


def ahead(market: sim.Market, by: float = 0.5) -> float:
    return float(market.world.frontier[0]) + by


def open_chance(market: sim.Market, lab: str, capability: float) -> float:
    attraction = outlook(market, lab, capability).attraction(FLAGSHIP)
    assert attraction is not None
    return float(chances(attraction, market.parameters.release.temperature)[OUT].sum())


def sacrifice(market: sim.Market, lab: str, capability: float) -> float:
    """Rent and hosting lost by opening, in spend of a year."""
    of = payoffs(market, lab, capability)
    return float((of["rent"] + of["hosting"])[0] - (of["rent"] + of["hosting"])[WEIGHTS])


def test_to_ask_changes_nothing(waiting: sim.Market) -> None:
    before = {name: values.copy() for name, values in columns(waiting).items()}
    decisions = len(waiting.record.decisions)
    expected = outlook(waiting, "Google", ahead(waiting))
    view = LabView(waiting, row_of(waiting, "Google"), expected)
    asked = [view.if_released(level) for level in LEVELS]
    assert None not in asked
    assert view.attraction() is not None and 0.0 < view.luck() < 1.0
    assert view.if_released(WEIGHTS, LIGHT) is None and view.attraction(LIGHT) is None
    assert differing(before, columns(waiting)) == set()
    assert len(waiting.record.decisions) == decisions


def test_the_leader_keeps_what_a_laggard_opens(waiting: sim.Market) -> None:
    assert open_chance(waiting, "OpenAI", ahead(waiting)) < 0.01
    for lab in ("Meta", "Mistral", "Alibaba"):
        assert open_chance(waiting, lab, ahead(waiting, by=-0.8)) > 0.5, lab


def test_opening_costs_more_the_further_ahead(waiting: sim.Market) -> None:
    lost = [sacrifice(waiting, "OpenAI", ahead(waiting, by)) for by in (0.1, 0.3, 0.6, 1.0)]
    assert lost == sorted(lost)
    assert lost[0] > 0.0


def test_beside_a_near_equal_open_rival_opening_forfeits_less(waiting: sim.Market) -> None:
    """Of what the lab would lose alone; a rival that is open at −.2 OOM sells close to what it would sell."""
    beside = deepcopy(waiting)
    line = slot(beside, "Meta", OPEN)
    beside.lines.pretraining[line] = beside.lines.capability[line] = ahead(waiting) - 0.2
    alone, together = (sacrifice(market, "OpenAI", ahead(waiting)) for market in (waiting, beside))
    assert 0.0 < together < 0.95 * alone


def test_money_that_a_parent_gives_anyway_weighs_no_rent(waiting: sim.Market) -> None:
    market = deepcopy(waiting)
    row = row_of(market, "Google")
    assert market.labs.parent[row]
    market.labs.rent_smoothed[row], market.labs.backing[row] = 1e8, 0.0
    all_earned = payoffs(market, "Google", ahead(market))
    market.labs.backing[row] = 3e8
    quarter = payoffs(market, "Google", ahead(market))
    market.labs.rent_smoothed[row] = -1e7
    none = payoffs(market, "Google", ahead(market))
    for name in ("rent", "hosting", "talent", "norm", "catch_up"):
        np.testing.assert_allclose(quarter[name], all_earned[name] / 4.0, rtol=1e-12)
        assert not none[name].any()
    for name in ("complements", "prestige", "flip"):
        np.testing.assert_array_equal(none[name], all_earned[name])
    market.labs.parent[row], market.labs.rent_smoothed[row] = False, 1e8
    np.testing.assert_array_equal(payoffs(market, "Google", ahead(market))["rent"], all_earned["rent"])


def test_prestige_is_a_share_of_spend_and_flipping_costs_one(waiting: sim.Market) -> None:
    proud = with_parameters(waiting, **{"release.prestige": 0.02, "release.flip_cost": 0.03})
    np.testing.assert_allclose(payoffs(proud, "Meta", ahead(proud))["prestige"], 0.02 * OUT, rtol=1e-12)
    assert proud.lines.live[slot(proud, "Meta", OPEN)] and not proud.lines.live[slot(proud, "OpenAI", OPEN)]
    np.testing.assert_allclose(payoffs(proud, "Meta", ahead(proud))["flip"], -0.03 * ~OUT, rtol=1e-12)
    assert not payoffs(proud, "OpenAI", ahead(proud))["flip"].any()


def test_prestige_never_lowers_the_chance_of_weights_nor_the_level_at_given_luck(waiting: sim.Market) -> None:
    levels, likely = [], []
    for prestige in (0.0, 0.01, 0.05, 0.2, 1.0):
        market = with_parameters(waiting, **{"release.prestige": prestige})
        likely.append(open_chance(market, "OpenAI", ahead(market)))
        view = LabView(market, row_of(market, "OpenAI"), outlook(market, "OpenAI", ahead(market)))
        levels.append(sim.strategies.of("strategic").levels(view, FLAGSHIP)[0])
    assert likely == sorted(likely) and likely[0] < 0.01 and likely[-1] > 0.99
    assert levels == sorted(levels) and levels[0] < WEIGHTS <= levels[-1]


def test_what_staff_may_publish(waiting: sim.Market) -> None:
    """Beyond papers, within a part of rent; and beside what the mean researcher at a lab may."""
    publishing = {"talent.publishing_weight": 1.2, "talent.weights_publishing": 0.1, "talent.wage_weight": 4.0}
    market = with_parameters(waiting, **publishing, **{"release.talent_share": 10.0, "talent.norm": 2.0})
    labs, row = market.labs, row_of(market, "Google")
    bill = float(labs.researchers[row] * labs.wage[row]) / float(market.world.spend[0])
    of, own = payoffs(market, "Google", ahead(market)), own_part(market, row)
    steps = np.array([0.0, 0.0, 0.1, 0.2, 0.3])
    np.testing.assert_allclose(of["talent"], own * bill * (1.0 - np.exp(-1.2 * steps / 4.0)), rtol=1e-12)
    usual = mean_publishing(publishing_value(labs.openness, 0.1), labs.researchers * labs.active)
    beside = np.array([0.0, 1.0, 1.1, 1.2, 1.3]) - usual
    budget = float(labs.budget[row]) / float(market.world.spend[0])
    norm = bill * (1.0 - np.exp(-2.0 * beside / 4.0))
    np.testing.assert_allclose(of["norm"], own * np.clip(norm, -budget, budget), rtol=1e-12)
    narrow = payoffs(with_parameters(market, **{"release.talent_share": 1e-4}), "Google", ahead(market))
    rent = of["rent"][0] + of["hosting"][0]
    np.testing.assert_allclose(narrow["talent"][WEIGHTS:], 1e-4 * rent, rtol=1e-12)


def own_part(market: sim.Market, row: int) -> float:
    labs = market.labs
    return 1.0 - float(labs.backing[row] / (labs.backing[row] + labs.rent_smoothed[row])) if labs.parent[row] else 1.0


def test_who_has_no_rival_teaches_nobody(waiting: sim.Market) -> None:
    market = deepcopy(waiting)
    assert (payoffs(market, "OpenAI", ahead(market))["catch_up"][WEIGHTS:] < 0.0).all()
    market.labs.active[:] = False
    market.labs.active[row_of(market, "OpenAI")] = True
    assert not payoffs(market, "OpenAI", ahead(market))["catch_up"].any()


def test_who_would_earn_nothing_loses_nothing(waiting: sim.Market) -> None:
    """A model of 2022 by a lab that has no other: neither rents nor hosting, so all is one within a thousandth."""
    market = deepcopy(waiting)
    market.lines.live[market.lines.lab == row_of(market, "Mistral")] = False
    market.lines.app_spend[market.lines.lab == row_of(market, "Mistral")] = 0.0
    of = payoffs(market, "Mistral", -3.0)
    assert max(np.abs(part).max() for part in of.values()) < 1e-3
    assert open_chance(market, "Mistral", -3.0) == pytest.approx(0.5, abs=0.02)


def test_nothing_is_expected_without_a_candidate_or_before_anybody_has_spent(waiting: sim.Market) -> None:
    market = deepcopy(waiting)
    market.world.spend[0] = 0.0
    assert outlook(market, "OpenAI", ahead(market)).attraction(FLAGSHIP) is None
    assert outlook(waiting, "OpenAI", ahead(waiting)).payoffs(LIGHT) is None


def test_weights_that_may_not_go_out_bring_what_a_closed_model_with_such_methods_does(waiting: sim.Market) -> None:
    banned = with_parameters(waiting, **{"release.weights_allowed": False, "release.prestige": 0.1})
    of = payoffs(banned, "OpenAI", ahead(banned))
    for name in ("rent", "hosting", "complements", "prestige", "law", "flip"):
        assert len(set(of[name].tolist())) == 1, name
    assert (np.diff(of["catch_up"]) <= 0.0).all() and of["catch_up"][PAPER] < of["catch_up"][0] == 0.0
    assert of["catch_up"][WEIGHTS] > payoffs(waiting, "OpenAI", ahead(waiting))["catch_up"][WEIGHTS]
    capped = payoffs(with_parameters(banned, **{"release.methods_cap": PAPER}), "OpenAI", ahead(banned))
    for name, part in capped.items():
        assert len(set(part[PAPER:].tolist())) == 1, name


def test_a_licence_that_may_be_refused_is_a_lottery(waiting: sim.Market) -> None:
    allowed, law = deepcopy(waiting), {"law.licence": True, "law.licence_cap": 0.5, "law.compliance": 1e7}
    allowed.governments.stringency[:] = 0.3
    free, banned, licensed = (
        payoffs(with_parameters(allowed, **(law | more)), "OpenAI", ahead(allowed))
        for more in ({"law.licence": False}, {"release.weights_allowed": False}, {})
    )
    for name, part in licensed.items():
        np.testing.assert_allclose(part, 0.3 * banned[name] + 0.7 * free[name], rtol=1e-12, atol=1e-15)
    assert licensed["rent"][0] > licensed["rent"][WEIGHTS] > free["rent"][WEIGHTS]
    weak = payoffs(with_parameters(allowed, **(law | {"law.licence_cap": 9.0})), "OpenAI", ahead(allowed))
    np.testing.assert_array_equal(weak["rent"], free["rent"])


def test_laws_cost_where_they_hold(waiting: sim.Market) -> None:
    market = with_parameters(waiting, **{"law.compliance": 1e8, "law.liability": 1e6})
    row, spend = row_of(market, "OpenAI"), 12.0 * float(market.world.spend[0])
    market.governments.stringency[:] = [[0.2, 0.6], [0.1, 0.0], [0.5, 0.0]]  # by region, of closed and of open models
    market.labs.severity[row] = [[10.0, 99.0], [20.0, 99.0], [30.0, 99.0]]
    expected = -np.where(OUT, 1e8 * 0.6, 1e8 * 0.2) / spend  # who is liable for what is on sale stays so
    np.testing.assert_allclose(payoffs(market, "OpenAI", ahead(market))["law"], expected, rtol=1e-12)


# Markets with strategic labs


@pytest.fixture(scope="module")
def base() -> Record:
    """The run without anything done."""
    return small(None, None).run(20)


def small(setup: sim.Scenario | None, reference: Record | None, months: int = 0) -> sim.Market:
    market = sim.Market(rng=3, developers=500, setup=setup, reference=reference, **PINNED)
    for _ in range(months):
        market.step()
    return market


def scenario(labs: dict[str, Any] | None = None, **changes: Any) -> sim.Scenario:
    return sim.Scenario(name="test", labs=labs or {}, changes={date: {"labs": of} for date, of in changes.items()})


@pytest.fixture(scope="module")
def decided(base: Record) -> sim.Market:
    """All labs decide from the start, Google on its flagship only."""
    everybody = {"*": "strategic", "Google": {"flagship": "strategic", "light": "closed"}}
    return small(scenario(everybody), base, 20)


def test_at_the_start_there_is_no_market_and_history_decides(base: Record) -> None:
    first = small(scenario({"*": "strategic"}), base)
    assert differing(columns(small(None, None)), columns(first)) == set()
    assert not first.record.decisions and np.isnan(first.labs.attraction).all()
    first.run(5)
    assert first.record.decisions and min(decision.month for decision in first.record.decisions) >= 1


def test_a_decision_adds_up(decided: sim.Market) -> None:
    """Attraction is the sum of components in spend of a year, then half of it and half of what was believed."""
    believed: dict[tuple[int, int], np.ndarray] = {}
    for decision in decided.record.decisions:
        worth = np.array([sum(payoff) for payoff in decision.payoffs]) / decision.spend
        before = believed.get((decision.lab, decision.tier), worth)
        np.testing.assert_allclose(decision.attraction, 0.5 * before + 0.5 * worth, rtol=1e-12, atol=1e-15)
        believed[decision.lab, decision.tier] = decision.attraction
        if not decision.levels:
            assert decision.live
            continue  # the model on sale stays as it is
        level, lab = decision.levels[0], decided.labs.uid[decision.lab]
        luck = draws.uniform(decided.seed, "openness", decision.month, lab, decision.tier)[0]
        upto = chances(decision.attraction, 0.01).cumsum()
        assert (upto[level - 1] if level else 0.0) <= luck < upto[level] or level == len(OPENNESS) - 1
    assert len(decided.record.decisions) > len(believed) > 5
    for (lab, tier), attraction in believed.items():
        np.testing.assert_array_equal(decided.labs.attraction[lab, tier], attraction)
    never = np.ones((len(decided.labs), len(TIERS)), bool)
    never[tuple(np.array(list(believed)).T)] = False
    assert np.isnan(decided.labs.attraction[never]).all()


def test_one_tier_may_decide_and_the_other_not(decided: sim.Market) -> None:
    google = row_of(decided, "Google")
    assert {decision.tier for decision in decided.record.decisions if decision.lab == google} == {FLAGSHIP}
    assert not decided.lines.live[slot(decided, "Google", OPEN, LIGHT)]
    assert {decision.tier for decision in decided.record.decisions} == {FLAGSHIP, LIGHT}


def test_labs_that_do_not_ask_leave_no_reasons(base: Record) -> None:
    market = small(scenario({"*": "closed", "Meta": "strategic"}), base, 12)
    assert {decision.lab for decision in market.record.decisions} == {row_of(market, "Meta")}


def to_release(market: sim.Market, date: str) -> sim.Market:
    """Up to and with the releases of a month."""
    market.run(month_of(date) - 1)
    market.month += 1
    for verb in market.schedule:
        verb(market)
        if verb.name == "release":
            break
    return market


# A closed model on sale


def thinking(base: Record, hazard: float, months: int = 20, **labs: Any) -> sim.Market:
    """All labs strategic, of this hazard in the scenario alone."""
    setup = sim.Scenario(name="test", labs={"*": "strategic", **labs}, params={"release.reconsideration": hazard})
    return small(setup, base, months)


def test_without_the_hazard_a_model_on_sale_stays_as_it_is(base: Record) -> None:
    never = thinking(base, 0.0)
    assert never.record.decisions and not [decision for decision in never.record.decisions if decision.live]


def test_a_model_on_sale_is_thought_of_again_with_the_hazard_and_opened_if_the_draw_says_so(base: Record) -> None:
    """With hazard one every month without a new model, as long as its weights are behind; never twice opened."""
    market = small(sim.Scenario(name="t", labs={"*": "strategic"}, params={"release.reconsideration": 1.0}), base)
    opened, asked = 0, 0
    for _ in range(20):
        before, known = deepcopy(market.lines), len(market.record.decisions)
        market.step()
        now = [decision for decision in market.record.decisions[known:] if decision.live]
        new = {(run.lab, run.tier) for run in market.finished}
        assert not new & {(decision.lab, decision.tier) for decision in now}
        for lab, tier in np.ndindex(len(market.labs), len(TIERS)):
            closed, out = (lab * SLOTS + access * len(TIERS) + tier for access in (CLOSED, OPEN))
            behind = before.live[closed] and not (
                before.live[out] and before.capability[out] >= before.capability[closed]
            )
            there = [decision for decision in now if (decision.lab, decision.tier) == (lab, tier)]
            assert len(there) == (behind and (lab, tier) not in new and market.labs.active[lab])
        for decision in now:
            asked += 1
            closed, out = (decision.lab * SLOTS + access * len(TIERS) + decision.tier for access in (CLOSED, OPEN))
            likely = chances(decision.attraction, 0.01)[WEIGHTS:].sum()
            luck = draws.uniform(market.seed, "openness", decision.month, market.labs.uid[decision.lab], decision.tier)
            assert bool(decision.levels) == (luck[0] >= 1.0 - likely)
            assert not any(payoff.flip for payoff in decision.payoffs), "to leave it as it is closes nothing"
            assert market.lines.live[closed], "and its customers keep it"
            if decision.levels:
                opened += 1
                assert market.lines.capability[out] == market.lines.capability[closed] == before.capability[closed]
                assert market.lines.openness[out] == market.lines.openness[closed] == decision.levels[0]
                assert market.lines.fresh[out] and not market.lines.fresh[closed]
    assert 5 < opened < asked


def test_a_lead_on_sale_is_worth_what_less_of_it_would_cost(decided: sim.Market) -> None:
    """Catch-up of a model on sale is that of the same model as a candidate: .1 OOM less is .1 OOM less of either."""
    market = deepcopy(decided)
    row = row_of(market, "OpenAI")
    line = slot(market, "OpenAI", CLOSED)
    assert market.lines.live[line]
    model = _on_sale(market, row, FLAGSHIP)
    live = Outlook(market, row, {FLAGSHIP: model}, partial(_instead, market, row), live=True).payoffs(FLAGSHIP)
    assert live is not None
    rows = market.lines
    rows.capability[line] -= 1e-9  # now it may be released on its line
    rows.pretraining[line] -= 1e-9
    anew = Outlook(market, row, {FLAGSHIP: model}, partial(_placed, market, row)).payoffs(FLAGSHIP)
    assert anew is not None
    for name in ("rent", "hosting", "complements", "talent", "norm", "prestige"):
        one, other = (np.array([getattr(payoff, name) for payoff in of]) for of in (live, anew))
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6 * np.abs(anew[0].rent))


def test_a_law_costs_a_model_on_sale_only_if_it_is_opened(decided: sim.Market) -> None:
    market = with_parameters(decided, **{"law.compliance": 1e8})
    row = row_of(market, "OpenAI")
    market.governments.stringency[:] = [[0.2, 0.6], [0.1, 0.0], [0.5, 0.0]]
    of = Outlook(market, row, {FLAGSHIP: _on_sale(market, row, FLAGSHIP)}, partial(_instead, market, row), live=True)
    law = [payoff.law for payoff in of.payoffs(FLAGSHIP) or ()]
    np.testing.assert_allclose(law, np.where(OUT, -0.6e8, 0.0), rtol=1e-12)


def test_weights_that_may_not_go_out_stay_in(base: Record) -> None:
    setup = sim.Scenario(
        name="t", labs={"*": "strategic"}, params={"release.reconsideration": 1.0, "release.weights_allowed": False}
    )
    market = small(setup, base, 12)
    assert [decision for decision in market.record.decisions if decision.live]
    assert not market.lines.live[market.lines.access != CLOSED].any()


def test_each_tier_thinks_for_itself_and_fixed_strategies_never(base: Record) -> None:
    market = thinking(base, 1.0, 12, Google={"flagship": "strategic", "light": "closed"}, OpenAI="closed")
    live = {(market.lab_names[decision.lab], decision.tier) for decision in market.record.decisions if decision.live}
    assert ("Google", LIGHT) not in live and not [lab for lab, _ in live if lab == "OpenAI"]


def test_that_one_lab_decides_moves_nobody_elses_luck(base: Record) -> None:
    """In the first month only what is the lab's differs; what another decides before it is the same to the bit."""
    date = "2023-07"  # Anthropic and Meta release
    plain, one = (
        to_release(small(scenario(**{date: {"Meta": strategy}}), base), date)
        for strategy in ("historical", "strategic")
    )
    row = row_of(plain, "Meta")
    before, after = columns(plain), columns(one)
    for name in differing(before, after):
        table, _, _ = name.partition(".")
        assert table in ("labs", "lines"), name
        theirs = (plain.lines.lab if table == "lines" else np.arange(len(plain.labs))) != row
        np.testing.assert_array_equal(before[name][theirs], after[name][theirs], err_msg=name)
    alone, both = (
        to_release(small(scenario(**{date: labs}), base), date).record.decisions
        for labs in ({"Anthropic": "strategic"}, {"Anthropic": "strategic", "Meta": "strategic"})
    )
    assert {decision.lab for decision in alone} == {row_of(plain, "Anthropic")}
    assert {decision.lab for decision in both} == {row, row_of(plain, "Anthropic")}
    for decision, other in zip(alone, both, strict=False):
        assert decision[:5] == other[:5]
        np.testing.assert_array_equal(decision.attraction, other.attraction)


@pytest.mark.parametrize("level", [1, 2, 3, 4])
def test_a_leader_that_must_be_as_open_as_it_is_told(level: int, base: Record) -> None:
    """Others decide beside it; its weights are out from the second degree on, and its methods are as open."""
    market = small(scenario({"*": "strategic", "OpenAI": OPENNESS[level]}), base, 10)
    lines, row = market.lines, row_of(market, "OpenAI")
    assert row not in {decision.lab for decision in market.record.decisions}
    mine = lines.live & (lines.lab == row)
    assert mine.any() and (lines.openness[mine] == level).all()
    assert ((lines.access[mine] != CLOSED) == (level >= WEIGHTS)).all()
    assert market.labs.openness[row] == level
    assert views.best_open(market) > -np.inf


def test_what_a_strategy_of_ones_own_may_ask() -> None:
    """The best in expectation, without luck, by the same view."""

    class Best(Strategy):
        name = "best_for_this_test"

        def levels(self, view: LabView, tier: int) -> tuple[int, ...]:
            worth = [sum(view.if_released(level, tier) or ()) for level in range(len(OPENNESS))]
            return (int(np.argmax(worth)),)

    market = small(None, None)
    market.strategies[:] = [Best()] * len(market.strategies)
    market.run(8)
    assert not market.record.decisions, "who learns nothing leaves no reasons"
    opened = market.lines.openness[market.lines.live]
    assert (opened >= WEIGHTS).any()
