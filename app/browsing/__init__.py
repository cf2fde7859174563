"""Reading what is on file, for the pages."""
