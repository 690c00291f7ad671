"""The sentences of any study."""

from __future__ import annotations

from typing import Any

import pytest

import experiments as ex
from experiments.findings import words
from experiments.results.results import Results

SIZE: dict[str, Any] = {"seeds": 2, "months": 13, "developers": 300, "workers": 1, "progress": False}


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        (None, ["open_share_tokens", "price_gpt35_level", "frontier"]),
        (["market"], ["open_share_tokens", "price_gpt35_level", "frontier"]),
        (["hhi", "contributions"], ["hhi", "contributions"]),
        (["technology_price_gpt35", "price_gpt35_level"], ["price_gpt35_level"]),
        (["technology_price_gpt35"], ["technology_price_gpt35"]),
        (["labs.price"], ["labs.price"]),
        (["adoption", "labs.share_users", "flows"], ["adoption", "labs.share_users", "flows"]),
    ],
    ids=str,
)
def test_sentences_are_about_what_was_asked(asked: Any, wanted: list[str], tmp_path: Any) -> None:
    runs = ex.ensemble(["baseline", "no_open_weights"], measures=asked, outputs=tmp_path, **SIZE)
    found = words.effects_in_words(runs)
    assert len(found) == len(wanted)
    for text, measure in zip(found, wanted, strict=True):
        assert text.startswith(f"no_open_weights minus baseline, {measure} in 2023-1")
        assert ("technology_price_gpt35" in text) is (measure in ("price_gpt35_level", "technology_price_gpt35"))


def test_nothing_to_compare_is_nothing_to_say(small: Results) -> None:
    assert words.effects_in_words(small.select(scenario="baseline")) == []
    assert words.effects_in_words(small.select(scenario="no_open_weights")) == []
