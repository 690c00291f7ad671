"""Knowledge stocks: training know-how, serving know-how, reasoning."""

from __future__ import annotations

import numpy as np

from sim.numerics.arrays import Float
from sim.parameters.fields import Section, field


class Research(Section):
    """Knowledge stocks: training know-how, serving know-how, reasoning."""

    own_methods: float = field(
        0.005,
        "λ_a: own gain of training know-how at reference input",
        unit="OOM/month",
        bounds=(0.0, 0.5),
        range=(0.002, 0.02),
        source="Ho et al. 2024: algorithmic efficiency about 3x a year; prototype fit",
        confidence="estimated",
    )
    returns: float = field(
        0.7,
        "σ: returns to research input",
        unit="1",
        bounds=(0.0, 2.0),
        range=(0.4, 1.0),
        source="Erdil, Besiroglu & Ho 2024",
        confidence="estimated",
    )
    fishing_out: float = field(
        0.375,
        "β_a: how much harder ideas on training get with each OOM known",
        unit="1/OOM",
        bounds=(0.0, 5.0),
        range=(0.2, 0.9),
        source="Bloom, Jones, Van Reenen & Webb 2020; prototype fit",
        confidence="estimated",
    )
    own_serving: float = field(
        0.032,
        "λ_g: own gain of serving know-how at reference input",
        unit="OOM/month",
        bounds=(0.0, 0.5),
        range=(0.02, 0.06),
        source="Gundlach et al. 2025; prototype fit",
        confidence="estimated",
    )
    fishing_out_serving: float = field(
        0.31,
        "β_g: the same for serving know-how",
        unit="1/OOM",
        bounds=(0.0, 5.0),
        range=(0.1, 0.5),
        source="prototype fit",
    )
    hardware_pass: float = field(
        1.0,
        "Share of hardware progress that reaches the cost of serving",
        unit="1",
        bounds=(0.0, 2.0),
        range=(0.5, 1.0),
    )
    human_exponent: float = field(
        0.65,
        "ω: weight of staff, against experiment compute, in research input",
        unit="1",
        bounds=(0.0, 1.0),
        range=(0.4, 0.9),
    )
    reference_staff: float = field(
        250.0,
        "Research staff at which input is one, with the reference compute",
        unit="FTE",
        bounds=(1.0, 1e6),
        range=(150.0, 400.0),
        source="OpenAI at the end of 2022 (Epoch AI)",
        confidence="estimated",
    )
    half_point: float = field(
        0.25,
        "R̄: own input at which a lab absorbs half of what leaks",
        unit="1",
        bounds=(1e-6, 100.0),
        range=(0.1, 1.0),
        source="Cohen & Levinthal 1990; weightshift judgement",
    )
    leak_closed: float = field(
        0.045,
        "Leak of methods of a closed lab; one over it is the imitation lag",
        unit="1/month",
        bounds=(0.0, 1.0),
        range=(0.022, 0.09),
        source="Mansfield 1985: development decisions known in 12-18 months; recipes are guarded",
        confidence="estimated",
    )
    leak_paper: float = field(
        0.09, "The same when papers are published", unit="1/month", bounds=(0.0, 1.0), range=(0.045, 0.18)
    )
    leak_weights: float = field(
        0.16, "The same when weights are open", unit="1/month", bounds=(0.0, 1.0), range=(0.08, 0.32)
    )
    leak_weights_code: float = field(
        0.2, "The same when weights and code are open", unit="1/month", bounds=(0.0, 1.0), range=(0.1, 0.4)
    )
    leak_everything: float = field(
        0.25, "The same when data, code and weights are open", unit="1/month", bounds=(0.0, 1.0), range=(0.125, 0.5)
    )
    sequential: float = field(
        0.1,
        "ψ_x: share of a rival's own new gain that a lab can build on without a gap to close",
        unit="1",
        bounds=(0.0, 1.0),
        range=(0.0, 0.5),
        source="Bessen & Maskin 2009; weightshift judgement",
    )
    carry: float = field(
        0.3,
        "Share of a gap in know-how that a hire closes in proportion to the staff",
        unit="1",
        bounds=(0.0, 5.0),
        range=(0.0, 1.0),
    )
    induced: float = field(
        0.3,
        "Elasticity of research effort to the price of compute relative to the US",
        unit="1",
        bounds=(0.0, 3.0),
        range=(0.0, 1.0),
        source="Hayami & Ruttan; Acemoglu 2002; weightshift judgement",
    )
    luck: float = field(
        0.15, "Standard deviation of the log of a month's own gain", unit="ln", bounds=(0.0, 2.0), range=(0.0, 0.4)
    )
    reasoning_gain: float = field(
        0.015,
        "λ_r: own gain from reasoning at reference input once discovered",
        unit="OOM/month",
        bounds=(0.0, 1.0),
        range=(0.008, 0.04),
        source="Jump of the Epoch Capabilities Index after o1; weightshift judgement",
        confidence="estimated",
    )
    reasoning_ceiling: float = field(
        1.5, "r̄: most that reasoning can give", unit="OOM", bounds=(0.01, 20.0), range=(1.0, 3.0)
    )
    reasoning_leak: float = field(
        0.25,
        "s_r: leak of reasoning at full absorption from a source with open weights; others in proportion to leak",
        unit="1/month",
        bounds=(0.0, 1.0),
        range=(0.1, 0.5),
        source="Open reasoning models within four months of o1",
    )
    discovery: float = field(
        0.01,
        "Hazard of discovering reasoning by oneself, per unit of research input, once anyone has",
        unit="1/month",
        bounds=(0.0, 1.0),
        range=(0.002, 0.05),
    )

    def leaks(self) -> Float:
        """Leak rates by openness level, shape (5,)."""
        return np.array(
            [
                self.leak_closed,
                self.leak_paper,
                self.leak_weights,
                self.leak_weights_code,
                self.leak_everything,
            ]
        )
