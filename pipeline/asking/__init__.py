"""Asking a detector about a picture, and what may be said of it."""
