"""The notebooks as executed files: ``python -m experiments.notebooks`` makes each ``.ipynb`` from its ``.py``."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from experiments import terminal
from experiments.pages.notebooks import NotebookError, execute, write
from experiments.questions.settings import check_path, refuse


@terminal.door()
def main(arguments: Sequence[str] | None = None) -> int:
    """Execute every notebook of a folder; returns the exit code, 1 if one fails; those before it are written."""
    parser = terminal.Parser(prog="python -m experiments.notebooks", description=__doc__)
    parser.add_argument("--folder", default="notebooks", help="folder of the notebooks")
    folder = check_path("--folder", parser.parse_args(arguments).folder)
    scripts = sorted(folder.glob("*.py"))
    if not scripts:
        raise refuse("--folder", str(folder), "a folder with notebooks, *.py")
    for script in scripts:
        try:
            notebook = execute(script)
        except NotebookError as error:
            terminal.report(error)
            return terminal.FAILED
        write(script.with_suffix(".ipynb"), notebook)
        terminal.say(str(script.with_suffix(".ipynb")))
    return 0


if __name__ == "__main__":
    sys.exit(main())
