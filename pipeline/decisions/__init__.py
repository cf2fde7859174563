"""What people decided about single pictures: reviews, and what is to be forgotten."""
