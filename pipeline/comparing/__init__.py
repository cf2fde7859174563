"""Recipes side by side: their figures, those of published systems, and whether a difference may be chance."""
