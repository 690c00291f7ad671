"""What people claim about open weights: where each holds, and where it fails, as data, with what recomputes it."""
