"""Parameters: one section a verb, each value with unit, bounds, range, source and confidence; ``tree`` joins them."""
