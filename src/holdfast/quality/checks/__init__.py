"""Checks of cleaned tables, one rule a record."""
