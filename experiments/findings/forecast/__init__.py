"""What the world of the record, with its doubt and its luck, says of the months after it."""
