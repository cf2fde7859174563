"""Networks: how each is built, how one is saved, loaded and asked."""
