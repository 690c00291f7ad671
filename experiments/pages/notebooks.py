"""The notebooks as executed files: each ``.ipynb`` is made from its ``.py``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from experiments.results.files import cannot_write, write_atomically

_KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
_SECONDS = 300


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


def write(path: Path, notebook: Any) -> None:
    """Write a notebook, whole or not at all.

    Raises:
        ExperimentError: The folder cannot be written.
    """
    import nbformat

    try:
        write_atomically(path, lambda temporary: nbformat.write(notebook, temporary))
    except OSError as error:
        raise cannot_write(path.parent, error) from None
