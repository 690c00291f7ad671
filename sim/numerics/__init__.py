"""Draws, the race and its compiled twin, fixed points: NumPy and SciPy alone, nothing of the world."""
