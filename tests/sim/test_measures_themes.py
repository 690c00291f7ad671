"""Measures by theme: shares in parts of the market, gaps, prices at equal capability, staff, supply."""

from __future__ import annotations

import numpy as np
import pytest

from sim import Market, Parameters
from sim.agents.lab import CLOSED, SLOTS
from sim.agents.panel import NOBODY, Panel
from sim.data import history
from sim.data.index import GPT4, GPT35, POINTS_AN_OOM, POINTS_RANGE, index, oom
from sim.measures import LABS, MARKET
from sim.parameters.fields import ORGANISATIONS, REGIONS

NAMES = history.lab_names()
OPENAI, DEEPSEEK, MISTRAL = (NAMES.index(name) for name in ("OpenAI", "DeepSeek", "Mistral"))
CLOSED_LINE, OPEN_LINE = OPENAI * SLOTS, DEEPSEEK * SLOTS + 2


def by_hand(developers: int = 1000, **parameters) -> Market:
    """A market whose tables a test fills itself."""
    return Market(
        Parameters().with_(**{"entry.weight": 50.0, "pricing.host_spread": 0.0, **parameters}),
        rng=1,
        developers=developers,
    )


def measure(market: Market, name: str) -> float:
    return MARKET[name].compute(market)


def of_labs(market: Market, name: str) -> np.ndarray:
    return LABS[name].compute(market)


def past(market: Market, **series) -> None:
    """Replace what the record remembers of some measures."""
    for name, values in series.items():
        market.record._market[name] = list(values)


def cell(market: Market, region: str, organisation: str) -> int:
    """The first segment of a region and organisation."""
    segments = market.segments
    here = (segments.region == REGIONS.index(region)) & (segments.organisation == ORGANISATIONS.index(organisation))
    return int(np.flatnonzero(here)[0])


def empty(market: Market) -> None:
    """Nobody uses or buys anything, and every token has a price."""
    market.developers.counts[:] = 0
    for column in ("spend", "app_spend", "tokens", "users"):
        getattr(market.lines, column)[:] = 0.0
    market.segments.price[:] = 1.0
    market.lines.price[:] = 1.0
    market.startups.alive[:] = False
    market.startups.model_spend[:] = 0.0


# The map of capability


def test_one_map_of_the_index() -> None:
    assert oom(GPT35) == 0.0
    assert oom(GPT4) == pytest.approx(12.88 / 13.5)
    assert index(2.0) == pytest.approx(140.0)
    assert index(oom(155.34)) == pytest.approx(155.34)
    assert POINTS_RANGE[0] <= POINTS_AN_OOM <= POINTS_RANGE[1]
    assert oom(np.array([113.0, 125.0]), points=12.0).tolist() == [0.0, 1.0]


# The developer market and firms


def test_shares_in_the_developer_market_by_hand() -> None:
    """Individuals spend 30 on a closed line at 3 $/Mtok and 10 on a Chinese open one at .5: 10 and 20 Mtok."""
    market = by_hand()
    empty(market)
    people, segments = market.developers, market.segments
    indie, startup = cell(market, "US", "indie"), cell(market, "EU", "startup")
    segments.budget[[indie, startup]] = [30.0, 5.0]
    people.weight = 1.0
    people.counts[indie, 1 + CLOSED_LINE], people.counts[startup, 1 + OPEN_LINE] = 1, 2
    segments.price[indie, CLOSED_LINE], segments.price[startup, OPEN_LINE] = 3.0, 0.5
    # Neither individuals in China nor firms belong to it.
    people.counts[cell(market, "CN", "indie"), 1 + OPEN_LINE] = 900
    people.counts[cell(market, "US", "enterprise"), 1 + OPEN_LINE] = 900
    assert measure(market, "open_share_developer_tokens") == pytest.approx(20.0 / 30.0)
    assert measure(market, "open_share_developer_spend") == pytest.approx(10.0 / 40.0)
    assert measure(market, "share_china_open_developer_tokens") == pytest.approx(20.0 / 30.0)
    assert measure(market, "share_china_developer_tokens") == pytest.approx(20.0 / 30.0)
    assert measure(market, "share_china_developer_spend") == pytest.approx(10.0 / 40.0)
    assert of_labs(market, "share_developer_tokens")[[OPENAI, DEEPSEEK]] == pytest.approx([1 / 3, 2 / 3])
    assert of_labs(market, "share_developer_spend")[[OPENAI, DEEPSEEK]] == pytest.approx([0.75, 0.25])


def test_apps_outside_china_belong_to_the_developer_market() -> None:
    """Two startups of weight 50 spend 2 $ a month each on the open line at .5 $/Mtok; a Chinese one does not count."""
    market = by_hand()
    empty(market)
    startups = market.startups
    startups.alive[:3], startups.base[:3], startups.model_spend[:3] = True, OPEN_LINE, 2.0
    startups.region[:3] = [REGIONS.index(region) for region in ("US", "EU", "CN")]
    market.lines.price[OPEN_LINE] = 0.5
    market.developers.weight = 1.0
    indie = cell(market, "US", "indie")
    market.segments.budget[indie] = 600.0
    market.developers.counts[indie, 1 + CLOSED_LINE] = 1
    # 200 $ and 400 Mtok of apps beside 600 $ and 600 Mtok of an individual.
    assert measure(market, "open_share_developer_spend") == pytest.approx(0.25)
    assert measure(market, "open_share_developer_tokens") == pytest.approx(0.4)


def test_chinese_open_weights_beside_american_ones_alone() -> None:
    market = by_hand()
    empty(market)
    users = market.lines.users
    users[[OPEN_LINE, OPENAI * SLOTS + 2, MISTRAL * SLOTS + 2, CLOSED_LINE]] = [30.0, 10.0, 500.0, 500.0]
    assert measure(market, "share_china_open_users") == pytest.approx(0.75)
    users[OPEN_LINE] = 0.0
    assert measure(market, "share_china_open_users") == 0.0


def test_spend_of_firms_and_of_kinds_of_customers() -> None:
    """A thousand million dollars a month are twelve thousand million a year; firms in China are no part of firms."""
    market = by_hand()
    empty(market)
    market.developers.weight = 1e9 / 12.0
    for number, organisation in enumerate(ORGANISATIONS, start=1):
        for region, times in (("US", 1), ("CN", 10)):
            here = cell(market, region, organisation)
            market.segments.budget[here] = 1.0
            market.developers.counts[here, 1 + CLOSED_LINE] = number * times
    market.developers.counts[cell(market, "EU", "smb"), 1 + OPEN_LINE] = 1
    market.segments.budget[cell(market, "EU", "smb")] = 7.0
    market.lines.app_spend[CLOSED_LINE] = 2e9 / 12.0
    found = {name: measure(market, f"spend_{name}") for name in (*ORGANISATIONS, "apps", "firms")}
    assert found == pytest.approx(
        {"indie": 11.0, "startup": 22.0, "smb": 40.0, "enterprise": 44.0, "regulated": 55.0, "apps": 2.0, "firms": 14.0}
    )
    assert of_labs(market, "share_enterprise_spend")[[OPENAI, DEEPSEEK]] == pytest.approx([0.5, 0.5])


def test_firms_in_the_us_by_hand() -> None:
    """Ten developers of small and large US firms: three on OpenAI's models, one on DeepSeek's, six on none."""
    market = by_hand()
    empty(market)
    counts = market.developers.counts
    small, large = cell(market, "US", "smb"), cell(market, "US", "enterprise")
    counts[small, [0, 1 + CLOSED_LINE]] = [5, 1]
    counts[large, [0, 1 + CLOSED_LINE, 1 + CLOSED_LINE + 1, 1 + OPEN_LINE]] = [1, 1, 1, 1]
    # Neither firms elsewhere nor other customers belong to them.
    for region, organisation in (("CN", "smb"), ("EU", "enterprise"), ("US", "indie"), ("US", "regulated")):
        counts[cell(market, region, organisation), 1 + CLOSED_LINE] = 900
    assert measure(market, "adoption_us_firms") == pytest.approx(0.4)
    assert of_labs(market, "reach_us_firms")[[OPENAI, DEEPSEEK, MISTRAL]] == pytest.approx([0.3, 0.1, 0.0])
    counts[:] = 0
    assert measure(market, "adoption_us_firms") == 0.0


def test_kinds_of_customers_add_up_to_all_spend() -> None:
    market = by_hand(2000)
    market.run(30)
    parts = sum(measure(market, f"spend_{name}") for name in (*ORGANISATIONS, "apps"))
    assert parts == pytest.approx(measure(market, "spend"), rel=1e-9)
    assert measure(market, "spend_firms") < measure(market, "spend_smb") + measure(market, "spend_enterprise")


# Vendor change


def asked(*months: tuple[list[int], list[int]]) -> Panel:
    """A panel of four, who answered so in these months: options, and births of OpenAI's first two lines."""
    market = by_hand(100)
    panel = Panel(market.developers, market.lines)
    panel.members = np.arange(4)
    panel._labs, panel._births = panel._labs[:, :4].copy(), panel._births[:, :4].copy()
    for options, births in months:
        birth = np.zeros(len(market.lines), np.int64)
        birth[[0, 1]] = births
        panel.ask(np.array(options, np.uint8), birth)
    return panel


def test_who_changed_vendor_and_who_took_a_newer_model() -> None:
    """Options 1 and 2 are OpenAI's, 7 is another lab's, 0 nobody's; OpenAI's first line is renewed in between."""
    panel = asked(([1, 1, 2, 0], [3, 4]), ([1, 7, 2, 1], [9, 4]))
    # The first has the newer model without moving, the second changed, the third stays as she was.
    assert panel.changes(1) == (3, 1, 1)
    assert panel.changes(0) == (4, 0, 0)
    assert panel.changes(2) == (0, 0, 0)


def test_to_go_back_to_an_older_model_is_no_upgrade() -> None:
    assert asked(([1, 1, 2, 2], [9, 4]), ([2, 1, 1, 2], [9, 4])).changes(1) == (4, 0, 1)


def test_a_panel_remembers_a_year_and_no_more() -> None:
    panel = asked(*[([1, 1, 1, 1], [0, 0])] * 5, *[([7, 1, 1, 1], [0, 0])] * 12)
    assert panel.changes(12) == (4, 1, 0)
    assert panel.changes(11) == (4, 0, 0)
    assert panel.changes(13) == (0, 0, 0)


def test_the_panel_is_of_firms_outside_china_and_small_however_many_developers_there_are() -> None:
    market = by_hand(30_000)
    members = market.panel.members
    assert members.max() < 20_000
    organisation = np.array(ORGANISATIONS)[market.segments.organisation[market.developers.segment[members]]]
    assert set(organisation) == {"smb", "enterprise"}
    assert REGIONS.index("CN") not in market.segments.region[market.developers.segment[members]]
    everybody = np.flatnonzero(market.developers.segment[:20_000] >= 0)
    assert members.size / everybody.size == pytest.approx(0.26 * 0.75, rel=0.02)


def test_vendor_change_in_a_run_is_that_of_its_developers() -> None:
    """Looked up developer by developer in a run of 24 months."""
    market = by_hand(3000)
    market.run(12)
    assert np.isnan(market.record.market["vendor_change"][:12]).all()
    lab = np.concatenate([[NOBODY], market.lines.lab])
    before = lab[market.developers.choice[market.panel.members]]
    births = np.concatenate([[0], market.lines.birth])[market.developers.choice[market.panel.members]]
    market.run(12)
    after = lab[market.developers.choice[market.panel.members]]
    newer = np.concatenate([[0], market.lines.birth])[market.developers.choice[market.panel.members]] > births
    users = (before != NOBODY) & (after != NOBODY)
    assert measure(market, "vendor_change") == pytest.approx((before != after)[users].mean())
    assert measure(market, "vendor_upgrade") == pytest.approx(((before == after) & newer)[users].mean())
    assert 0.0 < measure(market, "vendor_change") < 0.6


# Gaps


def stage(market: Market, **capability: float) -> None:
    """One closed flagship a lab, of these capabilities; no other model."""
    market.lines.live[:] = False
    market.lines.gain[:] = 0.0
    for name, value in capability.items():
        line = NAMES.index(name) * SLOTS
        market.lines.live[line], market.lines.capability[line] = True, value


def test_lead_of_closed_over_open_has_a_sign() -> None:
    market = by_hand()
    stage(market, OpenAI=2.0)
    past(market, closed_frontier=[], open_frontier=[])
    assert np.isnan(measure(market, "closed_lead"))
    market.lines.live[OPEN_LINE], market.lines.capability[OPEN_LINE] = True, 2.5
    assert measure(market, "closed_frontier") == 2.0
    assert measure(market, "closed_lead") == pytest.approx(-0.5)
    past(market, closed_frontier=[2.8])
    assert measure(market, "closed_lead") == pytest.approx(0.3)


def test_lag_behind_closed_models_asks_for_all_of_the_level() -> None:
    """.97 is not reached by .95, as ``open_lag_step`` would have it, but by 1.0 in month 3; now is month 5."""
    market = by_hand()
    stage(market, OpenAI=2.0)
    past(market, closed_frontier=[0.0, 0.5, 0.95, 1.0, 2.0], frontier=[0.0, 0.5, 0.95, 1.0, 2.0], open_frontier=[0.97])
    assert measure(market, "open_lag_closed") == 2.0
    assert measure(market, "open_lag_step") == 3.0
    past(market, open_frontier=[2.4])
    assert measure(market, "open_lag_closed") == 0.0


def test_europe_is_behind_the_us_from_its_first_model_on() -> None:
    market = by_hand()
    stage(market, OpenAI=3.0, DeepSeek=2.9)
    past(market, us_frontier=[np.nan, 0.5, 1.0, 1.5, 2.0], europe_frontier=[])
    assert np.isnan(measure(market, "europe_frontier"))
    assert np.isnan(measure(market, "europe_lag"))
    stage(market, OpenAI=3.0, Mistral=1.2)
    assert measure(market, "europe_frontier") == 1.2
    assert measure(market, "europe_lag") == 2.0


def test_china_is_behind_the_us_or_ahead() -> None:
    market = by_hand()
    stage(market, OpenAI=3.0, DeepSeek=2.6)
    past(market, us_frontier=[2.5], china_frontier=[])
    assert measure(market, "china_gap") == pytest.approx(0.4)
    stage(market, OpenAI=2.0, DeepSeek=2.9)
    assert measure(market, "china_gap") == pytest.approx(-0.4)
    stage(market, OpenAI=2.0)
    assert np.isnan(measure(market, "china_gap"))


def test_training_know_how_of_labs_that_exist() -> None:
    market = by_hand()
    market.labs.active[:] = True
    market.labs.active[MISTRAL] = False
    market.labs.methods[:] = 0.25
    assert np.isnan(of_labs(market, "methods")[MISTRAL])
    assert set(np.delete(of_labs(market, "methods"), MISTRAL).tolist()) == {0.25}


def test_labs_near_the_best() -> None:
    market = by_hand()
    stage(market, OpenAI=3.0, Google=2.6, Anthropic=2.4, DeepSeek=2.05, Mistral=1.0)
    assert measure(market, "labs_within_half") == 2.0
    assert measure(market, "labs_within_one") == 4.0
    market.lines.live[:] = False
    assert measure(market, "labs_within_one") == 0.0


# Prices


def test_the_hedonic_regression_finds_what_was_planted() -> None:
    """ln p = 1 + 2.7 K + .03 age − 1.1 open, to which a line too old and one without price add nothing."""
    market = by_hand()
    lines = market.lines
    market.month = 40
    lines.live[:] = False
    rows = np.arange(0, len(lines), 3)
    luck = np.random.default_rng(1)
    lines.live[rows] = True
    lines.capability[rows], lines.gain[:] = luck.uniform(0.0, 3.0, rows.size), 0.0
    lines.birth[rows] = 40 - luck.integers(0, 19, rows.size)
    is_open = lines.access[rows] != CLOSED
    assert 3 <= is_open.sum() <= rows.size - 3
    lines.price[rows] = np.exp(1.0 + 2.7 * lines.capability[rows] + 0.03 * (40 - lines.birth[rows]) - 1.1 * is_open)
    old, free = 1, 4
    lines.live[[old, free]], lines.birth[[old, free]], lines.price[[old, free]] = True, [21, 40], [1e6, 0.0]
    assert measure(market, "open_price_ratio") == pytest.approx(np.exp(-1.1), rel=1e-9)
    assert measure(market, "price_slope") == pytest.approx(2.7 / 13.5, rel=1e-9)
    # Within a year it is the same line; a line older than that is no part of it.
    late = int(rows[np.flatnonzero(lines.birth[rows] < 40 - 12)[0]])
    assert measure(market, "open_price_ratio_year") == pytest.approx(np.exp(-1.1), rel=1e-9)
    kept, lines.price[late] = lines.price[late], 1e6
    assert measure(market, "open_price_ratio_year") == pytest.approx(np.exp(-1.1), rel=1e-9)
    assert abs(measure(market, "open_price_ratio") / np.exp(-1.1) - 1.0) > 1e-3
    lines.price[late] = kept
    # Too few of a kind, or all alike, say nothing.
    lines.live[rows[is_open][2:]] = False
    assert np.isnan(measure(market, "open_price_ratio"))


def test_the_hedonic_regression_is_missing_where_nothing_varies() -> None:
    market = by_hand()
    lines = market.lines
    lines.live[:], lines.capability[:], lines.gain[:], lines.birth[:], lines.price[:] = True, 1.0, 0.0, 0, 2.0
    assert np.isnan(measure(market, "price_slope"))


def test_frontier_price_is_that_of_flagships() -> None:
    """A light model that is better is none; the price of a task is the same until tokens of an answer are known."""
    market = by_hand()
    stage(market, OpenAI=1.0, Google=2.0)
    google = NAMES.index("Google") * SLOTS
    market.lines.live[google + 1], market.lines.capability[google + 1] = True, 3.0
    market.lines.price[[CLOSED_LINE, google, google + 1]] = [5.0, 7.0, 1.0]
    assert measure(market, "frontier_price") == 7.0
    assert measure(market, "price_task") == 7.0
    assert measure(market, "price_o1_level") == 1.0  # 3.0 is above o1's 2.14, 2.0 is within its tolerance
    market.lines.live[google + 1] = False
    market.lines.capability[google] = 1.98
    assert np.isnan(measure(market, "price_o1_level"))


def test_margin_of_new_models_is_of_closed_ones_of_three_months() -> None:
    market = by_hand()
    market.month = 10
    lines = market.lines
    lines.live[:] = False
    lines.live[[0, 1, 6, 2]] = True
    lines.birth[[0, 1, 6, 2]] = [10, 8, 7, 10]
    lines.lerner[[0, 1, 6, 2]] = [0.6, 0.2, 0.9, 0.9]
    assert measure(market, "margin_new") == pytest.approx(0.4)
    lines.live[[0, 1]] = False
    assert np.isnan(measure(market, "margin_new"))


# Staff


def test_exits_are_all_who_were_there_and_are_no_more() -> None:
    """Those who moved, founded or left the field, person by person."""
    market = by_hand()
    market.run(20)
    before = market.researchers.employer.copy()
    market.step()
    after = market.researchers.employer[: before.size]
    for lab in range(len(market.labs)):
        left = np.count_nonzero((before == lab) & (after != lab)) * market.researchers.weight
        assert of_labs(market, "staff_exits")[lab] == pytest.approx(left)
    assert of_labs(market, "staff_exits").sum() > 0.0


def test_net_inflow_is_what_staff_grew_by_in_a_year() -> None:
    market = by_hand()
    market.run(15)
    staff, inflow = market.record.labs["researchers"], market.record.labs["staff_inflow"]
    assert np.isnan(inflow[:12]).all()
    np.testing.assert_allclose(inflow[12:], staff[12:] - staff[:4])


def test_researchers_work_somewhere() -> None:
    market = by_hand()
    market.run(5)
    people = market.researchers
    at_work = people.employer[people.employer >= 0]
    region = market.employer_region[at_work]
    for row, name in enumerate(("us", "china", "europe")):
        assert measure(market, f"researchers_{name}") == pytest.approx((region == row).mean())


# Supply


def test_releases_of_a_month() -> None:
    market = by_hand()
    market.lines.fresh[:] = False
    market.lines.fresh[[0, 2, 8]] = True
    assert (measure(market, "releases"), measure(market, "open_releases")) == (3.0, 2.0)


def test_serving_costs_follow_the_best_know_how_and_the_chips_of_a_region() -> None:
    """c_ref 10^(−g) p/p₀ + c_floor: China knows ten times as much and pays twice as much for compute."""
    market = by_hand(**{"pricing.reference_cost": 10.0, "pricing.cost_floor": 0.5, "pricing.hardware_pass": 1.0})
    market.governments.chip_price[:] = market.parameters.compute.chip_price * np.array([1.0, 2.0, 1.0])
    market.labs.serving[:] = -3.0
    market.labs.serving[[OPENAI, DEEPSEEK, MISTRAL]] = [0.0, 1.0, -1.0]
    costs = [measure(market, f"serving_cost_{region}") for region in ("us", "china", "europe")]
    assert costs == pytest.approx([10.5, 2.5, 100.5])


def test_share_of_domestic_chips_rises_with_the_wedge() -> None:
    """Logistic in ε ln of the price ratio: at equal prices a half."""
    market = by_hand(**{"compute.domestic_cost": 1.0, "compute.domestic_rate": 0.0})
    market.governments.chip_wedge[:] = [0.0, 0.5, 0.0]
    next(verb for verb in market.schedule if verb.name == "finance")(market)
    assert measure(market, "domestic_chips_china") == pytest.approx(1.5**3 / (1.0 + 1.5**3))
    assert market.governments.domestic_chips[0] == pytest.approx(0.5)


def test_niches_are_led_by_the_most_used_line() -> None:
    """Two niches for the closed line, one for the open one; in the rest nobody uses anything."""
    market = by_hand()
    empty(market)
    counts = market.developers.counts
    for region, organisation, closed, weights in (("US", "smb", 5, 4), ("EU", "indie", 2, 0), ("CN", "indie", 1, 9)):
        here = cell(market, region, organisation)
        counts[here, 1 + CLOSED_LINE], counts[here + 1, 1 + OPEN_LINE] = closed, weights
    assert measure(market, "niches_led_open") == 1.0
    assert of_labs(market, "niches_led")[[OPENAI, DEEPSEEK]].tolist() == [2.0, 1.0]
    assert of_labs(market, "niches_led").sum() == 3.0
    assert of_labs(market, "niche_share")[[OPENAI, DEEPSEEK]] == pytest.approx([1.0, 0.9])
    assert np.delete(of_labs(market, "niche_share"), [OPENAI, DEEPSEEK]).max() == 0.0


def test_startups_are_counted_by_the_model_they_are_built_on() -> None:
    """Three on the closed line, one on open weights; one has chosen nothing yet, one is out of business."""
    market = by_hand()
    startups = market.startups
    startups.alive[:] = False
    assert np.isnan(measure(market, "open_share_startups"))
    assert np.isnan(of_labs(market, "share_startups")).all()
    startups.alive[:5] = True
    startups.base[:6] = [CLOSED_LINE, CLOSED_LINE, CLOSED_LINE, OPEN_LINE, -1, OPEN_LINE]
    assert measure(market, "open_share_startups") == pytest.approx(0.25)
    assert of_labs(market, "share_startups")[[OPENAI, DEEPSEEK]] == pytest.approx([0.75, 0.25])
    assert of_labs(market, "share_startups").sum() == pytest.approx(1.0)


def test_ecosystem_and_gross_margin_of_a_lab() -> None:
    market = by_hand()
    market.lines.ecosystem[:] = 0.0
    market.lines.ecosystem[[OPEN_LINE, OPEN_LINE + 1, CLOSED_LINE]] = [0.2, 0.1, 0.05]
    assert of_labs(market, "ecosystem")[[OPENAI, DEEPSEEK]] == pytest.approx([0.05, 0.3])
    market.labs.revenue[:], market.labs.cost[:] = 0.0, 5.0
    market.labs.revenue[OPENAI] = 20.0
    margin = of_labs(market, "margin_gross")
    assert margin[OPENAI] == pytest.approx(0.75)
    assert np.isnan(np.delete(margin, OPENAI)).all()


def test_residuals_of_labs_are_those_of_the_models_finished_this_month() -> None:
    market = Market(rng=1, developers=500)
    record = market.run(14)
    known = [run for run in record.completed if np.isfinite(run.known)]
    for tier, name in enumerate(("residual_flagship", "residual_light")):
        of_tier = [run for run in known if run.tier == tier]
        expected = np.full(record.labs[name].shape, np.nan)
        for month, lab in {(run.month, run.lab) for run in of_tier}:
            here = [run.known - run.modelled for run in of_tier if (run.month, run.lab) == (month, lab)]
            expected[month, lab] = np.mean(here)
        assert np.isfinite(expected).sum() > 5
        np.testing.assert_allclose(record.labs[name], expected)


def test_a_level_of_late_2025_is_asked_for_in_full() -> None:
    """Index 153 is 40/13.5 OOM; what is a hundredth below it is not of the level, however cheap."""
    market = by_hand()
    stage(market, OpenAI=40.0 / 13.5 - 0.01, Google=40.0 / 13.5)
    google = NAMES.index("Google") * SLOTS
    market.lines.price[[CLOSED_LINE, google]] = [1.0, 3.0]
    assert measure(market, "price_153_level") == 3.0
    market.lines.live[google] = False
    assert np.isnan(measure(market, "price_153_level"))
