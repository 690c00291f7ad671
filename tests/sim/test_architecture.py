"""Dependence runs one way, and the month stays on one screen: read from the imports, held here."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import sim

ROOT = Path(sim.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))
NAMES = {
    path: ".".join(("sim", *path.relative_to(ROOT).with_suffix("").parts)).removesuffix(".__init__") for path in FILES
}
MECHANISMS = [path for path in FILES if path.parent.name == "mechanisms" and path.stem != "__init__"]
OUTSIDE = ("experiments", "hydra", "omegaconf", "pandas", "matplotlib", "pyarrow", "tqdm")
LONGEST_FILE = 400
SCREEN = 75


# Which room may import which: only what stands above it. Rooms in one line do not know each other.
ORDER = (
    ("inputs",),
    ("numerics",),
    ("parameters",),
    ("agents",),
    ("data",),
    ("record",),
    ("strategies",),
    ("scenario",),
    ("state",),
    ("views",),
    ("mechanisms", "measures"),
    ("opening",),
    ("market",),
)
LEVEL = {room: level for level, rooms in enumerate(ORDER) for room in rooms}


def imports(path: Path) -> set[str]:
    """Dotted modules that a file imports, in functions and for type checkers too.

    Of ``from a import b`` both a and a.b, for b may be a module.
    """
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: relative import"
            found |= {str(node.module)} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def of_project(modules: set[str]) -> set[str]:
    return {name for name in modules if name in NAMES.values()} - {"sim"}


def ids(paths: list[Path]) -> list[str]:
    return [NAMES[path] for path in paths]


def room(module: str) -> str:
    return module.split(".")[1]


def test_imports_are_read() -> None:
    """The instrument: it sees what is plainly there."""
    assert "sim.mechanisms.adoption" in imports(ROOT / "market.py")
    assert "sim.state" in imports(ROOT / "mechanisms" / "adoption.py")
    assert len(MECHANISMS) == len(sim.Market.schedule)


@pytest.mark.parametrize("path", FILES, ids=ids(FILES))
def test_world_knows_nothing_of_experiments(path: Path) -> None:
    tops = {name.split(".")[0] for name in imports(path)}
    assert not tops & set(OUTSIDE)


@pytest.mark.parametrize("path", [path for path in FILES if NAMES[path] != "sim"], ids=lambda path: NAMES[path])
def test_dependence_runs_one_way(path: Path) -> None:
    """A room imports rooms above it in ``ORDER`` and its own files, no others."""
    here = room(NAMES[path])
    for name in of_project(imports(path)):
        assert room(name) == here or LEVEL[room(name)] < LEVEL[here], f"{NAMES[path]} imports {name}"


@pytest.mark.parametrize("path", MECHANISMS, ids=ids(MECHANISMS))
def test_mechanism_imports_no_other(path: Path) -> None:
    assert not {name for name in of_project(imports(path)) if name.startswith("sim.mechanisms.")}


def test_numerics_import_numpy_and_scipy_alone() -> None:
    """The compiled twins need Numba, and nothing but the race and the price map asks for them."""
    for path in (path for path in FILES if path.parent.name == "numerics"):
        tops = {module.split(".")[0] for module in imports(path)}
        assert tops - sys.stdlib_module_names - {"sim"} <= {
            "numpy",
            "scipy",
            *(["numba"] if path.stem.startswith("compiled") else []),
        }


@pytest.mark.parametrize("path", MECHANISMS, ids=ids(MECHANISMS))
def test_kernels_import_numpy_and_scipy_alone(path: Path) -> None:
    """Kernels live with their mechanism; pydantic comes in through the sections of ``parameters`` only."""
    tops = {module.split(".")[0] for module in imports(path)}
    assert tops - sys.stdlib_module_names - {"sim"} <= {"numpy", "scipy"}


def test_nobody_but_the_door_imports_market() -> None:
    """Measures, views and agents take a state, they do not import the market."""
    importers = {NAMES[path] for path in FILES if "sim.market" in imports(path)}
    assert importers <= {"sim"}


def test_imports_have_no_circle() -> None:
    """Python tolerates circles of modules; we do not. A package's front file counts as part of its users."""
    needs = {NAMES[path]: of_project(imports(path)) - {NAMES[path]} for path in FILES if NAMES[path] != "sim"}
    while needs:
        free = {name for name, needed in needs.items() if not needed & needs.keys()}
        assert free, f"circle among {sorted(needs)}"
        needs = {name: needed for name, needed in needs.items() if name not in free}


def test_month_is_on_one_screen() -> None:
    """Whoever opens the file meets the schedule, and nothing but what it names before it."""
    tree = ast.parse((ROOT / "market.py").read_text("utf-8"))
    market = next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Market")
    schedule = next(
        node for node in market.body if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "schedule"
    )
    step = next(node for node in market.body if isinstance(node, ast.FunctionDef))
    assert step.name == "step"
    assert schedule.end_lineno - market.lineno < SCREEN
    assert step.end_lineno - market.lineno < SCREEN
    assert [ast.unparse(verb) for verb in schedule.value.elts] == [verb.name for verb in sim.Market.schedule]
    phases = market.body[market.body.index(schedule) + 1]
    assert ast.unparse(phases).startswith("phases = {")
    assert list(sim.Market.phases) == ["money", "people", "models", "market", "aftermath"]
    starts = [sim.Market.schedule.index(verb) for verb in sim.Market.phases.values()]
    assert starts == sorted(starts) and starts[0] == 0


@pytest.mark.parametrize("path", FILES, ids=ids(FILES))
def test_file_holds_one_idea(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= LONGEST_FILE


def test_mechanism_has_its_own_file_and_name() -> None:
    for verb in sim.Market.schedule:
        assert verb.step.__module__ == f"sim.mechanisms.{verb.name}"
        assert verb.summary.endswith(".")


def test_declared_columns_exist() -> None:
    """A name in ``reads`` or ``writes`` is a column of a table of the market, and what is carried is written."""
    market = sim.Market(rng=1, developers=100)
    for verb in market.schedule:
        for name in (*verb.reads, *verb.writes):
            table, column = name.split(".")
            assert hasattr(getattr(market, table), column), f"{verb.name}: {name}"
        assert set(verb.carries) <= set(verb.writes), verb.name
        assert not set(verb.reads) & set(verb.writes), verb.name


def test_declared_parameters_exist_and_are_of_other_sections() -> None:
    """A group by organisation is one, so that it counts without what stands behind its second dot."""
    known = {".".join(address.split(".")[:2]) for address in sim.Parameters.known()}
    for verb in sim.Market.schedule:
        assert set(verb.parameters) <= known, verb.name
        assert not {address for address in verb.parameters if address.startswith(f"{verb.name}.")}, verb.name


def test_import_of_sim_brings_in_little() -> None:
    """Beside what Mesa itself loads: no plotting, no Hydra, no experiments, no heavy part of SciPy."""
    code = (
        "import sys, mesa; before = set(sys.modules); import sim; "
        "print(*sorted({name for name in set(sys.modules) - before}))"
    )
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT.parent
    ).stdout.split()
    tops = {name.split(".")[0] for name in out}
    assert not tops & {*OUTSIDE, "IPython", "solara", "yaml"}
    assert not {name for name in out if name.startswith(("scipy.stats", "scipy.optimize"))}
    assert tops - sys.stdlib_module_names <= {
        "sim",
        "numpy",
        "scipy",
        "pydantic",
        "pydantic_core",
        "annotated_types",
        "typing_extensions",
        "typing_inspection",
        "dateutil",
        "six",
    }
