"""Who will leave: five recipes with one promise, chosen, calibrated and judged on rows they never saw."""
