"""Parquet that somebody else may have made: what it would unpack to is known before it is unpacked.

A few bytes may stand for gigabytes: columns of one value, words that repeat, sizes that are only claimed. So rows and
columns are counted from the last bytes of the file, words are unpacked once each, and nothing nested is read.

Arrow's threads are not used: Arrow starts them at the first table and may abort a process that ends soon after
(apache/arrow #34314, #39862), and tables are small here.
"""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

_CELL_BYTES = 8
# What pyarrow, and code that looks at what is not there, raise on bytes that make no sense.
UNREADABLE = (
    pa.ArrowException, OSError, ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError,
    MemoryError, RecursionError, NotImplementedError,
)  # fmt: skip


def read_group(data: bytes, columns: Sequence[str], group: int, most: float) -> pa.Table:
    """Some columns of a group of rows of a Parquet file in memory.

    Args:
        data: The file.
        columns: Which columns.
        group: Which group of rows.
        most: Bytes that they may take in memory.

    Raises:
        ValueError: They would take more, or are not numbers and words.
    """
    file = pq.ParquetFile(pa.BufferReader(data))
    return _read(data, file, columns, [group], most)


def read_whole(data: bytes, most_rows: int, most: float) -> pa.Table:
    """All of a Parquet file in memory.

    Raises:
        ValueError: It has more rows or would take more memory than allowed, or has other than numbers and words.
    """
    file = pq.ParquetFile(pa.BufferReader(data))
    if file.metadata.num_rows > most_rows:
        raise ValueError(f"it has {file.metadata.num_rows:,} rows; allowed: {most_rows:,}")
    return _read(data, file, file.schema_arrow.names, range(file.metadata.num_row_groups), most)


def _read(data: bytes, file: pq.ParquetFile, columns: Sequence[str], groups: Sequence[int], most: float) -> pa.Table:
    about, schema = [file.metadata.row_group(group) for group in groups], file.schema_arrow
    cells = sum(rows.num_rows for rows in about) * max(1, len(columns))
    size = max(cells * _CELL_BYTES, sum(rows.total_byte_size for rows in about))
    if size > most:
        raise ValueError(f"it would unpack to {size / 2**20:,.0f} MiB; allowed: {most / 2**20:,.0f}")
    for name in columns:
        kind = schema.field(name).type
        if not (_is_number(kind) or _is_text(kind) or pa.types.is_null(kind)):
            raise ValueError(f"column {name} has {kind}; allowed: numbers and words")
    texts = [name for name in columns if _is_text(schema.field(name).type)]
    once = pq.ParquetFile(pa.BufferReader(data), metadata=file.metadata, read_dictionary=texts)
    table = once.read_row_groups(list(groups), columns=list(columns), use_threads=False)
    for name in texts:
        _check_words(table[name], most)
        kind = schema.field(name).type
        table = table.set_column(table.column_names.index(name), name, table[name].cast(kind))
    return table


def _is_number(kind: pa.DataType) -> bool:
    types = pa.types
    return types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind)


def _is_text(kind: pa.DataType) -> bool:
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    return pa.types.is_string(kind) or pa.types.is_large_string(kind)


def _check_words(column: pa.ChunkedArray, most: float) -> None:
    """Refuse words that repeat until they fill the memory."""
    size = 0
    for chunk in column.chunks:
        lengths = pc.binary_length(chunk.dictionary).take(chunk.indices)
        size += pc.sum(pc.cast(lengths, pa.int64())).as_py() or 0
    if size > most:
        raise ValueError(f"its words would unpack to {size / 2**20:,.0f} MiB; allowed: {most / 2**20:,.0f}")
