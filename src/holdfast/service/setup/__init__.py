"""The first steps of a business: its files come in, are looked at, asked about, and become a project."""
