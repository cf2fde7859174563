"""Train on one part of the sources, test on another: what a detector learned that holds elsewhere."""
