"""Churn: six models with one interface, chosen, calibrated and evaluated on rows they never saw."""
