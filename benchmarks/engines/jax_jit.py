"""JAX on the processor: the whole month in one compiled function, with hashed draws, which beat its own generator.

The number of those who reconsider varies and JAX wants fixed sizes, so room is made for six standard deviations more.
"""

from __future__ import annotations

import os
from functools import partial
from typing import Any

os.environ.setdefault("JAX_PLATFORMS", "cpu")

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.engines.common import Work, serve


def mix(word: Any) -> Any:
    """MurmurHash3's finaliser."""
    word = (word ^ word >> 16) * jnp.uint32(0x85EBCA6B)
    word = (word ^ word >> 13) * jnp.uint32(0xC2B2AE35)
    return word ^ word >> 16


def option_words(person: Any, keys: Any) -> Any:
    """A word for each (option, person)."""
    word = person[None, :] * keys[:, None]
    return (word ^ word >> 15) * jnp.uint32(0x846CA68B)


@partial(jax.jit, static_argnames=("groups", "room"), donate_argnums=(1,))
def month(tables: Any, choice: Any, counts: Any, segment: Any, keys: Any, groups: int, room: int) -> Any:
    """Everybody whose turn it is chooses."""
    weights, bars, option_keys, lab_keys, lab_of, group_of, option_of = tables
    words = mix(jnp.arange(choice.size, dtype=jnp.uint32) ^ keys[0])
    turn = jnp.nonzero(mix(words + keys[1]) < keys[2], size=room, fill_value=choice.size)[0]
    row = jnp.minimum(turn, choice.size - 1)
    word, before, here = words[row], choice[row].astype(jnp.int32), segment[row].astype(jnp.int32)
    cell = here * groups + group_of[before]
    taste, aware = mix(word + keys[5]), mix(word + keys[7])
    known = (option_words(aware, lab_keys) <= bars[:, cell])[lab_of] | (lab_of < 0)[:, None]
    bits = option_words(taste, option_keys) >> 9 | jnp.uint32(0x3F800000)
    draw = jax.lax.bitcast_convert_type(bits, jnp.float32) - jnp.float32(1.0 - 2.0**-24)
    rates = jnp.where(known, weights[:, cell] / -jnp.log(draw), 0.0)
    rows = jnp.arange(len(option_keys), dtype=jnp.int32)[:, None]
    # The largest and the first that equals it: quicker than argmax, which XLA leaves scalar.
    chosen = jnp.min(jnp.where(rates == rates.max(axis=0), rows, len(option_keys) - 1), axis=0)
    after, turns = option_of[chosen], turn < choice.size
    choice = choice.at[turn].set(after.astype(choice.dtype), mode="drop")
    change = turns.astype(counts.dtype)
    counts = counts.at[here, after].add(change).at[here, before].add(-change)
    return choice, counts, turns.sum()


class Engine:
    """The population as JAX arrays."""

    def __init__(self, work: Work, seed: int) -> None:
        self.work, self.seed, self.month = work, seed, 0
        tables = (work.weights, work.bars, work.option_keys, work.lab_keys)
        indices = (work.lab_of, work.group_of_option, work.option_of_row)
        self.tables = tuple(map(jnp.asarray, tables)) + tuple(jnp.asarray(x.astype(np.int32)) for x in indices)
        self.segment, self.table = jnp.asarray(work.segment), jnp.asarray(work.counts.astype(np.int32))
        mean = work.developers * work.hazard
        self.room = int(mean + 6.0 * mean**0.5 + 16.0)
        self.choice = jnp.asarray(work.choice)
        self.step()  # compiles
        self.month, self.choice = 0, jnp.asarray(work.choice)
        self.table = jnp.asarray(work.counts.astype(np.int32))

    def step(self) -> int:
        """One month."""
        keys = jnp.asarray(self.work.keys(self.seed, self.month))
        self.choice, self.table, decisions = month(
            self.tables, self.choice, self.table, self.segment, keys, self.work.groups, self.room
        )
        self.month += 1
        return int(decisions)

    def counts(self) -> Any:
        """Developers by (segment, option)."""
        return np.asarray(self.table)


if __name__ == "__main__":
    serve(Engine, jax=jax.__version__)
