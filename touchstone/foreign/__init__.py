"""Detectors and pictures that are not ours: how they are read, asked and measured."""
