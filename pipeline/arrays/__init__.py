"""Pixels as memory-mapped arrays."""
