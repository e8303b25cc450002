"""Whom to contact: the plan within a budget, and whom to win back."""
