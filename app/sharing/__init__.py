"""A finding as files to be passed on, made in memory: a card (PNG), a page (HTML), an answer for programs (JSON)."""
