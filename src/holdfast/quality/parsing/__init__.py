"""Text to numbers, times and categories."""
