"""Verdicts turn when the mechanism behind a claim says the opposite: the same claim, settings and seeds, one sign.

Each is looked at where its record says that it holds. What cannot be turned by one sign is named in
``docs/claims.md`` with the reason.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from inspect import signature
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import sim
from experiments.engine.executors import Local
from experiments.findings.claims.records import chosen, claims
from experiments.findings.claims.verdicts import FAILS_WIDELY, HOLDS_WIDELY, Verdict, verdicts
from experiments.findings.validation.report import asked_of
from experiments.questions.designs import OWN, Design

Function = Callable[..., Any]


def public_ideas_lost(new_ideas: Function) -> Function:
    """K02: what is found in public takes from methods as much as it gave; own ideas are left."""
    return lambda rate, effort, *rest: (-1.0 if np.ndim(effort) == 0 else 1.0) * new_ideas(rate, effort, *rest)


def audits_alarm(trusted: Function) -> Function:
    """K04: an audit moves trust away from the safeguards that it finds."""

    def turned(trust: Any, audited: Any, safeguards: Any, severity: Any, users: Any, p: Any) -> Any:
        names = ("experience", "rest", "audits", "incidents")
        other = SimpleNamespace(**{name: getattr(p, name) for name in names} | {"audits": -p.audits})
        return trusted(trust, audited, safeguards, severity, users, other)

    return turned


def negative(function: Function) -> Function:
    """K10, K25: what was given is taken."""
    return lambda *args: -function(*args)


def surprise_is_demand(hardware_after: Function) -> Function:
    """K24: efficiency that surprises lifts the value of chip makers."""
    return lambda value, surprise, elasticity, recovery: hardware_after(value, surprise, -elasticity, recovery)


def dearer_is_bought(domestic_share: Function) -> Function:
    """K12: the dearer imported chips are, the more of them are bought."""
    return lambda wedge, experience, cost, learning, elasticity: domestic_share(
        wedge, experience, cost, learning, -elasticity
    )


def closed_are_misused(incident_hazard: Function) -> Function:
    """K20: what is said of open weights is true of closed ones."""
    return lambda users, capability, open_weights, *rest: incident_hazard(users, capability, 1.0 - open_weights, *rest)


def support_repels(line_utilities: Function) -> Function:
    """K26: models without support are preferred by as much as they were disliked."""
    place = list(signature(line_utilities).parameters).index("lost")

    def turned(*given: Any) -> Any:
        return line_utilities(*given[:place], -given[place], *given[place + 1 :])

    return turned


FLIPS = {
    "K02": ("sim.mechanisms.research", "new_ideas", public_ideas_lost),
    "K04": ("sim.mechanisms.trust", "trusted", audits_alarm),
    "K10": ("sim.mechanisms.talent", "publishing_value", negative),
    "K12": ("sim.mechanisms.finance", "domestic_share", dearer_is_bought),
    "K20": ("sim.mechanisms.misuse", "incident_hazard", closed_are_misused),
    "K24": ("sim.mechanisms.beliefs", "hardware_after", surprise_is_demand),
    "K25": ("sim.mechanisms.funding", "shared_out", negative),
    "K26": ("sim.views.demand", "line_utilities", support_repels),
}


def verdict(identity: str, folder: Path) -> Verdict:
    """Over two draws that are the setting in which the record says that the claim holds."""
    claim = chosen(identity)[0]
    (_, holds), _ = claim.settings
    table = pd.DataFrame([holds.params] * 2).assign(**{"entry.seed_money": [2e5, 2.01e5]})
    asked = asked_of((0,), 500, folder, Local(workers=1))
    return verdicts(asked, [claim], Design("file", table=table, seeds=OWN))[0]


@pytest.mark.parametrize("identity", FLIPS)
def test_the_opposite_mechanism_turns_the_verdict(
    identity: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module, name, turned = FLIPS[identity]
    assert verdict(identity, tmp_path / "as it is").kind == HOLDS_WIDELY
    where = importlib.import_module(module)
    monkeypatch.setattr(where, name, turned(getattr(where, name)))
    found = verdict(identity, tmp_path / "turned")
    assert found.kind == FAILS_WIDELY
    assert found.share == 0.0


def test_the_page_says_which_are_turned() -> None:
    """And of all others why not."""
    page = (Path(sim.__file__).parents[1] / "docs" / "claims.md").read_text("utf-8")
    part = page.partition("## What turns a verdict")[2].partition("\n## ")[0]
    told = set(re.findall(r"K\d\d", part))
    assert told == {claim.id for claim in claims()}
    turned = set(re.findall(r"^\| (K\d\d) ", part, re.MULTILINE))
    assert turned == set(FLIPS)
