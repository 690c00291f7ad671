"""Which run is in which shard: read off the shards, remembered in a file that may be deleted at any time."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from experiments.questions.reading import read_text
from experiments.questions.settings import one_line
from experiments.results.files import write_atomically
from experiments.results.store.shard import Shard, StoreError, damaged, describe, words

ENDING = ".parquet"
ASIDE = ".damaged"
_FILE = "index.json"
_MOST_BYTES = 2**30
_THREADS = 8


class Index:
    """What a store holds, as of the last :meth:`refresh`.

    Attributes:
        folder: The store; it need not exist.
        shards: Its shards by name.
        unreadable: Files with a shard's ending that are none.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.shards: dict[str, Shard] = {}
        self.unreadable: set[str] = set()
        self._where: dict[str, str] = {}
        self._failed: dict[str, str] = {}
        remembered = _remembered(folder / _FILE)
        self.refresh(remembered)
        if self.shards.keys() != remembered.keys():
            self.remember()

    def refresh(self, remembered: dict[str, Shard] | None = None) -> list[Shard]:
        """Look for shards that others have written meanwhile, forget those that are gone; returns the new ones."""
        sizes, known = _sizes(self.folder), remembered or {}
        self.forget(set(self.shards) - set(sizes))
        names = [name for name in sorted(sizes) if name not in self.shards and name not in self.unreadable]
        # A shard of another size than remembered was cut short or replaced, so it is looked at again.
        fresh = [name for name in names if name not in known or known[name].size != sizes[name]]
        with ThreadPoolExecutor(_THREADS) as pool:
            looked_at = dict(zip(fresh, pool.map(describe, [self.folder / name for name in fresh]), strict=True))
        news = []
        for name in names:
            shard = looked_at[name] if name in looked_at else known[name]
            if shard is None:
                self.unreadable.add(name)
            else:
                self.add(shard)
                news.append(shard)
        return news

    def add(self, shard: Shard) -> None:
        """Note a shard."""
        self.shards[shard.name] = shard
        self.unreadable.discard(shard.name)
        for key in shard.keys:
            self._where.setdefault(key, shard.name)
        for key in shard.failed:
            self._failed[key] = shard.name

    def forget(self, names: Iterable[str]) -> None:
        """Forget shards; runs that are in another one as well are found there."""
        gone = set(names)
        if not gone:
            return
        kept = [shard for name, shard in self.shards.items() if name not in gone]
        for table in (self.shards, self._where, self._failed):
            table.clear()
        for shard in kept:
            self.add(shard)

    def find(self, key: str) -> str | None:
        """The shard that holds a finished run, or None."""
        return self._where.get(key)

    def failure(self, key: str) -> str | None:
        """The shard with the record of a run that failed and has not finished since, or None."""
        return None if key in self._where else self._failed.get(key)

    def set_aside_damaged(self, names: Iterable[str]) -> list[str]:
        """Check every byte of these shards; those that are damaged are renamed, those of no use are forgotten.

        Returns:
            Those that are damaged, or cannot be read at present.
        """
        asked = sorted(names)
        with ThreadPoolExecutor(_THREADS) as pool:
            found = dict(zip(asked, pool.map(damaged, [self.folder / name for name in asked]), strict=True))
        for name in (name for name, bad in found.items() if bad):
            with contextlib.suppress(OSError):
                os.replace(self.folder / name, self.folder / (name + ASIDE))
        useless = [name for name, bad in found.items() if bad is not False]
        self.forget(useless)
        self.unreadable.update(name for name in useless if (self.folder / name).exists())
        return useless

    def remember(self) -> None:
        """Write the index, so that the next reader need not look into every shard; nothing is lost if it fails."""
        rows = {name: [item.size, item.keys, item.failed, item.made_by] for name, item in self.shards.items()}
        text = json.dumps(rows)
        line = f"{_digest(text)}\n{text}\n"
        with contextlib.suppress(OSError):
            if rows or (self.folder / _FILE).exists():
                write_atomically(self.folder / _FILE, lambda path: path.write_text(line, "utf-8"))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _remembered(path: Path) -> dict[str, Shard]:
    try:
        digest, text = read_text(path, _MOST_BYTES).rstrip("\n").split("\n")
        rows = json.loads(text) if _digest(text) == digest else {}
        return {
            name: Shard(name, int(size), words(keys), words(failed), str(made_by))
            for name, (size, keys, failed, made_by) in rows.items()
        }
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        return {}


def _sizes(folder: Path) -> dict[str, int]:
    sizes = {}
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.endswith(ENDING) and not entry.name.startswith("."):
                    with contextlib.suppress(FileNotFoundError):  # removed since it was listed
                        sizes[entry.name] = entry.stat().st_size
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise StoreError(one_line(f"{folder}: cannot be read ({error.strerror})")) from None
    return sizes
