"""How a split is made: where each picture goes, and which pictures are too many."""
