"""A simulated retailer: a purchase log and nothing else."""
