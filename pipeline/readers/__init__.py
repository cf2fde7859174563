"""Readers of what stages wrote, for reports, cards and commands."""
