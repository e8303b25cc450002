"""Key figures: what each means, how it is counted, and their values in a run."""
