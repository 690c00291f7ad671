"""Finished runs on disk, found again by what went into them.

One run is one Parquet file, named by the hash of everything that decides its values: parameters, scenario,
seed, months, developers and the code of `sim`. A file that cannot be read counts as absent.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache, partial
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

import sim
from experiments.files import write_atomically
from experiments.records import Tables

FOLDER = ".store"
_FORMAT = 1
_KIND = "__table__"
_COLUMNS = b"weightshift.columns"


@cache
def code_version() -> str:
    """Hash of the source and data files of `sim`, 16 hexadecimal digits."""
    digest = hashlib.sha256()
    for path, item in _source_files(resources.files("sim"), ""):
        digest.update(path.encode() + b"\0" + item.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _source_files(folder: Traversable, prefix: str) -> list[tuple[str, Traversable]]:
    found: list[tuple[str, Traversable]] = []
    for item in sorted(folder.iterdir(), key=lambda entry: entry.name):
        path = f"{prefix}{item.name}"
        if item.is_dir():
            found += _source_files(item, path + "/")
        elif item.name.endswith((".py", ".csv", ".yaml", ".json")):
            found.append((path, item))
    return found


def content_hash(content: Any) -> str:
    """Hash of plain data, independent of the order of keys, 32 hexadecimal digits."""
    text = json.dumps(content, sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def run_key(parameters: sim.Parameters, scenario: sim.Scenario, seed: int, months: int, developers: int) -> str:
    """The name of one run's file; the scenario counts by what it changes, not by its name."""
    content = {
        "format": _FORMAT,
        "code": code_version(),
        "parameters": parameters.to_dict(),
        "scenario": scenario.model_dump(exclude={"name", "why"}),
        "seed": seed,
        "months": months,
        "developers": developers,
    }
    return content_hash(content)


def path_of(outputs: Path, key: str) -> Path:
    """Where a run's file is or would be."""
    return outputs / FOLDER / f"{key}.parquet"


def save(outputs: Path, key: str, tables: Tables) -> None:
    """Write one run, whole or not at all.

    Raises:
        OSError: The folder cannot be written or is full.
    """
    parts, columns = [], {}
    for name in Tables.names():
        part = pa.Table.from_pandas(getattr(tables, name), preserve_index=False).replace_schema_metadata(None)
        columns[name] = part.column_names
        parts.append(part.append_column(_KIND, pa.array([name] * part.num_rows, pa.string())))
    whole = pa.concat_tables(parts, promote_options="default")
    whole = whole.replace_schema_metadata({_COLUMNS: json.dumps(columns).encode()})
    path = path_of(outputs, key)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, partial(pq.write_table, whole, compression="zstd"))


def load(outputs: Path, key: str) -> Tables | None:
    """One run, or None if it is not there or its file is damaged."""
    path = path_of(outputs, key)
    try:
        whole = pq.read_table(path)
        columns = json.loads(whole.schema.metadata[_COLUMNS])
        kind = whole.column(_KIND).to_pandas()
        frames: dict[str, pd.DataFrame] = {}
        for name in Tables.names():
            part = whole.filter(pa.array(kind == name)).select(columns[name])
            frames[name] = part.to_pandas()
        return Tables(**frames)
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException):
        return None


def has(outputs: Path, key: str) -> bool:
    """Whether a readable file of this run is there; only its footer is read."""
    try:
        return _COLUMNS in (pq.read_schema(path_of(outputs, key)).metadata or {})
    except (OSError, ValueError, pa.ArrowException):
        return False
