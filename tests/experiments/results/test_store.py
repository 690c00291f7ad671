"""The store: shards, the index over them, and the hashes that say what a run is."""

from __future__ import annotations

import ast
import hashlib
import itertools
import os
import shutil
from collections.abc import Iterator, Sequence
from importlib import resources
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import experiments as ex
from experiments.questions import fingerprint
from experiments.results import store
from experiments.results.store.index import ASIDE
from sim.inputs import sources
from sim.strategies import names

INDEX = "index.json"


def some_tables(number: int, rows: int = 3) -> dict[str, pa.Table]:
    """Two tables that share a column and differ in the others, as those of a run do."""
    month = pa.array(range(rows), pa.int16())
    values = np.arange(rows) / 7 + number
    words = pa.array(["Meta", "DeepSeek", "Meta"][:rows]).dictionary_encode()
    return {
        "market": pa.table({"month": month, "spend": values, "frontier": -values}),
        "labs": pa.table({"month": month, "lab": words, "price": np.where(values > number, values, np.nan)}),
    }


def runs(*names: str) -> list[store.Finished]:
    """Finished runs under these keys, whose values depend on the key."""
    return [store.Finished(name, some_tables(sum(map(ord, name)))) for name in names]


def failed(key: str, error: str = "ValueError: no") -> store.Failure:
    return store.Failure(key, {"seed": 3, "params": {"a.b": 0.5}}, error, "Traceback …", "python -m experiments.run")


def put(folder: Path, *names: str, failures: Sequence[store.Failure] = (), chunk: str = "") -> store.Shard:
    """Write a shard with these runs."""
    keys = [*names, *(failure.key for failure in failures)]
    return store.write(folder, chunk or store.chunk_of(keys), runs(*names), failures, made_by="test 1.0")


def flip(path: Path, place: int, bits: int = 0x40) -> None:
    """Change one byte of a file in place."""
    data = bytearray(path.read_bytes())
    data[place] ^= bits
    path.write_bytes(data)


# Shards


def test_a_shard_gives_back_what_was_written(tmp_path: Path) -> None:
    shard = put(tmp_path, "a", "b")
    for table in ("market", "labs"):
        found = store.read(tmp_path / shard.name, table)
        assert found.column_names == [store.KEY, *some_tables(0)[table].column_names]
        for run in runs("a", "b"):
            rows = found.filter(pa.compute.equal(found[store.KEY].cast(pa.string()), run.key)).drop_columns([store.KEY])
            expected = run.tables[table]
            assert rows.schema == expected.schema
            for name in expected.column_names:
                ours, theirs = rows[name].to_pandas(), expected[name].to_pandas()
                assert ours.equals(theirs), (table, run.key, name)


def test_the_name_says_chunk_and_content(tmp_path: Path) -> None:
    shard = put(tmp_path, "a", "b")
    chunk, _, digest = shard.name.removesuffix(".parquet").partition("-")
    assert chunk == shard.chunk == store.chunk_of(["a", "b"])
    assert digest == hashlib.sha256((tmp_path / shard.name).read_bytes()).hexdigest()
    assert shard.size == (tmp_path / shard.name).stat().st_size
    assert store.chunk_of(["b", "a"]) != chunk


def test_described_as_it_was_written(tmp_path: Path) -> None:
    shard = put(tmp_path, "a", "b", failures=[failed("c")])
    assert store.describe(tmp_path / shard.name) == shard
    assert (shard.keys, shard.failed, shard.made_by) == (("a", "b"), ("c",), "test 1.0")
    assert store.damaged(tmp_path / shard.name) is False


def test_equal_runs_give_equal_bytes(tmp_path: Path) -> None:
    first, second = put(tmp_path / "one", "a", "b"), put(tmp_path / "two", "a", "b")
    assert first == second
    assert (tmp_path / "one" / first.name).read_bytes() == (tmp_path / "two" / second.name).read_bytes()
    assert put(tmp_path / "one", "b", "a").name != first.name
    other = store.write(tmp_path / "one", first.chunk, [store.Finished("a", some_tables(1)), *runs("b")])
    assert other.chunk == first.chunk
    assert other.name != first.name


def test_columns_can_be_chosen(tmp_path: Path) -> None:
    path = tmp_path / put(tmp_path, "a").name
    assert store.read(path, "market", ["frontier", "price"]).column_names == [store.KEY, "frontier"]
    assert store.read(path, "market", []).column_names == [store.KEY]
    assert store.read(path, "labs", ["lab"])["lab"].to_pylist() == ["Meta", "DeepSeek", "Meta"]


def test_a_table_that_nobody_kept_has_no_rows(tmp_path: Path) -> None:
    found = store.read(tmp_path / put(tmp_path, "a").name, "flows")
    assert (found.num_rows, found.column_names) == (0, [store.KEY])


def test_tables_may_be_empty(tmp_path: Path) -> None:
    empty = {name: table.slice(0, 0) for name, table in some_tables(0).items()}
    shard = store.write(tmp_path, "0" * 16, [store.Finished("a", empty), *runs("b")])
    found = store.read(tmp_path / shard.name, "labs")
    assert found[store.KEY].to_pylist() == ["b"] * 3
    alone = store.write(tmp_path, "0" * 16, [store.Finished("a", empty)])
    assert store.read(tmp_path / alone.name, "market").num_rows == 0
    assert store.describe(tmp_path / alone.name) == alone


def test_values_come_back_to_the_bit(tmp_path: Path) -> None:
    odd = np.array([0.1 + 0.2, -0.0, np.inf, -np.inf, np.nan, 5e-324, 1.7976931348623157e308])
    shard = store.write(tmp_path, "0" * 16, [store.Finished("a", {"market": pa.table({"spend": odd})})])
    found = store.read(tmp_path / shard.name, "market")["spend"].to_numpy()
    assert found.tobytes() == odd.tobytes()


def test_failures_are_kept_as_they_were_told(tmp_path: Path) -> None:
    failures = [failed("c", "ValueError: \N{SNOWMAN} — 'quoted'"), failed("d")]
    shard = put(tmp_path, "a", failures=failures)
    rows = store.read(tmp_path / shard.name, store.FAILURES).to_pylist()
    assert [row[store.KEY] for row in rows] == ["c", "d"]
    assert [row["error"] for row in rows] == [failure.error for failure in failures]
    assert rows[0]["about"] == '{"params": {"a.b": 0.5}, "seed": 3}'
    assert rows[0]["traceback"] == "Traceback …"
    alone = put(tmp_path, failures=failures)
    assert (alone.keys, alone.failed) == ((), ("c", "d"))
    assert store.read(tmp_path / alone.name, "market").num_rows == 0


def test_nothing_else_is_left_behind(tmp_path: Path) -> None:
    shard = put(tmp_path, "a")
    assert [path.name for path in tmp_path.iterdir()] == [shard.name]


@pytest.mark.parametrize("kind", ["a file in its place", "a file above it"])
def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path, kind: str) -> None:
    (tmp_path / "outputs").write_text("in the way")
    folder = tmp_path / "outputs" if kind == "a file in its place" else tmp_path / "outputs" / store.FOLDER
    with pytest.raises(store.StoreError, match="a folder that can be written") as caught:
        put(folder, "a")
    assert "\n" not in str(caught.value)
    assert (tmp_path / "outputs").read_text() == "in the way"


# Damage


def test_a_flipped_byte_is_seen(tmp_path: Path) -> None:
    path = tmp_path / put(tmp_path, "a").name
    whole = path.read_bytes()
    for place in {*np.linspace(0, len(whole) - 1, 1000).astype(int), *range(8), *range(len(whole) - 16, len(whole))}:
        flip(path, place)
        assert store.damaged(path) is True
        with pytest.raises(store.StoreError, match="damaged"):
            store.read(path, "market")
        store.describe(path)  # something or None, but never an error
        path.write_bytes(whole)
    assert store.damaged(path) is False


@pytest.mark.parametrize("length", [0, 1, 4, 8, 100, -1, -4, -8, -100])
def test_a_shard_cut_short_is_none(tmp_path: Path, length: int) -> None:
    path = tmp_path / put(tmp_path, "a").name
    path.write_bytes(path.read_bytes()[:length])
    assert store.damaged(path)
    assert store.describe(path) is None


def test_a_shard_under_another_name_is_damaged(tmp_path: Path) -> None:
    first, second = put(tmp_path, "a"), put(tmp_path, "b")
    shutil.copy(tmp_path / second.name, tmp_path / first.name)
    assert store.damaged(tmp_path / first.name)
    with pytest.raises(store.StoreError, match="damaged"):
        store.read(tmp_path / first.name, "market")
    assert store.damaged(tmp_path / second.name) is False


def test_a_shard_that_is_gone_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / put(tmp_path, "a").name
    path.unlink()
    assert store.damaged(path) is None
    assert store.describe(path) is None
    with pytest.raises(store.StoreError, match="run the study again") as caught:
        store.read(path, "market")
    assert "\n" not in str(caught.value)


def test_other_files_are_no_shards(tmp_path: Path) -> None:
    tables = {"text.parquet": b"hello", "empty.parquet": b""}
    for name, data in tables.items():
        (tmp_path / name).write_bytes(data)
    pa.parquet.write_table(pa.table({"a": [1]}), tmp_path / "plain.parquet")
    real = put(tmp_path / "real", "a")
    shutil.copy(tmp_path / "real" / real.name, tmp_path / "renamed.parquet")
    (tmp_path / "folder.parquet").mkdir()
    for path in tmp_path.glob("*.parquet"):
        assert store.describe(path) is None, path.name
    index = store.Index(tmp_path)
    assert index.shards == {}
    assert len(index.unreadable) == 5


# The index


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Names of the shards that an index looks into."""
    seen: list[str] = []
    describe = store.describe

    def noted(path: Path) -> store.Shard | None:
        seen.append(path.name)
        return describe(path)

    monkeypatch.setattr("experiments.results.store.index.describe", noted)
    yield seen


def test_found_by_key(tmp_path: Path) -> None:
    first, second = put(tmp_path, "a", "b"), put(tmp_path, "c")
    index = store.Index(tmp_path)
    assert [index.find(key) for key in "abcd"] == [first.name, first.name, second.name, None]
    assert index.shards == {first.name: first, second.name: second}


def test_no_folder_is_an_empty_store(tmp_path: Path) -> None:
    index = store.Index(tmp_path / "none")
    assert index.find("a") is None
    assert index.refresh() == []
    index.remember()
    assert list(tmp_path.iterdir()) == []
    shard = put(tmp_path / "none", "a")
    assert index.refresh() == [shard]


def test_refresh_sees_what_others_wrote_and_what_is_gone(tmp_path: Path) -> None:
    first = put(tmp_path, "a")
    index = store.Index(tmp_path)
    assert index.refresh() == []
    second = put(tmp_path, "b", failures=[failed("x")])
    assert index.refresh() == [second]
    assert index.refresh() == []
    assert index.find("b") == index.failure("x") == second.name
    (tmp_path / second.name).unlink()
    assert index.refresh() == []
    assert index.find("b") is index.failure("x") is None
    assert index.find("a") == first.name


def test_forgotten_runs_are_found_in_another_shard(tmp_path: Path) -> None:
    both, one = put(tmp_path, "a", "b"), put(tmp_path, "a")
    index = store.Index(tmp_path)
    index.forget([both.name])
    assert (index.find("a"), index.find("b")) == (one.name, None)
    index.forget([])
    assert index.find("a") == one.name
    index.forget([one.name, "never heard of"])
    assert index.find("a") is None


def test_success_supersedes_failure(tmp_path: Path) -> None:
    record = put(tmp_path, failures=[failed("a"), failed("b")])
    index = store.Index(tmp_path)
    assert index.failure("a") == index.failure("b") == record.name
    assert index.find("a") is None
    done = put(tmp_path, "a")
    index.refresh()
    assert index.find("a") == done.name
    assert index.failure("a") is None
    assert index.failure("b") == record.name
    again = store.Index(tmp_path)  # and whatever order the names have
    assert (again.find("a"), again.failure("a"), again.failure("b")) == (done.name, None, record.name)


def test_damaged_shards_are_set_aside(tmp_path: Path) -> None:
    shards = [put(tmp_path, name) for name in "abc"]
    index = store.Index(tmp_path)
    flip(tmp_path / shards[1].name, 30)
    assert index.set_aside_damaged(shard.name for shard in shards) == [shards[1].name]
    assert [index.find(key) for key in "abc"] == [shards[0].name, None, shards[2].name]
    names = {shards[0].name, shards[2].name, shards[1].name + ASIDE, INDEX}
    assert {path.name for path in tmp_path.iterdir()} == names
    assert store.Index(tmp_path).find("b") is None
    assert put(tmp_path, "b") == shards[1]
    assert store.Index(tmp_path).find("b") == shards[1].name


def test_only_those_asked_for_are_set_aside(tmp_path: Path) -> None:
    first, second = put(tmp_path, "a"), put(tmp_path, "b")
    index = store.Index(tmp_path)
    flip(tmp_path / first.name, 30)
    assert index.set_aside_damaged([second.name]) == []
    assert (tmp_path / first.name).exists()


def test_a_shard_that_went_missing_is_forgotten(tmp_path: Path) -> None:
    shard = put(tmp_path, "a")
    index = store.Index(tmp_path)
    (tmp_path / shard.name).unlink()
    assert index.set_aside_damaged([shard.name]) == [shard.name]
    assert index.find("a") is None


def test_the_index_saves_looking_into_shards(tmp_path: Path, opened: list[str]) -> None:
    names = sorted(put(tmp_path, name).name for name in "abc")
    first = store.Index(tmp_path)
    assert sorted(opened) == names
    opened.clear()
    again = store.Index(tmp_path)
    assert opened == []
    assert again.shards == first.shards
    new = put(tmp_path, "d")
    again.refresh()
    assert opened == [new.name]
    again.remember()
    opened.clear()
    assert store.Index(tmp_path).find("d") == new.name
    assert opened == []


def test_the_index_may_be_deleted_or_nonsense(tmp_path: Path) -> None:
    shard = put(tmp_path, "a")
    store.Index(tmp_path)
    good = (tmp_path / INDEX).read_bytes()
    digest = hashlib.sha256(b"[1]").hexdigest().encode()
    nonsense = [b"", b"{}", b"\n\n\n", b"\xff\xfe", good[:-20], good[20:], b"x" * 64 + good[64:], digest + b"\n[1]\n"]
    for content in nonsense:
        (tmp_path / INDEX).write_bytes(content)
        assert store.Index(tmp_path).find("a") == shard.name, content[:40]
    (tmp_path / INDEX).unlink()
    assert store.Index(tmp_path).find("a") == shard.name
    assert (tmp_path / INDEX).read_bytes() == good


def test_a_stale_index_misses_nothing_and_invents_nothing(tmp_path: Path) -> None:
    gone, kept = put(tmp_path, "a"), put(tmp_path, "b")
    store.Index(tmp_path)
    new = put(tmp_path, "c")
    (tmp_path / gone.name).unlink()
    index = store.Index(tmp_path)
    assert [index.find(key) for key in "abc"] == [None, kept.name, new.name]


def test_the_index_of_another_store_does_no_harm(tmp_path: Path) -> None:
    put(tmp_path / "other", "x", "y")
    store.Index(tmp_path / "other")
    shard = put(tmp_path / "mine", "a")
    shutil.copy(tmp_path / "other" / INDEX, tmp_path / "mine" / INDEX)
    index = store.Index(tmp_path / "mine")
    assert (index.find("a"), index.find("x")) == (shard.name, None)


def test_a_shard_of_another_size_is_looked_at_again(tmp_path: Path, opened: list[str]) -> None:
    shard = put(tmp_path, "a")
    store.Index(tmp_path)
    path = tmp_path / shard.name
    path.write_bytes(path.read_bytes()[:-1])
    opened.clear()
    index = store.Index(tmp_path)
    assert opened == [shard.name]
    assert index.find("a") is None
    assert index.unreadable == {shard.name}


def test_an_index_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    shard = put(tmp_path, "a")
    (tmp_path / INDEX).mkdir()
    (tmp_path / INDEX / "in the way").touch()
    index = store.Index(tmp_path)
    index.remember()
    assert index.find("a") == shard.name
    assert {path.name for path in tmp_path.iterdir()} == {shard.name, INDEX}


def test_dates_of_files_do_not_matter(tmp_path: Path) -> None:
    shards = [put(tmp_path, name) for name in "abc"]
    store.Index(tmp_path)
    for shard, date in zip(shards, (0, 4_000_000_000, 1), strict=True):
        os.utime(tmp_path / shard.name, (date, date))
    index = store.Index(tmp_path)
    assert [index.find(key) for key in "abc"] == [shard.name for shard in shards]
    assert index.set_aside_damaged(index.shards) == []


# Hashes

SOURCE = '''
"""A module."""
LIMIT = 3

class Lab:
    """A lab."""
    price = 1.0

    def raise_price(self, by: float = 0.5) -> float:
        """More."""
        self.price = self.price + by
        return self.price
'''
SAME = {
    "comment": ("LIMIT = 3", "# why\nLIMIT = 3  # three"),
    "blank lines": ("class Lab", "\n\n\nclass Lab"),
    "module docstring": ('"""A module."""\n', '"""Another text\n\nof two paragraphs."""\n'),
    "no module docstring": ('"""A module."""\n', ""),
    "class docstring": ('    """A lab."""\n', ""),
    "function docstring": ('"""More."""', '"""Less."""'),
    "wrapped line": ("self.price + by", "(\n            self.price\n            + by\n        )"),
    "quotes and spaces": ("by: float = 0.5", "by : float=0.5"),
    "digits": ("LIMIT = 3", "LIMIT = 0x3"),
    "line endings": ("\n", "\r\n"),
}
DIFFERENT = {
    "constant": ("LIMIT = 3", "LIMIT = 4"),
    "type of a constant": ("LIMIT = 3", "LIMIT = 3.0"),
    "name": ("LIMIT", "LIMITS"),
    "default argument": ("by: float = 0.5", "by: float = 0.6"),
    "operator": ("self.price + by", "self.price - by"),
    "text that is no docstring": ("return self.price", "'text'\n        return self.price"),
    "statement": ("        return self.price\n", ""),
    "parentheses that matter": ("self.price + by", "self.price + by * 2"),
}


@pytest.mark.parametrize("name", SAME)
def test_what_does_not_change_the_meaning(name: str) -> None:
    changed = SOURCE.replace(*SAME[name])
    assert changed != SOURCE
    assert fingerprint.meaning(changed.encode()) == fingerprint.meaning(SOURCE.encode())


@pytest.mark.parametrize("name", DIFFERENT)
def test_what_does_change_the_meaning(name: str) -> None:
    changed = SOURCE.replace(*DIFFERENT[name])
    ast.parse(changed)
    assert fingerprint.meaning(changed.encode()) != fingerprint.meaning(SOURCE.encode())


def version(files: dict[str, bytes], rows: dict[str, bytes] | None = None) -> str:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sources, "FILES", files)
        patch.setattr(fingerprint, "_ROWS_FILES", rows or fingerprint._ROWS_FILES)
        return fingerprint.code_version.__wrapped__()


def test_code_version_is_that_of_the_content(tmp_path: Path) -> None:
    with resources.as_file(resources.files("sim")) as folder:
        shutil.copytree(folder, tmp_path / "sim")
    before = version(sources.read(tmp_path / "sim"))
    assert before == fingerprint.code_version()
    assert len(before) == 16
    market = tmp_path / "sim" / "market.py"
    market.write_text("# a comment\n\n" + market.read_text("utf-8") + "\n\n# another\n", "utf-8")
    (tmp_path / "sim" / "README.md").write_text("words")
    (tmp_path / "sim" / "__pycache__").mkdir(exist_ok=True)
    (tmp_path / "sim" / "__pycache__" / "market.cpython-311.pyc").write_bytes(b"\0")
    assert version(sources.read(tmp_path / "sim")) == before


def test_code_version_follows_everything_that_decides() -> None:
    files, rows = sources.FILES, fingerprint._ROWS_FILES
    new = b"\nNEW_CONSTANT = 1\n"
    seen = [version(files)]
    seen += [version({**files, path: files[path] + new}) for path in ("agents/lab.py", "strategies/view.py")]
    seen.append(version({**files, "data/labs.csv": files["data/labs.csv"] + b"\n"}))
    seen += [version(files, {**rows, name: data + new}) for name, data in rows.items()]
    added = ("mechanisms/new.py", "mechanisms/newer.py", "data/new.yaml", "strategies/new.csv")
    seen += [version({**files, path: b"a: 1"}) for path in added]
    assert set(rows) == {"questions/measures.py", "questions/tasks.py", "engine/tabulate.py", "engine/work.py"}
    assert len(set(seen)) == len(seen) == 1 + 2 + 1 + 4 + 4


def test_strategies_do_not_count_for_those_who_use_others() -> None:
    files = sources.FILES
    own = {path for path in files if path.startswith("strategies/") and path not in fingerprint.core(files)}
    assert {Path(path).stem for path in own} == set(names())
    changed = files | {path: files[path] + b"\nNEW_CONSTANT = 1\n" for path in own}
    assert version({**changed, "strategies/laggard.py": b"x = 1"}) == version(files)
    # What something else imports counts for all, and so does what that imports.
    market = files["market.py"] + b"\nfrom sim.strategies.by_tier import ByTier\n"
    assert own - set(fingerprint.core({**files, "market.py": market})) == own - {
        "strategies/by_tier.py",
        "strategies/historical.py",
    }


def test_every_data_file_of_the_world_counts() -> None:
    with resources.as_file(resources.files("sim")) as folder:
        endings = {path.suffix for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    assert endings <= {".py", ".md", *sources.DATA}


def test_content_hash_is_of_the_content() -> None:
    content = {"a": 1, "b": [1, 2.5, "x", None, True], "c": {"d": 0.1}}
    backwards = {"c": {"d": 0.1}, "b": [1, 2.5, "x", None, True], "a": 1}
    assert fingerprint.content_hash(content) == fingerprint.content_hash(backwards)
    assert len(fingerprint.content_hash(content)) == 32
    others = [{"a": 1.0}, {"a": True}, {"a": "1"}, {"a": None}, {"a": [1]}, {"a": 1, "b": 2}, {"A": 1}, {"a": 1}]
    hashes = [fingerprint.content_hash(other) for other in others]
    assert all(one != two for one, two in itertools.combinations(hashes, 2))
    assert fingerprint.content_hash({"a": 0.1 + 0.2}) != fingerprint.content_hash({"a": 0.3})


def test_equal_points_have_their_rows_each(tmp_path: Path) -> None:
    """They are one run in the store, and as many in the tables as were asked for."""
    design = {"kind": "morris", "params": {"talent.mobility": [0.01, 0.02], "talent.taste_renewal": [20, 21]}}
    runs = ex.ensemble(
        "baseline", seeds=2, months=2, developers=100, design={**design, "points": 3}, outputs=tmp_path, workers=1,
        progress=False,
    )  # fmt: skip
    assert runs.runs["key"].nunique() < len(runs.runs) == 18
    frame = runs.load("market", ["frontier", "spend"], month=[1, 2])
    assert frame.groupby(["point", "seed"]).size().eq(2).all() and len(frame) == 36
    for name in ("frontier", "spend"):
        assert frame.groupby(["talent.mobility", "talent.taste_renewal", "seed", "month"])[name].nunique().eq(1).all()
    labs = runs.load("labs", "price", month=2)
    assert labs.groupby(["point", "seed"]).size().nunique() == 1
    some = runs.select(point=[1, 5]).load("market", "frontier", month=2)
    assert some["point"].tolist() == [1, 1, 5, 5]
    whole = frame[(frame["month"] == 2) & frame["point"].isin([1, 5])]
    assert some["frontier"].tolist() == whole["frontier"].tolist()
