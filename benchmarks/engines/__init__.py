"""One script an engine, run in the engine's own environment: ``python -m benchmarks.engines.NAME FILE DEVELOPERS``."""
