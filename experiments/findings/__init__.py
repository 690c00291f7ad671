"""What it means: effects of pairs of runs, what carries them, how they look beside published facts, in words."""
