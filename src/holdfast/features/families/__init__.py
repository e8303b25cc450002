"""What is worth knowing about each kind of table, as records."""
