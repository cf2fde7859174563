"""Chance that depends on names alone."""
