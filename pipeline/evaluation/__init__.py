"""What can be said of a model's scores: figures with intervals, and curves."""
