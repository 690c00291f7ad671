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
# # Sweeps and sensitivity
#
# An effect is a number of one world. Is it one of all worlds that are plausible? Most parameters are known as a range
# at best, so ask over the ranges: draw many points, run both worlds at each with the same luck, and look at what the
# effect depends on. Here for *no open weights* and the best model at the end of 2025. It takes less than a minute.

# %%
# %matplotlib inline
import tempfile
import textwrap

import pandas as pd

import experiments as ex
import sim
from experiments.pages.sliders import explore

# %% [markdown]
# ## What is varied
#
# Five parameters that may matter, each with its default and its plausible range. A design can take all parameters at
# once, or those of a section by its name; five are easier to look at.

# %%
parameters = [
    "talent.open_gap",
    "research.public_methods",
    "training.answers",
    "finance.elasticity",
    "adoption.price_sensitivity",
]
pd.set_option("display.max_colwidth", None)
facts = pd.DataFrame(sim.Parameters().table()).set_index("address").loc[parameters]
facts[["default", "range_low", "range_high", "unit", "doc", "confidence"]]

# %% [markdown]
# A Latin hypercube has its points spread evenly over every range. Each of the points has luck of its own (a seed),
# and both worlds of a point share it.

# %%
folder = tempfile.mkdtemp()
runs = ex.ensemble(
    ["baseline", "no_open_weights"],
    seeds=1,
    months=37,
    developers=1_000,
    design={"kind": "latin_hypercube", "params": parameters, "points": 40},
    measures=["frontier", "technology_price_gpt35", "consumer_gain", "open_share_tokens"],
    workers=1,
    outputs=folder,
    progress=False,
)
runs

# %% [markdown]
# ## What the effect depends on
#
# With 40 points one can see what is strong. The numbers are rank correlations, each with all other parameters held
# (*partial*) and with its 95% interval; the figure has the mean effect where a parameter is low, and where it is
# high.

# %%
found = ex.sensitivity(runs, "frontier@2025-12", against="baseline", scenario="no_open_weights")
print(textwrap.fill(found.describe(), 110))
found.frame[["partial", "partial_low", "partial_high", "at_low", "at_high"]].round(2)

# %%
ex.plots.tornado(found)

# %% [markdown]
# How far behind those outside labs are without weights decides most. φ (`finance.elasticity`, how far computing
# follows what labs earn) comes next: without open rivals closed labs earn more, and train larger models with it. How
# much contributors find in public turns the other way. How much users look at prices matters little for the best
# model.
#
# ## Points, one parameter at a time
#
# Each grey dot is a pair of worlds; the line is the mean of slices. In a live notebook, choose another measure or
# parameter: nothing is run again.


# %%
def against(parameter, measure):
    return ex.plots.effect_against(
        runs, f"{measure}@2025-12", parameter, scenario="no_open_weights", against="baseline"
    )


explore(against, parameter=parameters, measure=["frontier", "technology_price_gpt35", "consumer_gain"])

# %% [markdown]
# ## Two at a time
#
# Where two parameters work together, a map says more: the mean effect on the best model in each cell, in OOM. Cells
# without a number hold no point; 40 points are few for a map.

# %%
ex.plots.heat_map(
    runs,
    "frontier@2025-12",
    "talent.open_gap",
    "research.public_methods",
    scenario="no_open_weights",
    against="baseline",
)

# %% [markdown]
# ## Where is the effect small?
#
# The question can be turned round: in which region of the ranges is the effect among the smallest? Peeling cuts off,
# slice by slice, where it is not. A box is fitted to the points that it is judged by; `box.held_out` judges it by
# points that it was not fitted to, and where that is much lower, believe it.

# %%
limit = round(float(pd.Series(found.data.numbers).quantile(0.25)), 3)  # the lowest quarter of the effects
box = ex.discover(runs, f"frontier@2025-12 < {limit}", against="baseline", scenario="no_open_weights")
print(textwrap.fill(box.describe(), 110))

# %% [markdown]
# ## What to take home
#
# - A sweep says over which assumptions a result holds. Ranges are judgement: a point at their end is possible, not
#   likely.
# - For shares of variance with intervals there are designs of their own (`saltelli`, `morris`), which take more runs;
#   see [studies](../docs/studies.md#which-parameters-it-depends-on). On a cluster the same call takes `executor=`.
# - Everything that is run is kept: asking again for more points or seeds computes only what is new.
