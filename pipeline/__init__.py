"""What is done to pictures: every module directly in this package is one stage of dvc.yaml."""
