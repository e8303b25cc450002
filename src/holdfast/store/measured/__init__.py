"""Measured features on disk, larger than memory."""
