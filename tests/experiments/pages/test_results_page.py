"""The last column of the page on which results changed is what comes out now."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

import experiments as ex

PAGE = Path(__file__).parents[3] / "docs" / "results.md"
# Rows of the table in its order: measure, scenario (None for the baseline's level), and how the cell gives it.
ROWS = (
    ("frontier", None, "level"),
    ("open_lag", None, "level"),
    ("open_share_tokens", None, "share"),
    ("open_share_enterprise", None, "share"),
    ("price_gpt35_level", None, "level"),
    ("technology_price_gpt35", None, "level"),
    ("frontier", "no_open_weights", "level"),
    ("technology_price_gpt35", "no_open_weights", "percent"),
    ("consumer_gain", "no_open_weights", "level"),
    ("frontier", "everyone_opens", "level"),
    ("consumer_gain", "everyone_opens", "level"),
    ("open_lag", "no_deepseek", "level"),
    ("frontier", "no_deepseek", "level"),
)


def cells() -> list[str]:
    """The last cell of each row that is computed here."""
    table = PAGE.read_text("utf-8").split("## Headline numbers by edition")[1].split("## Why")[0]
    rows = [line.split("|")[-2].strip() for line in table.splitlines() if line.startswith("| ")]
    return rows[-len(ROWS) :]


@pytest.mark.slow
def test_the_last_column_is_what_comes_out(tmp_path: Path) -> None:
    scenarios = ["baseline", "no_open_weights", "everyone_opens", "no_deepseek"]
    measures = sorted({measure for measure, *_ in ROWS})
    runs = ex.ensemble(
        scenarios, seeds=12, months=37, developers=5_000, measures=measures, outputs=tmp_path, progress=False
    )
    found = runs.load("market", measures, month=37).pivot_table(index="seed", columns="scenario", values=measures)
    means: pd.Series = found.mean()
    for (measure, scenario, kind), cell in zip(ROWS, cells(), strict=True):
        base = float(means[measure, "baseline"])
        value = base if scenario is None else float(means[measure, scenario]) - base
        if kind == "percent":
            value /= base
        number = re.match(r"[+−]?[\d.]+", cell)
        assert number is not None, cell
        shown = number[0].replace("−", "-").lstrip("+")
        digits = len(shown.partition(".")[2])
        wanted = 100.0 * value if kind != "level" else value
        assert float(shown) == pytest.approx(wanted, abs=0.51 * 10.0**-digits), (measure, scenario)
