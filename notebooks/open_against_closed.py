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
# # Open against closed
#
# Three worlds with the same luck: history as it went, a world in which nobody may publish weights, and one in which
# every lab publishes them from 2023 on. What is different in them: who has the market, what users pay and gain, how
# good the best model is, where researchers work? And which mechanism carries it? This takes less than a minute.

# %%
# %matplotlib inline
import tempfile

import pandas as pd

import experiments as ex
import sim
from experiments.pages.sliders import explore

folder = tempfile.mkdtemp()  # any folder; runs that are already in it are not run again
runs = ex.ensemble(
    ["baseline", "no_open_weights", "everyone_opens"],
    seeds=6,
    months=61,
    developers=2_000,
    workers=1,
    outputs=folder,
    progress=False,
)

# %% [markdown]
# ## The world as it went
#
# What a "share of the market" is depends on what one counts. Open weights are cheap, so they serve many tokens for
# little money; firms hardly use them. Circles are published figures. To the end of 2025 releases and the capability
# of models are those of history; shares and prices are computed. What is shaded is a projection.

# %%
ex.plots.shares_by_openness(runs)

# %% [markdown]
# ## What is different
#
# An effect is *scenario minus baseline*, seed by seed, with its 95% interval over seeds. A small table says more than
# many figures: the end of 2025, where the record ends, and two years later, which is a projection.
#
# Two columns need a word. Capability is in orders of magnitude (OOM) of computing power: +0.2 is what 1.6 times as
# much computing would bring. Users' gain is in logarithms of money: −0.1 is as if everything cost a tenth more.

# %%
effect = ex.compare(runs, against="baseline")
asked = {
    "frontier": "best model [OOM]",
    "technology_price_gpt35": "price that technology allows, GPT-3.5's level [$/Mtok]",
    "closed_margin": "margin of closed models",
    "consumer_gain": "gain of users [ln $]",
    "spend": "spend on models [$bn/year]",
    "startups": "start-ups in business",
    "researchers_labs": "share of researchers who work at labs",
    "incidents_expected": "incidents of misuse expected [1/month]",
}


def in_words(scenario, measure, date):
    row = effect.at(date).loc[(scenario, measure)]
    return f"{row['mean']:+.3g} ({row['low']:+.3g} to {row['high']:+.3g})"


pd.DataFrame(
    {
        (scenario.replace("_", " "), date): [in_words(scenario, measure, date) for measure in asked]
        for scenario in ("no_open_weights", "everyone_opens")
        for date in ("2025-12", "2027-12")
    },
    index=list(asked.values()),
)

# %% [markdown]
# Without open weights what technology allows is dearer, as the debate expects. But the best model is *better*, which
# it does not expect, and as users pay for the best model as well as for cheap ones, they are not worse off by the end
# of 2025. A world in which everybody opens is far better for users in 2025; two years later its best model is worse,
# and the gain is gone: closed rents end, and research budgets with them. Users' gain is the row to be careful with:
# in doubt about parameters, and not luck alone, it has either sign ([what fits and what does
# not](../docs/validation.md#four-warnings-about-the-effect-of-open-weights)).

# %%
ex.plots.effect_of_scenario(runs, "everyone_opens")

# %% [markdown]
# ## Why is the best model better without open weights?
#
# One can ask which mechanism carries an effect: switch mechanisms off, in both worlds and with the same luck, in
# every combination, and share out what they do together (Shapley values). Here two: *talent* (where researchers work)
# and *contribution* (what users of open weights give back).

# %%
parts = ex.shapley(
    "no_open_weights",
    seeds=3,
    months=37,
    developers=1_000,
    mechanisms=["talent", "contribution"],
    measures=["frontier"],
    outputs=folder,
    workers=1,
    progress=False,
)
ex.plots.parts_of_whole(parts, "frontier")

# %% [markdown]
# It is talent. Whoever works outside labs, at universities and other firms, works on open weights. If there are none,
# the most interesting work is inside labs, labs have more staff, and know more. What contributors find in public, and
# everybody learns, works the other way and is smaller.
#
# So the sign rests on two numbers that nobody has measured: how far behind the frontier those outside labs are
# without weights (`talent.open_gap`), and how many new methods contributors find (`research.public_methods`). Below
# is the effect on the best model of 2025-12 for one seed. In a live notebook, move the sliders: with a small gap and
# many finds the sign turns.


# %%
def without_weights(open_gap, public_methods):
    parameters = {"talent.open_gap": open_gap, "research.public_methods": public_methods}
    base = sim.Market(rng=1, developers=1_000, **parameters).run(37)
    closed = ex.scenario("no_open_weights")
    other = sim.Market(rng=1, developers=1_000, setup=closed, reference=base, **parameters).run(37)
    change = other.last("frontier") - base.last("frontier")
    return f"gap {open_gap:.2f} OOM, finds {public_methods:.4f} OOM/month: best model {change:+.3f} OOM without weights"


explore(without_weights, open_gap=(1.0, 0.5, 1.2), public_methods=(0.002, 0.0, 0.006))

# %%
without_weights(0.6, 0.006)

# %% [markdown]
# ## What to take home
#
# - Say which world is compared with which, for which measure, at which date.
# - The effect on prices has the sign the debate expects; that on the best model depends on where people work when
#   there is nothing open to work on. Do not quote its sign without that.
# - Bands here hold luck alone. The next notebooks draw what is not known of the parameters.
