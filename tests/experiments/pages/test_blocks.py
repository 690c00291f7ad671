"""Parts of a page that commands make."""

from __future__ import annotations

from pathlib import Path

import pytest

from experiments.pages.blocks import first_line, last_line, read_page, with_parts, write_page
from experiments.pages.validation import COMMAND, KINDS
from experiments.questions.settings import ExperimentError

PAGE = """# Title

By hand.

<!-- one: made by `x`; change the code, not this part. -->

old

<!-- end of one -->

Between.

<!-- two: made by `y`; change the code, not this part. -->
<!-- end of two -->

After.
"""
COMMANDS = {"one": "x", "two": "y"}


def test_a_part_is_replaced_and_the_rest_stays(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_text(PAGE, "utf-8")
    text = with_parts(read_page(path, ["one", "two"]), {"one": "new \\1\n", "two": "second"}, COMMANDS)
    assert "old" not in text
    assert text.startswith("# Title\n\nBy hand.\n\n" + first_line("one", "x") + "\n\nnew \\1\n\n" + last_line("one"))
    assert text.endswith(first_line("two", "y") + "\n\nsecond\n\n" + last_line("two") + "\n\nAfter.\n")
    write_page(path, text)
    again = with_parts(read_page(path, ["one", "two"]), {"one": "new \\1\n", "two": "second"}, COMMANDS)
    assert again == text


def test_only_what_was_made_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_text(PAGE, "utf-8")
    text = with_parts(read_page(path, ["two"]), {"two": "second"}, COMMANDS)
    assert "old" in text and "second" in text


@pytest.mark.parametrize(
    "text",
    [
        "# Title\n",
        "<!-- one: made -->\n",
        "<!-- end of one -->\n",
        "<!-- one: made -->\n<!-- end of one -->\n<!-- one: made -->\n<!-- end of one -->\n",
        "<!-- end of one -->\n<!-- one: made -->\n",
    ],
)
def test_a_page_without_the_part_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_text(text, "utf-8")
    with pytest.raises(ExperimentError, match=r"--page=.*a page that once has <!-- one: … --> and below it"):
        read_page(path, ["one"])


def test_a_page_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ExperimentError, match=r"--page=.*No such file"):
        read_page(tmp_path / "no.md", ["one"])
    (tmp_path / "odd.md").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(ExperimentError, match=r"no text in UTF-8"):
        read_page(tmp_path / "odd.md", ["one"])


def test_the_page_on_validation_has_every_part() -> None:
    path = Path(__file__).parents[3] / "docs" / "validation.md"
    text = read_page(path, KINDS)
    for name in KINDS:
        assert first_line(name, f"{COMMAND} --{name} --page docs/validation.md") in text
