"""Pictures in zips and folders, labelled by folders or tables."""
