"""What anyone may ask, in business words."""
