"""Pictures by lists of addresses."""
