"""The page on the house is made from its imports, and shows all of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from experiments.pages.architecture import PACKAGES, architecture_page, arrows_of, ordered, read, reduced

ROOT = Path(__file__).parents[3]
FOLDERS = {name: ROOT / name for name in PACKAGES}


def beyond(arrows: dict[str, set[str]]) -> dict[str, set[str]]:
    """All that one comes to from each room."""
    reached = {room: set(nexts) for room, nexts in arrows.items()}
    for middle in reached:
        for room, known in reached.items():
            if middle in known:
                reached[room] = known | reached[middle]
    return reached


def test_every_file_is_in_the_page_with_its_first_words() -> None:
    page = architecture_page("made", FOLDERS)
    rows = re.findall(r"^\| `(\S+)` \| (.+?) \| (.*?) ?\|$", page, re.MULTILINE)
    paths = [path.relative_to(ROOT).as_posix() for name in PACKAGES for path in (ROOT / name).rglob("*.py")]
    assert sorted(place for place, _, _ in rows) == sorted(paths)
    assert all(about.endswith((".", "?")) for _, about, _ in rows)
    (adoption,) = [row for row in rows if row[0] == "sim/mechanisms/adoption.py"]
    assert adoption[1].startswith("Developers reconsider and choose")
    assert adoption[2].split(", ") == ["views", "state", "agents", "numerics"]
    (tables,) = [row for row in rows if row[0] == "experiments/pages/reference.py"]
    assert tables[2] == "findings, questions, sim.sim"


def test_the_picture_says_as_much_as_all_arrows_and_no_more_than_it_must() -> None:
    page = architecture_page("made", FOLDERS)
    arrows = arrows_of(read(FOLDERS))
    names = {room.replace(".", "_"): room for room in arrows}
    drawn: dict[str, set[str]] = {room: set() for room in arrows}
    for here, there in re.findall(r"^  (\w+) --> (\w+)$", page, re.MULTILINE):
        drawn[names[here]].add(names[there])
    assert beyond(drawn) == beyond(arrows)
    for here, nexts in drawn.items():
        for there in nexts:
            without = {**drawn, here: nexts - {there}}
            assert there not in beyond(without)[here], f"{here} → {there} follows from others"
    order = ordered(arrows)
    assert all(order.index(here) < order.index(there) for here, nexts in arrows.items() for there in nexts)


def test_arrows_that_follow_are_left_out() -> None:
    chain = {"a": {"b", "c"}, "b": {"c"}, "c": set()}
    assert reduced(chain) == {"a": {"b"}, "b": {"c"}, "c": set()}
    fork = {"a": {"b", "c", "d"}, "b": {"d"}, "c": {"d"}, "d": set()}
    assert reduced(fork) == {"a": {"b", "c"}, "b": {"d"}, "c": {"d"}, "d": set()}


def test_a_circle_is_drawn_as_it_is() -> None:
    assert ordered({"b": {"a"}, "a": {"b"}}) == ["a", "b"]
    assert reduced({"b": {"a"}, "a": {"b"}}) == {"a": {"b"}, "b": {"a"}}


@pytest.mark.parametrize(
    "code",
    ["from sim.low import x", "import sim.low", "from sim import low", "def late():\n    from sim.low import x"],
)
def test_whatever_the_tree_is(tmp_path: Path, code: str) -> None:
    (tmp_path / "sim" / "room").mkdir(parents=True)
    (tmp_path / "experiments").mkdir()
    (tmp_path / "sim" / "__init__.py").write_text('"""The world."""\n')
    (tmp_path / "sim" / "low.py").write_text('"""Low | and :mod:`sim.x` with ``y``.\n\nMore."""\nx = 1\n')
    (tmp_path / "sim" / "room" / "file.py").write_text(f'"""High."""\n{code}\n')
    (tmp_path / "experiments" / "run.py").write_text("from sim.room.file import x\nimport sim, sys\n")
    page = architecture_page("made", {name: tmp_path / name for name in PACKAGES})
    assert "| `sim/low.py` | Low \\| and `sim.x` with `y`. |  |" in page
    assert "| `sim/room/file.py` | High. | low |" in page
    (door,) = [line for line in page.splitlines() if line.startswith("| `experiments/run.py` |  | ")]
    assert set(door.split("|")[3].strip().split(", ")) == {"sim.sim", "sim.room"}
    arrows = re.findall(r"^  (\w+ --> \w+)$", page, re.MULTILINE)
    assert sorted(arrows) == ["experiments_doors --> sim_room", "experiments_doors --> sim_sim", "sim_room --> sim_low"]
