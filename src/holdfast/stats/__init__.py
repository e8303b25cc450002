"""Statistics that any layer may compute: ranking, separation, intervals, sums."""
