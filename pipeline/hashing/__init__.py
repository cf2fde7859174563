"""Perceptual hashes, and the views of a picture that they are taken of."""
