"""A link behind everything measured or estimated, evidence for everything assumed, and nothing that leads nowhere."""

from __future__ import annotations

import csv
import re
from fnmatch import fnmatchcase
from pathlib import Path
from urllib.parse import urlsplit

import sim
from experiments.findings.forecast.rows import asked
from experiments.findings.sources.data import TABLES, sourced
from experiments.findings.sources.links import MEASURED, addresses, checks, evidence_of, links, links_of
from experiments.pages.reference import parameters_page
from experiments.pages.sources import target

ROOT = Path(sim.__file__).parents[1]
ASSUMED = "assumed"


def test_every_measured_or_estimated_parameter_has_a_link() -> None:
    leaves = sim.Parameters.known().values()
    known = [leaf for leaf in leaves if leaf.confidence in MEASURED]
    assert len(known) > 90
    assert [leaf.address for leaf in known if not links_of(leaf.source)] == []


def test_every_assumed_parameter_says_what_would_settle_it() -> None:
    for leaf in sim.Parameters.known().values():
        told = [of for of in addresses() if ":" not in of and fnmatchcase(leaf.address, of)]
        if leaf.confidence == ASSUMED:
            assert len(told) == 1, leaf.address
            assert len(evidence_of(leaf.address)) > 10, leaf.address


def test_every_row_of_data_has_a_link_or_evidence() -> None:
    rows = list(sourced())
    assert len(rows) > 800
    without = [row for row in rows if row.confidence != ASSUMED and not links_of(row.source)]
    assert without == []
    unsettled = [row for row in rows if row.confidence == ASSUMED and not evidence_of(f"{row.table}:{row.attribute}")]
    assert unsettled == []
    assert {row.confidence for row in rows} == {*MEASURED, "checked", ASSUMED}


def test_every_level_that_a_forecast_starts_from_has_a_link() -> None:
    assert [one.id for one in asked() if one.source and not links_of(one.source)] == []


def test_every_table_with_sources_is_looked_at() -> None:
    """Tables of the record and of targets; those of signs and claims hold theory and comparisons, no data."""
    found = set()
    folders = {"sim.data": "sim/data", "experiments.findings.targets": "experiments/findings/targets"}
    for package, folder in folders.items():
        for path in (ROOT / folder).glob("*.csv"):
            head = next(csv.reader(path.read_text("utf-8").splitlines()))
            if any("source" in name for name in head):
                found.add((package, path.name))
    assert found == set(TABLES)


def test_no_link_and_no_evidence_is_of_nothing() -> None:
    sources = [leaf.source for leaf in sim.Parameters.known().values()] + [row.source for row in sourced()]
    sources += [one.source for one in asked()]
    assert [link.key for link in links() if not any(link.key in source for source in sources)] == []
    used = {leaf.address for leaf in sim.Parameters.known().values() if leaf.confidence == ASSUMED}
    used |= {f"{row.table}:{row.attribute}" for row in sourced() if row.confidence == ASSUMED}
    assert [of for of in addresses() if not any(fnmatchcase(address, of) for address in used)] == []


def test_links_are_addresses_or_files_of_the_project() -> None:
    for link in links():
        if link.outside:
            parts = urlsplit(link.url)
            assert parts.scheme == "https" and "." in parts.netloc and " " not in link.url, link.url
            if parts.netloc == "doi.org":
                assert re.fullmatch(r"/10\.\d{4,9}/\S+", parts.path), link.url
        else:
            assert (ROOT / link.url).is_file(), link.url
            assert (ROOT / "docs" / target(link)).resolve().is_file(), link.url


def test_fifty_links_were_looked_up_and_each_says_how() -> None:
    found = checks()
    outside = {link.url for link in links() if link.outside}
    assert len(found) == len({check["url"] for check in found}) == 50
    assert {check["url"] for check in found} <= outside
    assert {check["how"] for check in found} <= {"page", "cited", "front", "none"}
    assert all(check["seen"] for check in found)


def test_the_page_on_parameters_leads_to_sources() -> None:
    page = parameters_page()
    line = next(line for line in page.splitlines() if 'id="talent.publishing_weight"' in line)
    assert "(https://doi.org/10.1287/mnsc.1040.0241)" in line
    line = next(line for line in page.splitlines() if 'id="talent.prestige"' in line)
    assert "Would be settled by: moves between labs" in line
