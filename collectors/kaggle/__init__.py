"""Kaggle data sets, by the real `kaggle` client."""
