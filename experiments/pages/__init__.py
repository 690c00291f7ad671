"""What is written for readers: the reference tables of the docs, the notebooks."""
