"""Parameters that went, and what takes the place of each, for those who have them in a file or in a study."""

from __future__ import annotations

MOVED = {
    "adoption.pulse_hazard": "news of a lab makes nobody reconsider any more, it raises awareness: awareness.pulse",
    "awareness.brand": "the press knows labs by their models alone: awareness.innovation",
    "compute.growth_after": "after T compute follows money: finance.believed_market, finance.equity_share",
    "contribution.public_hardware": "cheaper chips lower the cost of serving by themselves: pricing.hardware_pass",
    "contribution.trust_audits": "trust is a mechanism of its own: trust.audits",
    "contribution.trust_experience": "trust is a mechanism of its own: trust.experience",
    "contribution.trust_incidents": (
        "trust falls with severity a user, and in proportion to what is left of it: trust.incidents"
    ),
    "contribution.trust_start": "trust is a mechanism of its own: trust.rest",
    "contribution.trust_weight": "trust is a mechanism of its own: trust.weight",
    "entry.prototype_tokens": "a founder pays for the tokens of the first year: entry.first_year_tokens",
    "finance.depreciation": "after T money decides and no stock of compute is kept: finance.cut_time",
    "finance.funding": "equity is a share of the part of a lab's value that is growth: finance.equity_share",
    "finance.investor_share": "equity is a share of the part of a lab's value that is growth: finance.equity_share",
    "finance.multiple": "what investors pay follows from discounting and beliefs: finance.discount_rate, "
    "finance.believed_market, finance.lead_half_life",
    "finance.parent_money": "backers' money is what the record does not explain at T: finance.backers_half_life",
    "finance.reinvestment": "rents are ploughed back by upkeep and growth: finance.upkeep, finance.believed_market",
    "finance.run_months": "compute a dollar is that of the record at T: finance.capacity_half_life",
    "pricing.first_party": "a maker's share falls with the number of hosts: pricing.maker_weight",
    "pricing.harvest": (
        "labs weigh customers they hold against those they can win, and look ahead: pricing.reset, "
        "pricing.obsolescence, finance.discount_rate, adoption.switching_cost"
    ),
    "pricing.lerner_min": "no lab prices below cost any more, so only a largest margin is set: pricing.lerner_max",
    "regulation.audits": "incidents are a mechanism of their own: misuse.audits",
    "regulation.capability_elasticity": "incidents are a mechanism of their own: misuse.capability_elasticity",
    "regulation.dangerous": "incidents are a mechanism of their own: misuse.dangerous",
    "regulation.defenders": (
        "defenders work with the best service or with copies of open weights: misuse.defence, "
        "misuse.defenders_open, misuse.defenders_gap"
    ),
    "regulation.exogenous": (
        "law is decreed by region, on open weights and on closed services: law.open_us, law.open_cn, "
        "law.open_eu, law.closed_us, law.closed_cn, law.closed_eu"
    ),
    "regulation.friction": "the law is a mechanism of its own: law.friction",
    "regulation.half_pressure": "the law is a mechanism of its own: law.half_pressure",
    "regulation.incidents": "incidents are a mechanism of their own: misuse.incidents",
    "regulation.memory": "the law is a mechanism of its own: law.memory",
    "regulation.open_misuse": "incidents are a mechanism of their own: misuse.open_misuse",
    "regulation.salience": "the law is a mechanism of its own: law.salience",
    "regulation.severity_spread": "incidents are a mechanism of their own: misuse.severity_spread",
    "regulation.stripped": "incidents are a mechanism of their own: misuse.stripped",
    "release.size_elasticity": (
        "size is set by tier or as published: release.flagship_size, release.light_size, "
        "release.active_weight; what capability needs of it in technology prices: release.size_of_capability"
    ),
    "research.hardware_pass": "cheaper chips lower the cost of serving, not its know-how: pricing.hardware_pass",
    "research.leak_everything": "leaks are increments over that of papers: research.leak_more_data",
    "research.leak_weights": "leaks are increments over that of papers: research.leak_more_weights",
    "research.leak_weights_code": "leaks are increments over that of papers: research.leak_more_code",
    "training.distillation": "answers teach a share of what weights teach: training.teaching, training.answers",
    "training.light_size": "size is set by tier: release.light_size",
    "training.weights_advantage": "answers teach a share of what weights teach: training.teaching, training.answers",
}
"""Old address → what takes its place, in one sentence."""
