"""What Hydra composes; a package, so that ``pkg://experiments.conf`` finds it."""
