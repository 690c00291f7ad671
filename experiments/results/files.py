"""Writing so that a file or a folder is there whole or not at all."""

from __future__ import annotations

import errno
import itertools
import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import yaml

from experiments.questions.settings import ExperimentError, refuse

_PROBE_BYTES = 262_144
# What is unfinished for so long was left by a process that was killed.
_ABANDONED_SECONDS = 3600.0
_UNFINISHED = (".tmp-", ".probe-")


def make_folder(folder: Path) -> list[Path]:
    """Create a folder with its parents; returns those that were not there, deepest last."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()][::-1]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        remove_empty(missing)
        raise
    return missing


def remove_empty(folders: list[Path]) -> None:
    """Remove the folders that are still empty, deepest first."""
    for folder in reversed(folders):
        try:
            folder.rmdir()
        except FileNotFoundError:
            continue
        except OSError:
            return


def check_writable(outputs: Path, *within: str) -> list[Path]:
    """Create the output folder and write a probe; returns the folders created.

    What killed processes have left unfinished there, and in the folders ``within``, is removed.

    Raises:
        ExperimentError: Nothing can be written there; nothing is left behind.
    """
    created: list[Path] = []
    try:
        created = make_folder(outputs)
        with tempfile.NamedTemporaryFile(dir=outputs, prefix=".probe-") as probe:
            probe.write(b"\0" * _PROBE_BYTES)
            probe.flush()
            now = os.stat(probe.name).st_mtime  # by the clock of the disk, whoever's that is
    except OSError as error:
        remove_empty(created)
        raise cannot_write(outputs, error) from None
    for folder in (outputs, *(outputs / name for name in within)):
        _remove_abandoned(folder, now)
    return created


def _remove_abandoned(folder: Path, now: float) -> None:
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            with suppress(OSError):
                old = now - entry.stat(follow_symlinks=False).st_mtime > _ABANDONED_SECONDS
                if old and entry.name.startswith(_UNFINISHED):
                    if entry.is_dir(follow_symlinks=False):
                        shutil.rmtree(entry.path)
                    else:
                        os.unlink(entry.path)


class NotWritten(ExperimentError):
    """A folder that cannot be written.

    Attributes:
        strerror: The system's reason.
    """

    strerror: str = ""


def cannot_write(outputs: Path, error: OSError | NotWritten, field: str = "outputs") -> NotWritten:
    """The refusal of an output folder, with the system's reason."""
    reason = error.strerror or str(error)
    refusal = NotWritten(str(refuse(field, str(outputs), f"a folder that can be written ({reason})")))
    refusal.strerror = reason
    return refusal


def write_atomically(path: Path, write: Callable[[Path], Any]) -> None:
    """Let ``write`` fill a file beside ``path``, then put it in place in one step.

    Raises:
        OSError: It cannot be written, or there is a device or a pipe in its place, which would be gone.
    """
    check_place(path)
    temporary = path.parent / f".tmp-{secrets.token_hex(8)}{path.suffix}"
    temporary.touch(exist_ok=False)  # readable for whom the user's umask says, unlike what tempfile makes
    try:
        write(temporary)
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def check_place(path: Path) -> None:
    """Refuse to put a file in the place of what is no file.

    Raises:
        OSError: There is a folder, a device or a pipe.
    """
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, "Is a directory", str(path))
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "Not a regular file", str(path))


def write_data(path: Path, value: Any) -> None:
    """Write plain data as JSON (without NaN), YAML or text, by the ending of the name."""
    if path.suffix == ".json":
        text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False, default=str)
    elif path.suffix == ".yaml":
        text = yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=100)
    else:
        text = str(value)
    # Names of files may hold bytes that are no letters; they are written as codes.
    path.write_text(text.rstrip("\n") + "\n", "utf-8", "backslashreplace", "\n")


@contextmanager
def whole_folder(folder: Path, gone: Iterable[str] = (), first: str = "") -> Iterator[Path]:
    """A temporary folder that takes the place of ``folder`` when everything in it is written.

    Files of the same name are replaced one by one, others already there stay. On an error nothing changes.

    Args:
        folder: Its place.
        gone: Paths of files in ``folder`` that are removed before others take their place.
        first: The name of the file that is replaced before all others are put in their place.
    """
    created = make_folder(folder.parent)
    temporary = folder.parent / f".tmp-{folder.name}-{secrets.token_hex(8)}"
    temporary.mkdir()
    try:
        yield temporary
        if folder.exists() or not _renamed(temporary, folder):
            _remove(folder, gone)
            _move_over(temporary, folder, first)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        remove_empty(created)
        raise
    shutil.rmtree(temporary, ignore_errors=True)


def _renamed(source: Path, target: Path) -> bool:
    try:
        os.replace(source, target)
    except OSError:  # somebody else was faster, or the move file by file will say what is wrong
        return False
    return True


def _remove(folder: Path, names: Iterable[str]) -> None:
    for name in names:
        with suppress(FileNotFoundError, NotADirectoryError):
            (folder / name).unlink()
    remove_empty(sorted({(folder / name).parent for name in names} - {folder}))


def _move_over(source: Path, target: Path, first: str) -> None:
    for item in sorted(source.rglob("*"), key=lambda path: (path.name != first, path)):
        place = target / item.relative_to(source)
        if item.is_dir():
            place.mkdir(exist_ok=True)
        else:
            os.replace(item, place)


def set_aside(folder: Path) -> Path | None:
    """Give a folder another name, its own with a number after it.

    Returns:
        Where it is now; None if somebody else was faster.
    """
    names = (folder.with_name(f"{folder.name}.{number}") for number in itertools.count(1))
    place = next(name for name in names if not os.path.lexists(name))
    try:
        folder.rename(place)
    except FileNotFoundError:
        return None
    return place
