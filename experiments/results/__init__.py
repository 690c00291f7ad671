"""What came out: finished runs in a store of shards, and the tables of a study read from it."""
