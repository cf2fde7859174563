"""Raw data of sources: what is there already, what leaves the workspace, and what comes back."""
