"""Computed features on disk, larger than memory."""
