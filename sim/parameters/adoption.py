"""Tastes and habits of developers."""

from __future__ import annotations

from sim.parameters.fields import ByOrganisation, Section, by_organisation, field


class Adoption(Section):
    """Tastes and habits of developers."""

    price_sensitivity: float = field(
        0.8,
        "ᾱ: utility of a log point of price; the elasticity of demand is one more",
        unit="utils per ln $",
        bounds=(0.05, 10.0),
        range=(0.5, 3.0),
        source="Closed margins of 35-70% under Bertrand conduct; prototype fit",
        confidence="estimated",
    )
    quality_sensitivity: float = field(
        2.3,
        "θ̄: utility of an OOM of capability",
        unit="utils/OOM",
        bounds=(0.0, 50.0),
        range=(1.5, 7.0),
        source="Hedonic price of the capability index; prototype fit",
        confidence="estimated",
    )
    price_multiplier: ByOrganisation = field(
        by_organisation(1.5, 1.2, 1.0, 0.85, 0.8),
        "Multiplies the price sensitivity",
        unit="1",
        bounds=(0.1, 5.0),
        spread=0.3,
    )
    quality_multiplier: ByOrganisation = field(
        by_organisation(0.8, 1.05, 0.9, 1.15, 0.85),
        "Multiplies the quality sensitivity",
        unit="1",
        bounds=(0.01, 10.0),
        spread=0.2,
    )
    price_taste: float = field(
        0.35,
        "ς_α: fall of the log price sensitivity along the taste z, whose standard deviation is 0.85",
        unit="1",
        bounds=(0.0, 0.5),
        range=(0.1, 0.5),
        source="weightshift judgement: users of one kind differ by 30% in price sensitivity",
    )
    quality_taste: float = field(
        0.15,
        "ς_θ: rise of the log quality sensitivity along the taste z",
        unit="1",
        bounds=(0.0, 1.0),
        range=(0.0, 0.3),
        source="weightshift judgement: users of one kind differ by 13% in quality sensitivity",
    )
    weights_preference: ByOrganisation = field(
        by_organisation(-0.1, -0.1, -0.1, -0.1, -0.1),
        "χ: control and privacy of open weights less the work that they make, whoever publishes them",
        unit="utils",
        bounds=(-20.0, 20.0),
        spread=1.0,
        source="Not told apart to 2025: who publishes weights seldom supports users; by hand, for C15 of mid-2025",
    )
    privacy: ByOrganisation = field(
        by_organisation(0.0, 0.0, 0.0, 0.0, 0.0),
        "χ_p: worth of keeping data at home, which only those have who serve open weights themselves",
        unit="utils",
        bounds=(0.0, 20.0),
        range=(0.0, 2.0),
        source="No published row tells who serves weights herself; a survey of users by host would",
    )
    unsupported: ByOrganisation = field(
        by_organisation(0.5, 3.3, 1.8, 3.9, 1.8),
        "χ_s: loss with a lab that gives no support, indemnity and tools in the user's region, closed or open",
        unit="utils",
        bounds=(-20.0, 20.0),
        spread=1.5,
        source="Menlo Ventures and OpenRouter open shares; prototype fit",
        confidence="estimated",
    )
    fit: float = field(
        1.0,
        "Multiplies every lab's fit with firms (small, large, regulated); a dummy of history, not of policy",
        unit="1",
        bounds=(0.0, 5.0),
        range=(0.0, 1.5),
        source="Menlo Ventures shares; prototype fit",
        confidence="estimated",
    )
    hazard: float = field(
        0.046,
        "h₀: rate at which users reconsider",
        unit="1/month",
        bounds=(0.0, 100.0),
        range=(0.02, 0.2),
        source="Menlo Ventures 2025: 11% switch vendor a year; prototype fit",
        confidence="estimated",
    )
    start: ByOrganisation = field(
        by_organisation(0.16, 0.28, 0.12, 0.1, 0.07),
        "Rate at which those who use no model try, while all who ever will are still without",
        unit="1/month",
        bounds=(0.0, 100.0),
        factor=1.7,
        source="Stack Overflow 2023-25: 44, 62, 79% use AI",
        confidence="estimated",
    )
    ceiling: ByOrganisation = field(
        by_organisation(0.9, 0.97, 0.9, 0.92, 0.85),
        "Share that ever tries; the rest starts late or never",
        unit="1",
        bounds=(0.01, 1.0),
        spread=0.1,
    )
    users_start: float = field(
        0.86,
        "Share that has tried a model by the start, when code completion is known; not all of them use it",
        unit="1",
        bounds=(0.0, 1.0),
        range=(0.2, 0.95),
        source="Users of code completion at the end of 2022; Stack Overflow 2023: 44% use AI in 2023-05",
        at_start=True,
    )
    trial_price: float = field(
        0.5,
        "Price that individuals who use no model yet expect to pay at most, for there are free tiers",
        unit="$/Mtok",
        bounds=(1e-6, 1e6),
        range=(0.2, 10.0),
    )
    switching_cost: float = field(
        1.3,
        "κ: cost of leaving the current lab and tier",
        unit="utils",
        bounds=(0.0, 20.0),
        range=(0.5, 3.0),
        source="Menlo Ventures 2025: 11% switch vendor a year; prototype fit",
        confidence="estimated",
    )
    hold_up: float = field(
        0.3,
        "H_f: utility that firms would lose with a closed service of a lab that had withdrawn everything it offered "
        "in two years",
        unit="utils",
        bounds=(0.0, 20.0),
        range=(0.0, 1.0),
    )
    taste_renewal: int = field(
        36,
        "Months after which a developer's tastes are drawn anew; 1 makes tastes memoryless",
        unit="months",
        bounds=(1, 1200),
        range=(12, 120),
    )
    outside: ByOrganisation = field(
        by_organisation(-2.0, -2.0, -1.68, -1.36, -1.04),
        "V₀: utility of doing without",
        unit="utils",
        bounds=(-50.0, 50.0),
        spread=2.0,
        source="Stack Overflow 2023-25: 44, 62, about 80% use AI; prototype fit",
        confidence="estimated",
    )
    outside_price: float = field(
        2.0,
        "p₀: price of the outside option; a unit for the utility of doing without",
        unit="$/Mtok",
        bounds=(1e-6, 1e6),
        range=(2.0, 2.0),
        source="Fixed by convention",
    )
    home_own: float = field(
        0.5,
        "Preference for labs of the own region",
        unit="utils",
        bounds=(-20.0, 20.0),
        range=(0.0, 1.5),
        source="prototype fit",
    )
    home_cn_us: float = field(
        -1.0,
        "Preference of Chinese users for US labs",
        unit="utils",
        bounds=(-20.0, 20.0),
        range=(-4.0, 0.0),
        source="US services are not offered in China; prototype fit",
    )
    home_us_cn: float = field(
        -1.2,
        "Preference of US users for Chinese labs",
        unit="utils",
        bounds=(-20.0, 20.0),
        range=(-4.0, 0.0),
        source="Menlo Ventures 2025: Chinese models 1% of enterprise use; prototype fit",
        confidence="estimated",
    )
    home_cn_eu: float = field(
        -0.5,
        "Preference of Chinese users for labs of the rest of the world",
        unit="utils",
        bounds=(-20.0, 20.0),
        range=(-2.0, 0.5),
    )
    home_eu_cn: float = field(
        -0.6,
        "Preference of users in the rest of the world for Chinese labs",
        unit="utils",
        bounds=(-20.0, 20.0),
        range=(-2.0, 0.5),
    )
    home_of_weights: float = field(
        0.5,
        "Share of a dislike of foreign labs that open weights leave outside China, for they can be hosted at home",
        unit="1",
        bounds=(0.0, 1.0),
        range=(0.25, 1.0),
    )
