"""The words of the texts, and the parameters that they mean: symbols of the notation, and terms of the field."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping

# Section → parameter → its symbol in docs/notation.md; a test holds the two together.
SYMBOLS: Mapping[str, Mapping[str, str]] = {
    "record": {"end": "T"},
    "population": {
        "world": "world",
        "organisations": "org_o",
        "budgets": "b_o",
        "budget_scale": "scale",
        "budget_ceilings": "b̄_o",
        "ceiling_scale": "scale^c",
        "budget_growth": "ψ",
        "developers_us": "dev_US",
        "developers_cn": "dev_CN",
        "spend_us": "spend_US",
        "spend_cn": "spend_CN",
    },
    "compute": {
        "chip_price": "p^C_0",
        "hardware_progress": "η_h",
        "wedge": "m_τ",
        "learning": "ι",
        "domestic_rate": "δ_D",
        "domestic_elasticity": "ε_dom",
        "domestic_cost": "c_dom",
        "hardware_talent": "ω_hw",
    },
    "finance": {
        "invest_mode": "mode",
        "elasticity": "φ",
        "discount_rate": "r",
        "rent_memory": "m_r",
        "price_elasticity": "ε_p",
        "support": "m_s",
        "support_floor": "sup_min",
        "belief_speed": "ζ_b",
        "believed_market": "S̄",
        "upkeep": "δ_RD",
        "lead_half_life": "t_lead",
        "contest": "c_x",
        "equity_share": "f",
        "capacity_half_life": "t_cap",
        "backers_half_life": "P_s",
        "crowding": "χ_g",
        "runway": "n_c",
        "cut_time": "τ_d",
        "grace": "n_x",
        "founding": "e₀",
        "founding_cost": "F_e",
    },
    "talent": {
        "mobility": "h_T",
        "wage_weight": "β_w",
        "publishing_weight": "β_o",
        "weights_publishing": "u_w",
        "norm": "ν_o",
        "prestige": "β_q",
        "equity": "β_V",
        "home": "β_r",
        "switching_cost": "m₁",
        "migration_cost": "m₂",
        "elsewhere": "u₀",
        "elsewhere_wage": "w₀",
        "outside_elasticity": "ε_N",
        "outside_growth": "ω_S",
        "hardware_pay": "π_hw",
        "entry_elasticity": "ε_s",
        "entry_lag": "L",
        "engineers": "e_r",
        "human_share": "υ",
        "wage_adjustment": "λ_w",
        "entry": "entry",
        "exit": "d",
        "spin_out": "s₀",
        "origin_us": "origin_US",
        "origin_cn": "origin_CN",
    },
    "research": {
        "own_methods": "λ_a",
        "returns": "σ",
        "fishing_out": "β_a",
        "own_serving": "λ_g",
        "fishing_out_serving": "β_g",
        "human_exponent": "ω",
        "reference_staff": "H₀",
        "half_point": "R̄",
        "leak_closed": "s_c",
        "leak_paper": "s_p",
        "leak_more_weights": "s⁺_w",
        "leak_more_code": "s⁺_k",
        "leak_more_data": "s⁺_d",
        "paper": "s_pub",
        "public_methods": "λ_pub",
        "review": "h_m",
        "public_serving": "κ_pub",
        "sequential": "ψ_x",
        "carry": "c_m",
        "induced": "ε_e",
        "luck": "σ_ζ",
        "reasoning_gain": "λ_r",
        "reasoning_ceiling": "r_max",
        "reasoning_leak": "s_r",
        "discovery": "μ_d",
    },
    "training": {
        "reference_compute": "C_ref",
        "flywheel": "φ_d",
        "flywheel_users": "U_d",
        "luck": "σ_K",
        "residual_half_life": "t_½",
        "teaching": "η",
        "answers": "λ_c",
        "reasoning_teaching": "η_r",
        "access_delay": "τ_d",
        "start_loss": "d₀",
        "rl_gain": "g_RL",
        "rl_ceiling": "q̄",
        "rl_compute": "C_RL",
        "light_gap": "ΔK",
        "size_gap": "κ_n",
        "own_distillation": "η_f",
    },
    "release": {
        "carry_over": "v_c",
        "open_at_start": "K_open,0",
        "flagship_size": "n̄_flagship",
        "light_size": "n̄_light",
        "active_weight": "w_n",
        "prestige": "b_P",
        "talent_share": "z_T",
        "flip_cost": "c_flip",
        "learning": "ϖ_o",
        "reconsideration": "h_o",
        "temperature": "τ_s",
    },
    "access": {"grey": "a_grey"},
    "entry": {
        "stock": "stock",
        "weight": "W",
        "rate": "λ_E",
        "elasticity": "ε_E",
        "hazard": "δ_S",
        "discount": "ρ",
        "demand": "Ȳ",
        "demand_innovation": "p_a",
        "demand_imitation": "q_a",
        "demand_start": "w_a0",
        "demand_growth": "ψ_a",
        "app_elasticity": "σ_a",
        "tokens": "x",
        "other_cost": "m₀",
        "price_adjustment": "λ_f",
        "quality": "θ_a",
        "finetuning": "½ max ft",
        "dispersion": "sd of quality",
        "choice": "ρ_b",
        "switching_cost": "κ_f",
        "reconsider": "h_f",
        "hold_up": "H_u",
        "hold_up_closed": "v₀",
        "hold_up_open": "v_u",
        "fixed_cost": "F_f",
        "entry_cost": "F_fix",
        "first_year_tokens": "Q_1",
        "usable": "μ",
        "contribution": "ω_k",
        "seed_money": "cash",
        "contribution_cost": "c_k",
    },
    "awareness": {
        "innovation": "p_b",
        "imitation": "q",
        "home": "near",
        "abroad": "near",
        "firms": "m_F",
        "pulse": "m_p",
    },
    "pricing": {
        "reference_cost": "c_ref",
        "size_elasticity": "ε_n",
        "cost_floor": "c_floor",
        "hardware_pass": "ϖ",
        "adjustment": "λ_p",
        "lerner_max": "L_max",
        "reset": "reset",
        "base_memory": "m_b",
        "obsolescence": "o",
        "host_elasticity": "α_h",
        "host_fixed_cost": "F_h",
        "host_spread": "σ_h",
        "host_choice": "χ_h",
        "maker_weight": "ω_m",
        "utilisation": "util_o",
        "operations": "F_o",
        "team": "team_o",
    },
    "adoption": {
        "price_sensitivity": "ᾱ",
        "quality_sensitivity": "θ̄",
        "price_multiplier": "m^α_o",
        "quality_multiplier": "m^θ_o",
        "price_taste": "ς_α",
        "quality_taste": "ς_θ",
        "weights_preference": "χ_o",
        "unsupported": "χ^s_o",
        "privacy": "χ^p_o",
        "fit": "m_f",
        "hazard": "h₀",
        "hold_up": "H_f",
        "start": "h^s_o",
        "ceiling": "ū_o",
        "users_start": "u⁰",
        "trial_price": "p̂",
        "switching_cost": "κ_s",
        "outside": "V₀_o",
        "outside_price": "p₀",
        "home_own": "home",
        "home_cn_us": "home",
        "home_us_cn": "home",
        "home_cn_eu": "home",
        "home_eu_cn": "home",
        "home_of_weights": "m_h",
    },
    "contribution": {
        "use_value": "b_use",
        "need": "need_o",
        "reputation": "b_rep",
        "reputation_users": "U₀",
        "reciprocity": "b_rec",
        "cost_mean": "μ_f",
        "cost_spread": "σ_f",
        "tail": "ζ_P",
        "community_gain": "γ_K",
        "relevance": "m^K_o",
        "community_scale": "C_K",
        "network": "ν",
        "ecosystem_seed": "E₀",
        "ecosystem_decay": "δ_E",
        "ecosystem_contribution": "λ_c",
        "public_serving": "γ_g",
        "public_half": "Ω̄",
        "public_fishing_out": "β_p",
        "public_catch_up": "λ_p^g",
        "auditors": "C_aud",
    },
    "misuse": {
        "incidents": "λ₀",
        "capability_elasticity": "ψ_m",
        "dangerous": "K_m",
        "most_danger": "k̄",
        "open_misuse": "m_w",
        "stripped": "strip",
        "audits": "a_m",
        "defence": "ψ_d",
        "defenders_open": "share_D",
        "defenders_gap": "gap_D",
        "severity_spread": "σ_s",
    },
    "trust": {
        "weight": "τ_T",
        "rest": "T̄",
        "experience": "r₀",
        "audits": "r_a",
        "incidents": "d_I",
    },
    "law": {
        "memory": "δ_P",
        "salience": "salience",
        "half_pressure": "Z̄",
        "friction": "ρ_o",
        "licence_cap": "K_cap",
        "compliance": "F_comp",
        "liability": "F_liab",
    },
    "beliefs": {
        "speed": "ζ_D",
        "lead_value": "ε_D",
        "hardware": "ε_HW",
        "recovery": "ρ_HW",
    },
}

# Terms that the texts and the field use, where no parameter's own sentence has them.
TERMS: Mapping[str, tuple[str, ...]] = {
    "absorptive capacity": ("research.half_point",),
    "advertising": ("awareness.innovation", "awareness.pulse"),
    "brain drain": ("talent.migration_cost", "talent.home"),
    "chip ban": ("compute.wedge",),
    "churn": ("adoption.hazard", "adoption.switching_cost"),
    "diffusion": ("awareness.innovation", "awareness.imitation"),
    "distillation": ("training.teaching", "training.own_distillation"),
    "inference cost": ("pricing.reference_cost",),
    "licence": ("law.licence", "release.weights_allowed"),
    "lock-in": ("adoption.switching_cost", "entry.switching_cost"),
    "markup": ("pricing.lerner_max",),
    "network effects": ("contribution.network",),
    "open source": ("release.weights_allowed", "adoption.weights_preference"),
    "poaching": ("talent.mobility", "talent.wage_weight"),
    "salary": ("talent.wage_weight", "talent.wage_adjustment"),
    "sanctions": ("compute.wedge",),
    "spillover": ("research.leak_more_weights", "research.leak_closed"),
    "tariff": ("compute.wedge",),
    "venture capital": ("finance.equity_share",),
    "visa": ("talent.migration_cost",),
    "word of mouth": ("awareness.imitation",),
}
_BAR = "\N{COMBINING MACRON}"
_OF_NO_MEANING = {"a", "an", "and", "by", "for", "in", "of", "on", "or", "that", "the", "to", "what", "which", "params"}
_MOST, _LONGEST = 3, 200


def meant(name: str, sentences: Mapping[str, str]) -> list[str]:
    """The addresses that a misspelt name, a word, a few words or a symbol may stand for, the likeliest first.

    Args:
        name: ``talent.mobilty``, ``mobility``, ``phi``, ``λ_p``, ``lambda_p``, ``export control``.
        sentences: What each parameter is, by address.

    Returns:
        Up to three, or none.
    """
    if len(name) > _LONGEST:
        return []
    return (
        [address for address in sentences if address.rpartition(".")[2] == name][:_MOST]
        or _of_symbol(name, sentences)
        or difflib.get_close_matches(name, sentences, n=1, cutoff=0.8)
        or _of_words(name, sentences)
        or difflib.get_close_matches(name, sentences, n=1, cutoff=0.5)
    )


def _of_symbol(name: str, sentences: Mapping[str, str]) -> list[str]:
    section, _, last = name.rpartition(".")
    places = [(f"{group}.{of}", symbol) for group, symbols in SYMBOLS.items() for of, symbol in symbols.items()]
    places += [(address, text.partition(": ")[0]) for address, text in sentences.items() if ": " in text[:8]]
    for change in (str, str.lower):  # ε_e is not ε_E, but for those who do not care
        wanted = spelled(change(last))
        found = [at for at, symbol in places if wanted and spelled(change(symbol)) == wanted]
        found = _expanded([at for at in found if at.startswith(section)], sentences)
        if found:
            return found
    return []


def spelled(symbol: str) -> str:
    """A symbol in plain letters and digits: ``λ_p`` as ``lambdap``, ``ᾱ`` as ``alphabar``, ``m₁`` as ``m1``."""
    parts = []
    for mark in unicodedata.normalize("NFKD", symbol):
        letter = re.fullmatch(r"GREEK (SMALL|CAPITAL) LETTER (FINAL )?(\w+)", unicodedata.name(mark, ""))
        if letter:
            parts.append(letter[3].lower() if letter[1] == "SMALL" else letter[3].capitalize())
        else:
            parts.append("bar" if mark == _BAR else mark if mark.isascii() and mark.isalnum() else "")
    return "".join(parts).replace("lamda", "lambda").replace("Lamda", "Lambda")


def _of_words(name: str, sentences: Mapping[str, str]) -> list[str]:
    words = _words(name)
    if not words:
        return []
    for term, addresses in TERMS.items():
        if _hits(words, _words(term)) == len(words) >= len(_words(term)) or name.lower() == term:
            return _expanded(addresses, sentences)
    scores = {}
    for address, text in sentences.items():
        of_address, of_text = _words(address), _words(text)
        if _hits(words, of_address | of_text) == len(words):
            scores[address] = (-_hits(words, of_address), len(of_text))
    groups: dict[str, str] = {}
    for address in sorted(scores, key=lambda at: scores[at]):  # one of five for a group by organisation
        groups.setdefault(".".join(address.split(".")[:2]), address)
    return list(groups.values())[:_MOST]


def _words(text: str) -> set[str]:
    return {word for word in re.findall(r"[a-z]+", text.lower().replace("_", " "))} - _OF_NO_MEANING


def _hits(wanted: Iterable[str], there: Iterable[str]) -> int:
    """How many words begin like one that is there, whatever their ending."""
    stems = [word.rstrip("s") for word in there]
    return len([word for word in wanted if any(stem.startswith(word.rstrip("s")) for stem in stems)])


def _expanded(addresses: Iterable[str], sentences: Mapping[str, str]) -> list[str]:
    """Addresses of parameters, with those of a group in place of the group."""
    found: list[str] = []
    for address in addresses:
        found += [at for at in sentences if at == address or at.startswith(f"{address}.")]
    return list(dict.fromkeys(found))[:_MOST]
