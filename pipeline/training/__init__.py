"""How a network is trained: what it is fed, how its weights are changed, and what is written down meanwhile."""
