"""Decisions: what predictions mean for the business: risk, priority, offers, plan."""
