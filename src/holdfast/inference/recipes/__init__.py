"""Exports that are known by their headers: one record a file kind, one module a platform."""
