"""Handing pictures on: exports in the formats of other libraries, and pictures fetched anew from a published list."""
