"""The notebooks as executed files: ``python -m experiments.notebooks`` makes each ``.ipynb`` from its ``.py``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from experiments import cli
from experiments.pages.notebooks import execute, write


def main(arguments: Sequence[str] | None = None) -> int:
    """Execute every notebook of a folder; returns the exit code."""
    parser = cli.Parser(prog="python -m experiments.notebooks", description=__doc__)
    parser.add_argument("--folder", default="notebooks", help="folder of the notebooks")
    try:
        for script in sorted(Path(parser.parse_args(arguments).folder).glob("*.py")):
            write(script.with_suffix(".ipynb"), execute(script))
            print(script.with_suffix(".ipynb"))
    except cli.USER_ERRORS as error:
        cli.report(error)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
