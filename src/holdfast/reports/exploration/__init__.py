"""The parts of the exploration: columns, pairs, groups, times, words."""
