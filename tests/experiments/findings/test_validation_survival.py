"""Who survives: exits, and the order of compute, read from made-up lives and from real runs."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from experiments.engine.executors import Local
from experiments.findings.validation.report import asked_of
from experiments.findings.validation.survival import lives, report, survival


class Lives:
    """Three labs over four months: one exits, one is founded, one stays."""

    def load(self, table: str, columns: list[str], *, scenario: str) -> pd.DataFrame:
        there = {"gone": [1, 1, 0, 0], "founded": [0, 0, 1, 1], "stays": [1, 1, 1, 1]}
        size = {"gone": 27.0, "founded": 25.0, "stays": 24.0}
        rows = [
            {"point": 0, "seed": 7, "month": month, "lab": lab, "exists": float(exists), "compute": size[lab] + month}
            for lab, months in there.items()
            for month, exists in enumerate(months)
        ]
        return pd.DataFrame(rows)[["point", "seed", "month", "lab", *columns]]


def test_who_is_gone_at_the_end_exited() -> None:
    (row,) = lives(Lives(), "baseline").to_dict("records")  # type: ignore[arg-type]
    assert (row["exits"], row["early"], row["order"]) == ("gone", "gone", "founded, stays")


def test_worlds_that_leave_others_alive_are_counted() -> None:
    rows = [
        {"scenario": name, "point": point, "seed": 0, "exits": exits, "early": "", "order": order}
        for name, point, exits, order in (
            ("baseline", 0, "a, b", "c, d"),
            ("baseline", 1, "", "d, c"),
            ("no_open_weights", 0, "b", "c, d"),
            ("no_open_weights", 1, "", "c, d"),
        )
    ]
    text = report(pd.DataFrame(rows), 120).text
    assert "exits in 0 of them, later in 1." in text
    assert "takes 2 forms, led by" in text
    assert "other labs survive in 1 of 2." in text
    assert "| a | 1 | 0 |" in text
    assert "| b | 1 | 1 |" in text


def test_of_real_runs(tmp_path: Path) -> None:
    asked = asked_of((0,), 200, tmp_path, Local(workers=1))
    found = survival(asked, points=2, months=40).tables["survival"]
    assert list(found["scenario"]) == ["baseline"] * 2 + ["no_open_weights"] * 2
    assert (found["early"] == "").all()
    assert found["order"].str.count(", ").eq(3).all()
