"""Spoilt tables of points: the rows that another reader finds in them, each with its own point, or one line.

``make test-slow`` spoils many more.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

import sim
from experiments.questions.designs import Design
from experiments.questions.settings import ExperimentError

MOBILITY, RENEWAL, MODE = "talent.mobility", "talent.taste_renewal", "finance.invest_mode"
BASE = sim.Parameters()
VALUES = {leaf.address: leaf.value for leaf in BASE.leaves()}
TABLES = (
    f"{MOBILITY},{RENEWAL},{MODE}\n0.01,24,anchored\n0.02,NA,frozen\n0.01,24,anchored\n1e-2,24.0,\n",
    f'scenario,{MOBILITY}\nbaseline,0.1\n"no_deepseek","0.2"\nbaseline, 0.10\nbaseline,NA\n',
    f"\ufeffpoint,{MOBILITY}\r\n0,0.25\r\n1,0.5\r\n2,0.25\r\n,\r\n,\r\n",
    f"{MOBILITY}\n0.1\n0.2\n0.1\n",
)
PIECES = (
    ",", ",,", ";", "\t", "\n", "\n\n", "\r", "\r\n", '"', '""', "'", " ", "\0", "\x1b", "\ufeff", "\u2028", "é", "٣",
    "３", "NA", "nan", "NaN", "None", "null", "inf", "-", "--", "+", ".", "e", "E5", "1e400", "1_0", "0x1", "#", "%",
    "=", "$", "1,5", "7", "true", "anchored", "talent.mobility", "scenario", "seed", "\ud800", "9" * 400, "x" * 5000,
)  # fmt: skip


def spoilt(text: str, luck: random.Random) -> bytes:
    """The bytes of a text in which some pieces were put in, replaced, dropped or doubled."""
    letters = list(text)
    for _ in range(luck.randint(1, 3)):
        place, kind = luck.randrange(len(letters) + 1), luck.randrange(4)
        if kind == 0:
            letters.insert(place, luck.choice(PIECES))
        elif kind == 1:
            letters[place : place + 1] = luck.choice(PIECES)
        elif kind == 2:
            del letters[place : place + luck.randint(1, 12)]
        else:
            start = luck.randrange(len(letters) + 1)
            letters[place:place] = letters[start : start + luck.randint(1, 20)]
    data = bytearray("".join(letters).encode("utf-8", "surrogatepass"))
    if data and luck.random() < 0.1:
        data[luck.randrange(len(data))] ^= 1 << luck.randrange(8)
    return bytes(data)


def cells_of(text: str) -> Iterator[list[str]]:
    """The records of a table, read letter by letter: what stands in quotes is a cell, whatever is in it."""
    record, cell, inside, at = [], "", False, 0
    while at < len(text):
        letter, at = text[at], at + 1
        if inside and letter == '"' and text[at : at + 1] == '"':
            cell, at = cell + '"', at + 1
        elif letter == '"' and (inside or not cell.strip(" ")):
            inside = not inside
        elif inside or letter not in ",\r\n":
            cell += letter
        elif letter == ",":
            record, cell = [*record, cell], ""
        else:
            at += text[at - 1 : at + 1] == "\r\n"
            yield [*record, cell]
            record, cell = [], ""
    if record or cell:
        yield [*record, cell]


def expected(data: bytes) -> list[dict[str, str]]:
    """What a table says, row by row, by column; rows at its end without a letter are none."""
    text = data.decode("utf-8").removeprefix("\ufeff")
    records = [[cell.strip() for cell in record] for record in cells_of(text)]
    while records and not any(records[-1]):
        records.pop()
    header, *rows = records[next(place for place, record in enumerate(records) if record != [""]) :]
    assert len(set(header)) == len(header) and all(len(row) == len(header) for row in rows)
    return [dict(zip(header, row, strict=True)) for row in rows]


def meaning(address: str, cell: str) -> object:
    """What a cell stands for."""
    if cell in ("", "NA", "NaN", "nan"):
        return VALUES[address]
    assert cell.isascii() and "_" not in cell
    return {"true": True, "false": False}.get(cell.lower(), cell) if isinstance(VALUES[address], str | bool) else float(
        cell
    )  # fmt: skip


def read_as_it_is(data: bytes, path: Path) -> bool:
    """Whether a table is let in, and then with every row as it stands there; if not, refused in one line."""
    path.write_bytes(data)
    try:
        points = Design.of(str(path)).expand(BASE)
    except ExperimentError as error:
        line = str(error)
        assert line.isprintable() and len(line) <= 600 and "points.csv" in line, (data, line)
        return False
    rows = expected(data)
    assert points.rows is not None and len(points.rows) == len(rows), data
    for number, row in enumerate(rows):
        changes = points.changes(points.rows["point"][number])
        assert changes.keys() == row.keys() - {"scenario", "point"}, data
        for address, value in changes.items():
            assert value == meaning(address, row[address]), (data, number, address)
        if "scenario" in row:
            assert points.rows["scenario"][number] == row["scenario"], data
    return True


@pytest.mark.parametrize("table", TABLES)
def test_tables_that_are_not_spoilt(table: str, tmp_path: Path) -> None:
    assert read_as_it_is(table.encode(), tmp_path / "points.csv")


@pytest.mark.parametrize("cases", [400, pytest.param(20_000, marks=pytest.mark.slow)])
def test_spoilt_tables_are_read_as_they_are_or_refused_in_one_line(
    cases: int, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)  # that empty rows are no points is warned of
    luck = random.Random(cases)
    let_in = sum(read_as_it_is(spoilt(luck.choice(TABLES), luck), tmp_path / "points.csv") for _ in range(cases))
    assert cases / 20 < let_in < cases / 2
