"""Knowledge stocks: training know-how, serving know-how, reasoning."""

from __future__ import annotations

from itertools import accumulate

from sim.numerics.arrays import Float, constant
from sim.parameters.fields import Section, field


class Research(Section):
    """Knowledge stocks: training know-how, serving know-how, reasoning."""

    own_methods: float = field(
        0.006,
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
        0.001,
        "λ_g: own gain of serving know-how at reference input",
        unit="OOM/month",
        bounds=(0.0, 0.5),
        range=(0.0, 0.005),
        source="At constant capability serving gets .20 (.05-.40) OOM a year cheaper, of which .15 is hardware",
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
    human_exponent: float = field(
        0.9,
        "ω: weight of staff, against experiment compute, in research input",
        unit="1",
        bounds=(0.0, 1.0),
        range=(0.5, 0.95),
        source="Fit to the residuals of the record",
        confidence="estimated",
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
        0.4,
        "R̄: own input at which a lab absorbs half of what leaks",
        unit="1",
        bounds=(1e-6, 100.0),
        range=(0.1, 1.0),
        source="Cohen & Levinthal 1990; weightshift judgement",
    )
    leak_closed: float = field(
        0.04,
        "Leak of methods of a closed lab; one over it is the imitation lag",
        unit="1/month",
        bounds=(0.0, 1.0),
        range=(0.02, 0.09),
        source="Mansfield 1985: development decisions known in 12-18 months; recipes are guarded",
        confidence="estimated",
    )
    leak_paper: float = field(
        0.09, "The same when papers are published", unit="1/month", bounds=(0.0, 1.0), range=(0.045, 0.18)
    )
    leak_more_weights: float = field(
        0.07, "What open weights leak beyond the paper", unit="1/month", bounds=(0.0, 1.0), range=(0.0, 0.2)
    )
    leak_more_code: float = field(
        0.04, "What open code leaks beyond weights", unit="1/month", bounds=(0.0, 1.0), range=(0.0, 0.1)
    )
    leak_more_data: float = field(
        0.05, "What open data leak beyond code", unit="1/month", bounds=(0.0, 1.0), range=(0.0, 0.1)
    )
    paper: float = field(
        0.3,
        "s_pub: share of the gap to its author that what is published with a release closes at once, at full "
        "absorption",
        unit="1",
        bounds=(0.0, 1.0),
        range=(0.0, 0.6),
        source="Methods of DeepSeek-R1 were reproduced within weeks; weightshift judgement",
    )
    public_methods: float = field(
        0.002,
        "λ_pub: methods found in public, at a hundred thousand contributions a month and full absorption",
        unit="OOM/month",
        bounds=(0.0, 0.5),
        range=(0.0, 0.006),
        source="No measurement is known; a tenth of the leader's own gain in 2025; weightshift judgement",
    )
    review: float = field(
        0.0005,
        "h_m: staff time that a contribution to one's own models takes, at most half of the staff in all",
        unit="FTE-month/unit",
        bounds=(0.0, 1.0),
        range=(0.0, 0.005),
        source="Five minutes of a researcher for what an average contributor gives in a month; weightshift judgement",
    )
    public_serving: float = field(
        0.05,
        "κ_pub: share of its gap to what the public knows of serving that a lab closes at full absorption",
        unit="1/month",
        bounds=(0.0, 1.0),
        range=(0.0, 0.1),
        source="Open serving engines are read by all; weightshift judgement",
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
        range=(0.008, 0.03),
        source="Jump of the Epoch Capabilities Index after o1; weightshift judgement",
        confidence="estimated",
    )
    reasoning_ceiling: float = field(
        1.0, "r̄: most that reasoning can give", unit="OOM", bounds=(0.01, 20.0), range=(0.8, 2.0)
    )
    reasoning_leak: float = field(
        0.8,
        "s_r: leak of reasoning at full absorption from a source with open weights; others in proportion to leak",
        unit="1/month",
        bounds=(0.0, 1.0),
        range=(0.1, 1.0),
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
        """Leak rates by openness level, shape (5,) [1/month]; at most one."""
        more = accumulate((self.leak_paper, self.leak_more_weights, self.leak_more_code, self.leak_more_data))
        return constant(*(min(rate, 1.0) for rate in (self.leak_closed, *more)))
