"""One shard: a Parquet file with the tables of some runs, named by what should be in it and by its SHA-256.

The name is ``<chunk>-<SHA-256>.parquet``. The chunk is the hash of the keys asked for, so a glance at the folder
tells which chunks are done; the SHA-256 tells whether the bytes are those that were written. Equal runs give equal
bytes, so two who compute the same chunk write the same file.
"""

from __future__ import annotations

import errno
import hashlib
import io
import json
import os
import re
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from experiments.questions.parquet import UNREADABLE, read_group
from experiments.questions.reading import read_bytes
from experiments.questions.settings import ExperimentError, one_line
from experiments.results.files import cannot_write, write_atomically

FORMAT = 2
KEY = "key"
FAILURES = "failures"
MOST_BYTES = 4 * 2**30
MOST_FOOTER = 64 * 2**20
_TAIL = 8  # the length of the footer and the word that ends a Parquet file
# A run of 600 months with all that can be kept of it takes less.
_RUN_BYTES = 16 * 2**20
_LEAST_BYTES, _RATIO = 256 * 2**20, 1000
_ABOUT = b"weightshift"
_NAME = re.compile(r"([0-9a-f]{16})-([0-9a-f]{64})\.parquet")


class StoreError(ExperimentError):
    """The store cannot be written, or holds something that is damaged."""


@dataclass(frozen=True)
class Finished:
    """A run that finished: its key and its tables by name."""

    key: str
    tables: Mapping[str, pa.Table]


@dataclass(frozen=True)
class Failure:
    """A run that did not: what was asked, why it failed and where, and the command that tries it again."""

    key: str
    about: Mapping[str, Any]
    error: str
    traceback: str
    command: str


@dataclass(frozen=True)
class Shard:
    """What a shard holds, without its tables.

    Attributes:
        name: The file's name.
        size: Its bytes.
        keys: Runs that finished.
        failed: Runs that did not.
        made_by: Versions of the code and packages that made it.
    """

    name: str
    size: int
    keys: tuple[str, ...]
    failed: tuple[str, ...]
    made_by: str

    @property
    def chunk(self) -> str:
        """Hash of the keys that were asked for."""
        return self.name[:16]


def chunk_of(keys: Sequence[str]) -> str:
    """The first part of the name of the shard that will hold these runs."""
    return hashlib.sha256("\n".join(keys).encode()).hexdigest()[:16]


def write(
    folder: Path, chunk: str, finished: Sequence[Finished], failures: Sequence[Failure] = (), made_by: str = ""
) -> Shard:
    """Write one shard, whole or not at all, and say what it holds.

    Raises:
        StoreError: The folder cannot be written or is full.
    """
    keys, failed = [run.key for run in finished], [failure.key for failure in failures]
    about = {"format": FORMAT, "keys": keys, "failed": failed, "made_by": made_by}
    data = _encode(_tables(finished, failures), about)
    name = f"{chunk}-{hashlib.sha256(data).hexdigest()}.parquet"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_atomically(folder / name, partial(_put, data=data))
    except OSError as error:
        raise StoreError(str(cannot_write(folder.parent, error))) from None
    return Shard(name, len(data), tuple(keys), tuple(failed), made_by)


def _put(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def _tables(finished: Sequence[Finished], failures: Sequence[Failure]) -> dict[str, pa.Table]:
    parts: dict[str, list[pa.Table]] = {}
    for run in finished:
        for name, table in run.tables.items():
            keys = pa.array([run.key]).dictionary_encode().take(pa.array([0] * table.num_rows, pa.int32()))
            parts.setdefault(name, []).append(table.add_column(0, KEY, keys))
    tables = {name: pa.concat_tables(same).unify_dictionaries() for name, same in parts.items()}
    if failures:
        columns = ("error", "traceback", "command")
        texts = {column: [getattr(failure, column) for failure in failures] for column in columns}
        abouts = [json.dumps(failure.about, sort_keys=True, default=str) for failure in failures]
        keys = pa.array([failure.key for failure in failures]).dictionary_encode()
        tables[FAILURES] = pa.table({KEY: keys, "about": abouts, **texts})
    return tables


def _encode(tables: Mapping[str, pa.Table], about: Mapping[str, Any]) -> bytes:
    """One table a row group, so that a reader takes the groups and columns it wants."""
    first = pa.schema([pa.field(KEY, pa.dictionary(pa.int32(), pa.string()))])
    schema = pa.unify_schemas([first, *(table.schema.remove_metadata() for table in tables.values())])
    groups = {name: [group, table.column_names] for group, (name, table) in enumerate(tables.items())}
    metadata = {_ABOUT: json.dumps({**about, "tables": groups})}
    texts = [field.name for field in schema if not pa.types.is_floating(field.type)]
    buffer = io.BytesIO()
    with pq.ParquetWriter(
        buffer, schema.with_metadata(metadata),
        compression="zstd", compression_level=1, use_dictionary=texts, write_statistics=False,
    ) as writer:  # fmt: skip
        for table in tables.values():
            writer.write_table(_widened(table, schema), row_group_size=max(table.num_rows, 1))
    return buffer.getvalue()


def _widened(table: pa.Table, schema: pa.Schema) -> pa.Table:
    here = set(table.column_names)
    columns = [table[item.name] if item.name in here else pa.nulls(table.num_rows, item.type) for item in schema]
    return pa.table(columns, schema=schema)


def describe(path: Path) -> Shard | None:
    """What a shard says it holds, from its last bytes; None if it is not one or cannot be read."""
    try:
        size = _ordinary(path)
        with path.open("rb") as file:
            file.seek(-_TAIL, os.SEEK_END)
            if int.from_bytes(file.read(4), "little") > MOST_FOOTER:
                return None
            file.seek(0)
            about = json.loads(pq.read_metadata(file).metadata[_ABOUT])
        if about["format"] != FORMAT or not _NAME.fullmatch(path.name):
            return None
        keys, failed = (words(about[name]) for name in ("keys", "failed"))
        return Shard(path.name, size, keys, failed, str(about["made_by"]))
    except UNREADABLE:
        return None


def _ordinary(path: Path) -> int:
    """The size of a file.

    Raises:
        OSError: It is no ordinary one, or larger than any shard.
    """
    about = path.stat()
    if not stat.S_ISREG(about.st_mode) or about.st_size > MOST_BYTES:
        raise OSError(errno.EINVAL, "it is no ordinary file, or too large", str(path))
    return about.st_size


def words(given: Any) -> tuple[str, ...]:
    """A list of words from JSON.

    Raises:
        ValueError: It is none.
    """
    if not isinstance(given, list) or not all(isinstance(word, str) for word in given):
        raise ValueError("a list of words is expected")
    return tuple(given)


def read(path: Path, table: str, columns: Sequence[str] | None = None) -> pa.Table:
    """Some columns of one table of a shard, its SHA-256 checked; the key is always the first column.

    Args:
        path: The shard.
        table: Which of its tables.
        columns: Which columns, those not in the table left out; None for all.

    Raises:
        StoreError: The shard is gone or damaged, or is none that this project wrote.
    """
    data = _verified(path)
    try:
        about = json.loads(pq.read_metadata(pa.BufferReader(data)).metadata[_ABOUT])
        if table not in about["tables"]:
            return pa.table({KEY: pa.array([], pa.string()).dictionary_encode()})
        group, here = about["tables"][table]
        wanted = [column for column in here if column == KEY or columns is None or column in columns]
        # As many bytes as its runs may need, and no more than such a file can hold.
        runs = len(words(about["keys"])) + len(words(about["failed"]))
        most = min(_RUN_BYTES * runs, _LEAST_BYTES + _RATIO * len(data))
        found = read_group(data, wanted, group, most).select(wanted)
        if len(set(wanted)) < len(wanted) or not pa.types.is_dictionary(found[KEY].type) or found[KEY].null_count:
            raise ValueError("columns that are not those of a shard")
        return found
    except UNREADABLE as error:
        raise StoreError(one_line(f"{path}: no shard of this version: {error}")) from None


def _verified(path: Path) -> bytes:
    """The bytes of a shard: what is parsed is what was checked."""
    again = "run the study again and it is computed anew"
    match = _NAME.fullmatch(path.name)
    try:
        data = read_bytes(path, MOST_BYTES)
    except OSError as error:
        raise StoreError(one_line(f"{path}: needed and cannot be read ({error.strerror}); {again}")) from None
    if match is None or hashlib.sha256(data).hexdigest() != match[2]:
        raise StoreError(one_line(f"{path}: damaged, its SHA-256 does not fit its name; {again}"))
    return data


def damaged(path: Path) -> bool | None:
    """Whether a shard is not, or no longer, what was written; every byte is read. None if it cannot be read."""
    match = _NAME.fullmatch(path.name)
    try:
        if match is None or not stat.S_ISREG(path.stat().st_mode):
            return True
        _ordinary(path)
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() != match[2]
    except OSError:
        return None
