"""Words of the texts lead to the parameters that they mean."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import sim
from sim.parameters.words import SYMBOLS, TERMS, meant, spelled

NOTATION = Path(__file__).parents[2] / "docs" / "notation.md"
SENTENCES = {leaf.address: leaf.doc for leaf in sim.Parameters().leaves()}
GROUPS = {address.rpartition(".")[0] for address in SENTENCES}


def in_notation() -> set[tuple[str, str]]:
    """(address, symbol) of every row of the page that stands for a parameter, or for a group by organisation."""
    found = set()
    for line in NOTATION.read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        address = re.fullmatch(r"`([a-z0-9_]+\.[a-z0-9_]+)`", cells[-1]) if len(cells) == 4 else None
        if address and cells[0] != "–" and address[1] in GROUPS | set(SENTENCES):
            found.add((address[1], cells[0]))
    return found


def test_symbols_are_those_of_the_page() -> None:
    ours = {(f"{section}.{name}", symbol) for section, names in SYMBOLS.items() for name, symbol in names.items()}
    assert len(ours) > 150
    assert ours == in_notation()


@pytest.mark.parametrize(("address", "symbol"), sorted(in_notation()))
def test_every_symbol_leads_to_its_address_as_printed_and_as_typed(address: str, symbol: str) -> None:
    same = [at for at, other in in_notation() if spelled(other).lower() == spelled(symbol).lower()]
    for typed in (symbol, spelled(symbol), f"{address.partition('.')[0]}.{symbol}"):
        if "." in symbol or typed in {name.rpartition(".")[2] for name in SENTENCES}:
            continue  # a parameter has that very name: scale, entry, home
        found = meant(typed, SENTENCES)
        assert len(same) > 3 or any(at == address or at.startswith(f"{address}.") for at in found), (typed, found)


@pytest.mark.parametrize("term", TERMS)
def test_terms_lead_to_parameters_that_exist(term: str) -> None:
    assert set(TERMS[term]) <= GROUPS | set(SENTENCES)
    assert meant(term, SENTENCES)[0].startswith(TERMS[term][0])


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("phi", "finance.elasticity"),
        ("φ", "finance.elasticity"),
        ("PHI", "finance.elasticity"),
        ("finance.phi", "finance.elasticity"),
        ("λ_p", "pricing.adjustment"),
        ("lambda_p", "pricing.adjustment"),
        ("alpha_bar", "adoption.price_sensitivity"),
        ("epsilon_E", "entry.elasticity"),
        ("epsilon_e", "research.induced"),
        ("m₁", "talent.switching_cost"),
        ("export control", "compute.wedge"),
        ("export_controls", "compute.wedge"),
        ("spillovers", "research.leak_more_weights"),
        ("distillation", "training.teaching"),
        ("network effect", "contribution.network"),
        ("discount rate of founders", "entry.discount"),
        ("mobility", "talent.mobility"),
        ("mobilty", "talent.mobility"),
        ("talent.mobilty", "talent.mobility"),
        ("what staff would earn", "talent.human_share"),
    ],
)
def test_what_people_type_leads_to_an_address(typed: str, address: str) -> None:
    assert meant(typed, SENTENCES)[0] == address
    with pytest.raises(sim.ParameterError, match=rf"no such parameter; did you mean {re.escape(address)}"):
        sim.Parameters().with_(**{typed: 0.5})
    with pytest.raises(sim.ScenarioError, match=re.escape(address)):
        sim.Scenario.from_dict({"name": "x", "params": {typed: 0.5}})


@pytest.mark.parametrize("typed", ["", "foo", "nowhere.y_z", "42", "?", "π π", "x" * 10_000, "the of and"])
def test_what_means_nothing_leads_nowhere(typed: str) -> None:
    assert meant(typed, SENTENCES) == []
    with pytest.raises(sim.ParameterError, match="no such parameter; sections: access, accounting"):
        sim.Parameters().with_(**{typed: 0.5})
