"""Pieces of pages: each lays one thing out, wherever it is shown."""
