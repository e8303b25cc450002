"""Readings of the money that compete: what each would total, and what settles them."""
