"""Compute: its price, and chips made at home."""

from __future__ import annotations

from sim.parameters.fields import Section, field


class Compute(Section):
    """Compute: its price, and chips made at home."""

    chip_price: float = field(
        3.8e-18,
        "Price of training compute in the US at the start",
        unit="$/FLOP",
        bounds=(1e-20, 1e-15),
        range=(2e-18, 6e-18),
        source="GPT-4: about $78M for 2.1e25 FLOP (Epoch AI)",
        confidence="estimated",
    )
    hardware_progress: float = field(
        0.15,
        "Fall of the price of compute",
        unit="OOM/year",
        bounds=(0.0, 1.0),
        range=(0.1, 0.2),
        source="Epoch AI: GPU price-performance doubles in 2.1-2.5 years",
        confidence="measured",
    )
    wedge: float = field(
        1.0,
        "Multiplies the historical import price wedge of export controls",
        unit="1",
        bounds=(0.0, 5.0),
        range=(0.5, 2.0),
    )
    learning: float = field(
        0.2,
        "Elasticity of the wedge to domestic chip experience",
        unit="1",
        bounds=(0.0, 1.0),
        range=(0.0, 0.35),
        source="Learning rates of 15-20% in semiconductors (Irwin & Klenow 1994)",
        confidence="estimated",
    )
    domestic_rate: float = field(
        0.03,
        "Domestic chip experience gained a month when every chip is domestic",
        unit="1/month",
        bounds=(0.0, 1.0),
        range=(0.01, 0.1),
    )
    domestic_elasticity: float = field(
        3.0,
        "Elasticity of substitution between imported and domestic chips",
        unit="1",
        bounds=(0.0, 10.0),
        range=(1.0, 5.0),
    )
    domestic_cost: float = field(
        1.5,
        "Cost of the same compute on domestic chips at the start, relative to imported ones without a wedge",
        unit="1",
        bounds=(0.1, 10.0),
        range=(1.2, 3.0),
    )
    hardware_talent: float = field(
        0.4,
        "Elasticity of domestic chip learning to hardware researchers",
        unit="1",
        bounds=(0.0, 1.0),
        range=(0.0, 1.0),
    )
