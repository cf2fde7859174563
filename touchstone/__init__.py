"""The command line: one module per verb. The stages themselves are ``python -m pipeline.STAGE``, called by DVC."""
