"""The explorer: every shipped scenario beside the baseline in one HTML file that opens anywhere without a network."""
