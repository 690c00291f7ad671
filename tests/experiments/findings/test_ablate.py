"""Which mechanism carries an effect."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import experiments as ex
import sim

SIZE: dict[str, Any] = {"months": 14, "developers": 300, "workers": 1, "progress": False}
MEASURES = ["open_share_users", "contributions"]


def test_effects_are_those_of_the_worlds_without_the_mechanism(tmp_path: Path) -> None:
    frame = ex.ablate("no_open_weights", seeds=2, measures=MEASURES, mechanisms=["talent", "contribution"],
                      outputs=tmp_path, **SIZE)  # fmt: skip
    assert frame.loc["contributions"].index.tolist() == ["nothing", "talent", "contribution"]
    worlds = {}
    for without in ((), ("contribution",)):
        effects = []
        for seed in range(2):
            base = sim.Market(rng=seed, developers=300, without=without).run(14)
            scenario = ex.scenario("no_open_weights")
            other = sim.Market(rng=seed, developers=300, setup=scenario, without=without, reference=base).run(14)
            effects.append(other.last("contributions") - base.last("contributions"))
        worlds[without] = sum(effects) / 2
    assert worlds[()] < 0.0 == worlds[("contribution",)]
    assert frame.loc[("contributions", "nothing"), "mean"] == pytest.approx(worlds[()])
    assert frame.loc[("contributions", "contribution"), "mean"] == 0.0
    # Without contributions nothing of their loss is left, so contribution carries all of it.
    assert frame.loc[("contributions", "contribution"), "carried"] == pytest.approx(worlds[()])
    row = frame.loc[("open_share_users", "talent")]
    assert row["carried"] == pytest.approx(frame.loc[("open_share_users", "nothing"), "mean"] - row["mean"])
    assert row["carried_low"] <= row["carried"] <= row["carried_high"]


def test_all_optional_mechanisms_by_default(tmp_path: Path) -> None:
    frame = ex.ablate("meta_closes", seeds=1, measures="hhi", month="2022-12", outputs=tmp_path, **SIZE | {"months": 2})
    optional = [verb.name for verb in sim.Market.schedule if not verb.essential]
    assert frame.loc["hhi"].index.tolist() == ["nothing", *optional]
    assert (frame["mean"] == 0.0).all()


@pytest.mark.parametrize(
    ("asked", "error", "words"),
    [
        ({"mechanisms": ["pricing"]}, sim.ParameterError, "is essential"),
        ({"measures": ["fame"]}, ex.ExperimentError, "measures=fame"),
        ({"month": 15}, ex.ExperimentError, "month=15.*0 to 14"),
        ({"against": "nobody"}, ex.ExperimentError, "against=nobody"),
    ],
    ids=str,
)
def test_refusals(tmp_path: Path, asked: dict[str, Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        ex.ablate("meta_closes", seeds=1, outputs=tmp_path, **SIZE | asked)
    assert list(tmp_path.iterdir()) == []
