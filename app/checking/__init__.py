"""Checking a picture: uploads, detectors, and what is said."""
