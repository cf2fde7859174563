"""Pictures in memory: decoding, colour, resizing many at once."""
