"""What people review and decide."""
