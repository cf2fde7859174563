"""Where data lies and how it is written: paths, files, tables, arrays of pixels."""
