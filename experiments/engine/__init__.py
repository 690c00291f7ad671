"""How it gets done: the missing runs of a study, in chunks, on whatever machine, until the store has them all."""
