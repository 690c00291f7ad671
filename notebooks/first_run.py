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
# # A first run
#
# What does it do to the market for AI models that some labs publish the weights of theirs? Here we start one
# market, run it twice, once as history went and once in a world where nobody may publish weights, and look at the
# difference. It takes less than a minute.

# %%
# %matplotlib inline
import tempfile

import pandas as pd

import experiments as ex
import sim

# %% [markdown]
# ## One market
#
# A market has labs, start-ups, developers and researchers. It starts in November 2022; each step is a month. The seed
# decides everything that is luck: the same seed gives the same market, always.

# %%
market = sim.Market(sim.Parameters(), rng=1, developers=5_000)
market.run(months=37)
market.date

# %% [markdown]
# Everything that was observed is in its record. Here is what each lab has at the end: the share of what firms use,
# the capability of its best model (0 is GPT-3.5, and one more is what ten times the computing power would bring) and
# the price of a million tokens in dollars.

# %%
record = market.record
columns = ["share_enterprise", "capability", "price"]
table = pd.DataFrame({name: record.labs[name][-1] for name in columns}, index=record.lab_names)
table.sort_values("share_enterprise", ascending=False).round(2)

# %% [markdown]
# ## Two scenarios
#
# A scenario is a difference from history: here, that weights may not be published. We run both worlds with the same
# twelve seeds. Two runs with one seed have the same luck, so they differ only by what the scenario did.

# %%
ex.scenario("no_open_weights").why

# %%
folder = tempfile.mkdtemp()  # any folder; runs that are already in it are not run again
runs = ex.ensemble(
    ["baseline", "no_open_weights"], seeds=12, months=37, developers=5_000, workers=1, outputs=folder, progress=False
)
runs

# %% [markdown]
# The results are plain tables. `runs.market` has one row for each scenario, seed and month, `runs.labs` one for each
# lab as well, and `runs.flows` says who moved where.

# %%
runs.market[["scenario", "seed", "date", "open_share_tokens", "price_gpt35_level"]].tail(3)

# %% [markdown]
# ## A picture of one world
#
# How much of the market do open weights have? It depends on what one counts. Open models are cheap, so they serve
# many tokens for little money. The band holds 80% of the runs, and the dots are published figures, which the
# simulation was not given month by month.

# %%
ex.plots.shares_by_openness(runs)

# %% [markdown]
# ## The effect, and how sure it is
#
# An effect is the scenario minus the baseline, seed by seed: here, what is different without open weights. We ask about
# two things at the end of 2025: the price of a model as good as GPT-3.5, and the best model on the market. The price on
# the list exaggerates, so the sentence gives the one that technology would allow as well.

# %%
effect = ex.compare(runs, against="baseline")
print(effect.describe("price_gpt35_level", "2025-12"))
print(effect.describe("frontier", "2025-12"))

# %% [markdown]
# The dark band is where the mean of very many seeds would lie, with 95% confidence. The light band holds 80% of the
# pairs, and at the end of each year every pair is a dot. Where the dark band includes zero, the sign could be luck.
# Where the dots fall into two groups, their means are marked: the mean of all is then what hardly any seed has.

# %%
ex.plots.effect_of_scenario(runs, "no_open_weights")

# %% [markdown]
# How sure is this? The bands hold luck, not doubt about how the world works. The answer hinges most on one number
# that nobody has measured well: how strongly the computing power that labs buy follows what they earn. It is called
# `finance.elasticity`. Change it and see:
# `ex.ensemble([...], params={"finance.elasticity": 0.6})`.

# %%
row = next(row for row in sim.Parameters().table() if row["address"] == "finance.elasticity")
print(f"{row['doc']}: {row['default']}, plausible from {row['range_low']} to {row['range_high']} ({row['confidence']})")
