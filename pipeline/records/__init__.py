"""What is collected, on file: records and their shards, tombstones, reviews."""
