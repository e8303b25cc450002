"""Delimited text: its dialect, its headers, its rows."""
