"""The sandbox's pages, as templates."""
