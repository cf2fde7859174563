"""How originals become squares of pixels."""
