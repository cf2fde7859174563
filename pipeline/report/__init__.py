"""The report: one self-contained HTML file that says in plain words how good a detector is, and where it fails."""
