"""The verbs of the month, one a file; none knows another."""
