"""The compiled kernel: aggregates of events in windows before a cutoff."""
