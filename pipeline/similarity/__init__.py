"""Perceptual hashes, near-duplicate search, and the groups that follow."""
