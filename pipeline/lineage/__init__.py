"""Where pictures and models came from: readers of manifests, of dvc.lock and of git's history."""
