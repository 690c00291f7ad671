"""What is observed of every lab each month."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim import views
from sim.measure import BILLION_A_YEAR, YEAR, Measures, enterprise_users, shares_by_lab
from sim.tables import Float

if TYPE_CHECKING:
    from sim.market import Market

LABS = Measures()


@LABS("1")
def share_spend(market: Market) -> Float:
    """Share of spend on the lab's models, whoever hosts them."""
    return shares_by_lab(market, market.lines.spend)


@LABS("1")
def share_tokens(market: Market) -> Float:
    """Share of tokens served by the lab's models."""
    return shares_by_lab(market, market.lines.tokens)


@LABS("1")
def share_users(market: Market) -> Float:
    """Share of developers on the lab's models, among those who use any."""
    return shares_by_lab(market, market.lines.users)


@LABS("1")
def share_enterprise(market: Market) -> Float:
    """The same among developers of small and large firms outside China."""
    return shares_by_lab(market, enterprise_users(market))


@LABS("OOM")
def capability(market: Market) -> Float:
    """Most capable live model; missing before the first."""
    best = views.lab_capability(market)
    return np.where(np.isfinite(best), best, np.nan)


@LABS("$/Mtok")
def price(market: Market) -> Float:
    """Price of the most capable live model; missing before the first."""
    return _of_best_line(market, market.lines.price)


@LABS("1")
def margin(market: Market) -> Float:
    """Lerner index of the most capable live model; of its hosts if it is open."""
    return _of_best_line(market, market.lines.lerner)


@LABS("$bn/year")
def revenue(market: Market) -> Float:
    """Revenue from models, first-party hosting of open ones included."""
    return market.labs.revenue * BILLION_A_YEAR


@LABS("$bn/year")
def profit(market: Market) -> Float:
    """Rent less research and development."""
    return market.labs.profit * BILLION_A_YEAR


@LABS("$bn")
def cash(market: Market) -> Float:
    """Money at hand."""
    return market.labs.cash / 1e9


@LABS("log10 FLOP")
def compute(market: Market) -> Float:
    """Training run that the lab could release."""
    return market.labs.compute.copy()


@LABS("FTE")
def researchers(market: Market) -> Float:
    """Research staff, both skills."""
    return market.labs.researchers + market.labs.hardware_researchers


@LABS("$/year")
def wage(market: Market) -> Float:
    """Posted wage of a researcher."""
    return market.labs.wage * YEAR


@LABS("level")
def openness(market: Market) -> Float:
    """Openness of methods: 0 closed, 1 paper, 2 weights, 3 weights and code, 4 everything."""
    return market.labs.openness.astype(float)


@LABS("1")
def trust(market: Market) -> Float:
    """Trust of users, 0 to 1."""
    return market.labs.trust.copy()


@LABS("$bn")
def valuation(market: Market) -> Float:
    """Investors' value of the lab's model business."""
    return market.labs.valuation / 1e9


@LABS("$/month")
def rent_smoothed(market: Market) -> Float:
    """Exponential mean of the rent, on which investment is based."""
    return market.labs.rent_smoothed.copy()


def _of_best_line(market: Market, of_lines: Float) -> Float:
    lines = market.lines
    result = np.full(len(market.labs), np.nan)
    for lab in range(len(market.labs)):
        mine = np.flatnonzero(lines.live & (lines.lab == lab))
        if mine.size:
            result[lab] = of_lines[mine[np.argmax((lines.capability + lines.gain)[mine])]]
    return result
