"""The checks that a picture must pass, each in a file of its own; `screen_registry.py` lists them in order."""
