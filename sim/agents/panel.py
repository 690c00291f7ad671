"""A panel of developers at firms, asked every month which model they use, as surveys of vendors do."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.agents.developers import FIRMS_ABROAD, Developers
from sim.agents.lab import Lines
from sim.numerics.arrays import Int

# Three bytes a member and month of the last thirteen: less than a megabyte, however many developers there are.
MOST = 20_000
MEMORY = 13
NOBODY = 255


class Panel:
    """Developers of small and large firms outside China, and what each used in this month and the twelve before.

    Members are those among the first ``MOST`` developers, who are a fair sample: segments follow a Weyl sequence.

    Args:
        people: Developers.
        lines: Product lines, whose labs never change.

    Attributes:
        members: Indices of the developers asked, shape (members,).
        months: How often they were asked.
    """

    def __init__(self, people: Developers, lines: Lines) -> None:
        self.members = np.flatnonzero(FIRMS_ABROAD[people.segment[:MOST]])
        self.months = 0
        self._labs = np.zeros((MEMORY, self.members.size), np.uint8)
        self._births = np.zeros((MEMORY, self.members.size), np.int16)
        # By option, of which the first is to use none.
        self._lab = np.concatenate([[NOBODY], lines.lab]).astype(np.uint8)
        self._birth = np.zeros(1 + len(lines), np.int16)

    def ask(self, choice: NDArray[np.uint8], birth: Int) -> None:
        """Note the lab of every member's model and when it was released.

        Args:
            choice: Option of every developer, 0 for none.
            birth: Month of release of every line, shape (lines,).
        """
        row = self.months % MEMORY
        option = choice[self.members].astype(np.intp)
        self._birth[1:] = birth
        self._labs[row] = self._lab[option]
        self._births[row] = self._birth[option]
        self.months += 1

    def changes(self, months: int) -> tuple[int, int, int]:
        """Members who used a model now and some months ago, of them who changed lab, and who took a newer model of it.

        Nobody if it is too early, or longer ago than is remembered.
        """
        if not 0 <= months < min(self.months, MEMORY):
            return 0, 0, 0
        now, then = (self.months - 1) % MEMORY, (self.months - 1 - months) % MEMORY
        lab, before = self._labs[now], self._labs[then]
        users = (lab != NOBODY) & (before != NOBODY)
        same = users & (lab == before)
        newer = same & (self._births[now] > self._births[then])
        number, stayed, upgraded = (int(np.count_nonzero(some)) for some in (users, same, newer))
        return number, number - stayed, upgraded
