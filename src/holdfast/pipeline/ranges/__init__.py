"""What stages do for a range of customers at a time, so that memory follows `memory_limit_gb` and not the records."""
