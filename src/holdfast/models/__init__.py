"""One question each; none knows the others."""
