"""What is observed of every lab each month."""

from __future__ import annotations

import numpy as np

from sim.data.calendar import YEAR
from sim.measures.look import BILLION, BILLION_A_YEAR, FIRM_USERS, KEYS, SPEND, TOKENS, USERS, Look, Measures
from sim.numerics.arrays import Float
from sim.views import quoted

LABS = Measures("measure of labs", reserved=KEYS)


@LABS("1")
def share_spend(look: Look) -> Float:
    """Share of spend on the lab's models, whoever hosts them."""
    return look.share_of_labs(SPEND)


@LABS("1")
def share_tokens(look: Look) -> Float:
    """Share of tokens served by the lab's models."""
    return look.share_of_labs(TOKENS)


@LABS("1")
def share_users(look: Look) -> Float:
    """Share of developers on the lab's models, among those who use any."""
    return look.share_of_labs(USERS)


@LABS("1")
def share_enterprise(look: Look) -> Float:
    """The same among developers of small and large firms outside China."""
    return look.share_of_labs(FIRM_USERS)


@LABS("OOM")
def capability(look: Look) -> Float:
    """Most capable live model; missing before the first."""
    return np.where(look.exists, look.best, np.nan)


@LABS("$/Mtok")
def price(look: Look) -> Float:
    """Price of the most capable live model; missing before the first."""
    return _of_best_line(look, look.list_price)


@LABS("1")
def margin(look: Look) -> Float:
    """Lerner index of the most capable live model; of its hosts if it is open."""
    return _of_best_line(look, look.state.lines.lerner)


@LABS("$bn/year")
def revenue(look: Look) -> Float:
    """Revenue from models, first-party hosting of open ones included."""
    return look.state.labs.revenue * BILLION_A_YEAR


@LABS("$bn/year")
def profit(look: Look) -> Float:
    """Rent less research and development."""
    return look.state.labs.profit * BILLION_A_YEAR


@LABS("$bn/year")
def research(look: Look) -> Float:
    """Research and development of labs that exist."""
    labs = look.state.labs
    return np.where(labs.active, labs.budget, 0.0) * BILLION_A_YEAR


@LABS("$bn/year")
def rent(look: Look) -> Float:
    """Gross profit on closed lines, share of hosting and complements."""
    return look.state.labs.rent * BILLION_A_YEAR


@LABS("$bn/year")
def raised(look: Look) -> Float:
    """Equity and backers' money, to T whatever kept the runway."""
    return look.state.labs.raised * BILLION_A_YEAR


@LABS("$bn/year")
def dividends(look: Look) -> Float:
    """Rents that are paid out, to creditors once a lab has exited."""
    return look.state.labs.dividends * BILLION_A_YEAR


@LABS("1")
def exists(look: Look) -> Float:
    """1 for a lab that exists this month, else 0."""
    return look.state.labs.active.astype(float)


@LABS("$bn")
def cash(look: Look) -> Float:
    """Money at hand."""
    return look.state.labs.cash / BILLION


@LABS("log10 FLOP")
def compute(look: Look) -> Float:
    """Training run that the lab could release."""
    return look.state.labs.compute.copy()


@LABS("FTE")
def researchers(look: Look) -> Float:
    """Research staff, both skills."""
    return look.state.labs.researchers + look.state.labs.hardware_researchers


@LABS("$/year")
def wage(look: Look) -> Float:
    """Posted wage of a researcher with model skills."""
    return look.state.labs.wage * YEAR


@LABS("level")
def openness(look: Look) -> Float:
    """Openness of methods: 0 closed, 1 paper, 2 weights, 3 weights and code, 4 everything."""
    return look.state.labs.openness.astype(float)


@LABS("OOM")
def methods(look: Look) -> Float:
    """Training know-how: how much less compute the same takes than at the start; missing where there is no lab."""
    return np.where(look.state.labs.active, look.state.labs.methods, np.nan)


@LABS("1")
def trust(look: Look) -> Float:
    """Trust, mean over developers of the world, whether they use the lab or not."""
    return np.asarray(look.state.labs.trust.dot(look.regions))


@LABS("$bn")
def valuation(look: Look) -> Float:
    """What the lab is believed to be worth, what markets know and rents do not show yet included."""
    return quoted(look.state, look.state.labs.value) / BILLION


@LABS("$/month")
def rent_smoothed(look: Look) -> Float:
    """Exponential mean of the rent, on which investment is based."""
    return look.state.labs.rent_smoothed.copy()


def _of_best_line(look: Look, of_lines: Float) -> Float:
    return np.where(look.exists, of_lines[look.best_line], np.nan)
