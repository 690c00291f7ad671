"""Employer choice, wages, entry, exit and spin-outs."""

from __future__ import annotations

import numpy as np

from sim.numerics.arrays import Float
from sim.parameters.fields import Section, field


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
        0.03,
        "Hazard that a researcher reconsiders the employer",
        unit="1/month",
        bounds=(0.0, 1.0),
        range=(0.015, 0.06),
        source="SignalFire 2025: two-year retention of 64-80%",
        confidence="estimated",
    )
    wage_weight: float = field(
        4.0,
        "Utility of a log point of wage",
        unit="utils per ln $",
        bounds=(0.1, 20.0),
        range=(1.5, 8.0),
        source="Labour-supply elasticities to the firm of 2-6 (Manning 2021)",
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
    prestige: float = field(
        2.0,
        "Utility of an OOM nearer to the frontier",
        unit="utils/OOM",
        bounds=(0.0, 20.0),
        range=(0.0, 5.0),
        source="SignalFire 2025: net flows of 8:1 and 11:1 to Anthropic",
    )
    equity: float = field(
        0.5,
        "Utility of a log point of the employer's rise in value over a year",
        unit="utils",
        bounds=(0.0, 5.0),
        range=(0.0, 2.0),
    )
    home: float = field(
        1.5,
        "Utility of working in the region of origin",
        unit="utils",
        bounds=(0.0, 10.0),
        range=(0.5, 3.0),
        source="MacroPolo 2024: workplace by origin",
        confidence="estimated",
    )
    switching_cost: float = field(
        2.5,
        "Cost of another employer",
        unit="utils",
        bounds=(0.0, 20.0),
        range=(1.0, 5.0),
        source="SignalFire 2025: two-year retention",
        confidence="estimated",
    )
    migration_cost: float = field(
        3.0,
        "Further cost of another region",
        unit="utils",
        bounds=(0.0, 20.0),
        range=(1.0, 5.0),
        source="MacroPolo 2024: 87% of Chinese researchers in the US in 2019 still there",
        confidence="estimated",
    )
    taste_renewal: int = field(
        24,
        "Months after which a researcher's tastes for employers are drawn anew",
        unit="months",
        bounds=(1, 1200),
        range=(12, 48),
        source="Keeps exits near 19% a year",
    )
    elsewhere: float = field(
        4.0,
        "Utility of academia and other firms, which are many employers in one",
        unit="utils",
        bounds=(-20.0, 20.0),
        range=(2.0, 6.0),
    )
    elsewhere_wage: float = field(
        15_000.0, "Wage in academia and other firms", unit="$/month", bounds=(100.0, 1e7), range=(8000.0, 30_000.0)
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
        return np.array([self.origin_us, self.origin_cn, rest])

    def workplaces(self) -> Float:
        """Shares of workplace by region, shape (regions,)."""
        rest = max(0.0, 1.0 - self.work_us - self.work_cn)
        return np.array([self.work_us, self.work_cn, rest])
