"""Names and paths are the text that was typed, flags stand anywhere, and whatever is meant for Hydra stays Hydra's."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.questions.typed import TEXTS, as_meant, in_order, parsed, text_of


@pytest.mark.parametrize(
    "text",
    [
        "2024_01", "1_000", "007", "1e5", "1.0", "true", "NULL", "a=b", "x (1)", "Läufe", "a#b", "a&b", "a~b", "it's",
        '"', "[a]", "{a: b}", "a{b", "a]", "(", "C:\\runs\\", "\\", "a!b", "a;b", "a|b", "a<b>", "a`b", "日本",
        "a\tb", "1:30", "-1", "'x", "str(3)", "int(3)",
    ],
)  # fmt: skip
def test_a_name_or_a_path_is_the_text_that_was_typed(text: str) -> None:
    for key in TEXTS:
        word = as_meant(f"{key}={text}")
        assert text_of(word) == text
        assert as_meant(word) == word  # twice is once


@settings(max_examples=300, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters=",$\\'\" "), min_size=1))
def test_any_text_without_quotes_commas_and_dollars_comes_through(text: str) -> None:
    if text.startswith("~") or text in ("null",) or text.split("(")[0] in FUNCTIONS:
        return
    assert text_of(as_meant(f"outputs={text}")) == text


FUNCTIONS = ("choice", "range", "interval", "glob", "sort", "shuffle", "tag", "int", "float", "str", "bool",
             "extend_list", "json_str")  # fmt: skip


@pytest.mark.parametrize(
    "word",
    [
        "name=null", "name=", "outputs=a,b", "name=choice(a,b)", "outputs='a b'", 'outputs="a (b)"',
        "outputs=${name}/x",        "months=2024_01", "seeds=[3,5]", "params.talent.mobility=0.03", "~name",
        "design.params={talent.mobility: [0,1]}",        "outputs", "-m",
    ],
)  # fmt: skip
def test_what_is_meant_for_hydra_stays(word: str) -> None:
    assert as_meant(word) == word


def test_each_of_several_names_is_text() -> None:
    read = parsed(as_meant("name=2024_01,2024_02,x"))
    assert read is not None
    assert [str(part) for part in read.sweep_string_iterator()] == ["'2024_01'", "'2024_02'", "x"]


def test_flags_come_first_with_their_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    typed = "months=3 --config-dir ~/mine seeds=1 -m a=-1 --cfg job --config-name=x name=7 --info all -cd=~/two --run"
    assert in_order(typed.split()) == [
        "--config-dir", "/home/me/mine", "-m", "--cfg", "job", "--config-name=x", "--info", "all", "-cd=/home/me/two",
        "--run", "months=3", "seeds=1", "a=-1", "name='7'",
    ]  # fmt: skip
    assert in_order(["a=1", "--config-dir"]) == ["--config-dir", "a=1"]


def test_a_tilde_is_home_where_a_path_is_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me (1)")
    assert text_of(as_meant("outputs=~/x")) == str(Path("/home/me (1)/x"))
    assert text_of(as_meant("name=~x")) == "~x"
