"""Who paid what to whom; conservation is checked here."""

from __future__ import annotations

import numpy as np

from sim.agents.lab import CLOSED
from sim.mechanisms import mechanism
from sim.state import State


@mechanism(
    reads=(
        "labs.active",
        "labs.budget",
        "labs.complement",
        "lines.access",
        "lines.lab",
        "lines.lerner",
        "lines.live",
        "lines.price",
        "segments.budget",
        "segments.price",
        "startups.alive",
        "startups.base",
        "startups.model_spend",
        "developers.counts",
    ),
    writes=(
        "lines.users",
        "lines.spend",
        "lines.app_spend",
        "lines.tokens",
        "labs.revenue",
        "labs.cost",
        "labs.rent",
        "labs.rent_smoothed",
        "labs.profit",
        "labs.cash",
        "world.spend",
        "world.spend_before",
        "world.adoption",
    ),
    carries=("labs.rent_smoothed", "labs.cash", "world.spend"),
    parameters=("entry.weight", "finance.rent_memory", "pricing.first_party"),
)
def accounting(state: State) -> None:
    """Spend goes to the lines that were chosen: tokens = spend / price paid; labs book revenue, cost and rent.

    Rent = Σ_closed S L + φ₁ Σ_open S_hosted L_h + complement · users of own open weights [$/month]; profit = rent −
    budget; cash moves by profit. Whoever serves open weights herself pays nobody in this market. What lines receive
    must be what users spend.
    """
    lines, labs, segments, people = state.lines, state.labs, state.segments, state.developers
    startups, world, first_party = state.startups, state.world, state.parameters.pricing.first_party
    counts = people.counts[:, 1:] * people.weight
    paid = segments.budget[:, None] * counts
    weight = state.parameters.entry.weight
    built = startups.alive & (startups.base >= 0)
    app_spend = np.bincount(startups.base[built], weights=startups.model_spend[built] * weight, minlength=lines.rows)
    list_price = np.where(lines.price > 0.0, lines.price, 1.0)
    lines.app_spend[:] = app_spend
    lines.users[:] = counts.sum(axis=0)
    lines.spend[:] = paid.sum(axis=0) + app_spend
    lines.tokens[:] = (paid / segments.price).sum(axis=0) + app_spend / list_price

    closed = lines.access == CLOSED
    hosted = (paid * (segments.price >= lines.price[None, :])).sum(axis=0) + app_spend
    received = hosted * np.where(closed, 1.0, first_party)
    complement = labs.complement[lines.lab] * lines.users * ~closed
    revenue = np.bincount(lines.lab, weights=received, minlength=len(labs))
    rent = np.bincount(lines.lab, weights=received * lines.lerner + complement, minlength=len(labs))
    extra = np.bincount(lines.lab, weights=complement, minlength=len(labs))
    labs.revenue[:] = revenue
    labs.cost[:] = revenue + extra - rent
    labs.rent[:] = rent
    labs.rent_smoothed += (rent - labs.rent_smoothed) / state.parameters.finance.rent_memory
    labs.profit[:] = np.where(labs.active, rent - labs.budget, 0.0)
    labs.cash += labs.profit

    users = people.counts[:, 1:].sum()
    world.adoption[0] = users / people.number
    world.spend_before[0] = world.spend[0]
    world.spend[0] = lines.spend.sum()
    _check(state, float(paid.sum() + (startups.model_spend[built] * weight).sum()))


def _check(state: State, spent: float) -> None:
    """Developers, dollars and prices add up.

    Raises:
        ArithmeticError: They do not.
    """
    lines, people = state.lines, state.developers
    received, tolerance = float(lines.spend.sum()), state.parameters.accounting.tolerance
    if not abs(received - spent) <= tolerance * max(spent, 1.0):  # also if either is not a number
        raise ArithmeticError(f"{state.date}: users spend {spent!r} $ but lines receive {received!r} $")
    if int(people.counts.sum()) != people.number or people.counts.min() < 0:
        raise ArithmeticError(f"{state.date}: counts of developers do not add up to {people.number}")
    if lines.users[~lines.live].any():
        raise ArithmeticError(f"{state.date}: somebody uses a line that does not exist")
