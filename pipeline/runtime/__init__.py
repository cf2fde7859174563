"""How stages and commands run: errors, summaries, how work is spread. Nothing here can change an out."""
