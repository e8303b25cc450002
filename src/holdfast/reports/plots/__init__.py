"""Figures: frame in, axes out."""
