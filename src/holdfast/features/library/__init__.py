"""The standard features, as records, for each kind of table."""
