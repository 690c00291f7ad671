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
# # The DeepSeek shock
#
# In January 2025 a Chinese lab published, with its weights, a model that reasons about as well as the best closed
# ones and was said to have cost little. Shares of chip makers fell in a day, an app led the charts, and everybody had
# an opinion. What did it change? We run history, history without DeepSeek, and history with the same models but
# without the app that everybody talked about. The shock is what history has and the world without the lab has not.
# Less than a minute.

# %%
# %matplotlib inline
import tempfile

import pandas as pd

import experiments as ex
import sim
from experiments.pages.sliders import explore

for name in ("no_deepseek", "deepseek_quiet"):
    print(f"{name}: {ex.scenario(name).why}")

# %%
folder = tempfile.mkdtemp()
runs = ex.ensemble(
    ["baseline", "no_deepseek", "deepseek_quiet"],
    seeds=8,
    months=49,
    developers=2_000,
    workers=1,
    outputs=folder,
    progress=False,
)

# %% [markdown]
# ## The event
#
# First the month itself, in history (the baseline, mean over seeds). The index of chip makers is what they are worth
# over what they would be had the efficiency of open models never surprised anybody; an efficient open model is news
# for them.

# %%
history = runs.market[runs.market["scenario"] == "baseline"].groupby("date").mean(numeric_only=True)
event = {
    "hardware_index": "chip makers' value, index",
    "hardware_return": "its change over two months [ln]",
    "share_china_open_developer_tokens": "Chinese open weights, developers' tokens",
    "open_lag": "open behind closed [months]",
    "technology_price_gpt35": "price that technology allows, GPT-3.5's level [$/Mtok]",
}
history.loc["2024-11":"2025-06", list(event)].rename(columns=event).round(3)

# %% [markdown]
# A fall of chip makers by some 15% in the month, which is about what happened, is no success of the model: the
# strength of the reaction (`beliefs.hardware`) was set by this one event. What is computed is that they recover
# within months.
#
# ## The shock in numbers
#
# Now the effect: history minus the world without the lab, same seeds. (The scenario is called *no DeepSeek*, so that
# its own effect is the shock with the sign turned. Here we compare *against* it.)

# %%
shock = ex.compare(runs, against="no_deepseek")
asked = {
    "open_lag": "open behind closed [months]",
    "open_frontier": "best open model [OOM]",
    "frontier": "best model [OOM]",
    "technology_price_gpt35": "price that technology allows [$/Mtok]",
    "share_china_open_developer_tokens": "Chinese open weights, developers' tokens",
    "open_share_enterprise": "open weights, firms",
    "consumer_gain": "gain of users [ln $]",
    "researchers_china": "researchers who work in China",
}


def at(scenario, measure, date):
    row = shock.at(date).loc[(scenario, measure)]
    return f"{row['mean']:+.3g} ({row['low']:+.3g} to {row['high']:+.3g})"


pd.DataFrame(
    {
        (scenario.replace("baseline", "the lab as it was").replace("deepseek_quiet", "without the app"), date): [
            at(scenario, measure, date) for measure in asked
        ]
        for scenario, date in (("baseline", "2025-03"), ("baseline", "2025-12"), ("deepseek_quiet", "2025-12"))
    },
    index=list(asked.values()),
)

# %% [markdown]
# Read the rows over time. In March 2025 the best open model is better with the lab, what technology allows is a third
# cheaper, and users gain. By December others have published models as good, so the best open model is the same with
# and without the lab; open weights are two months closer to the frontier all the same, but because the *frontier* is
# a little lower: free weights take rents from those who pay for it. So users' gain has changed its sign. And hype
# mattered for use, not for much else: without the app Chinese open weights have gained a third less of developers'
# tokens, and the other rows are nearly the same.

# %%
ex.plots.effect_of_scenario(runs, "baseline", "no_deepseek")

# %% [markdown]
# ## Who loses?
#
# The same for labs: change in the share of spend by the end of 2025, in points.

# %%
of_labs = ex.compare(runs, against="no_deepseek", measures=["labs.share_spend"])
last = of_labs.at("2025-12").loc[("baseline", "labs.share_spend"), ["mean", "low", "high"]]
(100 * last.drop("DeepSeek", errors="ignore")).sort_values("mean").round(2)

# %% [markdown]
# ## Turn it yourself
#
# How strongly do markets answer to efficiency that surprises them? One run of history; with the slider the index of
# chip makers follows. Nobody knows the number: there was one event.


# %%
def chip_makers(strength, forgotten):
    parameters = {"beliefs.hardware": strength, "beliefs.recovery": forgotten}
    record = sim.Market(rng=1, developers=500, **parameters).run(37)
    index = pd.Series(record.market["hardware_index"][20:], index=[sim.date_of(month) for month in range(20, 38)])
    return index.rename("index of chip makers").round(3).to_frame().T


explore(chip_makers, strength=(-0.4, -0.6, 0.3), forgotten=(0.15, 0.1, 0.25))

# %% [markdown]
# ## What to take home
#
# - The shock is a comparison of two worlds, not the news of a week: what was new in it is how near open weights came.
# - Its size in capability is the record's (the lab's models are as they were measured). What follows from it for
#   prices, users and people is computed.
# - Where residuals enter matters more than any parameter: see *effects of shocks* in [what fits and what does
#   not](../docs/validation.md#effects-of-shocks-to-openness).
