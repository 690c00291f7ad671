"""A look at the store, and its upkeep: ``python -m experiments.store list|verify|prune [--outputs outputs]``.

``list`` shows which studies use how much of it. ``verify`` reads every byte and sets damaged shards aside.
``prune`` removes what no study in the folder needs.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from experiments import terminal
from experiments.engine.standing import Standing, look, studies
from experiments.questions import fingerprint
from experiments.questions.settings import ExperimentError, check_path, number, refuse
from experiments.results import store
from experiments.results.seal import FORMAT, harmed
from experiments.results.store.index import ASIDE

_DAYS = (0.0, 36_500.0)
_DAY = 86_400.0
_NAME = re.compile(r"[0-9a-f]{16}-[0-9a-f]{64}\.parquet")


@terminal.door()
def main(arguments: Sequence[str] | None = None) -> int:
    """Do one of the three; returns the exit code."""
    try:
        asked = _parser().parse_args(arguments)
        outputs = check_path("--outputs", asked.outputs)
        if not outputs.is_dir():
            raise refuse("--outputs", asked.outputs, "a folder that exists")
        index = store.Index(outputs.resolve() / store.FOLDER)
        if asked.task == "list":
            return show(outputs, index)
        if asked.task == "verify":
            return verify(outputs, index)
        return prune(outputs, index, number("--days", asked.days, *_DAYS), dry=asked.dry_run)
    except OSError as error:
        terminal.report(f"{error.filename}: {error.strerror}")
    return terminal.REFUSED


def _parser() -> terminal.Parser:
    parser = terminal.Parser(prog="python -m experiments.store", description=__doc__)
    tasks = parser.add_subparsers(dest="task", required=True, metavar="list|verify|prune")
    tasks.add_parser("list", help="which studies use how much of the store")
    tasks.add_parser("verify", help="read every byte; set damaged shards aside; exit code 1 if there are any")
    prune = tasks.add_parser("prune", help="remove shards that no study needs, damaged ones and temporary files")
    prune.add_argument("--days", type=float, default=30.0, help="keep shards that are younger; 30 if not given")
    prune.add_argument("--dry-run", action="store_true", help="only say what would be removed")
    for task in tasks.choices.values():
        task.add_argument("--outputs", default="outputs", help="folder of all results")
    return parser


def _standings(outputs: Path, index: store.Index) -> tuple[list[Standing], list[tuple[Path, str]]]:
    """How far the studies are, and the folders of those that cannot be read, with why."""
    found, unreadable, stores = [], [], {index.folder: index}
    for folder in studies(outputs):
        try:
            found.append(look(folder, stores))
        except ExperimentError as error:
            unreadable.append((folder, f"cannot be read: {error}"))
        except OSError as error:
            unreadable.append((folder, f"cannot be read ({error.strerror})"))
    return found, unreadable


def show(outputs: Path, index: store.Index) -> int:
    """Print a line for each study, one for shards that none of them uses, and a total."""
    found, unreadable = _standings(outputs, index)
    rows = [("study", "finished", "failed", "shards", "MB", "")]
    for item in found:
        made = item.study["provenance"].get("code") == fingerprint.code_version()
        note = "" if made else "made by another version of the code"
        shards = item.shards & index.shards.keys()
        rows.append((item.folder.name, f"{item.done} of {item.asked}", str(item.failed), *_size(index, shards), note))
    rows += [(folder.name, "", "", "", "", "cannot be read") for folder, _ in unreadable]
    rows.append(("(no study)", "", "", *_size(index, index.shards.keys() - _needed(found, index)), ""))
    rows.append(("total", "", "", *_size(index, index.shards), "shards that studies share count once"))
    terminal.say(*terminal.aligned(rows, right=lambda column: 0 < column < 5))
    if index.unreadable:
        terminal.say(f"{len(index.unreadable)} files are damaged or no shards of this version; verify tells which")
    return 0


def _size(index: store.Index, names: Iterable[str]) -> tuple[str, str]:
    sizes = [index.shards[name].size for name in names]
    return str(len(sizes)), _megabytes(sum(sizes))


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f}"


def verify(outputs: Path, index: store.Index) -> int:
    """Read every byte of every shard and every file of every study; 1 if something is not as it was written.

    Damaged shards are set aside. How to compute anew what was lost is said for each study.
    """
    known = dict(index.shards)
    checked = known.keys() | {name for name in index.unreadable if _NAME.fullmatch(name)}
    sizes = {name: (index.folder / name).stat().st_size for name in checked}
    found, unreadable = _standings(outputs, index)
    bad = index.set_aside_damaged(checked)
    index.remember()
    for name in sorted(index.unreadable - set(bad)):
        terminal.say(f"{name}: no shard of this version, left as it is")
    if not bad:
        terminal.say(f"{len(checked)} shards, {_megabytes(sum(sizes.values()))} MB: all as they were written")
    else:
        terminal.say(f"{len(bad)} of {len(checked)} shards are damaged and were set aside as *{ASIDE}:")
        hit = {name: [item for item in found if name in item.shards | set(item.study["shards"])] for name in bad}
        for name, users in hit.items():
            terminal.say(f"  {name}: {', '.join(item.folder.name for item in users) or 'no study is known to use it'}")
    told = [_verify_study(item, index, set(bad)) for item in found]
    for folder, problem in unreadable:
        terminal.say(f"{folder.name}: {problem}")
    return terminal.FAILED if bad or unreadable or any(told) else 0


def _verify_study(item: Standing, index: store.Index, bad: set[str]) -> bool:
    """Tell of a study's files and shards that are not as they were written; returns whether there are any."""
    name = item.folder.name
    if item.study["format"] != FORMAT:
        terminal.say(f"{name}: made before files had digests, so that of it only the shards were checked")
    files = harmed(item.folder, item.study)
    for file, how in files:
        terminal.say(f"{name}: {file} is {how}")
    used = item.shards | set(item.study["shards"])
    gone = sorted(set(item.study["shards"]) - index.shards.keys() - bad)
    for shard in gone:
        terminal.say(f"{name}: the shard {shard} is gone")
    if used & bad or gone:
        terminal.say(f"to compute anew what {name} lost: {item.command}")
    elif files:
        terminal.say(f"to write the files of {name} anew: {item.command}")
    return bool(files or gone)


def prune(outputs: Path, index: store.Index, days: float, *, dry: bool) -> int:
    """Remove shards that no study needs and that are older than ``days``, damaged ones and left temporary files.

    Raises:
        ExperimentError: A study cannot be read, so what it needs is not known; nothing is removed.
    """
    # The shards were listed before the studies are: one that begins meanwhile is seen and keeps its own.
    found, unreadable = _standings(outputs, index)
    if unreadable:
        raise refuse("--outputs", str(outputs), f"studies that can all be read, and {unreadable[0][0].name} cannot")
    now, needed = time.time(), _needed(found, index)
    shards = [index.folder / name for name in index.shards.keys() - needed]
    shards = [path for path in shards if _age(path, now) >= days * _DAY]
    damaged = _hidden(index.folder, lambda name: name.endswith(ASIDE))
    left = [path for folder in (index.folder, outputs) for path in _hidden(folder, _is_temporary)]
    left = [path for path in left if _age(path, now) > _DAY]
    total = 0
    for what, paths in (("shards that no study needs", shards), ("damaged shards", damaged), ("temporary files", left)):
        size = sum(map(_bytes, paths))
        total += size
        terminal.say(f"{len(paths):6} {what:<26}  {_megabytes(size):>10} MB")
    if not dry:
        for path in (*shards, *damaged, *left):
            _remove(path)
        index.refresh()
        index.remember()
    terminal.say(f"{'to free' if dry else 'freed'}: {_megabytes(total)} MB")
    return 0


def _needed(found: Iterable[Standing], index: store.Index) -> set[str]:
    """Shards with a run of one of the studies, also where another shard has the same run."""
    keys: set[str] = set()
    keys.update(*(item.keys for item in found))
    return {
        name
        for name, shard in index.shards.items()
        if not (keys.isdisjoint(shard.keys) and keys.isdisjoint(shard.failed))
    }


def _is_temporary(name: str) -> bool:
    return name.startswith(".tmp-")


def _hidden(folder: Path, wanted: Callable[[str], bool]) -> list[Path]:
    with contextlib.suppress(FileNotFoundError):
        return sorted(folder / name for name in os.listdir(folder) if wanted(name))
    return []


def _age(path: Path, now: float) -> float:
    with contextlib.suppress(FileNotFoundError):
        return now - path.stat().st_mtime
    return -1.0


def _bytes(path: Path) -> int:
    items = path.rglob("*") if path.is_dir() else [path]
    return sum(item.stat().st_size for item in items if item.is_file())


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(main())
