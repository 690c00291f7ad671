"""Comparative statics that theory asks for, row by row, under common random numbers."""
