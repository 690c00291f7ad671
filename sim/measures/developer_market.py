"""Shares in the developer market: individuals and startups outside China, and apps outside China.

It is what gateways to many models see, of which OpenRouter publishes most.
"""

from __future__ import annotations

import math

from sim.measures.labs import LABS
from sim.measures.look import CN, CODER_SPEND, CODER_TOKENS, US, USERS, Look
from sim.measures.market import MARKET
from sim.numerics.arrays import Float


@MARKET("1")
def open_share_developer_tokens(look: Look) -> float:
    """Share of tokens in the developer market, apps included and China left out, served by open weights."""
    return look.open_shares[CODER_TOKENS]


@MARKET("1")
def open_share_developer_spend(look: Look) -> float:
    """The same in spend."""
    return look.open_shares[CODER_SPEND]


@MARKET("1")
def share_china_developer_tokens(look: Look) -> float:
    """Share of tokens in the developer market on models of Chinese labs, closed and open."""
    return math.fsum(look.region_shares[CN][CODER_TOKENS])


@MARKET("1")
def share_china_open_developer_tokens(look: Look) -> float:
    """The same of their open weights alone."""
    return look.region_shares[CN][CODER_TOKENS][1]


@MARKET("1")
def share_china_developer_spend(look: Look) -> float:
    """Share of spend in the developer market on models of Chinese labs."""
    return math.fsum(look.region_shares[CN][CODER_SPEND])


@MARKET("1")
def share_china_open_users(look: Look) -> float:
    """Share of Chinese labs among developers on open weights of Chinese and US labs; zero if there are none."""
    china, us = (look.region_shares[region][USERS][1] for region in (CN, US))
    return china / (china + us) if china > 0.0 else 0.0


@LABS("1")
def share_developer_tokens(look: Look) -> Float:
    """Share of tokens in the developer market on the lab's models."""
    return look.share_of_labs(CODER_TOKENS)


@LABS("1")
def share_developer_spend(look: Look) -> Float:
    """Share of spend in the developer market on the lab's models."""
    return look.share_of_labs(CODER_SPEND)
