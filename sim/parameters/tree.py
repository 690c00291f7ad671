"""Parameters: the tree of all sections, ours and those that others register."""

from __future__ import annotations

import typing
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from operator import attrgetter
from typing import Any, Self, TypeVar

from pydantic import ValidationError

from sim.inputs.display import Card, Shown, number
from sim.inputs.errors import ParameterError, refused, shown
from sim.inputs.registry import Owner, RegistrationError, Registry, owner_of
from sim.parameters.access import Access
from sim.parameters.accounting import Accounting
from sim.parameters.adoption import Adoption
from sim.parameters.awareness import Awareness
from sim.parameters.beliefs import Beliefs
from sim.parameters.compute import Compute
from sim.parameters.contribution import Contribution
from sim.parameters.entry import Entry
from sim.parameters.fields import Leaf, Section, explain, frozen, summary, unknown
from sim.parameters.finance import Finance
from sim.parameters.law import Law
from sim.parameters.misuse import Misuse
from sim.parameters.moved import MOVED
from sim.parameters.population import Population
from sim.parameters.pricing import Pricing
from sim.parameters.reading import ReadingError, read_yaml
from sim.parameters.recorded import Recorded
from sim.parameters.release import Release
from sim.parameters.research import Research
from sim.parameters.talent import Talent
from sim.parameters.training import Training
from sim.parameters.trust import Trust

S = TypeVar("S", bound=type[Section])


class Parameters(Shown):
    """Everything that can be varied, one dotted address each.

    Args:
        sections: Sections that are not at their defaults, by name.

    Raises:
        ParameterError: There is no such section, or it is another's.
    """

    record: Recorded
    population: Population
    compute: Compute
    finance: Finance
    talent: Talent
    research: Research
    training: Training
    release: Release
    beliefs: Beliefs
    access: Access
    entry: Entry
    awareness: Awareness
    pricing: Pricing
    adoption: Adoption
    accounting: Accounting
    contribution: Contribution
    misuse: Misuse
    trust: Trust
    law: Law

    def __init__(self, **sections: Section) -> None:
        for name, given in sections.items():
            if name not in SECTIONS:
                raise unknown(name, self.known())
            if not isinstance(given, SECTIONS[name]):
                raise refused(name, given, f"a {SECTIONS[name].__name__}; write {_instead(name, given)}")
        self.__dict__.update({name: sections.get(name, _default(kind)) for name, kind in SECTIONS.items()})

    def __getattr__(self, name: str) -> Any:
        if name in SECTIONS:  # registered since this was made
            return _default(SECTIONS[name])
        raise AttributeError(f"Parameters have no section {name!r}")

    def __setattr__(self, name: str, value: Any) -> None:
        raise frozen(name)

    def __delattr__(self, name: str) -> None:
        raise frozen(name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Parameters) and all(getattr(self, name) == getattr(other, name) for name in SECTIONS)

    def __hash__(self) -> int:
        return hash(tuple(getattr(self, name) for name in SECTIONS))

    def __repr__(self) -> str:
        return f"Parameters().with_(**{self.differences()!r})"

    def card(self) -> Card:
        """What is not at its default, or the sections if all is."""
        known, changed = self.known(), self.differences()
        note = ".talent shows a section; .with_(**{'talent.mobility': 0.02}) gives a changed copy; docs/parameters.md"
        if changed:
            differences = tuple(
                (name, number(value), number(known[name].default), known[name].unit) for name, value in changed.items()
            )
            title = f"Parameters: {len(changed)} of {len(known)} not at the default"
            return Card(title, ("parameter", "value", "default", "unit"), differences, note)
        rows = tuple(
            (name, str(len(list(getattr(self, name).leaves()))), summary(kind)) for name, kind in SECTIONS.items()
        )
        return Card(f"Parameters: all {len(known)} at their defaults", ("section", "parameters", "of"), rows, note)

    @staticmethod
    def known() -> dict[str, Leaf]:
        """Every parameter at its default, by address."""
        return _known(tuple(SECTIONS.items()))

    def with_(self, **changes: Any) -> Self:
        """A copy with some values changed.

        Args:
            changes: Dotted addresses and values: ``with_(**{"talent.mobility": 0.02})``.

        Raises:
            ParameterError: An address does not exist or a value is not allowed.
        """
        known, sections = self.known(), self._sections()
        touched: dict[str, dict[str, Any]] = {}
        for address, value in changes.items():
            if address not in known:
                raise unknown(address, known)
            section, *path, name = address.split(".")
            if section not in touched:
                touched[section] = sections[section].model_dump()
            branch = touched[section]
            for part in path:
                branch = branch[part]
            branch[name] = value
        # Sections are frozen and valid, so those that stay the same are shared.
        return type(self)(**{**sections, **{name: _made(name, tree) for name, tree in touched.items()}})

    @classmethod
    def from_dict(cls, tree: Any) -> Self:
        """Parameters from a nested dictionary; what is not in it keeps its default.

        Raises:
            ParameterError: It is not such a dictionary, or a value is not allowed.
        """
        if not isinstance(tree, dict):
            raise refused("parameters", tree, "sections with values")
        for name in tree:
            if not isinstance(name, str) or name not in SECTIONS:
                raise unknown(_gone(name, tree[name]), cls.known())
        return cls(**{name: _made(name, _completed(name, values)) for name, values in tree.items()})

    @classmethod
    def from_yaml(cls, text: str) -> Self:
        """Parameters from YAML; what is not in it keeps its default.

        Raises:
            ParameterError: It cannot be read, or a value is not allowed.
        """
        if not isinstance(text, str):
            raise refused("text", text, "the text of a YAML file")
        try:
            tree = read_yaml(text)
        except ReadingError as error:
            raise ParameterError(
                f"parameters are not readable as YAML{error.where}: {error}; write 'section:' and 'name: value'"
            ) from None
        return cls.from_dict({} if tree is None else tree)

    def to_dict(self) -> dict[str, Any]:
        """The nested dictionary of all values."""
        return {name: getattr(self, name).model_dump() for name in SECTIONS}

    def to_yaml(self) -> str:
        """All values as YAML."""
        import yaml

        return yaml.safe_dump(self.to_dict(), sort_keys=False, allow_unicode=True)

    def differences(self) -> dict[str, Any]:
        """Dotted addresses and values that are not the default."""
        values = ((leaf, attrgetter(address)(self)) for address, leaf in self.known().items())
        return {leaf.address: value for leaf, value in values if value != leaf.default}

    def leaves(self) -> Iterator[Leaf]:
        """Every parameter with its value, in order of declaration."""
        for name in SECTIONS:
            yield from getattr(self, name).leaves(f"{name}.")

    def table(self) -> list[dict[str, Any]]:
        """One row a parameter: address, value, default, unit, bounds, range, choices, source, confidence, doc."""
        return [
            {
                "address": leaf.address,
                "value": leaf.value,
                "default": leaf.default,
                "unit": leaf.unit,
                "low": None if leaf.bounds is None else leaf.bounds[0],
                "high": None if leaf.bounds is None else leaf.bounds[1],
                "range_low": None if leaf.range is None else leaf.range[0],
                "range_high": None if leaf.range is None else leaf.range[1],
                "choices": leaf.choices,
                "source": leaf.source,
                "confidence": leaf.confidence,
                "doc": leaf.doc,
            }
            for leaf in self.leaves()
        ]

    def _sections(self) -> dict[str, Section]:
        """Every section, as the class that has its name by now: a cell that is run again defines another."""
        found: dict[str, Section] = {name: getattr(self, name) for name in SECTIONS}
        for name, kind in SECTIONS.items():
            if type(found[name]) is not kind:
                values = found[name].model_dump()
                found[name] = _made(name, {key: values[key] for key in values if key in kind.model_fields})
        return found


SECTIONS: Registry[type[Section]] = Registry(
    "section", typing.get_type_hints(Parameters), Owner(__name__, "Parameters"), tuple(vars(Parameters))
)


def section(name: str) -> Callable[[S], S]:
    """Class decorator: add a section of one's own to all parameters.

    Raises:
        RegistrationError: The name is taken, or the class is no :class:`Section`.
    """

    def add(kind: S) -> S:
        if not (isinstance(kind, type) and issubclass(kind, Section)):
            raise RegistrationError(f"section {name!r}: {kind!r} is no section; allowed: a class derived from Section")
        SECTIONS.add(name, kind, owner_of(kind))
        return kind

    return add


@cache
def _default(kind: type[Section]) -> Section:
    return kind()


@cache
def _known(sections: tuple[tuple[str, type[Section]], ...]) -> dict[str, Leaf]:
    return {leaf.address: leaf for name, kind in sections for leaf in _default(kind).leaves(f"{name}.")}


def _made(name: str, values: Any) -> Section:
    """A section from its values.

    Raises:
        ParameterError: A value is not allowed, in one line with its whole address.
    """
    try:
        return SECTIONS[name].model_validate(values)
    except ValidationError as error:
        raise explain(error, Parameters.known(), name) from None


def _gone(name: Any, values: Any) -> Any:
    """Of a section that went the first address that is known to have gone; else the name itself."""
    inside = [f"{name}.{key}" for key in values] if isinstance(values, dict) else []
    return next((address for address in inside if address in MOVED), name)


def _instead(name: str, given: Any) -> str:
    """How to write the values of a section that were given as a dictionary, or one value of it."""
    inside = [address for address in Parameters.known() if address.startswith(f"{name}.")]
    values = {f"{name}.{key}": value for key, value in given.items()} if isinstance(given, Mapping) else {}
    address = next((address for address in values if address in inside), "")
    value = shown(values[address]) if address else "…"
    return f"Parameters().with_(**{{{address or inside[0]!r}: {value}}})"


def _completed(name: str, values: Any) -> Any:
    """Fill groups by organisation that are given in part, so that naming one of five is enough."""
    if not isinstance(values, dict):
        return values
    defaults = _default(SECTIONS[name]).model_dump()
    return {
        key: {**defaults[key], **value} if isinstance(value, dict) and isinstance(defaults.get(key), dict) else value
        for key, value in values.items()
    }
