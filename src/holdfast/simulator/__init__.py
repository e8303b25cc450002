"""Simulated businesses whose truth is known."""
