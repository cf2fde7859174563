"""From what a collector finds to a source's out on disk: what was collected before is kept and added to."""
