"""Table contracts, and the mapping of source columns to them."""
