"""Who the developers are, how many and what they spend."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from sim.numerics.arrays import Float
from sim.parameters.fields import ByOrganisation, Section, by_organisation, field

LEAST_REST = 0.02
"""Least share of regions other than the US and China, before shares are scaled to sum to one."""


class Population(Section):
    """Who the developers are, how many and what they spend."""

    world: float = field(
        47e6,
        "Developers of the world",
        unit="developers",
        bounds=(1.0, 1e9),
        range=(27e6, 47e6),
        source="SlashData 2025: 47 million",
        confidence="estimated",
        at_start=True,
    )
    organisations: ByOrganisation = field(
        by_organisation(0.58, 0.15, 0.16, 0.10, 0.01),
        "Developers by organisation, in proportion",
        unit="1",
        bounds=(0.0, 1e6),
        factor=1.3,
        at_start=True,
    )
    budgets: ByOrganisation = field(
        by_organisation(12.0, 350.0, 120.0, 1500.0, 2500.0),
        "Budget of a developer for models at the start, before the scale",
        unit="$/month",
        bounds=(0.01, 1e6),
        factor=2.0,
        at_start=True,
    )
    budget_ceilings: ByOrganisation = field(
        by_organisation(300.0, 1000.0, 800.0, 1500.0, 1500.0),
        "B̄: most that a developer's budget can become, before the scale of ceilings and the richness of the region",
        unit="$/month",
        bounds=(1.0, 1e6),
        factor=2.0,
        at_start=True,
    )
    ceiling_scale: float = field(
        1.0, "Scales all ceilings", unit="1", bounds=(1e-3, 1e3), range=(0.5, 3.0), at_start=True
    )
    budget_scale: float = field(
        0.012,
        "Scales all budgets, so that spend at the end of 2025 is that of the market",
        unit="1",
        bounds=(1e-6, 10.0),
        range=(0.008, 0.02),
        source="Menlo Ventures 2025: enterprise API spend of $3.5bn to $12.5bn; revenue of OpenAI and Anthropic",
        confidence="estimated",
        at_start=True,
    )
    budget_growth: float = field(
        0.41,
        "ψ: growth of budgets with the frontier",
        unit="OOM $/OOM",
        bounds=(0.0, 3.0),
        range=(0.1, 0.6),
        source="Menlo Ventures 2025: $3.5bn at the end of 2024, $8.4bn in mid-2025",
        confidence="estimated",
    )
    developers_us: float = field(
        0.30, "Share of developers in the US", unit="1", bounds=(0.0, 1.0), range=(0.2, 0.4), at_start=True
    )
    developers_cn: float = field(
        0.25, "Share of developers in China", unit="1", bounds=(0.0, 0.9), range=(0.15, 0.35), at_start=True
    )
    spend_us: float = field(
        0.46, "Share of budgets in the US", unit="1", bounds=(0.0, 1.0), range=(0.36, 0.56), at_start=True
    )
    spend_cn: float = field(
        0.14, "Share of budgets in China", unit="1", bounds=(0.0, 0.9), range=(0.04, 0.24), at_start=True
    )

    def developer_shares(self) -> Float:
        """Shares of developers by region, shape (regions,), summing to one."""
        return _three(self.developers_us, self.developers_cn)

    def spend_shares(self) -> Float:
        """Shares of budgets by region, shape (regions,), summing to one."""
        return _three(self.spend_us, self.spend_cn)


@lru_cache(maxsize=256)
def _three(us: float, cn: float) -> Float:
    """US, China and the rest; a sum above one is scaled down, so that no range of a design is refused."""
    shares = np.array([us, cn, max(LEAST_REST, 1.0 - us - cn)])
    shares /= shares.sum()
    shares.flags.writeable = False
    return shares
