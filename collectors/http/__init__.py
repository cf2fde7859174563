"""Fetching over HTTP: polite, parallel, resumable, within bounds."""
