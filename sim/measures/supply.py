"""What labs release, what serving costs them, whose chips, whose niches, whose ecosystem, on whom startups build."""

from __future__ import annotations

import math

import numpy as np

from sim import views
from sim.measures.labs import LABS
from sim.measures.look import CN, Look
from sim.measures.market import MARKET
from sim.numerics.arrays import Float, ones
from sim.parameters.fields import REGIONS


@MARKET("models/month")
def releases(look: Look) -> float:
    """Models released this month, closed and open."""
    return float(np.count_nonzero(look.state.lines.fresh))


@MARKET("models/month")
def open_releases(look: Look) -> float:
    """Models whose weights were released this month."""
    return float(np.count_nonzero(look.state.lines.fresh & look.is_open))


@MARKET("$/Mtok")
def serving_cost_us(look: Look) -> float:
    """Cost of serving a model of GPT-3.5's size with the best know-how of a lab in the US."""
    return _serving_cost(look, "US")


@MARKET("$/Mtok")
def serving_cost_china(look: Look) -> float:
    """The same in China."""
    return _serving_cost(look, "CN")


@MARKET("$/Mtok")
def serving_cost_europe(look: Look) -> float:
    """The same in Europe and the rest of the world."""
    return _serving_cost(look, "EU")


@MARKET("1")
def domestic_chips_china(look: Look) -> float:
    """Share of chips bought in China that are made there."""
    return float(look.state.governments.domestic_chips[CN])


@MARKET("niches")
def niches_led_open(look: Look) -> float:
    """Niches, which are organisation types of a region, whose most used line has open weights."""
    return float(np.count_nonzero(look.is_open[look.niche_leaders]))


@MARKET("1")
def self_hosted_share(look: Look) -> float:
    """Share of developers on open weights who serve these themselves; missing while nobody is."""
    users = float(ones(len(look.counts)).dot(look.counts).dot(look.is_open))
    at_home = (look.state.segments.price < look.state.lines.price).astype(float)
    return float(np.vdot(look.counts, at_home)) / users if users else math.nan  # whole numbers, in any order


@MARKET("1")
def open_share_startups(look: Look) -> float:
    """Share of startups built on open weights, of those built on a model; missing while there are none."""
    on = look.startups_on
    total = float(np.add.reduce(on))
    return float(np.add.reduce(on[look.is_open])) / total if total else math.nan


@LABS("niches")
def niches_led(look: Look) -> Float:
    """Niches, which are organisation types of a region, whose most used line is the lab's."""
    leaders = look.state.lines.lab[look.niche_leaders]
    return np.bincount(leaders, minlength=len(look.state.labs)).astype(float)


@LABS("1")
def niche_share(look: Look) -> Float:
    """Largest share of users, among those who use a model, that the lab has in any niche."""
    users = look.users_of_niches
    return np.asarray(np.maximum.reduce(users / np.maximum(np.add.reduce(users, axis=1), 1.0)[:, None]))


@LABS("1")
def share_startups(look: Look) -> Float:
    """Share of startups built on the lab's models, of those built on a model; missing while there are none."""
    on = views.by_lab(look.state, look.startups_on)
    total = float(np.add.reduce(on))
    return on / total if total else np.full(len(look.state.labs), math.nan)


@LABS("share")
def ecosystem(look: Look) -> Float:
    """Ecosystem stock of the lab's lines: use and contributions that still apply."""
    return views.by_lab(look.state, look.state.lines.ecosystem)


@LABS("1")
def margin_gross(look: Look) -> Float:
    """Revenue less the cost of serving, over revenue, of all models of the lab; missing without revenue."""
    labs = look.state.labs
    missing = np.full(len(labs), np.nan)
    return np.asarray(1.0 - np.divide(labs.cost, labs.revenue, out=missing, where=labs.revenue > 0.0))


def _serving_cost(look: Look, region: str) -> float:
    row = REGIONS.index(region)
    best, chips = np.asarray(look.serving_best[row]), look.state.governments.chip_price[row]
    return float(views.serving_cost(look.state, np.zeros(()), best, chips))
