"""A stand-in for the internet on the loopback address: Google's result pages, the web's picture hosts, and Kaggle."""
