"""Rows in which nothing is to be cleaned, read without a table library; whatever is odd is left to `quality.clean`."""
