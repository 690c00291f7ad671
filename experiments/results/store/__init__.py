"""Finished runs on disk, found again by what went into them.

A *shard* is one Parquet file that holds the tables of some runs and is named by its SHA-256. Each run in it is
filed under a *key*, the hash of everything that decides its values. The shards are the truth: whatever else is in
the store can be made anew from them.
"""

from experiments.results.store.index import Index
from experiments.results.store.shard import (
    FAILURES,
    KEY,
    Failure,
    Finished,
    Shard,
    StoreError,
    chunk_of,
    damaged,
    describe,
    read,
    words,
    write,
)

FOLDER = ".store"

__all__ = [
    "FAILURES",
    "FOLDER",
    "KEY",
    "Failure",
    "Finished",
    "Index",
    "Shard",
    "StoreError",
    "chunk_of",
    "damaged",
    "describe",
    "read",
    "words",
    "write",
]
