"""What comes from users: how it is refused, what they register, and the source of their code."""
