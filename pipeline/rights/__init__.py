"""Licences, and what may be passed on under them."""
