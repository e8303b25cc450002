"""Reading what the business has: the only door in."""
