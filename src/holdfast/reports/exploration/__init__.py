"""Exploration of the training rows: columns, pairs, groups, times, and the text about them."""
