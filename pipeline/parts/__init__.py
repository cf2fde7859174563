"""The nouns that all stages share: records, shards, manifests, params, errors."""
