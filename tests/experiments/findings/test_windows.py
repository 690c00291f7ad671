"""The windows of the validation, on made-up runs."""

from __future__ import annotations

import pytest

from experiments.findings import windows


def test_validation(made_up) -> None:  # type: ignore[no-untyped-def]
    runs = made_up(37, ("baseline",))
    market = runs.market
    market["spend"] = 25.0
    market["open_share_spend"] = 0.5
    market["price_gpt35_level"] = 10.0 ** (-market["month"] / 10.0)
    rows = {row.name: row for row in windows.rows(runs)}
    assert rows["spend, end 2025"].value == 25.0
    assert rows["spend, end 2025"].inside
    assert not rows["open share of spend, end 2025"].inside
    # 2024-10 is month 23.
    assert rows["GPT-3.5-level price, fall 2022-11 to 2024-10"].value == pytest.approx(10**2.3)
    assert "| 0.5 | 0.5 to 0.5 | 0 to 0.1 | no |" in windows.table(list(rows.values()))
