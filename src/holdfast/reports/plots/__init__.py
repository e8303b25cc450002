"""Figures: each function takes a frame or records and draws on the axes it is given."""
