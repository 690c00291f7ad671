"""mesa-frames: developers are rows of a Polars frame; who reconsiders is filtered out, chooses in NumPy, is put back.

Whole columns at once is how mesa-frames wants to be used. The race itself in Polars expressions took longer.
"""

from __future__ import annotations

from typing import Any

import mesa_frames
import numpy as np
import polars

from benchmarks.engines.common import Work, serve


class Developers(mesa_frames.AgentSetPolars):
    """The population."""

    def __init__(self, model: Any) -> None:
        super().__init__(model)
        work = model.work
        columns = {"unique_id": np.arange(work.developers), "segment": work.segment, "option": work.choice}
        columns |= {f"lab{lab}": uniform for lab, uniform in enumerate(work.awareness_uniforms(model.seed_of_run))}
        self.add(polars.DataFrame(columns))

    def step(self) -> None:
        """Reconsider with the month's hazard, and choose."""
        model, work, random = self.model, self.model.work, self.model.random
        frame = self.agents
        turn = np.flatnonzero(random.random(len(frame)) < work.hazard)
        chooser = frame[turn]
        cell = chooser["segment"].to_numpy().astype(np.int64) * work.groups
        cell += work.group_of_option[chooser["option"].to_numpy()]
        rates = work.weights[:, cell]
        known = [chooser[f"lab{lab}"].to_numpy() <= model.known_from[lab][cell] for lab in range(work.labs)]
        for row, lab in enumerate(work.lab_of):
            if lab >= 0:
                rates[row] *= known[lab]
        rates /= random.standard_exponential(rates.shape, dtype=np.float32)
        chosen = work.option_of_row[rates.argmax(axis=0)].astype(np.uint8)
        option = frame["option"].clone().scatter(polars.Series(turn), polars.Series(chosen))
        self.agents = frame.with_columns(option.alias("option"))
        model.decisions += turn.size


class Market(mesa_frames.ModelDF):
    """The market as a mesa-frames model."""

    def __init__(self, work: Work, seed: int) -> None:
        super().__init__(seed)
        self.work, self.seed_of_run, self.decisions = work, seed, 0
        self.known_from = work.known_from.astype(np.float32)
        self.agents += Developers(self)

    def step(self) -> None:
        """One month."""
        self.agents.do("step")


class Engine:
    """The model stepped by hand."""

    def __init__(self, work: Work, seed: int) -> None:
        self.work, self.market = work, Market(work, seed)

    def step(self) -> int:
        """One month, counted as the market counts: by segment and option."""
        self.market.decisions = 0
        self.market.step()
        frame = next(iter(self.market.agents._agentsets)).agents
        self.frame = frame.group_by(["segment", "option"]).len()
        return int(self.market.decisions)

    def counts(self) -> Any:
        """Developers by (segment, option)."""
        table = np.zeros((self.work.segments, self.work.width), np.int64)
        table[self.frame["segment"].to_numpy(), self.frame["option"].to_numpy()] = self.frame["len"].to_numpy()
        return table


if __name__ == "__main__":
    serve(Engine, mesa_frames=mesa_frames.__version__, polars=polars.__version__)
