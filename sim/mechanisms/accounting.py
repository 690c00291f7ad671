"""Who paid what to whom; conservation is checked here."""

from __future__ import annotations

import numpy as np

from sim import views
from sim.agents.lab import CLOSED
from sim.mechanisms import mechanism
from sim.state import State


@mechanism(
    reads=(
        "labs.active",
        "labs.budget",
        "labs.complement",
        "labs.exited",
        "labs.legal",
        "labs.payout",
        "labs.raised",
        "lines.access",
        "lines.hosts",
        "lines.lab",
        "lines.lerner",
        "lines.live",
        "lines.price",
        "segments.alpha",
        "segments.budget",
        "segments.organisation",
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
        "labs.dividends",
        "labs.cash",
        "world.spend",
        "world.spend_smoothed",
        "world.spend_before",
        "world.adoption",
    ),
    carries=("labs.rent_smoothed", "labs.cash", "world.spend", "world.spend_smoothed"),
    parameters=(
        "adoption.privacy",
        "entry.weight",
        "finance.rent_memory",
        "pricing.host_choice",
        "pricing.host_spread",
        "pricing.maker_weight",
    ),
)
def accounting(state: State) -> None:
    """Spend goes to the lines that were chosen: tokens = spend / price paid; labs book revenue, cost and rent.

    Rent = Σ_closed S L + φ₁ Σ_open S_hosted L_h + complement · users of own open weights − cost of law [$/month];
    profit = rent − budget; cash moves by profit less dividends. Whoever serves open weights herself pays nobody here.
    What lines receive must be what users spend.
    """
    lines, labs, segments, people = state.lines, state.labs, state.segments, state.developers
    startups, world = state.startups, state.world
    counts = people.counts[:, 1:] * people.weight
    paid = segments.budget[:, None] * counts
    weight = state.parameters.entry.weight
    built = startups.alive & (startups.base >= 0)
    app_spend = np.bincount(startups.base[built], weights=startups.model_spend[built] * weight, minlength=lines.rows)
    token_price, startups_price = views.token_price(state)
    lines.app_spend[:] = app_spend
    lines.users[:] = np.add.reduce(counts)
    lines.spend[:] = np.add.reduce(paid) + app_spend
    lines.tokens[:] = np.add.reduce(paid / token_price) + app_spend / startups_price

    closed = lines.access == CLOSED
    hosted = np.add.reduce(paid * (segments.price >= lines.price)) + app_spend
    received = hosted * views.maker_share(state)
    complement = labs.complement[lines.lab] * lines.users * ~closed
    revenue = views.by_lab(state, received)
    gross = views.by_lab(state, received * lines.lerner + complement)
    extra = views.by_lab(state, complement)
    labs.revenue[:] = revenue
    labs.cost[:] = revenue + extra - gross
    # What the law costs is paid as far as there is money.
    labs.rent[:] = gross - np.minimum(labs.legal, np.maximum(labs.cash + gross - labs.budget, 0.0))
    labs.rent_smoothed += (labs.rent - labs.rent_smoothed) / state.parameters.finance.rent_memory
    labs.profit[:] = np.where(labs.active, labs.rent - labs.budget, 0.0)
    # What lines of a lab still earn that has exited is its creditors'.
    labs.dividends[:] = np.where(labs.exited > 0, labs.rent, labs.payout * np.maximum(labs.rent, 0.0))
    labs.cash += np.where(labs.active, labs.profit - labs.dividends, 0.0)
    state.record.remember_money(labs.budget, labs.raised)

    users = people.number - int(np.add.reduce(people.counts[:, 0]))
    world.adoption[0] = users / people.number
    world.spend_before[0] = world.spend[0]
    world.spend[0] = np.add.reduce(lines.spend)
    world.spend_smoothed += (world.spend - world.spend_smoothed) / state.parameters.finance.rent_memory
    _check(state, float(paid.sum() + (startups.model_spend[built] * weight).sum()))


def _check(state: State, spent: float) -> None:
    """Developers, dollars and prices add up.

    Raises:
        ArithmeticError: They do not.
    """
    lines, people = state.lines, state.developers
    received, tolerance = float(np.add.reduce(lines.spend)), state.parameters.accounting.tolerance
    if not abs(received - spent) <= tolerance * max(spent, 1.0):  # also if either is not a number
        raise ArithmeticError(f"{state.date}: users spend {spent!r} $ but lines receive {received!r} $")
    if int(np.add.reduce(people.counts, axis=None)) != people.number or people.counts.min() < 0:
        raise ArithmeticError(f"{state.date}: counts of developers do not add up to {people.number}")
    if np.count_nonzero(lines.users[~lines.live]):
        raise ArithmeticError(f"{state.date}: somebody uses a line that does not exist")
