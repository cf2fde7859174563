"""Where pictures come from. A collector finds and fetches; it never judges a picture.

``COLLECTORS`` in registry.py lists them all, each once; ``Source`` in source_settings.py is what their settings share.
"""
