"""params.yaml and recipes as frozen, validated objects."""
