"""Parameters: the tree, assembled from the sections that the mechanisms declare."""

from __future__ import annotations

from functools import cache
from typing import Any, Self

from pydantic import Field, ValidationError

from sim.parameters.accounting import Accounting
from sim.parameters.adoption import Adoption
from sim.parameters.awareness import Awareness
from sim.parameters.compute import Compute
from sim.parameters.contribution import Contribution
from sim.parameters.entry import Entry
from sim.parameters.fields import Leaf, ParameterError, Section, declared, explain, unknown
from sim.parameters.finance import Finance
from sim.parameters.population import Population
from sim.parameters.pricing import Pricing
from sim.parameters.reading import ReadingError, read_yaml
from sim.parameters.regulation import Regulation
from sim.parameters.release import Release
from sim.parameters.research import Research
from sim.parameters.talent import Talent
from sim.parameters.training import Training


class Parameters(Section):
    """Everything that can be varied, one dotted address each."""

    population: Population = Field(default_factory=Population)
    compute: Compute = Field(default_factory=Compute)
    finance: Finance = Field(default_factory=Finance)
    talent: Talent = Field(default_factory=Talent)
    research: Research = Field(default_factory=Research)
    training: Training = Field(default_factory=Training)
    release: Release = Field(default_factory=Release)
    entry: Entry = Field(default_factory=Entry)
    awareness: Awareness = Field(default_factory=Awareness)
    pricing: Pricing = Field(default_factory=Pricing)
    adoption: Adoption = Field(default_factory=Adoption)
    accounting: Accounting = Field(default_factory=Accounting)
    contribution: Contribution = Field(default_factory=Contribution)
    regulation: Regulation = Field(default_factory=Regulation)

    def with_(self, **changes: Any) -> Self:
        """A copy with some values changed.

        Args:
            changes: Dotted addresses and values: ``with_(**{"talent.mobility": 0.02})``.

        Raises:
            ParameterError: An address does not exist or a value is not allowed.
        """
        known, touched = _known(type(self)), {}
        for address, value in changes.items():
            if address not in known:
                raise unknown(address, known)
            section, *path, name = address.split(".")
            if section not in touched:
                touched[section] = getattr(self, section).model_dump()
            branch = touched[section]
            for part in path:
                branch = branch[part]
            branch[name] = value
        try:
            # Sections are frozen and valid, so those that stay the same are shared.
            new = {name: type(getattr(self, name)).model_validate(tree) for name, tree in touched.items()}
        except ValidationError:
            return self.from_dict(self.to_dict() | touched)  # which says what is wrong, with its whole address
        return self.model_copy(update=new)

    @classmethod
    def from_dict(cls, tree: Any) -> Self:
        """Parameters from a nested dictionary; what is not in it keeps its default.

        Raises:
            ParameterError: It is not such a dictionary, or a value is not allowed.
        """
        if not isinstance(tree, dict):
            raise ParameterError(f"parameters = {tree!r} is not allowed; allowed: sections with values")
        try:
            return cls.model_validate(_completed(tree))
        except ValidationError as error:
            raise explain(error, _known(cls)) from None

    @classmethod
    def from_yaml(cls, text: str) -> Self:
        """Parameters from YAML; what is not in it keeps its default.

        Raises:
            ParameterError: It cannot be read, or a value is not allowed.
        """
        try:
            tree = read_yaml(text)
        except ReadingError as error:
            raise ParameterError(
                f"parameters are not readable as YAML{error.where}: {error}; write 'section:' and 'name: value'"
            ) from None
        return cls.from_dict({} if tree is None else tree)

    def to_dict(self) -> dict[str, Any]:
        """The nested dictionary of all values."""
        return self.model_dump()

    def to_yaml(self) -> str:
        """All values as YAML."""
        import yaml

        return yaml.safe_dump(self.to_dict(), sort_keys=False, allow_unicode=True)

    def differences(self) -> dict[str, Any]:
        """Dotted addresses and values that are not the default."""
        values = ((leaf, value_of(self)) for leaf, value_of in declared(type(self)))
        return {leaf.address: value for leaf, value in values if value != leaf.default}

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


@cache
def _known(kind: type[Parameters]) -> dict[str, Leaf]:
    return {leaf.address: leaf for leaf, _ in declared(kind)}


def _completed(tree: dict[str, Any]) -> dict[str, Any]:
    """Fill groups by organisation that are given in part, so that naming one of five is enough."""
    defaults = Parameters().to_dict()
    result: dict[str, Any] = {}
    for section, values in tree.items():
        if not isinstance(values, dict) or section not in defaults:
            result[section] = values
            continue
        result[section] = {
            name: {**defaults[section][name], **value}
            if isinstance(value, dict) and isinstance(defaults[section].get(name), dict)
            else value
            for name, value in values.items()
        }
    return result
