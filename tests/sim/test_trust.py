"""Trust: a reputation by lab and region, never 0 and never 1."""

from __future__ import annotations

import numpy as np
import pytest

from sim import Market, Parameters
from sim.agents.lab import SLOTS
from sim.mechanisms.trust import trust, trusted
from sim.parameters.trust import Trust

TRANSPARENCY = np.array([0.1, 0.3, 0.5, 0.75, 1.0])
PINNED = Parameters().with_(
    **{"trust.rest": 0.6, "trust.experience": 0.01, "trust.audits": 0.03, "trust.incidents": 3000.0}
)


def lived(months: int = 20, **parameters) -> Market:
    market = Market(PINNED, rng=3, developers=2000, **parameters)
    market.run(months)
    return market


def test_trust_by_hand() -> None:
    """[T + r₀(T̄ − T) + r_a tA (safe − T)] e^(−d severity/users), as if of a hundred thousand users at least."""
    p = Trust(rest=0.6, experience=0.01, audits=0.1, incidents=1e4)
    got = trusted(
        np.array([[0.5, 0.4]]), np.array([0.5]), np.array([0.9]), np.array([[2.0, 10.0]]), np.array([[1e6, 30.0]]), p
    )
    built = [0.5 + 0.01 * 0.1 + 0.05 * 0.4, 0.4 + 0.01 * 0.2 + 0.05 * 0.5]
    np.testing.assert_allclose(got, [[built[0] * np.exp(-0.02), built[1] * np.exp(-1.0)]], rtol=1e-12)


def test_what_is_lost_is_a_share_of_what_is_left() -> None:
    """To first order d_I T severity/users: a lab with half the trust loses half as much."""
    p = Trust(experience=0.0, audits=0.0, incidents=100.0)
    nothing = np.zeros(2)
    severity, users = np.full((2, 1), 1.0), np.full((2, 1), 1e6)
    before = np.array([[0.8], [0.4]])
    lost = before - trusted(before, nothing, nothing, severity, users, p)
    np.testing.assert_allclose(lost[:, 0], [0.8e-4, 0.4e-4], rtol=1e-3)


@pytest.mark.parametrize("incidents", [0.0, 20_000.0, 1e6])
def test_trust_is_never_all_nor_nothing(incidents: float) -> None:
    market = Market(PINNED, rng=3, developers=2000, **{"trust.incidents": incidents, "trust.audits": 0.5})
    lowest = 1.0
    for _ in range(45):
        market.step()
        assert np.all((market.labs.trust > 0.0) & (market.labs.trust < 1.0))
        lowest = min(lowest, market.labs.trust.min())
    assert (lowest < 0.01) == (incidents > 1e5)


def test_trust_without_incidents_and_audits_tends_to_its_rest() -> None:
    """T(t) = T̄ + (T₀ − T̄)(1 − r₀)^t in every region."""
    market = Market(
        PINNED, rng=3, developers=500, without=("misuse",), **{"trust.audits": 0.0, "trust.experience": 0.05}
    )
    start = market.history.values("trust_0")
    market.run(23)
    expected = 0.6 + (start - 0.6) * 0.95**24
    np.testing.assert_allclose(market.labs.trust, np.repeat(expected[:, None], 3, axis=1), rtol=1e-12)


def test_audits_move_trust_to_true_safeguards_up_or_down() -> None:
    market = lived()
    labs = market.labs
    labs.severity[:] = 0.0
    labs.safeguards[:2] = [0.95, 0.05]
    before = labs.trust.copy()
    trust(market)
    audits = 0.03 * TRANSPARENCY[labs.openness] * labs.auditors * (labs.safeguards - before.T)
    np.testing.assert_allclose(labs.trust, before + 0.01 * (0.6 - before) + audits.T, rtol=1e-12)
    assert labs.auditors.max() > 0.0


def test_incidents_cost_trust_where_they_happen() -> None:
    market, twin = lived(), lived()
    for each in (market, twin):
        each.labs.severity[:] = 0.0
    twin.labs.severity[0, 2] = [3.0, 2.0]
    trust(market)
    trust(twin)
    lab = market.lines.lab == 0
    users = market.developers.counts[market.segments.region == 2, 1:][:, lab].sum() * market.developers.weight
    assert lab.sum() == SLOTS and users > 1e5
    ratio = twin.labs.trust / market.labs.trust
    assert ratio[0, 2] == pytest.approx(np.exp(-3000.0 * 5.0 / users), rel=1e-12)
    ratio[0, 2] = 1.0
    assert np.all(ratio == 1.0)
