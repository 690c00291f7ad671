"""Pages in ``docs/`` on parameters, measures, scenarios, rooms and figures: ``python -m experiments.tables``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from experiments import terminal
from experiments.pages.reference import pages
from experiments.questions.settings import check_path
from experiments.results.files import cannot_write, write_atomically


@terminal.door()
def main(arguments: Sequence[str] | None = None) -> int:
    """Write the pages; with ``--check`` only compare them; returns the exit code."""
    parser = terminal.Parser(prog="python -m experiments.tables", description=__doc__)
    parser.add_argument("--docs", default="docs", help="folder of the pages")
    parser.add_argument("--check", action="store_true", help="write nothing, fail if one is out of date")
    asked = parser.parse_args(arguments)
    folder = check_path("--docs", asked.docs)
    made = pages()
    old = [name for name, text in made.items() if _read(folder / name) != text]
    if asked.check and old:
        terminal.report(f"{', '.join(old)} in {folder} differ from the code; run python -m experiments.tables")
        return terminal.FAILED
    for name in old:
        _write(folder / name, made[name])
    return 0


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
