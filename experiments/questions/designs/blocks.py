"""Samples in blocks, for indices that compare points which differ in one parameter: Saltelli's and Morris's.

Saltelli, A. et al. (2010), Computer Physics Communications 181(2); Morris, M. (1991), Technometrics 33(2). Shares run
from 0 to 1 along each parameter's axis.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]
SALTELLI, MORRIS = "saltelli", "morris"
# Points of a block beside one for each parameter: A and B of Saltelli, the start of a trajectory.
MORE = {SALTELLI: 2, MORRIS: 1}
# Levels of an axis in Morris's design, and its step (Morris 1991: p / (2 (p − 1))), which uses all levels equally.
LEVELS = 4
STEP = LEVELS / (2.0 * (LEVELS - 1.0))


def block_size(kind: str, number: int) -> int:
    """Points of a block in a design of so many parameters."""
    return number + MORE[kind]


def saltelli(sample: Float) -> Float:
    """Blocks A, AB_1 … AB_D, B, where AB_i is A with the i-th parameter of B.

    Args:
        sample: Shape (blocks, 2 D), A beside B.

    Returns:
        Shape (blocks · (D + 2), D).
    """
    blocks, number = len(sample), sample.shape[1] // 2
    first, second = sample[:, :number], sample[:, number:]
    found = np.repeat(first[:, None, :], number + 2, axis=1)
    places = np.arange(number)
    found[:, places + 1, places] = second[:, places]
    found[:, -1] = second
    return found.reshape(blocks * (number + 2), number)


def morris(blocks: int, number: int, rng: np.random.Generator) -> Float:
    """Trajectories from a random corner of the grid, one parameter after the other moved by the step, up or down.

    Args:
        blocks: Trajectories.
        number: Parameters D.
        rng: Draws starts, order and directions.

    Returns:
        Shape (blocks · (D + 1), D).
    """
    low = rng.integers(0, LEVELS // 2, (blocks, number)) / (LEVELS - 1.0)
    up = rng.random((blocks, number)) < 0.5
    turn = np.argsort(rng.random((blocks, number)), axis=1)  # when each parameter moves
    moved = np.arange(number + 1)[None, :, None] > turn[:, None, :]
    found = low[:, None, :] + STEP * (moved == up[:, None, :])
    return np.minimum(found, 1.0).reshape(blocks * (number + 1), number)
