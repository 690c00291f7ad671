"""A number in an equation is a parameter or has a name, and the name says its unit and why it is what it is."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import sim

ROOT = Path(sim.__file__).parent
FILES = sorted(path for room in ("mechanisms", "views", "measures") for path in (ROOT / room).rglob("*.py"))

# What may stand in an equation as it is, and why. Guards against zero have names, each a reason of its own.
PLAIN = {
    0: "nothing: bounds, starts, empty sums",
    1: "a whole: complements of shares, e^x − 1, neighbours",
    0.5: "a half: the middle of a scale from 0 to 1, σ²/2 in the mean of a log-normal",
    2: "squares, twice",
}


def is_number(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) in (int, float, complex)


def is_notation(parent: ast.AST, node: ast.AST) -> bool:
    """Orders of magnitude, 10^x, and the layout of bits, x << 20 and 2^32, are ways to write, not quantities."""
    if not isinstance(parent, ast.BinOp):
        return False
    power = isinstance(parent.op, ast.Pow)
    ten = power and node is parent.left and ast.literal_eval(node) == 10
    bits = power and node is parent.right and is_number(parent.left) and ast.literal_eval(parent.left) == 2
    return ten or bits or (isinstance(parent.op, ast.LShift) and node is parent.right)


def unnamed(source: str) -> list[tuple[int, str]]:
    """Line and text of the numbers in functions, defaults included and decorators not, that ought to have a name."""
    found = set()
    for function in ast.walk(ast.parse(source)):
        if not isinstance(function, ast.FunctionDef | ast.Lambda):
            continue
        body = function.body if isinstance(function, ast.FunctionDef) else [function.body]
        defaults = [default for default in (*function.args.defaults, *function.args.kw_defaults) if default]
        found |= {
            (node.lineno, ast.unparse(node))
            for part in (*body, *defaults)
            for parent in ast.walk(ast.Expression(part))
            for node in ast.iter_child_nodes(parent)
            if is_number(node) and node.value not in PLAIN and not is_notation(parent, node)
        }
    return sorted(found)


def unexplained(source: str) -> list[str]:
    """Constants of a module that hold a number and have no comment directly above or beside them."""
    lines, found = source.splitlines(), []
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and any(is_number(part) for part in ast.walk(node)):
            above, beside = lines[node.lineno - 2], lines[node.end_lineno - 1]
            if not above.startswith("#") and "  # " not in beside:
                found.append(lines[node.lineno - 1])
    return found


@pytest.mark.parametrize(
    ("code", "numbers"),
    [
        ("return np.exp(-0.35 * z)", ["0.35"]),
        ("return p.entry / 12", ["12"]),
        ("return np.clip(x, -2.5, 2.5)", ["2.5"]),
        ("return x**10", ["10"]),
        ("return 3.0", ["3.0"]),
        ("return lambda y: 0.3 + y", ["0.3"]),
        ("return [np.maximum(y, 1e-9) for y in x]", ["1e-09"]),
        ("return 10.0**x * (1.0 - x) ** 2 + 0.5 * x[0] + (x << 20) + 2**32", []),
        ("'''0.35 in words'''\n    return x + MOST", []),
    ],
)
def test_numbers_are_seen(code: str, numbers: list[str]) -> None:
    """The instrument."""
    function = f"@mechanism(neutral={{'a': 100.0}})\ndef kernel(x):\n    {code}\n"
    assert [number for _, number in unnamed(function)] == numbers


def test_defaults_and_constants_are_seen() -> None:
    assert unnamed("def kernel(x, *, step=0.1): ...") == [(1, "0.1")]
    assert unexplained("# Why [$].\nA = 1e6\nB = 5.0\nC = 7  # days\nNAMES = ('a', 'b')\n") == ["B = 5.0"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_numbers_of_equations_have_names(path: Path) -> None:
    assert unnamed(path.read_text("utf-8")) == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_named_numbers_say_why(path: Path) -> None:
    assert unexplained(path.read_text("utf-8")) == []


def added_by_builtin(source: str) -> list[int]:
    """Lines that add with the builtin, in a call or handed on as a function."""
    names = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name))
    return sorted(node.lineno for node in names if node.id == "sum")


def test_builtin_sums_are_seen() -> None:
    assert added_by_builtin("a = sum(x)\nb = max(x, key=sum)\nc = np.sum(x) + x.sum() + fsum(x)\n") == [1, 2]


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT)))
def test_sums_are_the_same_in_every_python(path: Path) -> None:
    """The builtin compensates floats from Python 3.12 on: a model's last bit would depend on the interpreter."""
    assert added_by_builtin(path.read_text("utf-8")) == []
