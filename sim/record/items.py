"""What a record keeps beside measures: models, runs, decisions, what could be learned from, money at the end."""

from __future__ import annotations

from typing import NamedTuple

from sim.numerics.arrays import Bool, Float


class ClosedVersion(NamedTuple):
    """Closed models as of a month, each of shape (labs, tiers)."""

    live: Bool
    capability: Float
    pretraining: Float
    thought: Float
    added: Float
    size: Float


class Teachers(NamedTuple):
    """What other labs could learn from as of a month, each of shape (labs,), −inf where there is nothing [OOM].

    Attributes:
        closed: Pre-training of each lab's best closed model.
        weights: Pre-training of its best model with open weights.
        thought: Reasoning of that model.
        flagship: Pre-training of its own flagship, closed or open.
    """

    closed: Float
    weights: Float
    thought: Float
    flagship: Float


class Workforce(NamedTuple):
    """Researchers by skill, each of shape (skills,).

    Attributes:
        outside: Who works outside labs [FTE].
        wage: Mean wage, at labs and elsewhere [$/month].
    """

    outside: Float
    wage: Float


class Residual(NamedTuple):
    """What one model's measured capability has beyond the model's computation [OOM].

    Attributes:
        own: Added to own pre-training.
        shortfall: By how much it stayed below what starting from weights would have given, at most zero.
        added: Added to what reinforcement learning gave, of a model known to start from somebody's weights.
    """

    own: float
    shortfall: float = 0.0
    added: float = 0.0


class Completed(NamedTuple):
    """A finished run: one model, released or not.

    Attributes:
        month: When.
        lab: Row of its lab.
        tier: Flagship or light.
        level: Openness at which history released it, −1 after the record.
        model: Name; of drawn runs the lab's count.
        known: Measured capability, nan if it was not measured [OOM].
        modelled: What the mechanisms alone give, with teachers as they are [OOM].
        capability: What it has: the sum of the next three [OOM].
        pretraining: Part of it that can be learned and inherited [OOM].
        thought: Reasoning [OOM].
        added: What reinforcement learning on somebody else's weights added [OOM].
        residual: What was added to the model's computation.
        counts: Whether that was measured, and says something of the lab's next runs.
        size: Effective size [OOM over 175 bn].
    """

    month: int
    lab: int
    tier: int
    level: int
    model: str
    known: float
    modelled: float
    capability: float
    pretraining: float
    thought: float
    added: float
    residual: Residual
    counts: bool
    size: float


class Payoff(NamedTuple):
    """What a year of a release at some level of openness is worth to its lab, by component [$].

    Attributes:
        rent: Of its closed lines, weighed by what of its money is not its parent's.
        hosting: Its share of what hosts of its open lines earn, weighed likewise.
        complements: What users of its open weights are worth to its other businesses.
        talent: What staff who may publish more than papers do without in wages, bounded.
        norm: What staff do without because others publish less, or ask for because others publish more.
        prestige: What weights bring beyond that.
        catch_up: Rent lost to rivals who learn from it, negative.
        law: Compliance, negative.
        flip: Cost of closing a tier whose last model was open, negative.
    """

    rent: float = 0.0
    hosting: float = 0.0
    complements: float = 0.0
    talent: float = 0.0
    norm: float = 0.0
    prestige: float = 0.0
    catch_up: float = 0.0
    law: float = 0.0
    flip: float = 0.0


class Decision(NamedTuple):
    """Why a lab released a model as it did.

    Attributes:
        month: When.
        lab: Row of the lab.
        tier: Flagship or light.
        levels: What it chose.
        payoffs: Of each level of openness.
        attraction: What each is believed to bring, in spend of a year on all models, shape (levels,).
        spend: That spend [$].
        live: Whether it was about a closed model on sale; if it stayed so, no level was chosen.
    """

    month: int
    lab: int
    tier: int
    levels: tuple[int, ...]
    payoffs: tuple[Payoff, ...]
    attraction: Float
    spend: float
    live: bool = False


class Welfare(NamedTuple):
    """What users of a segment had in a month, each of shape (segments,).

    Attributes:
        inclusive: Inclusive value over doing without [ln $].
        budget: Budgets of all its people [$/month].
    """

    inclusive: Float
    budget: Float


class Ending(NamedTuple):
    """What the record leaves to be explained of labs' money at its end, each of shape (labs,).

    Attributes:
        retained: Part of the rents to be ploughed back that was.
        used: Part of the capacity to raise equity that was used.
        backing: Money of unknown motive [$/month].
        worth: What rents were worth to backers [$].
        runway: Cash over the research budget [months].
        compute: Log₁₀ of compute over what was spent on it.
        excess: By how much compute over the budget exceeds that of the median lab [OOM].
        budget: Research budget [$/month], of a lab that is founded later its first.
    """

    retained: Float
    used: Float
    backing: Float
    worth: Float
    runway: Float
    compute: Float
    excess: Float
    budget: Float
