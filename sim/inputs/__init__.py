"""What comes from users, how it is refused, what they register, their code; and what they see of objects."""
