"""Several experiments of one command (``-m``): what became of each job, and one exit code for all."""

from __future__ import annotations

import contextlib
import secrets
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextvars import ContextVar
from pathlib import Path

from omegaconf import DictConfig

from experiments.questions import typed
from experiments.questions.settings import refuse
from experiments.results.files import remove_empty

# 2 means that nothing was written.
_REFUSED, _KEPT_SOME = 2, 1
# Exit codes of the jobs that ran in this process; None in a process that somebody else started.
_CODES: ContextVar[list[int] | None] = ContextVar("codes", default=None)
_CLAIMED: set[Path] = set()


class JobFailed(Exception):
    """A job that ended with an exit code other than 0; what there is to say has been said."""

    def __init__(self, code: int, line: str = "") -> None:
        super().__init__(code, line)
        self.code, self.line = code, line


def begin() -> None:
    """Forget the jobs of an earlier command of this process."""
    _CODES.set([])
    _CLAIMED.clear()


def leave(code: int, line: str = "") -> None:
    """End a job with an exit code, and the line that says why.

    Raises:
        JobFailed: The job is in a process of a launcher's, where only an exception tells that it failed.
    """
    codes = _CODES.get()
    if codes is not None:
        codes.append(code)
    elif code:
        raise JobFailed(code, line)


def claim(folder: Path) -> None:
    """Note that a job of this command writes a folder.

    Raises:
        ExperimentError: Another of its jobs has done so.
    """
    if folder in _CLAIMED:
        raise refuse("name", folder.name, "no name with -m, so that each job has a folder of its own")
    _CLAIMED.add(folder)


def outcome(code: int) -> int:
    """The exit code of a command: its own or the highest of its jobs', but 1 if one was refused and others wrote."""
    jobs = _CODES.get() or []
    codes = {*jobs, code} if code else {*jobs} or {0}
    return _KEPT_SOME if _REFUSED in codes and codes & {0, _KEPT_SOME} else max(codes)


def job(notes: Path, task: Callable[[DictConfig], None], config: DictConfig) -> None:
    """Run one job; if in a process of a launcher's, with a file in ``notes`` that says what became of it.

    Of all that went well or wrong, a launcher hands back the first exception and no more.
    """
    if _CODES.get() is not None:
        return task(config)
    note = notes / secrets.token_hex(8)
    _write(note, _KEPT_SOME)  # stays if the process is lost, which may have written something
    try:
        task(config)
    except JobFailed as failed:
        _write(note, failed.code)
        raise
    _write(note, 0)


def _write(note: Path, code: int) -> None:
    with contextlib.suppress(OSError):  # where this cannot be written, nothing else was
        note.parent.mkdir(parents=True, exist_ok=True)
        note.write_text(str(code), "utf-8")


@contextlib.contextmanager
def tidied(arguments: Sequence[str]) -> Iterator[Path]:
    """A folder for the notes of jobs, which are counted at the end and go.

    Hydra notes a multirun in a file of its own; ours say more, so it goes too, and the folders if they are empty.
    """
    given = [typed.text_of(word) for word in arguments if word.startswith("outputs=")]
    folder = Path(given[-1] if given else "outputs", ".sweep")
    notes = Path.cwd() / folder / f".codes-{secrets.token_hex(8)}"
    missing: list[Path] = []
    with contextlib.suppress(OSError):
        missing = [path for path in folder.parents if not path.exists()][::-1]
    try:
        yield notes
    finally:
        with contextlib.suppress(OSError):
            for note in notes.iterdir():
                leave(int(note.read_text("utf-8") or _KEPT_SOME))
        shutil.rmtree(notes, ignore_errors=True)
        with contextlib.suppress(OSError):
            (folder / "multirun.yaml").unlink()
        remove_empty([*missing, folder])
