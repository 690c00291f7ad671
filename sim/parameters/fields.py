"""Parameters as the project means them: a default with its unit, bounds, range, source and confidence.

A :class:`Section` is a frozen group of parameters. A :func:`field` is one of them. Bounds are admissible and
enforced; the range, inside the bounds, is plausible and is what designs sample.
"""

from __future__ import annotations

import decimal
import math
import numbers
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from operator import attrgetter
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from sim.inputs.display import Card, Shown, between, number
from sim.inputs.errors import FrozenError, ParameterError, one_line, refused, shown
from sim.numerics.arrays import constant
from sim.parameters.moved import MOVED
from sim.parameters.words import meant

Confidence = Literal["measured", "estimated", "assumed"]
ORGANISATIONS = ("indie", "startup", "smb", "enterprise", "regulated")
REGIONS = ("US", "CN", "EU")
JUDGEMENT = "weightshift judgement"
_FROZEN = "it is frozen; allowed: a changed copy, like that of parameters.with_(…)"
_CONFIDENCE = typing.get_args(Confidence)
_MOST_BITS = 1024
_SOME = 5


@dataclass(frozen=True)
class Leaf:
    """One parameter with everything a reader may ask about it."""

    address: str
    value: Any
    default: Any
    unit: str
    bounds: tuple[float, float] | None
    range: tuple[float, float] | None
    choices: tuple[str, ...] | None
    source: str
    confidence: str
    doc: str
    at_start: bool


def field(
    default: Any,
    doc: str,
    *,
    unit: str,
    source: str = JUDGEMENT,
    confidence: Confidence = "assumed",
    bounds: tuple[float, float] | None = None,
    range: tuple[float, float] | None = None,
    spread: float | None = None,
    factor: float | None = None,
    at_start: bool = False,
) -> Any:
    """Declare one parameter.

    Args:
        default: The value that the baseline uses.
        doc: What it is, in one sentence.
        unit: Its unit; "1" for a pure number.
        source: Where the default comes from; our own judgement if not said.
        confidence: measured, estimated or assumed.
        bounds: Admissible values, inclusive; neutral values lie inside.
        range: Plausible values, inside the bounds; what designs sample.
        spread: In place of a range: default ± spread, cut to the bounds (for groups by organisation).
        factor: In place of a range: from the default divided by this to the default times it, cut to the bounds.
        at_start: Read at the start only, so that a dated change of it is refused.

    Raises:
        TypeError: The declaration contradicts itself.
    """
    if confidence not in _CONFIDENCE:
        raise TypeError(f"confidence of '{doc}' must be one of {_CONFIDENCE}")
    if range is not None and bounds is not None and not bounds[0] <= range[0] <= range[1] <= bounds[1]:
        raise TypeError(f"range of '{doc}' leaves its bounds")
    about = {
        "unit": unit,
        "bounds": bounds,
        "range": range,
        "spread": spread,
        "factor": factor,
        "source": source,
        "confidence": confidence,
        "at_start": at_start,
    }
    return Field(default, description=doc, json_schema_extra={"about": about})  # type: ignore[dict-item]


def frozen(name: str) -> FrozenError:
    """The error for a parameter or a section that somebody assigns to."""
    return FrozenError(f"parameters are frozen, {name} too; with_() gives a changed copy")


class Frozen(BaseModel):
    """Plain data that do not change; whoever tries is told how it is done."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def __setattr__(self, name: str, value: Any) -> None:
        raise FrozenError(f"{type(self).__name__}.{name} = {shown(value)} is not allowed: {_FROZEN}")

    def __delattr__(self, name: str) -> None:
        raise FrozenError(f"{type(self).__name__}.{name} cannot be deleted: {_FROZEN}")


class _Frozen(Frozen):
    """What all groups share: frozen, no unknown names, no NaN, and numbers that read as numbers."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, validate_default=True)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in type(self).model_fields:
            raise frozen(name)
        super().__setattr__(name, value)

    @field_validator("*", mode="before")
    @classmethod
    def _plain(cls, value: Any, info: ValidationInfo) -> Any:
        # Pydantic takes true for 1, b"2" for 2, "1_2" for 12, and the values of enumerations.
        if isinstance(value, bytes | bytearray):
            raise PydanticCustomError("bytes", "bytes are no value")
        if cls.model_fields[str(info.field_name)].annotation in (int, float) and not is_number(value):
            raise PydanticCustomError("no_number", "this is no number")
        return value

    @field_validator("*", mode="after")
    @classmethod
    def _zero_has_no_sign(cls, value: Any) -> Any:
        return 0.0 if isinstance(value, float) and value == 0.0 else value


def is_number(value: Any) -> bool:
    """Whether it is a number, or text that may be one; no number has so many digits that it cannot be printed."""
    if isinstance(value, str):
        return value.isascii() and "_" not in value
    if isinstance(value, np.ndarray):
        return value.ndim == 0 and value.dtype.kind in "iuf"
    if isinstance(value, bool | np.timedelta64) or (isinstance(value, int) and value.bit_length() > _MOST_BITS):
        return False
    return isinstance(value, numbers.Real | decimal.Decimal)


class Section(Shown, _Frozen):
    """A frozen group of parameters; unknown names and values outside the bounds are refused."""

    def card(self) -> Card:
        """Every parameter with its value, unit, range and meaning."""
        rows = tuple(
            (leaf.address, number(leaf.value), leaf.unit, _between(leaf), leaf.confidence, leaf.doc)
            for leaf in self.leaves()
        )
        head = ("parameter", "value", "unit", "range", "confidence", "what")
        return Card(f"{type(self).__name__}: {summary(type(self))}", head, rows)

    @model_validator(mode="after")
    def _inside_bounds(self) -> Self:
        for leaf, value_of in declared(type(self)):
            if leaf.bounds is None:
                continue
            low, high = leaf.bounds
            value = value_of(self)
            if value is None:  # left to something else, which the field's sentence names
                continue
            if not low <= value <= high:
                raise PydanticCustomError(
                    "outside_bounds",
                    "{address} = {value} is outside its bounds",
                    {"address": leaf.address, "value": value, "allowed": allowed(leaf)},
                )
        return self

    def leaves(self, prefix: str = "") -> Iterator[Leaf]:
        """Every parameter below this section, in order of declaration."""
        for leaf, value_of in declared(type(self)):
            yield replace(leaf, address=prefix + leaf.address, value=value_of(self))


def summary(section: type) -> str:
    """First line of a section's docstring."""
    return (section.__doc__ or "").strip().partition("\n")[0]


def _between(leaf: Leaf) -> str:
    if leaf.choices:
        return ", ".join(leaf.choices)
    return between(*leaf.range) if leaf.range else "–"


@cache
def declared(section: type[Section]) -> tuple[tuple[Leaf, Callable[[Section], Any]], ...]:
    """Every parameter of a kind of section at its default, with what looks up its value; worked out once."""
    leaves: list[Leaf] = []
    for name, info in section.model_fields.items():
        kind, extra = info.annotation, typing.cast(dict[str, Any], info.json_schema_extra or {})
        if isinstance(kind, type) and issubclass(kind, Section):
            leaves += [replace(leaf, address=f"{name}.{leaf.address}") for leaf, _ in declared(kind)]
        elif kind is ByOrganisation:
            for organisation in ORGANISATIONS:
                default, doc = getattr(info.default, organisation), f"{info.description} ({organisation})"
                leaves.append(_leaf(f"{name}.{organisation}", default, extra["about"], doc, float))
        else:
            leaves.append(_leaf(name, info.default, extra["about"], info.description or "", kind))
    return tuple((leaf, attrgetter(leaf.address)) for leaf in leaves)


class ByOrganisation(_Frozen):
    """One number per organisation type; unit, bounds and source stand on the field that holds it."""

    indie: float
    startup: float
    smb: float
    enterprise: float
    regulated: float

    def array(self) -> NDArray[np.float64]:
        """The five numbers, shape (5,), in the order of ``ORGANISATIONS``."""
        return constant(self.indie, self.startup, self.smb, self.enterprise, self.regulated)


def by_organisation(indie: float, startup: float, smb: float, enterprise: float, regulated: float) -> ByOrganisation:
    """Shorthand for a group of five."""
    return ByOrganisation(indie=indie, startup=startup, smb=smb, enterprise=enterprise, regulated=regulated)


def _leaf(address: str, default: Any, about: Mapping[str, Any], doc: str, kind: Any) -> Leaf:
    bounds, span = about["bounds"], about["range"]
    if span is None and (about["spread"] is not None or about["factor"] is not None):
        if about["factor"] is not None:
            low, high = default / about["factor"], default * about["factor"]
        else:
            low, high = default - about["spread"], default + about["spread"]
        span = (low, high) if bounds is None else (max(low, bounds[0]), min(high, bounds[1]))
    choices = typing.get_args(kind) if typing.get_origin(kind) is Literal else None
    if kind is bool:
        choices = ("true", "false")
    return Leaf(
        address,
        default,
        default,
        about["unit"],
        bounds,
        span,
        choices,
        about["source"],
        about["confidence"],
        doc,
        about["at_start"],
    )


def allowed(leaf: Leaf) -> str:
    """What a parameter may be, in words."""
    if leaf.choices:
        return "one of " + ", ".join(leaf.choices)
    if leaf.bounds is None:
        return "any value"
    low, high = leaf.bounds
    top = "any larger number" if math.isinf(high) else f"{high:g}"
    return f"{low:g} to {top} {'' if leaf.unit == '1' else leaf.unit}".strip()


def explain(error: ValidationError, leaves: Mapping[str, Leaf], section: str = "") -> ParameterError:
    """Turn pydantic's report, on a section if one is named, into one line of ours."""
    first = error.errors()[0]
    address = ".".join(str(part) for part in ((section, *first["loc"]) if section else first["loc"]))
    value = first.get("input")
    if first["type"] == "outside_bounds":
        context = first["ctx"]
        prefix = address + "." if address else ""
        return ParameterError(
            f"{prefix}{context['address']} = {shown(context['value'])} is not allowed; allowed: {context['allowed']}"
        )
    if first["type"] == "extra_forbidden":
        return unknown(address, leaves)
    if first["type"] == "missing" and address in leaves:
        return ParameterError(f"{address} is missing; allowed: {_kind(leaves[address])}")
    if address in leaves:
        return refused(address, value, _kind(leaves[address]))
    inside = [name.removeprefix(f"{address}.") for name in leaves if name.startswith(f"{address}.")]
    return refused(
        address or "parameters", value, f"values for {', '.join(inside[:_SOME])}{', …' * (len(inside) > _SOME)}"
    )


def _kind(leaf: Leaf) -> str:
    if leaf.choices:
        return allowed(leaf)
    word = "a whole number" if isinstance(leaf.value, int) else "a number"
    return f"{word}, {allowed(leaf)}"


def unknown(address: Any, leaves: Mapping[str, Leaf]) -> ParameterError:
    """The error for a name that does not exist, with what took its place, else those that may be meant."""
    if isinstance(address, str) and address in MOVED:
        return ParameterError(f"{address}: no such parameter any more; {MOVED[address]}")
    if isinstance(address, str) and address in leaves:  # where sections are asked for, each with its own
        section, _, name = address.partition(".")
        return ParameterError(f"{address}: it goes into its section; write '{section}:' and below it '{name}: …'")
    inside = [name for name in leaves if isinstance(address, str) and name.startswith(f"{address}.")]
    if inside:
        some = f"{', '.join(inside[:_SOME])}{', …' * (len(inside) > _SOME)}"
        return ParameterError(f"{address}: no such parameter but a section; write the whole address: {some}")
    close = meant(address, {name: leaf.doc for name, leaf in leaves.items()}) if isinstance(address, str) else []
    sections = sorted({name.split(".")[0] for name in leaves})
    hint = f"did you mean {' or '.join(close)}?" if close else f"sections: {', '.join(sections)}"
    named = one_line(address, 120) if isinstance(address, str) and address.strip() else shown(address)
    return ParameterError(f"{named}: no such parameter; {hint}")
