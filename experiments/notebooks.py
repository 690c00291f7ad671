"""The notebooks as executed files: ``python -m experiments.notebooks`` makes each ``.ipynb`` from its ``.py``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from experiments import cli
from experiments.results.files import cannot_write, write_atomically

_KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
_SECONDS = 300


def main(arguments: Sequence[str] | None = None) -> int:
    """Execute every notebook of a folder; returns the exit code."""
    parser = cli.Parser(prog="python -m experiments.notebooks", description=__doc__)
    parser.add_argument("--folder", default="notebooks", help="folder of the notebooks")
    try:
        for script in sorted(Path(parser.parse_args(arguments).folder).glob("*.py")):
            _write(script.with_suffix(".ipynb"), execute(script))
            print(script.with_suffix(".ipynb"))
    except cli.USER_ERRORS as error:
        cli.report(error)
        return 2
    return 0


def execute(script: Path) -> Any:
    """Run a percent script as a notebook, in its own folder; returns the notebook with its outputs.

    Raises:
        nbclient.exceptions.CellExecutionError: A cell failed.
    """
    import jupytext
    import nbclient

    notebook = jupytext.read(script)
    nbclient.NotebookClient(
        notebook,
        timeout=_SECONDS,
        kernel_name=_KERNEL["name"],
        resources={"metadata": {"path": str(script.parent)}},
        record_timing=False,
    ).execute()
    # Nothing that depends on the machine or on chance stays in the file.
    notebook.metadata = {"jupytext": {"formats": "ipynb,py:percent"}, "kernelspec": _KERNEL}
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"
        cell.metadata = {}
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]
    return notebook


def _write(path: Path, notebook: Any) -> None:
    import nbformat

    try:
        write_atomically(path, lambda temporary: nbformat.write(notebook, temporary))
    except OSError as error:
        raise cannot_write(path.parent, error) from None


if __name__ == "__main__":
    sys.exit(main())
