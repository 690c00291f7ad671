"""What varies, and how: from what a user says of each parameter to a range or a list of values."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from typing import Any, cast

from experiments.questions.designs.blocks import MORE, MORRIS, SALTELLI, block_size
from experiments.questions.designs.points import MOST, leaves, value_of
from experiments.questions.settings import ExperimentError, check_choice, items_of, one_line, refuse, whole
from sim.parameters.fields import Leaf, unknown

SCALES = ("linear", "log")
LEVELS = (2, 10_000)
DEFAULT_POINTS = {"grid": 5, "latin_hypercube": 100, "sobol": 128, SALTELLI: 128, MORRIS: 20}
MOST_NAMES = 10_000
EXACT = Context(prec=30)
_SPAN_KEYS = ("low", "high", "scale", "points")


def axes_of(kind: str, params: Any, points: int) -> dict[str, Any]:
    """What each varied parameter runs through: ``{low, high, scale}`` or a list of values, by address.

    Raises:
        ExperimentError: One line with what cannot be and what is allowed.
    """
    if kind not in DEFAULT_POINTS:
        if params is not None:
            raise refuse("design.params", params, f"nothing with design.kind={kind}")
        return {}
    make: Callable[[Leaf, Any, int], Any] = _levels if kind == "grid" else _span_or_choices
    axes = {}
    for address, given in _named(params, kind):
        if address in axes and isinstance(params, Mapping):
            raise refuse(f"design.params.{address}", given, "each parameter once")
        axes[address] = make(leaves()[address], given, points)
    if not axes:
        raise refuse("design.params", params, "at least one parameter")
    if kind == "grid" and (total := math.prod(map(len, axes.values()))) > MOST[1]:
        product = " × ".join(str(len(axis)) for axis in axes.values())
        raise refuse("design.params", f"a grid of {product} = {total:,} points", f"at most {MOST[1]:,}")
    if kind in MORE and (total := points * block_size(kind, len(axes))) > MOST[1]:
        product = f"{points:,} blocks of {block_size(kind, len(axes))} = {total:,} points"
        raise refuse("design.points", product, f"at most {MOST[1]:,} points")
    return axes


def _named(params: Any, kind: str) -> Iterator[tuple[str, Any]]:
    """Every varied address with what is given for it."""
    if isinstance(params, Mapping):
        return _flat(params, "")
    if params is None and kind != "grid":
        return ((address, None) for address, leaf in leaves().items() if _has_range(leaf))
    names = [params] if isinstance(params, str) else items_of(params, MOST_NAMES)
    if names is None:
        raise refuse("design.params", "null" if params is None else params, "names of parameters and their values")
    return ((address, None) for name in names for address in _below(name))


def _flat(tree: Mapping[Any, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    # An address of a parameter ends the descent, so {low, high} below it is never taken for a section.
    for key, given in tree.items():
        if not isinstance(key, str):
            raise _unknown(key)
        address = f"{prefix}{key}"
        if address in leaves():
            yield address, given
        elif isinstance(given, Mapping) and not set(given) <= set(_SPAN_KEYS):
            yield from _flat(given, f"{address}.")
        elif _below(address) and given is not None:
            raise refuse(f"design.params.{address}", given, "null or its parameters by name, since it is a section")
        else:
            yield from ((below, None) for below in _below(address))


def _below(name: Any) -> list[str]:
    """The address itself, or all addresses with a range below a section."""
    if not isinstance(name, str):
        raise _unknown(name)
    if name in leaves():
        return [name]
    below = [address for address in leaves() if address.startswith(f"{name}.")]
    if not below:
        raise _unknown(name)
    ranged = [address for address in below if _has_range(leaves()[address])]
    if not ranged:
        raise refuse("design.params", name, "sections with ranges; none of its parameters has one")
    return ranged


def _unknown(name: Any) -> ExperimentError:
    return ExperimentError(one_line(f"design.params.{unknown(name, leaves())}"))


def _has_range(leaf: Leaf) -> bool:
    return leaf.range is not None and leaf.range[0] < leaf.range[1]


def _span_or_choices(leaf: Leaf, given: Any, _points: int) -> Any:
    return _values(leaf, given) if leaf.choices else _span(leaf, given, _SPAN_KEYS[:3])


def _levels(leaf: Leaf, given: Any, points: int) -> list[Any]:
    if leaf.choices or not (given is None or isinstance(given, Mapping)):
        return _values(leaf, given)
    span = _span(leaf, given, _SPAN_KEYS)
    count = whole(f"design.params.{leaf.address}.points", span.get("points", points), *LEVELS)
    # Decimals land on the numbers a reader expects: 0.1, 0.2, 0.3.
    with localcontext(EXACT):
        low, high = Decimal(repr(span["low"])), Decimal(repr(span["high"]))
        steps = [Decimal(i) / (count - 1) for i in range(count)]
        exact = [low * (high / low) ** s if span["scale"] == "log" else low + (high - low) * s for s in steps]
        if isinstance(leaf.value, int):
            return list(dict.fromkeys(int(value.to_integral_value(ROUND_HALF_UP)) for value in exact))
        return list(dict.fromkeys(min(max(float(value), span["low"]), span["high"]) for value in exact))


def _values(leaf: Leaf, given: Any) -> list[Any]:
    where, wanted = f"design.params.{leaf.address}", "a list of different values"
    if leaf.choices and given is None:
        return [value_of(leaf, choice, where) for choice in leaf.choices]
    items = items_of(given, MOST[1])
    if items is None:
        raise refuse(where, given, wanted + ("" if leaf.choices else ", or {low, high, points, scale}"))
    values = [value_of(leaf, value, where) for value in items]
    if not values or len(set(values)) < len(values):
        raise refuse(where, values, wanted)
    return values


def _span(leaf: Leaf, given: Any, keys: tuple[str, ...]) -> dict[str, Any]:
    where, wanted = f"design.params.{leaf.address}", f"[low, high] or {{{', '.join(keys)}}}, low below high"
    if given is None:
        if not _has_range(leaf):
            raise refuse(where, "null", f"{wanted}; the parameter table has no range for it")
        low, high = cast(tuple[float, float], leaf.range)
        given = (math.ceil(low), math.floor(high)) if isinstance(leaf.value, int) else (low, high)
    more: dict[str, Any] = dict(given) if isinstance(given, Mapping) else {}
    ends = [more.pop(key, None) for key in keys[:2]] if isinstance(given, Mapping) else items_of(given, MOST_NAMES)
    if ends is None or any(end is None for end in ends) or not set(more) <= set(keys):
        raise refuse(where, given if ends is None or isinstance(given, Mapping) else ends, wanted)
    ends = [value_of(leaf, end, where) for end in ends]
    if len(ends) != 2 or not ends[0] < ends[1]:
        raise refuse(where, ends, wanted)
    scale = check_choice(f"{where}.scale", more.pop("scale", "linear"), SCALES)
    if scale == "log" and ends[0] <= 0:
        raise refuse(f"{where}.low", ends[0], "a number above 0 with scale: log")
    return {"low": ends[0], "high": ends[1], "scale": scale, **more}
