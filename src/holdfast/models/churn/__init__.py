"""Churn: five models with one interface, chosen, calibrated and evaluated on rows they never saw."""
