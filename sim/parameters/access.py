"""Who may buy what."""

from __future__ import annotations

from sim.parameters.fields import Section, field


class Access(Section):
    """Who may buy what: services that are not sold in a region, and what regulated users may procure."""

    grey: float = field(
        0.05,
        "Share of Chinese users who know a closed US line that can get at it, through third parties or abroad",
        unit="1",
        bounds=(0.0, 1.0),
        range=(0.0, 0.3),
        source="OpenAI, Anthropic, Google: China is not a supported country; OpenAI blocked its API there in 2024-07",
    )
    procurement_us: bool = field(
        False,
        "Regulated users in the US may use lines of US labs and open weights only",
        unit="1",
        source="No such rule to 2025-12",
    )
    procurement_cn: bool = field(
        False,
        "Regulated users in China may use lines of Chinese labs and open weights only",
        unit="1",
        source="No such rule for all to 2025-12",
    )
    procurement_eu: bool = field(
        False,
        "Regulated users in the rest of the world may use lines of its labs and open weights only",
        unit="1",
        source="No such rule to 2025-12",
    )
