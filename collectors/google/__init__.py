"""Google Images: a browser, the result page, and what it holds."""
