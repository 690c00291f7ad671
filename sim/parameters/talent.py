"""Employer choice, wages, entry, exit and spin-outs."""

from __future__ import annotations

from typing import Any

from sim.numerics.arrays import Float, constant
from sim.parameters.fields import Section, field

_MACROPOLO = "MacroPolo 2024: workplace by origin"
_STAYERS = "MacroPolo 2024: 87% of Chinese researchers in the US in 2019 still there"


def _home(region: str) -> Any:
    return field(
        1.5,
        f"Utility of working in {region} for those who come from there",
        unit="utils",
        bounds=(0.0, 10.0),
        range=(0.5, 3.0),
        source=_MACROPOLO,
        confidence="estimated",
    )


def _migration(here: str, there: str) -> Any:
    return field(
        3.0,
        f"Further cost of a move from {here} to {there}",
        unit="utils",
        bounds=(0.0, 20.0),
        range=(1.0, 5.0),
        source=_STAYERS,
        confidence="estimated",
    )


def _engineers(region: str) -> Any:
    return field(
        0.0,
        f"Further entrants with hardware skills from {region}, trained by a plan",
        unit="FTE/year",
        bounds=(0.0, 1e6),
        range=(0.0, 1000.0),
    )


class Home(Section):
    """Utility of working in the region of origin, by that region."""

    us: float = _home("the US")
    cn: float = _home("China")
    eu: float = _home("Europe and the rest")

    def array(self) -> Float:
        """Shape (regions,)."""
        return constant(self.us, self.cn, self.eu)


class MigrationCost(Section):
    """Cost of another region, by direction: visas, export controls on people, plans to win them back."""

    us_cn: float = _migration("the US", "China")
    us_eu: float = _migration("the US", "Europe and the rest")
    cn_us: float = _migration("China", "the US")
    cn_eu: float = _migration("China", "Europe and the rest")
    eu_us: float = _migration("Europe and the rest", "the US")
    eu_cn: float = _migration("Europe and the rest", "China")

    def matrix(self) -> Float:
        """Nothing within a region, shape (regions from, regions to)."""
        return constant((0.0, self.us_cn, self.us_eu), (self.cn_us, 0.0, self.cn_eu), (self.eu_us, self.eu_cn, 0.0))


class Engineers(Section):
    """Hardware engineers trained beyond what wages draw, by region of origin; a matter of dated changes."""

    us: float = _engineers("the US")
    cn: float = _engineers("China")
    eu: float = _engineers("Europe and the rest")

    def array(self) -> Float:
        """Shape (regions,)."""
        return constant(self.us, self.cn, self.eu)


class Talent(Section):
    """Employer choice, wages, entry, exit and spin-outs."""

    researchers: int = field(
        6000,
        "Agents that stand for the researchers of the world",
        unit="agents",
        bounds=(100, 1_000_000),
        range=(5000, 10_000),
        at_start=True,
    )
    world: float = field(
        30_000.0,
        "Researchers in AI of the world at the start",
        unit="FTE",
        bounds=(1000.0, 1e7),
        range=(20_000.0, 60_000.0),
        source="weightshift judgement from NeurIPS authors (MacroPolo 2024) and lab staff (Epoch AI)",
        at_start=True,
    )
    hardware_share: float = field(
        0.15, "Share of researchers whose skill is hardware", unit="1", bounds=(0.0, 1.0), range=(0.05, 0.3)
    )
    mobility: float = field(
        0.058,
        "Hazard that a researcher reconsiders the employer",
        unit="1/month",
        bounds=(0.0, 1.0),
        range=(0.015, 0.1),
        source="SignalFire 2025: two-year retention of 64-80%",
        confidence="estimated",
    )
    wage_weight: float = field(
        4.0,
        "Utility of a log point of wage",
        unit="utils per ln $",
        bounds=(0.1, 20.0),
        range=(2.5, 6.0),
        source="Labour-supply elasticities to the firm of 2-6 (Manning 2021); below 2.5 wages run away",
        confidence="estimated",
    )
    publishing_weight: float = field(
        1.15,
        "Utility of being allowed to publish",
        unit="utils",
        bounds=(0.0, 10.0),
        range=(0.4, 1.6),
        source="Stern 2004: scientists accept 25% less, so 0.288 times the wage weight",
        confidence="measured",
    )
    weights_publishing: float = field(
        0.1,
        "Further value of each step of openness beyond the paper, in units of the paper's",
        unit="1",
        bounds=(-1.0, 1.0),
        range=(-0.2, 0.3),
    )
    norm: float = field(
        0.0,
        "ν_o: utility of an employer that publishes more than others, in units of a paper, and disutility of less",
        unit="utils",
        bounds=(0.0, 10.0),
        range=(0.0, 3.0),
        source="Nothing measures it; at 0 nobody compares",
    )
    prestige: float = field(
        4.5,
        "Utility of an OOM nearer to the frontier, of labs by their best model and of others by the best open weights",
        unit="utils/OOM",
        bounds=(0.0, 20.0),
        range=(0.0, 6.0),
        source="SignalFire 2025: net flows of 8:1 and 11:1 to Anthropic",
    )
    open_gap: float = field(
        1.0,
        "How far behind the frontier those outside labs are at most, without weights: they have papers and services",
        unit="OOM",
        bounds=(0.0, 20.0),
        range=(0.5, 1.2),
        source="At 3 labs employ 96% of all researchers where nobody publishes weights; weightshift judgement",
    )
    equity: float = field(
        0.5,
        "Utility of a log point of the employer's rise in value over a year",
        unit="utils",
        bounds=(0.0, 5.0),
        range=(0.0, 2.0),
    )
    home: Home = Home()
    switching_cost: float = field(
        3.0,
        "Cost of another employer",
        unit="utils",
        bounds=(0.0, 20.0),
        range=(1.0, 5.0),
        source="SignalFire 2025: two-year retention",
        confidence="estimated",
    )
    migration_cost: MigrationCost = MigrationCost()
    taste_renewal: int = field(
        24,
        "Months after which a researcher's tastes for employers are drawn anew",
        unit="months",
        bounds=(1, 1200),
        range=(12, 48),
        source="Keeps exits near 19% a year",
    )
    elsewhere: float = field(
        7.5,
        "Utility of academia and other firms, which are many employers in one, if they worked at the frontier",
        unit="utils",
        bounds=(-20.0, 20.0),
        range=(5.0, 9.5),
    )
    elsewhere_wage: float = field(
        15_000.0,
        "Wage in academia and other firms to T",
        unit="$/month",
        bounds=(100.0, 1e7),
        range=(8000.0, 30_000.0),
    )
    outside_elasticity: float = field(
        1.4,
        "ε_N: elasticity of the researchers that academia and other firms employ to their wage, after T",
        unit="1",
        bounds=(0.1, 100.0),
        range=(0.7, 3.0),
        source="Demand for skilled labour (Katz & Murphy 1992: 1.4)",
        confidence="estimated",
    )
    outside_growth: float = field(
        0.5,
        "ω_S: growth of that demand with spend on models, after T",
        unit="1",
        bounds=(0.0, 2.0),
        range=(0.0, 1.0),
    )
    human_share: float = field(
        0.4,
        "Share of a research budget that staff would earn in competition",
        unit="1",
        bounds=(0.01, 1.0),
        range=(0.2, 0.6),
        source="OpenAI 2024-25: research compute against staff (Epoch AI)",
        confidence="estimated",
    )
    hardware_pay: float = field(
        0.15,
        "Part of what staff would earn that goes to hardware skill",
        unit="1",
        bounds=(0.0, 1.0),
        range=(0.05, 0.3),
        source="The share of that skill, so that wages are the same at the start; weightshift judgement",
    )
    wage_adjustment: float = field(
        0.2, "Speed at which posted wages follow the optimum", unit="1/month", bounds=(0.0, 1.0), range=(0.05, 0.5)
    )
    entry: float = field(
        0.15,
        "Entrants to the field a year, as a share of the world's researchers at the start",
        unit="1/year",
        bounds=(0.0, 2.0),
        range=(0.05, 0.3),
        source="weightshift judgement from growth of NeurIPS authors",
    )
    entry_elasticity: float = field(
        1.0,
        "ε_s: elasticity of entrants of either skill to its mean wage when they began to study, after T",
        unit="1",
        bounds=(0.0, 5.0),
        range=(0.5, 2.0),
        source="Elasticities of enrolment in engineering and computing (Ryoo & Rosen 2004; Freeman 1976)",
        confidence="estimated",
    )
    entry_lag: int = field(
        48,
        "L: months from the choice of a subject to entry",
        unit="months",
        bounds=(0, 240),
        range=(24, 72),
        source="Length of a degree",
        confidence="estimated",
    )
    engineers: Engineers = Engineers()
    exit: float = field(0.002, "Hazard of leaving the field", unit="1/month", bounds=(0.0, 1.0), range=(0.001, 0.005))
    spin_out: float = field(
        2e-4,
        "Hazard that a researcher at a lab leaves to found a startup",
        unit="1/month",
        bounds=(0.0, 1.0),
        range=(5e-5, 1e-3),
        source="weightshift judgement from founders known to come from labs",
    )
    origin_us: float = field(
        0.18,
        "Share of entrants who come from the US",
        unit="1",
        bounds=(0.0, 1.0),
        range=(0.14, 0.22),
        source="MacroPolo 2024: origin of top-tier researchers, 2022",
        confidence="measured",
    )
    origin_cn: float = field(
        0.47,
        "Share of entrants who come from China",
        unit="1",
        bounds=(0.0, 0.8),
        range=(0.4, 0.54),
        source="MacroPolo 2024: origin of top-tier researchers, 2022",
        confidence="measured",
    )
    work_us: float = field(
        0.42,
        "Share of researchers who work in the US at the start",
        unit="1",
        bounds=(0.0, 1.0),
        range=(0.38, 0.46),
        source="MacroPolo 2024: workplace of top-tier researchers, 2022",
        confidence="measured",
        at_start=True,
    )
    work_cn: float = field(
        0.28,
        "Share of researchers who work in China at the start",
        unit="1",
        bounds=(0.0, 0.5),
        range=(0.24, 0.32),
        source="MacroPolo 2024: workplace of top-tier researchers, 2022",
        confidence="measured",
        at_start=True,
    )

    def origins(self) -> Float:
        """Shares of origin by region, shape (regions,)."""
        rest = max(0.0, 1.0 - self.origin_us - self.origin_cn)
        return constant(self.origin_us, self.origin_cn, rest)

    def workplaces(self) -> Float:
        """Shares of workplace by region, shape (regions,)."""
        rest = max(0.0, 1.0 - self.work_us - self.work_cn)
        return constant(self.work_us, self.work_cn, rest)
