"""Effects of any study in words and numbers: a sentence for each scenario and measure asked for."""

from __future__ import annotations

from experiments.findings import sentences
from experiments.findings.effects import compare
from experiments.questions.measures import LABS, MARKET, everything
from experiments.questions.scenarios import BASELINE
from experiments.results.results import Results

_SHOWN = ("open_share_tokens", "price_gpt35_level", "frontier")


def effects_in_words(results: Results) -> list[str]:
    """A sentence for each scenario and measure asked for, scenario minus baseline in the last month.

    Where everything was kept these are open shares, prices and the frontier; the price of the list comes with that
    of technology.
    """
    paired = results.complete()
    if BASELINE not in paired.scenarios or len(paired.scenarios) < 2:
        return []
    shown = _asked(paired)
    beside = [sentences.LISTED.get(name) for name in shown]
    more = [name for name in beside if name in paired.measures and name not in shown]
    effect = compare(paired, measures=[*shown, *more])
    said = [name for name in shown if name not in beside]
    return [effect.describe(name, scenario=other) for other in effect.scenarios for name in said]


def _asked(results: Results) -> list[str]:
    """What the study asked for, rather than what is kept anyway."""
    whole, kept = everything(), results.kept
    market, labs = kept.get(MARKET, ()), kept.get(LABS, ())
    if kept == whole or (market == whole[MARKET] and set(kept) == {MARKET}):
        return [name for name in _SHOWN if name in market]
    names = list(market if market != whole[MARKET] else [name for name in _SHOWN if name in market])
    names += [f"{LABS}.{name}" for name in labs]
    return names + [table for table in kept if table not in (MARKET, LABS)]
