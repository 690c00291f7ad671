"""What the world starts from: tables of published figures, each with its source and confidence."""
