"""Cutoffs: the schedule, the population at each cutoff, and its outcomes. Each has its only definition here."""
