"""Who is asked about at which cutoff, and who left: the only definition."""
