# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Your own strategy
#
# When should a lab open its models? Labs here follow strategies: closed, open, open after a delay, as in history, or
# whatever pays. A strategy of your own is one small class. This notebook writes one, runs a lab with it, and asks
# what it does to that lab and to everybody else. Less than a minute.

# %%
# %matplotlib inline
import sys
import tempfile
import textwrap
from pathlib import Path

import pandas as pd

import experiments as ex
import sim
from experiments.pages.sliders import explore

folder = tempfile.mkdtemp()

# %% [markdown]
# ## The rule
#
# *Publish the weights of what is well behind the frontier; sell the rest.* So weights are given away when rivals
# already have better. `levels` says how open this month's finished model is to be: 0 closed, 1 a paper, 2 weights, 3
# weights and code, 4 everything. `view` shows what a lab can know: what is public, and its own affairs.
#
# Large studies run in several processes, which have to import the rule, so it stands in a file. (For a single run a
# cell would do.)

# %%
rule = '''
from sim.agents.lab import WEIGHTS
from sim.parameters import field
from sim.strategies import LabView, Strategy, register


@register
class Laggard(Strategy):
    """Opens a model that is well behind the frontier; keeps it closed otherwise."""

    name = "laggard"
    behind: float = field(
        0.5, "Distance from which weights are opened", unit="OOM", bounds=(0.0, 10.0), range=(0.2, 1.0)
    )

    def levels(self, view: LabView, tier: int) -> tuple[int, ...]:
        """Weights, or closed."""
        return (WEIGHTS if view.candidate[tier] < view.frontier - self.behind else 0,)
'''
Path(folder, "my_strategies.py").write_text(rule, encoding="utf-8")
sys.path.insert(0, folder)
import my_strategies

print(my_strategies.Laggard.__doc__)

# %% [markdown]
# ## One run
#
# The scenario gives the strategy to three labs that in history keep their best models closed, from the start. A
# scenario is a difference from history; the run without it is computed beside it, for what labs earn has to be
# compared with something.


# %%
def giants(behind):
    return sim.Scenario(
        name="giants_lag",
        why="OpenAI, Google and Anthropic publish what is well behind the frontier",
        labs={name: {"strategy": "laggard", "behind": behind} for name in ("OpenAI", "Google", "Anthropic")},
    )


base = sim.Market(rng=1, developers=1_000).run(37)


def with_rule(behind):
    record = sim.Market(rng=1, developers=1_000, setup=giants(behind), reference=base).run(37)
    rows = {
        "open share of tokens": "open_share_tokens",
        "open behind closed [months]": "open_lag",
        "best model [OOM]": "frontier",
        "margin of closed models": "closed_margin",
    }
    return pd.DataFrame(
        {"history": [base.last(name) for name in rows.values()], "rule": [record.last(name) for name in rows.values()]},
        index=list(rows),
    ).round(3)


# %% [markdown]
# In a live notebook, move the slider: at what distance does the rule begin to matter?

# %%
explore(with_rule, behind=(0.5, 0.0, 1.5))

# %% [markdown]
# ## Many runs
#
# One run is luck. The same with six seeds, and the file named as a plugin, so that every worker has it and every
# stored run is known by its code.

# %%
runs = ex.ensemble(
    ["baseline", giants(0.5)],
    seeds=6,
    months=49,
    developers=2_000,
    workers=1,
    plugins=str(Path(folder, "my_strategies.py")),
    outputs=folder,
    progress=False,
)
effect = ex.compare(runs, measures=["frontier", "open_share_tokens", "consumer_gain", "labs.rent", "labs.share_users"])
for measure in ("open_share_tokens", "frontier", "consumer_gain"):
    print(textwrap.fill(effect.describe(measure, "2025-12"), 110))

# %% [markdown]
# What does it cost the three? Rents are what models earn before research, in billions of dollars a year, at the end
# of 2025.

# %%
rents = effect.at("2025-12").loc[("giants_lag", "labs.rent"), ["mean", "low", "high"]].round(2)
rents.loc[["OpenAI", "Google", "Anthropic", "Meta", "DeepSeek", "Alibaba"]]

# %%
ex.plots.bands(runs, "open_share_tokens")

# %% [markdown]
# ## What would pay?
#
# Labs may also decide by what pays: the strategy `strategic` asks, for each finished model, what a year at each level
# of openness would bring (prices solved again with the model closed and open, complements, staff, rivals that catch
# up, law), and draws by a logit. Each decision is kept with its components. The figure has what weights would have
# paid more than keeping each model closed, if from 2026 all labs decide so.

# %%
reasons = ex.why("strategic_release", months=60, developers=1_000)
ex.plots.why(reasons)

# %% [markdown]
# ## Going on
#
# - A strategy can ask the same: `view.if_released(level, tier)` is what a level would bring, in dollars of a year.
# - One that opens models later has `opens_later`, one that thinks again about models on sale `opens_live`; [how
#   to](../docs/howto.md#add-a-strategy-for-a-lab) has the recipe, with a mechanism, a measure and a figure of one's
#   own.
# - From the shell: `python -m experiments.run plugins=my_strategies.py scenario_file=mine.yaml seeds=20`.
