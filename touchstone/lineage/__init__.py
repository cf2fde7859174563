"""Where pictures, models and figures come from, read off what the stages wrote and nothing else."""
