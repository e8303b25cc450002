"""A simulated campaign with a random control group."""
