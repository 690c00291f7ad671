"""The claims on the explorer's page, from a table of verdicts that ``python -m experiments.claims`` has written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from experiments.findings.claims.scorecard import TABLE
from experiments.pages.charts import plain
from experiments.questions.settings import check_path, refuse

_NEEDED = ("id", "claim", "kind", "verdict", "share", "share_low", "share_high", "draws", "depends")
# From what was drawn, in tables that say so.
_OVER = "over"
_TEST = ("measure", "scenario", "window", "mean", "q10", "q90", "unit")
_WORDS = ("id", "claim", "kind", "verdict", "depends", "measure", "scenario", "window", "unit", _OVER)
_WANTED = f"a {TABLE}.csv that python -m experiments.claims has written"
_MOST_BYTES = 5_000_000


def scorecard(given: str) -> list[dict[str, Any]]:
    """A row a claim, and kind of draws where the table has several, each with its tests.

    Args:
        given: The path of the table, or of its folder.

    Raises:
        ExperimentError: There is no such table, or it is another.
    """
    path = check_path("claims", given)
    table = read(path / f"{TABLE}.csv" if path.is_dir() else path, given)
    rows = []
    for _, tests in table.groupby([_OVER, "id"], sort=False):
        first = tests.iloc[0]
        low, share, high = plain(first[["share_low", "share", "share_high"]].astype(float))
        rows.append(
            {name: str(first[name]) for name in ("id", "claim", "kind", "verdict", "depends")}
            | {"over": f"{first['draws']:.0f} {first[_OVER]}".rstrip(), "tests": _tests(tests)}
            | {"low": low, "share": share, "high": high}
        )
    return rows


def read(path: Path, given: str) -> pd.DataFrame:
    """The table, or a refusal in one line."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise refuse("claims", given, f"{_WANTED}, of at most {_MOST_BYTES:,} bytes")
        table = pd.read_csv(path, keep_default_na=False, na_values=[""], dtype=dict.fromkeys(_WORDS, str))
    except (OSError, ValueError) as error:
        raise refuse("claims", given, f"{_WANTED} ({error})") from None
    missing = [name for name in (*_NEEDED, *_TEST) if name not in table]
    if missing or table.empty:
        raise refuse("claims", given, f"{_WANTED}, with {', '.join(missing) or 'rows'}")
    table[_OVER] = [f"from {over}" for over in table[_OVER]] if _OVER in table else ""
    words = [name for name in _WORDS if name in table]
    table[words] = table[words].fillna("")
    return table


def _tests(tests: pd.DataFrame) -> list[dict[str, Any]]:
    named = tests[tests["measure"] != ""]
    return [
        {name: str(row[name]) for name in ("measure", "scenario", "window", "unit")}
        | dict(zip(("mean", "q10", "q90"), plain([row["mean"], row["q10"], row["q90"]]), strict=True))
        for row in named.to_dict("records")
    ]
