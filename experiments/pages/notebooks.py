"""The notebooks as executed files: each ``.ipynb`` is made from its ``.py``."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from pathlib import Path
from typing import Any

from experiments.pages.sliders import WIDGET
from experiments.questions.settings import ExperimentError, one_line
from experiments.results.files import cannot_write, write_atomically

_KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
_SECONDS = 300


class NotebookError(ExperimentError):
    """A notebook that does not run to its end."""


def execute(script: Path) -> Any:
    """Run a percent script as a notebook, in its own folder; returns the notebook with its outputs.

    Raises:
        ExperimentError: What notebooks need is not installed.
        NotebookError: The script cannot be read, a cell failed or took too long, or the kernel died.
    """
    # Some versions of the kernel's debugger, which is not used here, warn of Python's own modules on every start.
    os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    try:
        import jupytext
        import nbclient
    except ImportError as missing:
        raise ExperimentError(f"{missing.name} is not installed; pip install 'weightshift[notebooks]'") from None
    try:
        notebook = jupytext.read(script)
        client = nbclient.NotebookClient(
            notebook,
            timeout=_SECONDS,
            kernel_name=_KERNEL["name"],
            resources={"metadata": {"path": str(script.parent)}},
            record_timing=False,
        )
        _run(client)
    except nbclient.exceptions.CellExecutionError as error:
        raise NotebookError(f"{script}: {_failed(notebook)}{error.ename}: {error.evalue}") from None
    except Exception as error:  # no kernel, a kernel that died, a cell that took too long, a script in another encoding
        raise NotebookError(one_line(f"{script}: {type(error).__name__}: {error}")) from None
    # Nothing that depends on the machine or on chance stays in the file.
    notebook.metadata = {"jupytext": {"formats": "ipynb,py:percent"}, "kernelspec": _KERNEL}
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"
        cell.metadata = {}
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if _stays(output)]
    return notebook


def _run(client: Any) -> None:
    """Run a notebook to its end, or to Ctrl-C, at which nbclient would close the kernel under its own feet.

    Raises:
        KeyboardInterrupt: It was interrupted; the kernel is gone.
    """
    interrupted = False

    async def inside() -> None:
        running, loop, start = asyncio.current_task(), asyncio.get_running_loop(), client.async_start_new_kernel

        def stop() -> None:
            nonlocal interrupted
            interrupted = True
            loop.set_exception_handler(lambda *_: None)  # nobody waits any more for what still listens to the kernel
            client.shutdown_kernel = "immediate"  # asked politely, it ends with tracebacks of its own
            if running is not None:
                running.cancel()

        async def start_kernel(**more: Any) -> None:
            with suppress(NotImplementedError, RuntimeError):  # not in the main thread, or no such signals
                loop.add_signal_handler(signal.SIGINT, stop)  # in place of nbclient's, which is there by now
            await start(**more)

        client.async_start_new_kernel = start_kernel
        await client.async_execute()

    try:
        asyncio.run(inside())
    except (Exception, asyncio.CancelledError):
        if interrupted:
            raise KeyboardInterrupt from None
        raise


def _stays(output: Any) -> bool:
    """Neither what was said on standard error nor a widget, which is dead without its kernel."""
    return bool(output.get("name") != "stderr" and WIDGET not in output.get("data", {}))


def _failed(notebook: Any) -> str:
    """Which cell failed, in words: its number among those with code, and its first line."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for number, cell in enumerate(cells, start=1):
        if any(output.output_type == "error" for output in cell.get("outputs", ())):
            return f"code cell {number}, {one_line(cell.source, 60)!r}: "
    return ""


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
