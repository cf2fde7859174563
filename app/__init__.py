"""The browser app and the HTTP service: one picture, looked at from all sides."""
