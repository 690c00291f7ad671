"""What firms buy, who changes vendor, and what kinds of customers spend."""

from __future__ import annotations

import math

import numpy as np

from sim.agents.developers import FIRMS_ABROAD, REGION_OF_SEGMENT
from sim.measures.labs import LABS
from sim.measures.look import BILLION_A_YEAR, FIRM_SPEND, US, Look
from sim.measures.market import MARKET
from sim.numerics.arrays import Float
from sim.parameters.fields import ORGANISATIONS

# Rows of ``Look.spend_of`` before those of organisations.
_FIRST = 2
_FIRMS_US = (FIRMS_ABROAD & (REGION_OF_SEGMENT == US)).astype(float)


@LABS("1")
def reach_us_firms(look: Look) -> Float:
    """Share of developers at small and large firms in the US, users or not, who are on the lab's models."""
    return np.asarray(np.add.reduceat(_FIRMS_US.dot(look.counts), look.first_lines) / _people(look))


@MARKET("1")
def adoption_us_firms(look: Look) -> float:
    """Share of developers at small and large firms in the US that use a model."""
    return float(_FIRMS_US.dot(np.add.reduce(look.counts, axis=1))) / _people(look)


@LABS("1")
def share_enterprise_spend(look: Look) -> Float:
    """Share of spend by small and large firms outside China on the lab's models."""
    return look.share_of_labs(FIRM_SPEND)


@MARKET("$bn/year")
def spend_firms(look: Look) -> float:
    """Spend of developers at small and large firms outside China, the enterprise market of vendor surveys."""
    return float(np.add.reduce(look.demand[FIRM_SPEND])) * BILLION_A_YEAR


@MARKET("$bn/year")
def spend_indie(look: Look) -> float:
    """Spend of individual developers, all regions."""
    return _spend_of(look, "indie")


@MARKET("$bn/year")
def spend_startup(look: Look) -> float:
    """Spend of developers at startups; what their apps buy is apart."""
    return _spend_of(look, "startup")


@MARKET("$bn/year")
def spend_smb(look: Look) -> float:
    """Spend of developers at small firms."""
    return _spend_of(look, "smb")


@MARKET("$bn/year")
def spend_enterprise(look: Look) -> float:
    """Spend of developers at large firms."""
    return _spend_of(look, "enterprise")


@MARKET("$bn/year")
def spend_regulated(look: Look) -> float:
    """Spend of developers in regulated industries and the public sector."""
    return _spend_of(look, "regulated")


@MARKET("$bn/year")
def spend_apps(look: Look) -> float:
    """Spend of startups on tokens for their apps."""
    return float(np.add.reduce(look.state.lines.app_spend)) * BILLION_A_YEAR


@MARKET("1")
def vendor_change(look: Look) -> float:
    """Share of developers at firms outside China, users now and a year ago, who are with another lab than then.

    Of a panel of at most 20,000 developers; missing in the first year.
    """
    users, changed, _ = look.changes
    return changed / users if users else math.nan


@MARKET("1")
def vendor_upgrade(look: Look) -> float:
    """Share of the same who are with the lab of a year ago, on a model released later than theirs was."""
    users, _, upgraded = look.changes
    return upgraded / users if users else math.nan


def _people(look: Look) -> float:
    """Developer agents at firms in the US, at least one so that shares of none are zero."""
    return max(1.0, float(_FIRMS_US.dot(np.add.reduce(look.state.developers.counts, axis=1))))


def _spend_of(look: Look, organisation: str) -> float:
    return look.spend_by_kind[_FIRST + ORGANISATIONS.index(organisation)] * BILLION_A_YEAR
