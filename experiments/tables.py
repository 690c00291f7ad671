"""The tables of parameters and measures in ``docs/``, made by ``python -m experiments.tables``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import sim
from experiments import cli
from experiments.results.files import cannot_write, write_atomically

_MADE = "<!-- Made by `python -m experiments.tables`; change the code, not this file. -->"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write both tables; with ``--check`` only compare them; returns the exit code."""
    parser = cli.Parser(prog="python -m experiments.tables", description=__doc__)
    parser.add_argument("--docs", default="docs", help="folder of the tables")
    parser.add_argument("--check", action="store_true", help="write nothing, fail if a table is out of date")
    try:
        asked = parser.parse_args(arguments)
        folder = Path(asked.docs)
        old = [name for name, text in pages().items() if _read(folder / name) != text]
        if asked.check and old:
            cli.report(f"{', '.join(old)} in {folder} differ from the code; run python -m experiments.tables")
            return 1
        for name in old:
            _write(folder / name, pages()[name])
    except cli.USER_ERRORS as error:
        cli.report(error)
        return 2
    return 0


def pages() -> dict[str, str]:
    """File name → text of every generated page."""
    return {"parameters.md": parameters_page(), "measures.md": measures_page()}


def parameters_page() -> str:
    """Every parameter with its default, unit, bounds, range, confidence and source, by section."""
    rows = sim.Parameters().table()
    lines = [
        "# Parameters",
        "",
        _MADE,
        "",
        f"{len(rows)} parameters. The address is the same everywhere: `params.talent.mobility=0.02` on the "
        'command line, `Parameters().with_(**{"talent.mobility": 0.02})` in Python. *Bounds* are enforced; '
        "the *range* is plausible and is what designs sample.",
    ]
    for section, members in groupby(rows, key=lambda row: row["address"].split(".")[0]):
        lines += [
            "",
            f"## {section}",
            "",
            "| parameter | default | unit | bounds | range | meaning | source |",
        ]
        lines += ["|---|---|---|---|---|---|---|"]
        lines += [_parameter(row) for row in members]
    return "\n".join(lines) + "\n"


def measures_page() -> str:
    """Every measure with its unit and definition, market first."""
    lines = ["# Measures", "", _MADE, "", "Shares exclude the outside option. Month 0 is 2022-11."]
    for title, found in (("Market", sim.measures.MARKET), ("Labs", sim.measures.LABS)):
        lines += ["", f"## {title}", "", "| measure | unit | definition |", "|---|---|---|"]
        lines += [
            f'| <a id="{title.lower()}.{name}"></a>`{name}` | {_cell(measure.unit)} | {_cell(measure.doc)} |'
            for name, measure in found.items()
        ]
    return "\n".join(lines) + "\n"


def _parameter(row: dict[str, Any]) -> str:
    address = row["address"]
    allowed = ", ".join(row["choices"]) if row["choices"] else _span(row["low"], row["high"])
    cells = (
        f'<a id="{address}"></a>`{address}`',
        _value(row["default"]),
        _cell(row["unit"]),
        allowed,
        _span(row["range_low"], row["range_high"]),
        _cell(row["doc"]),
        _cell(f"{row['source']} ({row['confidence']})"),
    )
    return "| " + " | ".join(cells) + " |"


def _span(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"{_value(low)} to {_value(high)}"


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def _cell(text: str) -> str:
    return " ".join(str(text).split()).replace("|", "\\|")


def _read(path: Path) -> str | None:
    try:
        return path.read_text("utf-8")
    except OSError:
        return None


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, lambda temporary: temporary.write_text(text, "utf-8"))
    except OSError as error:
        raise cannot_write(path.parent, error) from None


if __name__ == "__main__":
    sys.exit(main())
