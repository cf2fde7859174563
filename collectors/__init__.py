"""Where pictures come from. A collector finds and fetches; it never judges a picture.

``COLLECTORS`` in collectors/registry.py lists them all. A collector is one function::

    def collect(name: str, settings: Keyword, around: Surroundings) -> Iterator[Record | Rejection]

It gives one Record or Rejection per thing found, ``rank`` counting from 0 in the order found.
"""
