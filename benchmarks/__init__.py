"""Speed, memory and scale of weightshift, beside rivals in their best idiom on the same work."""
