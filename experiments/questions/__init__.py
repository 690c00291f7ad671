"""What is asked: which worlds to run, at which points, with which seeds, and what to keep of each run."""
