"""The ten lines of the main job."""

from __future__ import annotations

from experiments.findings import words


def test_words_agree_with_the_numbers(made_up) -> None:  # type: ignore[no-untyped-def]
    runs = made_up(60)
    market = runs.market
    market.loc[market["scenario"] == "baseline", "price_gpt35_level"] = 1.0
    market.loc[market["scenario"] == "no_open_weights", "price_gpt35_level"] = 4.0
    market["frontier"] = 2.0
    text = words.in_words(runs).splitlines()
    market["consumer_gain"] = market["scenario"].map({"baseline": 2.0, "no_open_weights": 1.0})
    text = words.in_words(runs).splitlines()
    assert "they make GPT-3.5-level capability cheaper and leave consumers better off; whether" in text[1]
    assert "whether they raise the frontier or not is not clear" in text[1]
    assert "-75% (-75% to -75%; 4 of 4 pairs agree), then -75%" in text[3]
    assert "in 2025-12 and then in 2027-11" in text[0]
