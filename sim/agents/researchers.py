"""Researchers: an array population with employer, origin and skill; nobody is lost.

Rows are appended when somebody enters the field and stay after an exit, so a row is a permanent identity's home.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.numerics.arrays import Float
from sim.parameters.fields import REGIONS

MODEL, HARDWARE = 0, 1
SKILLS = ("model", "hardware")
RETIRED = -1


class Researchers:
    """The population.

    Employers are numbered: labs first, in lab order, then elsewhere (academia and other firms) by region, then
    startups by region. ``RETIRED`` has left the field.

    Attributes:
        identity: Permanent identity, uint64, shape (n,).
        employer: Employer number, int16, shape (n,).
        origin: Region of origin, int8, shape (n,).
        skill: ``MODEL`` or ``HARDWARE``, int8, shape (n,).
        weight: Researchers of the world that each stands for.
    """

    def __init__(self, labs: int, weight: float) -> None:
        self.labs = labs
        self.weight = weight
        self.identity = np.zeros(0, np.uint64)
        self.employer = np.zeros(0, np.int16)
        self.origin = np.zeros(0, np.int8)
        self.skill = np.zeros(0, np.int8)
        self.entered = 0
        self.exited = 0

    def __len__(self) -> int:
        return self.employer.size

    @property
    def employers(self) -> int:
        """Number of employers."""
        return self.labs + 2 * len(REGIONS)

    def elsewhere(self, region: int) -> int:
        """Employer number of academia and other firms in a region."""
        return self.labs + region

    def startups(self, region: int) -> int:
        """Employer number of startups in a region."""
        return self.labs + len(REGIONS) + region

    def add(
        self,
        identity: NDArray[np.uint64],
        employer: NDArray[np.int16],
        origin: NDArray[np.int8],
        skill: NDArray[np.int8],
    ) -> None:
        """Let researchers enter the field."""
        self.identity = np.concatenate([self.identity, identity])
        self.employer = np.concatenate([self.employer, employer])
        self.origin = np.concatenate([self.origin, origin])
        self.skill = np.concatenate([self.skill, skill])
        self.entered += identity.size

    def active(self) -> int:
        """Researchers in the field."""
        return int(np.count_nonzero(self.employer != RETIRED))

    def staff(self) -> Float:
        """Full-time equivalents by skill and employer, shape (skills, employers)."""
        cell = len(SKILLS) * (self.employer - RETIRED) + self.skill
        counts = np.bincount(cell, minlength=len(SKILLS) * (1 + self.employers)).reshape(-1, len(SKILLS))
        return np.asarray(counts[1:].T * self.weight)  # the retired come first
