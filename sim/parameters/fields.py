"""Parameters as the project means them: a default with its unit, bounds, range, source and confidence.

A :class:`Section` is a frozen group of parameters. A :func:`field` is one of them. Bounds are admissible and
enforced; the range, inside the bounds, is plausible and is what designs sample.
"""

from __future__ import annotations

import difflib
import math
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

Confidence = Literal["measured", "estimated", "assumed"]
ORGANISATIONS = ("indie", "startup", "smb", "enterprise", "regulated")
REGIONS = ("US", "CN", "EU")
JUDGEMENT = "weightshift judgement"
_CONFIDENCE = typing.get_args(Confidence)


def visible(text: str) -> str:
    """Text in which letters that do not print, such as the escapes of terminals and ends of lines, are codes."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)


def printable(text: str) -> str:
    """Text as one line that can be printed, whatever is in it."""
    return visible(" ".join(text.split()))


class OneLineError(ValueError):
    """An error of a user's, whose text is one line that can be printed."""

    def __init__(self, text: str = "") -> None:
        super().__init__(printable(text))


class ParameterError(OneLineError):
    """A parameter that cannot be: one line that names the field, the value and what is allowed."""


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


class _Frozen(BaseModel):
    """What all groups share: frozen, no unknown names, no NaN, and a truth value is not a number."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, validate_default=True)

    @field_validator("*", mode="before")
    @classmethod
    def _true_is_not_one(cls, value: Any, info: ValidationInfo) -> Any:
        if isinstance(value, bool) and cls.model_fields[str(info.field_name)].annotation in (int, float):
            raise PydanticCustomError("truth_value", "a truth value is not a number")
        return value

    @field_validator("*", mode="after")
    @classmethod
    def _zero_has_no_sign(cls, value: Any) -> Any:
        return 0.0 if isinstance(value, float) and value == 0.0 else value


class Section(_Frozen):
    """A frozen group of parameters; unknown names and values outside the bounds are refused."""

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
        return np.array([getattr(self, name) for name in ORGANISATIONS], dtype=np.float64)


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
            f"{prefix}{context['address']} = {context['value']!r} is not allowed; allowed: {context['allowed']}"
        )
    if first["type"] == "extra_forbidden":
        return unknown(address, leaves)
    if first["type"] == "missing" and address in leaves:
        return ParameterError(f"{address} is missing; allowed: {_kind(leaves[address])}")
    if address in leaves:
        return ParameterError(f"{address} = {value!r} is not allowed; allowed: {_kind(leaves[address])}")
    return ParameterError(f"{address or 'parameters'} = {value!r} is not allowed: {first['msg']}")


def _kind(leaf: Leaf) -> str:
    if leaf.choices:
        return allowed(leaf)
    word = "a whole number" if isinstance(leaf.value, int) else "a number"
    return f"{word}, {allowed(leaf)}"


def unknown(address: str, leaves: Mapping[str, Leaf]) -> ParameterError:
    """The error for a name that does not exist, with the nearest one that does."""
    close = difflib.get_close_matches(address, leaves, n=1, cutoff=0.5)
    sections = sorted({name.split(".")[0] for name in leaves})
    hint = f"did you mean {close[0]}?" if close else f"sections: {', '.join(sections)}"
    return ParameterError(f"{address}: no such parameter; {hint}")
