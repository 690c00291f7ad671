"""The frontier without open weights, over what contributors find and how far those outside labs fall behind."""

from __future__ import annotations

import math
from pathlib import Path

import pandas as pd
import pytest

from experiments.engine.executors import Local
from experiments.findings.validation import commons
from experiments.findings.validation.report import asked_of


def test_a_cell_is_the_mean_over_seeds_of_scenario_less_baseline() -> None:
    rows = [
        {"point": 0, "seed": seed, commons.FOUND: 0.0, commons.BEHIND: gap, "date": "2025-12",
         "frontier": gap * frontier, "staff": math.log(1.25)}
        for gap in (1.0, 2.0) for seed, frontier in ((0, 0.1), (1, -0.2))
    ]  # fmt: skip
    text = commons.report(pd.DataFrame(rows)).text
    assert "| 0 | −0.05 (−0.20 to +0.10); +25% | −0.10 (−0.40 to +0.20); +25% |" in text
    assert "gap 1 OOM | gap 2 OOM |" in text


def test_what_contributors_find_goes_with_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The effect of the scenario on the frontier falls with λ_pub and rises with the gap."""
    monkeypatch.setattr(commons, "VALUES", {commons.FOUND: (0.0, 0.006), commons.BEHIND: (0.6, 1.0)})
    asked = asked_of((0,), 300, tmp_path, Local(workers=1))
    effects = commons.commons(asked, 36, ("2025-11",)).tables[commons.COMMONS]
    at_end = effects.set_index([commons.FOUND, commons.BEHIND])["frontier"]
    found, behind = (at_end.unstack(name) for name in (commons.FOUND, commons.BEHIND))
    assert (found[0.006] < found[0.0]).all()
    assert (behind[1.0] > behind[0.6]).all()
