"""Why users contribute and what it does."""

from __future__ import annotations

from sim.parameters.fields import ByOrganisation, Section, by_organisation, field


class Contribution(Section):
    """Why users contribute and what it does."""

    use_value: float = field(
        1.0,
        "b_use: value of a contribution to one's own use",
        unit="$/month",
        bounds=(0.0, 1e6),
        range=(0.3, 3.0),
        source="Lerner & Tirole 2002; numeraire of the block",
    )
    need: ByOrganisation = field(
        by_organisation(1.0, 2.0, 1.0, 0.8, 0.5), "Need to adapt the model", unit="1", bounds=(0.0, 100.0), spread=0.5
    )
    reputation: float = field(
        0.3,
        "b_rep: value of reputation per log of users of the line",
        unit="$/month",
        bounds=(0.0, 1e6),
        range=(0.0, 1.0),
        source="Lerner & Tirole 2002; weightshift judgement",
    )
    reputation_users: float = field(
        1e5, "U₀: users at which reputation starts to count", unit="developers", bounds=(1.0, 1e9), range=(1e4, 1e6)
    )
    reciprocity: float = field(
        2.0,
        "b_rec: value of giving back where others give",
        unit="$/month",
        bounds=(0.0, 1e6),
        range=(0.0, 5.0),
        source="weightshift judgement; unique steady state at the default",
    )
    cost_mean: float = field(
        4.0,
        "μ_f: mean of the log cost of contributing",
        unit="ln $/month",
        bounds=(-20.0, 50.0),
        range=(3.0, 5.0),
        source="1-9-90 rule: about one user in a hundred contributes",
    )
    cost_spread: float = field(
        1.5, "σ_f: standard deviation of the log cost", unit="ln", bounds=(0.01, 20.0), range=(1.0, 2.5)
    )
    tail: float = field(
        1.05,
        "ζ: Pareto exponent of what a contributor gives, cut at a thousand times the mean before the cut",
        unit="1",
        bounds=(1.01, 10.0),
        range=(1.02, 1.3),
        source="Git histories of eight AI projects: Gini 0.80, top 1% give 57%; with the cut this gives .78 and .53",
        confidence="estimated",
    )
    community_gain: float = field(
        0.12,
        "γ_K: most that a community adds to a model",
        unit="OOM",
        bounds=(0.0, 5.0),
        range=(0.0, 0.3),
        source="Gains of derivatives on leaderboards; weightshift judgement",
    )
    relevance: ByOrganisation = field(
        by_organisation(1.0, 1.0, 1.0, 1.0, 1.0),
        "m^K_o: how much of what its community adds to a model serves users of a kind; capability is of the mean user",
        unit="1",
        bounds=(0.0, 100.0),
        spread=1.0,
        source="Adapters and fine-tunes serve those who make them; nothing measures by how much",
    )
    community_scale: float = field(
        1e6, "C_K: contributions at which 63% of that is reached", unit="units", bounds=(1.0, 1e9), range=(1e5, 1e7)
    )
    network: float = field(
        0.23,
        "ν: utility of a log point of ecosystem",
        unit="utils per ln",
        bounds=(0.0, 5.0),
        range=(0.0, 0.6),
        source="prototype fit; not identified by shares",
    )
    ecosystem_seed: float = field(
        0.02,
        "E₀: ecosystem at which a line's own starts to count",
        unit="share",
        bounds=(1e-6, 10.0),
        range=(0.005, 0.1),
    )
    ecosystem_decay: float = field(
        0.04, "δ_E: decay of the ecosystem stock", unit="1/month", bounds=(0.0, 1.0), range=(0.02, 0.1)
    )
    ecosystem_contribution: float = field(
        0.0005,
        "λ_c: ecosystem that a thousand contributions a month sustain",
        unit="share",
        bounds=(0.0, 100.0),
        range=(0.0, 0.002),
    )
    public_serving: float = field(
        0.002,
        "γ_g: gain of public serving knowledge when the open ecosystem is large",
        unit="OOM/month",
        bounds=(0.0, 1.0),
        range=(0.0, 0.01),
        source="vLLM, SGLang, llama.cpp; weightshift judgement",
    )
    public_half: float = field(
        0.1,
        "Ω̄: open ecosystem at which half of that gain is reached",
        unit="share",
        bounds=(1e-6, 100.0),
        range=(0.03, 0.5),
    )
    public_fishing_out: float = field(
        0.31,
        "β_g: how much harder public serving ideas get with each OOM",
        unit="1/OOM",
        bounds=(0.0, 5.0),
        range=(0.1, 0.5),
        source="As for labs",
    )
    public_catch_up: float = field(
        0.1,
        "Share of the gap to the best open lab's serving know-how that the public closes",
        unit="1/month",
        bounds=(0.0, 1.0),
        range=(0.02, 0.3),
        source="DeepSeek open-infra releases; weightshift judgement",
    )
    auditors: float = field(
        10_000.0,
        "C_aud: contributions a month at which 63% of possible auditors look",
        unit="units/month",
        bounds=(1.0, 1e9),
        range=(2000.0, 50_000.0),
    )
